"""From rows to entities; what belongs to many runs is read with one statement per table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, case, func, null, select

from storeproof.stores import locations
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
)
from storeproof.stores.sql.tables import (
    DATASET,
    RUN,
    datasets,
    experiment_tags,
    experiments,
    given,
    input_tags,
    inputs,
    latest_metrics,
    params,
    runs,
    tags,
)

V = TypeVar("V")

Record = Any
"""A row by its column names; SQLAlchemy 2.0 and 2.1 differ in how they type one."""

NAN = float("nan")

EXPERIMENT_COLUMNS = (
    experiments.c.experiment_id,
    experiments.c.name,
    experiments.c.artifact_location,
    experiments.c.lifecycle_stage,
    experiments.c.creation_time,
    experiments.c.last_update_time,
)

RUN_NAME = case(
    (
        func.coalesce(runs.c.name, given("")) == given(""),
        func.coalesce(
            select(tags.c.value)
            .where(tags.c.run_uuid == runs.c.run_uuid, tags.c.key == RUN_NAME_TAG)
            .scalar_subquery(),
            given(""),
        ),
    ),
    else_=runs.c.name,
)
"""A run's name; MLflow's first versions kept it in the tag alone (SEARCH-RUNNAME)."""

LOCATION = case(
    (
        func.coalesce(runs.c.artifact_uri, given("")) == given(""),
        select(experiments.c.artifact_location)
        .where(experiments.c.experiment_id == runs.c.experiment_id)
        .scalar_subquery(),
    ),
    else_=null(),
).label("location")
"""The experiment's location: only needed, and so only looked up, where a run's URI was too long for its column."""

RUN_COLUMNS = (
    runs.c.run_uuid,
    runs.c.experiment_id,
    RUN_NAME.label("name"),
    runs.c.user_id,
    runs.c.status,
    runs.c.start_time,
    runs.c.end_time,
    runs.c.lifecycle_stage,
    runs.c.artifact_uri,
    runs.c.deleted_time,
    LOCATION,
)


def _of(*columns: Any) -> Select[Any]:
    """The rows that belong to some owners; the first column names the owner."""
    return select(*columns).where(columns[0].in_(bindparam("owners", expanding=True)))


_EXPERIMENT_TAGS = _of(
    experiment_tags.c.experiment_id, experiment_tags.c.key, experiment_tags.c.value
)
_PARAMS = _of(params.c.run_uuid, params.c.key, params.c.value)
_TAGS = _of(tags.c.run_uuid, tags.c.key, tags.c.value)
_USES = _of(
    inputs.c.destination_id,
    inputs.c.input_uuid,
    datasets.c.name,
    datasets.c.digest,
    datasets.c.dataset_source_type,
    datasets.c.dataset_source,
    datasets.c.dataset_schema,
    datasets.c.dataset_profile,
).where(
    inputs.c.destination_type == RUN,
    inputs.c.source_type == DATASET,
    datasets.c.dataset_uuid == inputs.c.source_id,
)
_USE_TAGS = _of(input_tags.c.input_uuid, input_tags.c.name, input_tags.c.value)
_LATEST = _of(
    latest_metrics.c.run_uuid,
    latest_metrics.c.key,
    latest_metrics.c.value,
    latest_metrics.c.timestamp,
    latest_metrics.c.step,
    latest_metrics.c.is_nan,
)


def chunks(values: Sequence[V], size: int) -> Iterator[Sequence[V]]:
    """`values` in parts that one statement can bind."""
    return (values[start : start + size] for start in range(0, len(values), size))


def metric(key: str, value: float, timestamp: int | None, step: int, nan: bool) -> Metric:
    """A point from its columns: NaN is a flag beside a 0 (METRIC-NAN)."""
    return Metric(key, NAN if nan else value, timestamp or 0, step)


def artifact_uri_of(row: Record) -> str:
    """Where a run keeps artifacts; a missing artifact URI is the one it was created with."""
    return row.artifact_uri or locations.of_run(row.location or "", row.run_uuid)


def run_info(row: Record) -> RunInfo:
    """A run's row."""
    return RunInfo(
        run_id=row.run_uuid,
        experiment_id=str(row.experiment_id),
        run_name=row.name,
        user_id=row.user_id or "",
        status=RunStatus(row.status),
        start_time=row.start_time,
        end_time=row.end_time,
        lifecycle_stage=LifecycleStage(row.lifecycle_stage),
        artifact_uri=artifact_uri_of(row),
        deleted_time=row.deleted_time,
    )


def whole_runs(connection: Connection, rows: Sequence[Record], binds: int) -> list[Run]:
    """Runs with their params, latest metrics and tags, in the order of `rows`."""
    ids = [row.run_uuid for row in rows]
    settings: dict[str, dict[str, str]] = {each: {} for each in ids}
    labels: dict[str, dict[str, str]] = {each: {} for each in ids}
    latest: dict[str, dict[str, Metric]] = {each: {} for each in ids}
    uses = _uses(connection, ids, binds)
    for part in chunks(ids, binds):
        owners = {"owners": part}
        for run_id, key, value in connection.execute(_PARAMS, owners).all():
            settings[run_id][key] = value
        for run_id, key, value in connection.execute(_TAGS, owners).all():
            labels[run_id][key] = value or ""
        for run_id, key, value, timestamp, step, nan in connection.execute(_LATEST, owners).all():
            latest[run_id][key] = metric(key, value, timestamp, step, nan)
    return [
        Run(run_info(row), settings[each], latest[each], labels[each], uses.get(each, ()))
        for each, row in zip(ids, rows, strict=True)
    ]


def _uses(
    connection: Connection, ids: Sequence[str], binds: int
) -> dict[str, tuple[DatasetInput, ...]]:
    """The datasets that runs used, by run, in the order of name and digest."""
    rows = [
        row
        for part in chunks(ids, binds)
        for row in connection.execute(_USES, {"owners": part}).all()
    ]
    labels: dict[str, dict[str, str]] = {use: {} for _, use, *_ in rows}
    for part in chunks(list(labels), binds):
        for use, key, value in connection.execute(_USE_TAGS, {"owners": part}).all():
            labels[use][key] = value
    found: dict[str, list[DatasetInput]] = {}
    for run_id, use, *parts in rows:
        found.setdefault(run_id, []).append(DatasetInput(Dataset(*parts), labels[use]))
    return {
        run_id: tuple(sorted(each, key=lambda use: (use.dataset.name, use.dataset.digest)))
        for run_id, each in found.items()
    }


def whole_experiments(
    connection: Connection, rows: Collection[Record], binds: int
) -> list[Experiment]:
    """Experiments with their tags, in the order of `rows`."""
    ids = [row.experiment_id for row in rows]
    labels: dict[int, dict[str, str]] = {each: {} for each in ids}
    for part in chunks(ids, binds):
        for owner, key, value in connection.execute(_EXPERIMENT_TAGS, {"owners": part}).all():
            labels[owner][key] = value or ""
    return [
        Experiment(
            experiment_id=str(row.experiment_id),
            name=row.name,
            artifact_location=row.artifact_location or "",
            lifecycle_stage=LifecycleStage(row.lifecycle_stage),
            creation_time=row.creation_time,
            last_update_time=row.last_update_time,
            tags=labels[row.experiment_id],
        )
        for row in rows
    ]
