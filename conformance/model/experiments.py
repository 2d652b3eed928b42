"""The operations on experiments: EXP-*."""

from __future__ import annotations

from typing import Any

from storeproof.conformance.model.checks import Equal, NotAmong
from storeproof.conformance.model.facts import experiment_checks
from storeproof.conformance.model.grounds import (
    IPV,
    RAE,
    RDNE,
    Ground,
    may_be_kept,
    may_refuse,
    other_code,
    outcomes,
    refuse,
    silent,
)
from storeproof.conformance.model.operation import INVALID_STATE, Expected, Operation
from storeproof.conformance.model.rules import (
    EXPERIMENT_TAG_LENGTH,
    experiment_name_grounds,
    key_grounds,
    padded_grounds,
    text_grounds,
    twin,
)
from storeproof.conformance.model.state import (
    ACTIVE,
    DELETED,
    UNSEEN,
    ExperimentState,
    State,
)
from storeproof.stores.entities import Tag
from storeproof.stores.errors import ErrorCode

UNSHAPED = "IPV for an id of a shape that the store does not issue"


def unknown_experiment(state: State, reference: object) -> list[Ground]:
    """EXP-ID-UNKNOWN; nothing if the experiment is known."""
    if reference in state.experiments:
        return []
    return [
        refuse("EXP-ID-UNKNOWN", RDNE),
        other_code("EXP-ID-UNKNOWN", UNSHAPED, IPV),
    ]


def deleted_experiment(state: State, reference: str, clause: str) -> list[Ground]:
    """The experiment is deleted, and may not be for `clause`: IPV (var: INVALID_STATE)."""
    experiment = state.experiments.get(reference)
    if experiment is None or experiment.stage == ACTIVE:
        return []
    return [refuse(clause), other_code(clause, "INVALID_STATE", INVALID_STATE)]


def create(state: State, op: Operation) -> list[Expected]:
    """create_experiment."""
    name = op.args.get("name")
    grounds = experiment_name_grounds(name)
    location = op.args.get("artifact_location") or ""
    grounds += text_grounds(location, "EXP-ARTIFACT")
    if isinstance(location, str):
        grounds += _location_grounds(len(location), state.limits.artifact_location)
    tags: tuple[Tag, ...] = op.args.get("tags", ())
    for tag in tags:
        grounds += _tag_grounds(tag)
    grounds += padded_grounds([tag.key for tag in tags], ())
    grounds += _taken(state, name)
    known = frozenset(state.experiments)
    return outcomes(
        grounds, [Expected(_naming_clause(state, name), check=(NotAmong((), known, "EXP-CREATE"),))]
    )


def _location_grounds(length: int, most: int | None) -> list[Ground]:
    """EXP-ARTIFACT: a schema may hold less than 2048 characters; where it is not known, either is right."""
    if length > (2048 if most is None else most):
        return [refuse("EXP-ARTIFACT")]
    return [silent("EXP-ARTIFACT")] if most is None and length > 256 else []


def commit_create(state: State, op: Operation, chosen: Expected, answer: Any) -> None:
    """A new experiment, or a name that must not exist."""
    name = op.args.get("name")
    if chosen.codes:
        if isinstance(name, str) and state.named(name) is None:
            state.refused_names[name] = "EXP-ATOMIC"
        return
    location = op.args.get("artifact_location") or None
    tags = {tag.key: _kept(tag.value) for tag in op.args.get("tags", ())}
    state.refused_names.pop(str(name), None)
    state.experiments[answer] = ExperimentState(
        answer, str(name), location, tags, location=location or UNSEEN
    )


def get(state: State, op: Operation) -> list[Expected]:
    """get_experiment."""
    reference = op.args["experiment_id"]
    grounds = unknown_experiment(state, reference)
    if grounds:
        return outcomes(grounds, [])
    return [Expected("EXP-CREATE", check=experiment_checks(state.experiments[reference]))]


def get_by_name(state: State, op: Operation) -> list[Expected]:
    """get_experiment_by_name."""
    name = op.args["name"]
    experiment = state.named(name)
    if experiment is not None:
        same = Equal(("experiment_id",), experiment.symbol, "EXP-NAME-EXACT")
        return [Expected("EXP-CREATE", check=(same, *experiment_checks(experiment)))]
    clause = state.refused_names.get(name, "EXP-BY-NAME-MISSING")
    if any(twin(each.name) == twin(name) for each in state.experiments.values()):
        clause = "EXP-NAME-EXACT"
    return [Expected(clause, check=(Equal((), None, clause),))]


def adopt_answer(state: State, _: Operation, chosen: Expected, answer: Any) -> None:
    """Take over what the store chose, from an experiment that was read."""
    if not chosen.codes and answer is not None:
        adopt(state, answer)


def adopt(state: State, seen: Any) -> None:
    """Take over what the store chose, from an observed experiment; a stranger is left alone."""
    experiment = state.experiments.get(seen["experiment_id"])
    if experiment is not None:
        experiment.adopt(seen)


