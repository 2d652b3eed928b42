"""Params, metrics and tags of runs, one by one or in a batch: PARAM-*, METRIC-*, TAG-*, BATCH-*."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.model.checks import key_clause
from storeproof.conformance.model.grounds import (
    IPV,
    RDNE,
    Force,
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
    ENTRIES_PER_BATCH,
    METRICS_PER_BATCH,
    PARAMS_PER_BATCH,
    STEPS,
    TAGS_PER_BATCH,
    TIMESTAMPS,
    key_grounds,
    metric_value,
    padded_grounds,
    run_name_grounds,
    text_grounds,
    whole_number,
)
from storeproof.conformance.model.state import DELETED, Limits, LoggedPoint, RunState, State
from storeproof.stores.entities import MODELS_TAG, RUN_NAME_TAG, Metric, Param, Tag

FIRST_KEYS, FEW_KEYS = 10, 100
"""How far the telling clause of a success is looked for, so that large batches stay cheap."""


@dataclass
class Writes:
    """What a write would leave if it succeeds, and what speaks against it."""

    grounds: list[Ground] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[tuple[str, LoggedPoint]] = field(default_factory=list)

    def add_tags(self, tags: Iterable[Tag], limits: Limits) -> None:
        """TAG-*; the same key twice: the last wins."""
        for tag in tags:
            self.grounds += key_grounds(tag.key)
            value = tag.value
            if value is None:
                self.grounds.append(may_be_kept("TAG-TYPES", 'over HTTP a missing value is ""'))
                value = ""
            self.grounds += text_grounds(value, "TAG-TYPES")
            if tag.key == RUN_NAME_TAG:
                self.grounds += run_name_grounds(value)
            self.tags[tag.key] = self._cut(value, limits.tag, limits, "TAG-LONG")

    def add_params(self, params: Iterable[Param], limits: Limits) -> None:
        """PARAM-LOG, PARAM-LONG, BATCH-PARAM-TWICE."""
        for param in params:
            self.grounds += key_grounds(param.key)
            self.grounds += text_grounds(param.value, "PARAM-LOG")
            if param.key in self.params:
                self.grounds.append(refuse("BATCH-PARAM-TWICE"))
            self.params[param.key] = self._cut(param.value, limits.param, limits, "PARAM-LONG")

    def add_metrics(self, metrics: Iterable[Metric]) -> None:
        """METRIC-TYPES."""
        for metric in metrics:
            value, found = metric_value(metric.value)
            timestamp, more = whole_number(metric.timestamp, TIMESTAMPS)
            step, still_more = whole_number(metric.step, STEPS)
            self.grounds += [*key_grounds(metric.key), *found, *more, *still_more]
            self.points.append((metric.key, LoggedPoint(value, timestamp, step)))

    def _cut(self, value: str, length: int, limits: Limits, clause: str) -> str:
        if not isinstance(value, str) or len(value) <= length:
            return value
        if limits.truncates:
            self.grounds.append(may_refuse(clause, "a longer value is always refused"))
        else:
            self.grounds.append(refuse(clause))
        return value[:length]


def unknown_run(state: State, reference: object) -> list[Ground]:
    """RUN-MISSING; nothing if the run is known."""
    if reference in state.runs:
        return []
    unshaped = "IPV for an id of a shape that the store never issues"
    return [refuse("RUN-MISSING", RDNE), other_code("RUN-MISSING", unshaped, IPV)]


def not_writable(state: State, reference: object, clause: str) -> list[Ground]:
    """The run is missing, or deleted, and `clause` forbids that."""
    run = state.runs.get(reference) if isinstance(reference, str) else None
    if run is None:
        return unknown_run(state, reference)
    if run.stage == DELETED:
        return [refuse(clause)]
    if state.experiments[run.experiment].stage == DELETED:
        # No clause says what becomes of a run that was restored inside a deleted experiment.
        return [silent(clause, IPV, INVALID_STATE)]
    return []


def entries_of(op: Operation) -> tuple[Any, Any, Any]:
    """The metrics, params and tags of a batch or of a single call."""
    match op.method:
        case "log_metric":
            return (op.args["metric"],), (), ()
        case "log_param":
            return (), (op.args["param"],), ()
        case "set_tag":
            return (), (), (op.args["tag"],)
    return op.args.get("metrics", ()), op.args.get("params", ()), op.args.get("tags", ())


def plan(op: Operation, limits: Limits) -> Writes:
    """What the call itself says, whatever the run holds."""
    metrics, params, tags = entries_of(op)
    writes = Writes()
    if (
        len(metrics) > METRICS_PER_BATCH
        or len(params) > PARAMS_PER_BATCH
        or len(tags) > TAGS_PER_BATCH
        or len(metrics) + len(params) + len(tags) > ENTRIES_PER_BATCH
    ):
        writes.grounds.append(refuse("BATCH-LIMITS"))
    writes.add_metrics(metrics)
    writes.add_params(params, limits)
    writes.add_tags(tags, limits)
    return writes


def log(state: State, op: Operation) -> list[Expected]:
    """log_metric, log_param, set_tag, log_batch."""
    reference = op.args["run_id"]
    writes = plan(op, state.limits)
    grounds = writes.grounds + not_writable(state, reference, "RUN-DELETED-WRITES")
    run = state.runs.get(reference)
    if run is None:
        return outcomes(grounds, [])
    if any(run.params.get(key, value) != value for key, value in writes.params.items()):
        grounds.append(refuse("PARAM-IMMUTABLE"))
    grounds += padded_grounds(writes.params, run.params)
    grounds += padded_grounds(writes.tags, run.tags)
    grounds += padded_grounds([key for key, _ in writes.points], run.points)
    if any(each.force is Force.REFUSES for each in grounds):
        return outcomes(grounds, [])
    return outcomes(grounds, [Expected(success_clause(run, writes, op.method))])


def commit_log(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The entries are there; or, refused, none of them may be."""
    run = state.runs.get(op.args["run_id"])
    if run is None:
        return
    if chosen.codes:
        _note_refused(run, op, chosen.clause)
        return
    writes = plan(op, state.limits)
    run.params |= writes.params
    if RUN_NAME_TAG in writes.tags:
        run.name, run.has_name_tag = writes.tags.pop(RUN_NAME_TAG), True
        run.generated -= {"run_name"}
    run.tags |= writes.tags
    if MODELS_TAG in writes.tags:
        run.models = None
    for key, point in writes.points:
        run.points.setdefault(key, []).append(point)


