"""From a history of calls to the operations on one object, as the checkers judge them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from storeproof.conformance.checkers.operations import Op, op_of
from storeproof.conformance.histories import Call, History
from storeproof.stores import LifecycleStage, Metric, Run

Point = tuple[int, int, float]
"""Step, timestamp and value: what METRIC-LATEST compares, in that order."""

KINDS = ("metric", "param", "tag")
"""What a batch has entries of."""


def creations(history: History, method: str, name: str) -> list[Op]:
    """Who made something of this name, or gave something the name; and what was found to have it."""
    found = []
    for call in history:
        if call.method == method and name in call.arguments.values():
            has_it = call.arguments.get("experiment_id", call.answer)
            found.append(op_of(call, "create", has_it if isinstance(has_it, str) else name))
        if call.method == "get_experiment_by_name" and call.arguments["name"] == name:
            read = None if call.answer is None else call.answer.experiment_id
            found.append(op_of(call, "read", read))
    return found


def param(history: History, run: str, key: str) -> list[Op]:
    """The writes and reads of a param."""
    return _values(history, run, key, "param")


def tag(history: History, run: str, key: str) -> list[Op]:
    """The writes and reads of a tag of a run."""
    return _values(history, run, key, "tag")


def experiment_tag(history: History, experiment: str, key: str) -> list[Op]:
    """The writes and reads of a tag of an experiment."""
    found = []
    for call in history:
        if call.arguments.get("experiment_id") != experiment:
            continue
        if call.method == "set_experiment_tag" and call.arguments["tag"].key == key:
            found.append(op_of(call, "write", call.arguments["tag"].value))
        if call.method == "get_experiment" and call.answer is not None:
            found.append(op_of(call, "read", call.answer.tags.get(key)))
    return found


def _values(history: History, run: str, key: str, what: str) -> list[Op]:
    found = []
    for call in _about(history, run):
        given = [each.value for each in _entries(call, what) if each.key == key]
        if given:
            found.append(op_of(call, "write", given[-1]))
        if isinstance(call.answer, Run):
            held = call.answer.params if what == "param" else call.answer.tags
            found.append(op_of(call, "read", held.get(key)))
    return found


def points(history: History, run: str, key: str) -> list[Op]:
    """The points of a metric that were logged, and what its history gave."""
    found = []
    for call in _about(history, run):
        given = tuple(_point(each) for each in _entries(call, "metric") if each.key == key)
        if given:
            found.append(op_of(call, "add", given))
        if call.method == "get_metric_history" and call.arguments["key"] == key:
            items = () if call.answer is None else call.answer.items
            found.append(op_of(call, "read", tuple(map(_point, items))))
    return found


def latest(history: History, run: str, key: str) -> list[Op]:
    """What raised the latest value of a metric, and what it was read as."""
    found = []
    for call in _about(history, run):
        given = [_point(each) for each in _entries(call, "metric") if each.key == key]
        if given:
            found.append(op_of(call, "write", max(given)))
        if isinstance(call.answer, Run):
            held = call.answer.metrics.get(key)
            found.append(op_of(call, "read", None if held is None else _point(held)))
    return found


def contents(history: History, run: str, kinds: Collection[str] = KINDS) -> list[Op]:
    """All that batches put into a run and all that it was read to hold, each entry by kind, key and value."""
    found = []
    for call in _about(history, run):
        given = [(what, each.key, each.value) for what in kinds for each in _entries(call, what)]
        if given:
            found.append(op_of(call, "add", tuple(given)))
        if isinstance(call.answer, Run):
            held = [each for each in _held(call.answer) if each[0] in kinds]
            found.append(op_of(call, "read", tuple(held)))
    return found


def versions(history: History, model: str) -> list[Op]:
    """The numbers of the versions of a model that were given."""
    return [
        op_of(call, "take", None if call.answer is None else call.answer.version)
        for call in history
        if call.method == "create_model_version" and call.arguments["name"] == model
    ]


def runs_made(history: History, experiment: str) -> list[Op]:
    """The runs that were created in an experiment, all active, and in which stage searches found those."""
    made = {
        call.answer.info.run_id: call
        for call in _in(history, experiment)
        if call.method == "create_run" and call.answer is not None
    }
    found = [op_of(call, "add", ((run, str(LifecycleStage.ACTIVE)),)) for run, call in made.items()]
    for call in history:
        if call.method == "search_runs" and call.answer is not None:
            infos = [each.info for each in call.answer.items if each.info.run_id in made]
            stages = ((each.run_id, str(each.lifecycle_stage)) for each in infos)
            found.append(op_of(call, "read", tuple(stages)))
    return found


def _in(history: History, experiment: str) -> Iterable[Call]:
    return (call for call in history if call.arguments.get("experiment_id") == experiment)


def _held(run: Run) -> Iterable[tuple[str, str, Any]]:
    yield from (("metric", key, point.value) for key, point in run.metrics.items())
    yield from (("param", key, value) for key, value in run.params.items())
    yield from (("tag", key, value) for key, value in run.tags.items() if _is_given(key))


def _is_given(key: str) -> bool:
    """The store has tags of its own there."""
    return not key.startswith("mlflow.")


def _about(history: History, run: str) -> Iterable[Call]:
    return (call for call in history if call.arguments.get("run_id") == run)


def _entries(call: Call, what: str) -> list[Any]:
    """The metrics, params or tags that a call wrote."""
    given = list(call.arguments.get(f"{what}s", ()))
    return [*given, call.arguments[what]] if what in call.arguments else given


def _point(metric: Metric) -> Point:
    return metric.step, metric.timestamp, metric.value
