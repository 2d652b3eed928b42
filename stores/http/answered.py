"""What an answer tells of, as entities; an answer that lacks what it must have is Unreadable."""

from __future__ import annotations

from typing import TypeVar

from storeproof.stores import entities
from storeproof.stores.entities import LifecycleStage, Metric, RunStatus, Stage
from storeproof.stores.http import messages, registry_messages, requested
from storeproof.stores.http.requested import pair
from storeproof.stores.http.wire import Unreadable, double, status, whole

T = TypeVar("T")


def experiment_id(message: messages.ExperimentCreated) -> str:
    """The id of an experiment that was created."""
    return _there(message.experiment_id, "experiment_id")


def experiment(message: messages.Experiment | None) -> entities.Experiment:
    """The experiment that an answer tells of."""
    known = _there(message, "experiment")
    return entities.Experiment(
        _there(known.experiment_id, "experiment_id"),
        _there(known.name, "name"),
        known.artifact_location or "",
        _stage(known.lifecycle_stage),
        _time(known.creation_time),
        _time(known.last_update_time),
        dict(map(pair, known.tags or ())),
    )


def run_info(message: messages.RunInfo | None) -> entities.RunInfo:
    """The run that an answer tells of, without what was logged to it."""
    info = _there(message, "info")
    return entities.RunInfo(
        _there(info.run_id if info.run_id is not None else info.run_uuid, "run_id"),
        _there(info.experiment_id, "experiment_id"),
        info.run_name or "",
        info.user_id or "",
        _status(info.status),
        _time(info.start_time),
        _time(info.end_time),
        _stage(info.lifecycle_stage),
        info.artifact_uri or "",
        _time(info.deleted_time),
    )


def run(message: messages.Run | None) -> entities.Run:
    """The run that an answer tells of."""
    known = _there(message, "run")
    data = known.data or messages.RunData()
    inputs = known.inputs or messages.RunInputs()
    return entities.Run(
        run_info(known.info),
        dict(map(pair, data.params or ())),
        {latest.key: latest for latest in map(metric, data.metrics or ())},
        dict(map(pair, data.tags or ())),
        tuple(map(requested.dataset_input, inputs.dataset_inputs or ())),
    )


def metric(message: messages.Point) -> Metric:
    """The point that an answer tells of."""
    value, timestamp = double(message.value), whole(message.timestamp)
    step = 0 if message.step is None else whole(message.step)
    if not (
        isinstance(value, int | float) and isinstance(timestamp, int) and isinstance(step, int)
    ):
        raise Unreadable("a point of a metric has no value, timestamp or step")
    return Metric(_there(message.key, "key"), float(value), timestamp, step)


def version(message: registry_messages.ModelVersion | None) -> entities.ModelVersion:
    """The version that an answer tells of; MLflow's server says "" where there is nothing."""
    known = _there(message, "model_version")
    return entities.ModelVersion(
        _there(known.name, "name"),
        _number(known.version),
        _time(known.creation_timestamp),
        _time(known.last_updated_timestamp),
        _of_stage(known.current_stage),
        known.source or "",
        known.description,
        known.user_id or None,
        known.run_id or None,
        known.run_link or None,
        known.status or "READY",
        known.status_message or None,
        dict(map(pair, known.tags or ())),
        tuple(sorted(known.aliases or ())),
    )


def model(message: registry_messages.RegisteredModel | None) -> entities.RegisteredModel:
    """The model that an answer tells of."""
    known = _there(message, "registered_model")
    return entities.RegisteredModel(
        _there(known.name, "name"),
        _time(known.creation_timestamp),
        _time(known.last_updated_timestamp),
        known.description,
        dict(map(pair, known.tags or ())),
        {_there(each.alias, "alias"): _number(each.version) for each in known.aliases or ()},
        tuple(sorted(map(version, known.latest_versions or ()), key=lambda each: each.version)),
    )


def _number(value: int | str | None) -> int:
    number = whole(value)
    if not isinstance(number, int):
        raise Unreadable("a version has no number")
    return number


def _of_stage(value: str | None) -> Stage:
    try:
        return Stage(value or Stage.NONE)
    except ValueError:
        raise Unreadable("a current_stage is none of MLflow's") from None


def _there(value: T | None, name: str) -> T:
    if value is None:
        raise Unreadable(f"it has no {name}")
    return value


def _time(value: messages.Number) -> int | None:
    moment = whole(value)
    if moment is not None and not isinstance(moment, int):
        raise Unreadable("a time is no whole number")
    return moment


def _stage(value: str | None) -> LifecycleStage:
    try:
        return LifecycleStage(value or LifecycleStage.ACTIVE)
    except ValueError:
        raise Unreadable("a lifecycle_stage is neither active nor deleted") from None


def _status(value: str | int | None) -> RunStatus:
    try:
        return RunStatus(status(value))
    except ValueError:
        raise Unreadable("a status is none of MLflow's") from None