def delete_tag(state: State, op: Operation) -> list[Expected]:
    """delete_tag."""
    reference, key = op.args["run_id"], op.args["key"]
    grounds = key_grounds(key) + not_writable(state, reference, "RUN-DELETED-WRITES")
    run = state.runs.get(reference)
    if run is not None and not _has_tag(run, key):
        grounds.append(refuse("TAG-DELETE", RDNE))
    return outcomes(grounds, [Expected("TAG-DELETE")])


def commit_delete_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is gone; the name of a run stays, whatever becomes of its tag (SEARCH-RUNNAME)."""
    run, key = state.runs.get(op.args["run_id"]), op.args["key"]
    if run is None or chosen.codes:
        return
    if key == RUN_NAME_TAG:
        run.has_name_tag = False
    elif key == MODELS_TAG and run.models is not None:
        run.models = None
    else:
        run.refused.note("tag", key, run.tags.pop(key), "TAG-DELETE")


def _has_tag(run: RunState, key: object) -> bool:
    named = key == RUN_NAME_TAG and run.has_name_tag
    return key in run.tags or named or (key == MODELS_TAG and run.models is not None)


def _note_refused(run: RunState, op: Operation, clause: str) -> None:
    metrics, params, tags = entries_of(op)
    if run.stage == DELETED:
        clause = "RUN-DELETED-WRITES"
    elif op.method == "log_batch" and clause not in ("BATCH-LIMITS", "PARAM-IMMUTABLE"):
        clause = "BATCH-VALIDATE"
    for param in params:
        if run.params.get(param.key) != param.value:
            run.refused.note("param", param.key, param.value, clause)
    for tag in tags:
        run.refused.note("tag", tag.key, tag.value, clause)
    for metric in metrics:
        value, _ = metric_value(metric.value)
        timestamp, _ = whole_number(metric.timestamp, TIMESTAMPS)
        step, _ = whole_number(metric.step, STEPS)
        seen = LoggedPoint(value, timestamp, step).seen(infinite=True)
        run.refused.note("metric", metric.key, seen, clause)


def success_clause(run: RunState, writes: Writes, method: str) -> str:
    """The clause that demands the success of a write, the most telling one of those that do."""
    clause = _value_clause(run, writes)
    if clause is not None:
        return clause
    new = dict.fromkeys((*writes.params, *writes.tags, *(key for key, _ in writes.points)))
    held = dict.fromkeys((*run.params, *run.tags, *run.points, *new))
    for key in list(new)[:FIRST_KEYS]:
        if len(key) >= 200:
            return "KEY-LENGTH"
        of_keys = key_clause(key, held, "") if len(held) <= FEW_KEYS else ""
        if of_keys:
            return of_keys
        if not key.isalnum() or not key.isascii():
            return "KEY-CHARS"
    singles = {"log_metric": "METRIC-LOG", "log_param": "PARAM-LOG", "set_tag": "TAG-SET"}
    return singles.get(method, "BATCH-LIMITS")


def _value_clause(run: RunState, writes: Writes) -> str | None:
    if any(run.params.get(key) == value for key, value in writes.params.items()):
        return "PARAM-SAME"
    points = [(key, each.seen(infinite=False)) for key, each in writes.points]
    logged = [(key, each.seen(infinite=False)) for key, held in run.points.items() for each in held]
    if max(Counter([*points, *set(logged)]).values(), default=1) > 1:
        return "METRIC-DUP"
    texts = (*writes.params.values(), *writes.tags.values())
    if any(not (each.isascii() and each.isprintable()) for each in texts):
        return "TEXT-ROUNDTRIP"
    return None
