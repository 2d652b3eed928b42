"""Which failures follow from another: if create_run fails, what needs it could not be tested.

The plainest use of each method is tried once per store, when a test has failed; a breach of
another clause by a method that fails even so becomes "not run: needs" that method's clause.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from storeproof.conformance.plain_uses import BEFORE_A_RUN, PLAIN_USES, Ground
from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.trace import Step

PRESENCE = "PLUGIN-METHODS"
"""The clause whose tests ask no more of a method than its plainest use: its breach follows from nothing."""


@dataclass(frozen=True)
class Broken:
    """A method that fails in its plainest use: the clause that says it must not, and how it ended."""

    clause: str
    ending: str


def broken_methods(probe: Probe) -> dict[str, Broken]:
    """The methods of the contract that fail in their plainest use, by name.

    Without an experiment or a run nothing is said of what is done to one.
    """
    broken: dict[str, Broken] = {}
    ground = Ground(probe.name("-plain"))
    for method, use in PLAIN_USES.items():
        if ground.experiment is None and method != "create_experiment":
            break
        if ground.run is None and method not in BEFORE_A_RUN:
            continue
        try:
            outcome = probe.attempt(method, *use.arguments(ground))
        except Breach as breach:
            broken[method] = Broken(use.clause, breach.seen)
            continue
        if outcome.refusal is not None:
            broken[method] = Broken(use.clause, str(outcome.refusal))
        ground = ground.after(method, outcome.answer)
    return broken


def masked(
    breach: Breach, slugs: Collection[str], step: Step, broken: dict[str, Broken]
) -> Needs | None:
    """What the test needed, where its last step ended as that method always does; else None."""
    cause = broken.get(step.method)
    if cause is None or step.refusal is None or PRESENCE in slugs:
        return None
    if (breach.clause or next(iter(slugs), None)) == cause.clause or cause.clause in slugs:
        return None
    return Needs(cause.clause, f"{step.method} {cause.ending}")
