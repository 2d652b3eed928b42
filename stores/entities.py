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

PROMPT_TAG = "mlflow.prompt.is_prompt"
"""The tag by which MLflow tells prompts from models in its registry."""

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


class Stage(StrEnum):
    """Where a model version stands (REG-STAGE)."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a registered model; `aliases` are those of the model that point to it, in order."""

    name: str
    version: int
    creation_timestamp: int | None
    last_updated_timestamp: int | None
    current_stage: Stage
    source: str
    description: str | None = None
    user_id: str | None = None
    run_id: str | None = None
    run_link: str | None = None
    status: str = "READY"
    status_message: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A model of the registry; `aliases` has the version that each points to.

    `latest_versions` has of each stage that has one the version with the largest number, by
    number.
    """

    name: str
    creation_timestamp: int | None
    last_updated_timestamp: int | None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest_versions: tuple[ModelVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of an answer; `token` asks for the next page and is None on the last."""

    items: tuple[T, ...]
    token: str | None = None
