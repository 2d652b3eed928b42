"""Entities as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from storeproof.stores import entities
from storeproof.stores.entities import Metric
from storeproof.stores.http import messages, registry_messages
from storeproof.stores.http.wire import number

S = TypeVar("S")
T = TypeVar("T")


def some(items: Iterable[S], write: Callable[[S], T]) -> list[T] | None:
    """A list as it is sent: none where it is empty."""
    return [write(each) for each in items] or None


def entries(mapping: Mapping[str, str]) -> list[messages.Entry] | None:
    """Params or tags."""
    return [messages.Entry(key, value) for key, value in mapping.items()] or None


def point(metric: Metric, run_id: str | None = None) -> messages.Point:
    """A point of a metric; `run_id` where points of several runs are in one answer."""
    return messages.Point(metric.key, number(metric.value), metric.timestamp, metric.step, run_id)


def dataset_input(use: entities.DatasetInput) -> messages.DatasetInput:
    """A use of a dataset."""
    known = use.dataset
    return messages.DatasetInput(
        entries(use.tags),
        messages.Dataset(
            known.name,
            known.digest,
            known.source_type,
            known.source,
            known.schema,
            known.profile,
        ),
    )


def experiment(known: entities.Experiment) -> messages.Experiment:
    """An experiment."""
    return messages.Experiment(
        known.experiment_id,
        known.name,
        known.artifact_location,
        known.lifecycle_stage.value,
        known.last_update_time,
        known.creation_time,
        entries(known.tags),
    )


def run_info(info: entities.RunInfo) -> messages.RunInfo:
    """What a run is."""
    return messages.RunInfo(
        info.run_id,
        info.experiment_id,
        info.run_name,
        info.user_id,
        info.status.value,
        info.start_time,
        info.end_time,
        info.artifact_uri,
        info.lifecycle_stage.value,
        info.run_id,
        info.deleted_time,
    )


def run(known: entities.Run) -> messages.Run:
    """A run with what was logged to it."""
    return messages.Run(
        run_info(known.info),
        messages.RunData(
            some(known.metrics.values(), point), entries(known.params), entries(known.tags)
        ),
        messages.RunInputs(some(known.inputs, dataset_input)),
    )


def version(known: entities.ModelVersion) -> registry_messages.ModelVersion:
    """A version of a model."""
    return registry_messages.ModelVersion(
        known.name,
        str(known.version),
        known.creation_timestamp,
        known.last_updated_timestamp,
        known.user_id,
        known.current_stage.value,
        known.description,
        known.source,
        known.run_id,
        known.status,
        known.status_message,
        entries(known.tags),
        known.run_link,
        list(known.aliases) or None,
    )


def model(known: entities.RegisteredModel) -> registry_messages.RegisteredModel:
    """A model with its latest versions."""
    return registry_messages.RegisteredModel(
        known.name,
        known.creation_timestamp,
        known.last_updated_timestamp,
        known.description,
        some(known.latest_versions, version),
        entries(known.tags),
        some(known.aliases.items(), lambda each: registry_messages.Alias(each[0], str(each[1]))),
    )
