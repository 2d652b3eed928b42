"""MLflow's entities and ours, both ways.

On the way in, an entity is MLflow's with the same values, whatever they are: to judge them
is the store's business. On the way out nothing is mended either: a value that is not what
it should be arrives in the test as the store gave it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

from storeproof.stores.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    ModelVersion,
    Page,
    Param,
    RegisteredModel,
    Run,
    RunInfo,
    RunStatus,
    Stage,
    Tag,
)

E = TypeVar("E", bound=Enum)


# To MLflow. `entities` is the module mlflow.entities.


def metric_in(metric: object, entities: Any) -> Any:
    """A point as MLflow's Metric; what is no point stays what it is."""
    if not isinstance(metric, Metric):
        return metric
    return entities.Metric(metric.key, metric.value, metric.timestamp, metric.step)


def param_in(param: object, entities: Any) -> Any:
    """A param as MLflow's Param; what is no param stays what it is."""
    return entities.Param(param.key, param.value) if isinstance(param, Param) else param


def run_tag_in(tag: object, entities: Any) -> Any:
    """A tag as MLflow's RunTag; what is no tag stays what it is."""
    return entities.RunTag(tag.key, tag.value) if isinstance(tag, Tag) else tag


def experiment_tag_in(tag: object, entities: Any) -> Any:
    """A tag as MLflow's ExperimentTag; what is no tag stays what it is."""
    return entities.ExperimentTag(tag.key, tag.value) if isinstance(tag, Tag) else tag


def model_tag_in(tag: object, entities: Any) -> Any:
    """A tag as MLflow's RegisteredModelTag; what is no tag stays what it is."""
    if not isinstance(tag, Tag):
        return tag
    return entities.model_registry.RegisteredModelTag(tag.key, tag.value)


def version_tag_in(tag: object, entities: Any) -> Any:
    """A tag as MLflow's ModelVersionTag; what is no tag stays what it is."""
    if not isinstance(tag, Tag):
        return tag
    return entities.model_registry.ModelVersionTag(tag.key, tag.value)


def dataset_input_in(use: object, entities: Any) -> Any:
    """A dataset's use as MLflow's DatasetInput; what is none stays what it is."""
    if not isinstance(use, DatasetInput):
        return use
    given = use.dataset
    dataset = entities.Dataset(
        name=given.name,
        digest=given.digest,
        source_type=given.source_type,
        source=given.source,
        schema=given.schema,
        profile=given.profile,
    )
    return entities.DatasetInput(
        dataset, [entities.InputTag(key, value) for key, value in use.tags.items()]
    )


def status_in(status: object, entities: Any) -> Any:
    """A status as MLflow's number for it; what is none stays what it is."""
    try:
        return entities.RunStatus.from_string(str(RunStatus(status)))  # type: ignore[arg-type]
    except ValueError:
        return status


def view_in(view: object, entities: Any) -> Any:
    """A view as MLflow's number for it; what is none stays what it is."""
    names = ("ACTIVE_ONLY", "DELETED_ONLY", "ALL")
    return getattr(entities.ViewType, str(view)) if view in names else view


# From MLflow


def experiment_out(experiment: Any) -> Experiment:
    """An experiment as the store answered it."""
    return Experiment(
        experiment_id=experiment.experiment_id,
        name=experiment.name,
        artifact_location=experiment.artifact_location,
        lifecycle_stage=_member(LifecycleStage, experiment.lifecycle_stage),
        creation_time=experiment.creation_time,
        last_update_time=experiment.last_update_time,
        tags=experiment.tags,
    )


def info_out(info: Any) -> RunInfo:
    """A run's info as the store answered it; MLflow has no field for when it was deleted."""
    return RunInfo(
        run_id=info.run_id,
        experiment_id=info.experiment_id,
        run_name=info.run_name,
        user_id=info.user_id,
        status=_member(RunStatus, info.status),
        start_time=info.start_time,
        end_time=info.end_time,
        lifecycle_stage=_member(LifecycleStage, info.lifecycle_stage),
        artifact_uri=info.artifact_uri,
    )


def run_out(run: Any) -> Run:
    """A run as the store answered it."""
    # RunData.metrics has the values alone; the points behind it are under this name only.
    points = run.data._metric_objs  # noqa: SLF001
    inputs = getattr(run, "inputs", None)
    return Run(
        info=info_out(run.info),
        params=run.data.params,
        metrics={point.key: metric_out(point) for point in points},
        tags=run.data.tags,
        inputs=tuple(map(_dataset_input_out, inputs.dataset_inputs if inputs else ())),
    )


def metric_out(metric: Any) -> Metric:
    """A point as the store answered it."""
    return Metric(metric.key, metric.value, metric.timestamp, metric.step)


def version_out(version: Any) -> ModelVersion:
    """A version as the store answered it; MLflow's stores give its number as a number or as a text."""
    return ModelVersion(
        name=version.name,
        version=_number(version.version),
        creation_timestamp=version.creation_timestamp,
        last_updated_timestamp=version.last_updated_timestamp,
        current_stage=_member(Stage, version.current_stage),
        source=version.source,
        description=version.description,
        user_id=version.user_id,
        run_id=version.run_id,
        run_link=version.run_link,
        status=version.status,
        status_message=version.status_message,
        tags=version.tags,
        aliases=tuple(version.aliases),
    )


def model_out(model: Any) -> RegisteredModel:
    """A registered model as the store answered it."""
    return RegisteredModel(
        name=model.name,
        creation_timestamp=model.creation_timestamp,
        last_updated_timestamp=model.last_updated_timestamp,
        description=model.description,
        tags=model.tags,
        aliases={alias: _number(version) for alias, version in model.aliases.items()},
        latest_versions=tuple(map(version_out, model.latest_versions)),
    )


def page_out(items: Iterable[Any], token: object) -> Page[Any]:
    """A page with a token as MLflow writes it, where "" is none."""
    return Page(tuple(items), token or None)  # type: ignore[arg-type]


def _dataset_input_out(use: Any) -> DatasetInput:
    dataset = use.dataset
    return DatasetInput(
        Dataset(
            dataset.name,
            dataset.digest,
            dataset.source_type,
            dataset.source,
            dataset.schema,
            dataset.profile,
        ),
        {tag.key: tag.value for tag in use.tags},
    )


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _member(kind: type[E], value: Any) -> E:
    try:
        return kind(value)
    except ValueError:
        return value  # type: ignore[no-any-return]
