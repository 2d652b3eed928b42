"""Hard deletion: HARD-DELETE. What is active may be refused: the clauses do not say."""

from __future__ import annotations

from typing import Any

from storeproof.conformance.model.entries import unknown_run
from storeproof.conformance.model.experiments import unknown_experiment
from storeproof.conformance.model.grounds import IPV, outcomes, silent
from storeproof.conformance.model.operation import Expected, Operation
from storeproof.conformance.model.state import ACTIVE, State

CLAUSE = "HARD-DELETE"


def run(state: State, op: Operation) -> list[Expected]:
    """hard_delete_run."""
    reference = op.args["run_id"]
    grounds = unknown_run(state, reference)
    known = state.runs.get(reference)
    if known is not None and known.stage == ACTIVE:
        grounds.append(silent(CLAUSE, IPV))
    return outcomes(grounds, [Expected(CLAUSE)])


def commit_run(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """Nothing is left of the run; the experiment keeps its datasets."""
    if not chosen.codes:
        state.runs.pop(op.args["run_id"], None)


def experiment(state: State, op: Operation) -> list[Expected]:
    """hard_delete_experiment."""
    reference = op.args["experiment_id"]
    grounds = unknown_experiment(state, reference)
    known = state.experiments.get(reference)
    if known is not None:
        stages = [known.stage, *(each.stage for each in state.runs_of(known.symbol))]
        if ACTIVE in stages:
            grounds.append(silent(CLAUSE, IPV))
    return outcomes(grounds, [Expected(CLAUSE)])


def commit_experiment(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """Nothing is left of the experiment, and its name is free."""
    known = state.experiments.get(op.args["experiment_id"])
    if chosen.codes or known is None:
        return
    for each in state.runs_of(known.symbol):
        del state.runs[each.symbol]
    del state.experiments[known.symbol]
