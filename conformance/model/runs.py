"""The operations on runs themselves: RUN-*."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storeproof.conformance.model.checks import Equal, NotAmong
from storeproof.conformance.model.entries import Writes, not_writable, unknown_run
from storeproof.conformance.model.experiments import deleted_experiment, unknown_experiment
from storeproof.conformance.model.facts import (
    KEPT_INFINITE,
    has_infinities,
    info_checks,
    run_checks,
)
from storeproof.conformance.model.grounds import (
    IPV,
    RDNE,
    Ground,
    outcomes,
    refuse,
    silent,
)
from storeproof.conformance.model.operation import INVALID_STATE, Expected, Operation
from storeproof.conformance.model.rules import padded_grounds, run_name_grounds, text_grounds
from storeproof.conformance.model.state import ACTIVE, DELETED, UNSEEN, RunState, State
from storeproof.stores.entities import RUN_NAME_TAG, RunStatus

OTHER_ID = "RUN-CREATE: run ids are not 32 hex digits"


def create(state: State, op: Operation) -> list[Expected]:
    """create_run."""
    reference = op.args["experiment_id"]
    writes = _tags(state, op)
    grounds = [*writes.grounds, *_name_grounds(op, writes)]
    user_id = op.args.get("user_id")
    if user_id is not None:
        grounds += text_grounds(user_id, "RUN-CREATE")
    grounds += unknown_experiment(state, reference)
    grounds += deleted_experiment(state, reference, "RUN-CREATE-DELETED-EXP")
    if reference not in state.experiments:
        return outcomes(grounds, [])
    known = frozenset(state.runs)
    checks = (
        NotAmong(("info", "run_id"), known, "RUN-CREATE"),
        *run_checks(_new_run(state, op, ""), state, infinite=False),
    )
    clause = "RUN-TAG-KEYS" if writes.tags else "RUN-CREATE"
    hexadecimal = Equal(("info", "id_is_32_hex"), True, "RUN-CREATE")
    return outcomes(
        grounds,
        [
            Expected(clause, check=(*checks, hexadecimal)),
            Expected(clause, check=checks, variation=OTHER_ID),
        ],
    )


def commit_create(state: State, op: Operation, chosen: Expected, answer: Any) -> None:
    """A new run."""
    if not chosen.codes:
        symbol = answer["info"]["run_id"]
        state.runs[symbol] = _new_run(state, op, symbol)
        adopt_run(state, answer)


def get(state: State, op: Operation) -> list[Expected]:
    """get_run."""
    reference = op.args["run_id"]
    grounds = unknown_run(state, reference)
    if grounds:
        return outcomes(grounds, [])
    run = state.runs[reference]
    clause = "RUN-DELETE" if run.stage == DELETED else "RUN-CREATE"
    expected = [Expected(clause, check=run_checks(run, state, infinite=False))]
    if has_infinities(run):
        kept = run_checks(run, state, infinite=True)
        expected.append(Expected(clause, check=kept, variation=KEPT_INFINITE))
    return expected


def update(state: State, op: Operation) -> list[Expected]:
    """update_run_info."""
    reference, status = op.args["run_id"], op.args.get("status")
    grounds: list[Ground] = []
    if status is not None and status not in list(RunStatus):
        grounds.append(refuse("RUN-STATUS"))
    if op.args.get("run_name") is not None:
        grounds += run_name_grounds(op.args["run_name"])
    grounds += not_writable(state, reference, "RUN-UPDATE")
    run = state.runs.get(reference)
    if run is None:
        return outcomes(grounds, [])
    clause = "RUN-STATUS" if status is not None else "RUN-UPDATE"
    checks = info_checks(_updated(run, op), state)
    return outcomes(grounds, [Expected(clause, check=checks)])


def commit_update(state: State, op: Operation, chosen: Expected, answer: Any) -> None:
    """Status, end time and name, where given."""
    run = state.runs.get(op.args["run_id"])
    if run is not None and not chosen.codes:
        state.runs[run.symbol] = _updated(run, op)
        adopt_run(state, answer)


def delete(state: State, op: Operation) -> list[Expected]:
    """delete_run; again: success."""
    return outcomes(unknown_run(state, op.args["run_id"]), [Expected("RUN-DELETE")])


def restore(state: State, op: Operation) -> list[Expected]:
    """restore_run; again: success. Inside a deleted experiment no clause says what happens."""
    grounds = unknown_run(state, op.args["run_id"])
    run = state.runs.get(op.args["run_id"])
    if run is not None and state.experiments[run.experiment].stage == DELETED:
        codes = (IPV, RDNE, INVALID_STATE)
        grounds.append(silent("RUN-DELETE", *codes))
    return outcomes(grounds, [Expected("RUN-DELETE")])


def commit_delete(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The run is deleted; one that was keeps its deleted_time."""
    _set_stage(state, op, chosen, DELETED)


def commit_restore(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The run is active."""
    _set_stage(state, op, chosen, ACTIVE)


def adopt_run(state: State, seen: Any) -> None:
    """Take over what the store chose, from an observed run or its info."""
    run = state.runs.get(seen["info"]["run_id"])
    if run is not None:
        run.adopt(seen["info"])


def _set_stage(state: State, op: Operation, chosen: Expected, stage: str) -> None:
    run = state.runs.get(op.args["run_id"])
    if run is not None and not chosen.codes and run.stage != stage:
        run.set_stage(stage, "RUN-DELETE")


def _tags(state: State, op: Operation) -> Writes:
    writes = Writes()
    writes.add_tags(op.args.get("tags", ()), state.limits)
    writes.grounds += padded_grounds(writes.tags, ())
    return writes


def _name_grounds(op: Operation, writes: Writes) -> list[Ground]:
    name = op.args.get("run_name")
    if name is None or name == "":
        return []
    grounds = run_name_grounds(name)
    if writes.tags.get(RUN_NAME_TAG, name) != name:
        grounds.append(refuse("RUN-NAME"))
    return grounds


def _new_run(state: State, op: Operation, symbol: str) -> RunState:
    tags = _tags(state, op).tags
    from_tag = tags.pop(RUN_NAME_TAG, None)
    name = op.args.get("run_name") or (UNSEEN if from_tag is None else from_tag)
    user_id, start_time = op.args.get("user_id"), op.args.get("start_time")
    chosen = {
        "run_name": name is UNSEEN,
        "user_id": user_id is None,
        "start_time": start_time is None,
    }
    return RunState(
        symbol,
        op.args["experiment_id"],
        name,
        UNSEEN if user_id is None else user_id,
        UNSEEN if start_time is None else start_time,
        tags,
        generated=frozenset(field for field, is_chosen in chosen.items() if is_chosen),
    )


def _updated(run: RunState, op: Operation) -> RunState:
    status, end_time = op.args.get("status"), op.args.get("end_time")
    changed = replace(run)
    if status is not None:
        changed.status, changed.status_clause = str(status), "RUN-STATUS"
    if end_time is not None:
        changed.end_time = end_time
    if op.args.get("run_name"):
        changed.name, changed.has_name_tag = op.args["run_name"], True
        changed.generated = run.generated - {"run_name"}
    return changed
