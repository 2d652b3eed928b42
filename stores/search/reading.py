"""What a field of the search language is on an object in memory: its value, or None where it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from storeproof.stores.entities import (
    DATASET_CONTEXT_TAG,
    DatasetInput,
    Experiment,
    ModelVersion,
    RegisteredModel,
    Run,
)
from storeproof.stores.search.tree import Field, Kind

T = TypeVar("T")

Stored = float | int | str
Read = Callable[[T], Stored | None]

_RUN: Mapping[str, Read[Run]] = {
    "run_id": lambda run: run.info.run_id,
    "run_name": lambda run: run.info.run_name,  # never the tag (SEARCH-RUNNAME)
    "user_id": lambda run: run.info.user_id,
    "status": lambda run: run.info.status.value,
    "artifact_uri": lambda run: run.info.artifact_uri,
    "start_time": lambda run: run.info.start_time,
    "end_time": lambda run: run.info.end_time,
}

_EXPERIMENT: Mapping[str, Read[Experiment]] = {
    "name": lambda experiment: experiment.name,
    "creation_time": lambda experiment: experiment.creation_time,
    "last_update_time": lambda experiment: experiment.last_update_time,
    "experiment_id": lambda experiment: int(experiment.experiment_id),
}

_DATASET: Mapping[str, Read[DatasetInput]] = {
    "name": lambda use: use.dataset.name,
    "digest": lambda use: use.dataset.digest,
    "context": lambda use: use.tags.get(DATASET_CONTEXT_TAG),
}


_MODEL: Mapping[str, Read[RegisteredModel]] = {
    "name": lambda model: model.name,
    "creation_timestamp": lambda model: model.creation_timestamp,
    "last_updated_timestamp": lambda model: model.last_updated_timestamp,
}

_VERSION: Mapping[str, Read[ModelVersion]] = {
    "name": lambda version: version.name,
    "run_id": lambda version: version.run_id,
    "source_path": lambda version: version.source,
    "version_number": lambda version: version.version,
    "creation_timestamp": lambda version: version.creation_timestamp,
    "last_updated_timestamp": lambda version: version.last_updated_timestamp,
}


def of_run(field: Field) -> Read[Run]:
    """Reads a metric's latest value, a param, a tag or an attribute of a run."""
    name = field.name
    if field.kind is Kind.METRIC:

        def metric(run: Run) -> float | None:
            point = run.metrics.get(name)
            return None if point is None else point.value

        return metric
    if field.kind is Kind.PARAM:
        return lambda run: run.params.get(name)
    if field.kind is Kind.TAG:
        return lambda run: run.tags.get(name)
    return _RUN[name]


def of_experiment(field: Field) -> Read[Experiment]:
    """Reads a tag or an attribute of an experiment."""
    if field.kind is Kind.TAG:
        return lambda experiment: experiment.tags.get(field.name)
    return _EXPERIMENT[field.name]


def of_model(field: Field) -> Read[RegisteredModel]:
    """Reads an attribute of a registered model that it can be ordered by."""
    return _MODEL[field.name]


def of_version(field: Field) -> Read[ModelVersion]:
    """Reads an attribute of a model version that it can be ordered by."""
    return _VERSION[field.name]


def of_dataset(field: Field) -> Read[DatasetInput]:
    """Reads a part of one use of a dataset."""
    return _DATASET[field.name]
