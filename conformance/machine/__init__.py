"""The state machines: any operations in any order on one store, or on several in lock-step.

Every call, the refused ones too, is judged by the model at once; what was written is read
back in between and at the end. It looks at nothing that it did not make itself, so that a
shared store will do. The rules are in one module per area; the registry, which has nothing in
common with runs, has a machine of its own. Subclasses add adversaries.
"""

from __future__ import annotations

from storeproof.conformance.machine.entries import EntryRules
from storeproof.conformance.machine.experiments import ExperimentRules
from storeproof.conformance.machine.faults import FaultRules
from storeproof.conformance.machine.inputs import InputRules
from storeproof.conformance.machine.registry import RegistryMachine
from storeproof.conformance.machine.removals import RemovalRules
from storeproof.conformance.machine.runs import RunRules
from storeproof.conformance.machine.searches import SearchRules

__all__ = ["CutOffMachine", "RegistryMachine", "StoreMachine"]


class StoreMachine(ExperimentRules, RunRules, EntryRules, InputRules, SearchRules, RemovalRules):
    """The operations of the areas EXP, RUN, KEY, TEXT, PARAM, METRIC, TAG, BATCH, INPUT, MODEL, SEARCH, and HARD-DELETE."""


class CutOffMachine(FaultRules, StoreMachine):
    """The same, over a network that fails: a call that was cut off has happened wholly or not at all."""