def rename(state: State, op: Operation) -> list[Expected]:
    """rename_experiment."""
    reference, name = op.args["experiment_id"], op.args.get("new_name")
    grounds = experiment_name_grounds(name)
    grounds += unknown_experiment(state, reference)
    grounds += deleted_experiment(state, reference, "EXP-RENAME")
    grounds += _taken(state, name, but=reference)
    clause = _naming_clause(state, name)
    return outcomes(grounds, [Expected("EXP-RENAME" if clause == "EXP-CREATE" else clause)])


def commit_rename(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """Another name, or one that must not exist."""
    name, experiment = op.args.get("new_name"), state.experiments.get(op.args["experiment_id"])
    if chosen.codes:
        if isinstance(name, str) and state.named(name) is None:
            state.refused_names[name] = "EXP-RENAME"
    elif experiment is not None:
        state.refused_names.pop(str(name), None)
        if experiment.name != name:
            state.refused_names[experiment.name] = "EXP-RENAME"
        experiment.name, experiment.name_clause = str(name), "EXP-RENAME"
        experiment.touched = True


def delete(state: State, op: Operation) -> list[Expected]:
    """delete_experiment."""
    reference = op.args["experiment_id"]
    grounds = unknown_experiment(state, reference)
    if not grounds and state.experiments[reference].stage == DELETED:
        grounds.append(refuse("EXP-DELETE", RDNE))
    return outcomes(grounds + _default(state, reference), [Expected("EXP-DELETE")])


def restore(state: State, op: Operation) -> list[Expected]:
    """restore_experiment."""
    reference = op.args["experiment_id"]
    grounds = unknown_experiment(state, reference)
    if not grounds and state.experiments[reference].stage == ACTIVE:
        grounds.append(refuse("EXP-RESTORE", RDNE))
    return outcomes(grounds, [Expected("EXP-RESTORE")])


def commit_delete(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The experiment and all its runs are deleted."""
    _set_stage(state, op, chosen, DELETED, "EXP-DELETE")


def commit_restore(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The experiment and all its runs are active."""
    _set_stage(state, op, chosen, ACTIVE, "EXP-RESTORE")


def set_tag(state: State, op: Operation) -> list[Expected]:
    """set_experiment_tag."""
    reference, tag = op.args["experiment_id"], op.args["tag"]
    grounds = _tag_grounds(tag)
    grounds += unknown_experiment(state, reference)
    experiment = state.experiments.get(reference)
    if experiment is not None:
        if experiment.stage == DELETED:
            grounds.append(refuse("EXP-TAG"))
        grounds += padded_grounds([tag.key], experiment.tags)
    return outcomes(grounds, [Expected("EXP-TAG")])


def commit_set_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is set, or remembered as one that must not be."""
    experiment, tag = state.experiments.get(op.args["experiment_id"]), op.args["tag"]
    if experiment is None:
        return
    if chosen.codes:
        experiment.refused.note("tag", tag.key, tag.value, chosen.clause)
    else:
        experiment.tags[tag.key] = _kept(tag.value)


def _set_stage(state: State, op: Operation, chosen: Expected, stage: str, clause: str) -> None:
    if chosen.codes:
        return
    experiment = state.experiments[op.args["experiment_id"]]
    experiment.stage, experiment.stage_clause, experiment.touched = stage, clause, True
    for run in state.runs_of(experiment.symbol):
        run.set_stage(stage, clause)


def _default(state: State, reference: str) -> list[Ground]:
    if reference != state.default_experiment:
        return []
    codes = (
        IPV,
        ErrorCode.PERMISSION_DENIED,
        ErrorCode.NOT_IMPLEMENTED,
        INVALID_STATE,
    )
    return [may_refuse("EXP-DELETE-DEFAULT", "deleting the default experiment is refused", *codes)]


def _tag_grounds(tag: Tag) -> list[Ground]:
    grounds = key_grounds(tag.key)
    if tag.value is None:
        return [*grounds, may_be_kept("TAG-TYPES", 'over HTTP a missing value is ""')]
    grounds += text_grounds(tag.value, "TAG-TYPES")
    if isinstance(tag.value, str) and len(tag.value) > EXPERIMENT_TAG_LENGTH:
        grounds.append(may_be_kept("EXP-TAG", "a limit over 5000 characters"))
    return grounds


def _kept(value: str | None) -> str:
    return "" if value is None else value


def _taken(state: State, name: object, but: object = None) -> list[Ground]:
    holder = state.named(name)
    if holder is not None:
        return [] if holder.symbol == but else [refuse("EXP-NAME-UNIQUE", RAE)]
    others = [each.name for each in state.experiments.values() if each.symbol != but]
    return padded_grounds([name], others)


def _naming_clause(state: State, name: object) -> str:
    """The clause that demands the success of giving an experiment this name."""
    if not isinstance(name, str):
        return "EXP-CREATE"
    if any(twin(each.name) == twin(name) != "" for each in state.experiments.values()):
        return "EXP-NAME-EXACT"
    if len(name) >= 250:
        return "EXP-NAME-LENGTH"
    return "EXP-CREATE" if name.isalnum() and name.isascii() else "EXP-NAME-ANY"
