"""What a store keeps: frozen dataclasses in the field's own words.

Times are milliseconds since the epoch. Ids are opaque strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")

RUN_NAME_TAG = "mlflow.runName"
"""The tag that is one value with the run's name (RUN-NAME)."""

MODELS_TAG = "mlflow.log-model.history"
"""The tag that lists the models logged to a run, as JSON (MODEL-RECORD)."""

DATASET_CONTEXT_TAG = "mlflow.data.context"
"""The tag of a dataset's use that dataset.context stands for in a filter."""


class LifecycleStage(StrEnum):
    """Whether an experiment or a run is active or marked deleted."""

    ACTIVE = "active"
    DELETED = "deleted"


class RunStatus(StrEnum):
    """The state of a run (RUN-STATUS)."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class ViewType(StrEnum):
    """Which lifecycle stages a search looks at (SEARCH-VIEWS)."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    def admits(self, stage: LifecycleStage) -> bool:
        """Whether a thing of this stage is in the view."""
        return self is ViewType.ALL or (self is ViewType.ACTIVE_ONLY) == (
            stage is LifecycleStage.ACTIVE
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """One point of a metric; `value` is a double, NaN and infinities included."""

    key: str
    value: float
    timestamp: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a run; written once (PARAM-IMMUTABLE)."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of an experiment, a run, a dataset input, a model or a version; overwritten by the next of its key."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment as it is read back."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage
    creation_time: int | None
    last_update_time: int | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is, apart from what was logged to it."""

    run_id: str
    experiment_id: str
    run_name: str
    user_id: str
    status: RunStatus
    start_time: int | None
    end_time: int | None
    lifecycle_stage: LifecycleStage
    artifact_uri: str
    deleted_time: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset, known by (name, digest) inside its experiment (INPUT-SCOPE)."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """A dataset that a run used, with the tags of that use."""

    dataset: Dataset
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run with its params, tags, dataset inputs and the latest value of each metric."""

    info: RunInfo
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[DatasetInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of an answer; `token` asks for the next page and is None on the last."""

    items: tuple[T, ...]
    token: str | None = None
