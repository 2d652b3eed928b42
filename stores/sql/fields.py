"""Where the fields of the search language are in the tables, for runs, experiments, models and versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, and_, case, func, select, true
from sqlalchemy.sql import ColumnElement, FromClause

from storeproof.stores.entities import DATASET_CONTEXT_TAG, PROMPT_TAG
from storeproof.stores.search.query import IS_PROMPT
from storeproof.stores.search.tree import Kind
from storeproof.stores.search.vocabulary import EXPERIMENTS, MODELS, RUNS, VERSIONS, Entity
from storeproof.stores.sql.reading import RUN_NAME
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
    model_version_tags,
    model_versions,
    params,
    registered_model_tags,
    registered_models,
    runs,
    tags,
)


@dataclass(frozen=True)
class Entries:
    """A table of keys and values: of one owner, the rows `of_owner`, each key has one row.

    `value` is never NULL; `is_nan` says of a metric that its value counts as NaN.
    """

    table: Table
    of_owner: ColumnElement[bool]
    key: Column[str]
    value: ColumnElement[Any]
    is_nan: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Uses:
    """The uses of datasets by a run: some rows of `source` with `of_owner`, and their parts, NULL where missing."""

    source: FromClause
    of_owner: ColumnElement[bool]
    parts: Mapping[str, ColumnElement[str]]


@dataclass(frozen=True)
class Fields:
    """The fields of one searchable thing.

    Of the attributes, `nullable` may be missing, and the texts of `long` may have over 1000 bytes.
    """

    entity: Entity
    attributes: Mapping[str, ColumnElement[Any]]
    nullable: frozenset[str]
    long: frozenset[str]
    entries: Mapping[Kind, Entries]
    uses: Uses | None = None


def _tags(table: Table, of_owner: ColumnElement[bool]) -> Entries:
    """The tags in a table; MLflow's columns let a value be NULL, which is read as empty."""
    return Entries(table, of_owner, table.c.key, func.coalesce(table.c.value, given("")))


def run_fields(artifact_uri: ColumnElement[str]) -> Fields:
    """The fields of runs, where `artifact_uri` gives the URI that a run is read with."""
    return Fields(
        entity=RUNS,
        attributes={
            "run_id": runs.c.run_uuid,
            "run_name": RUN_NAME,
            "user_id": func.coalesce(runs.c.user_id, given("")),
            "status": runs.c.status,
            "artifact_uri": artifact_uri,
            "start_time": runs.c.start_time,
            "end_time": runs.c.end_time,
        },
        nullable=frozenset({"start_time", "end_time"}),
        long=frozenset({"artifact_uri"}),
        entries={
            Kind.METRIC: Entries(
                latest_metrics,
                latest_metrics.c.run_uuid == runs.c.run_uuid,
                latest_metrics.c.key,
                latest_metrics.c.value,
                latest_metrics.c.is_nan == true(),
            ),
            Kind.PARAM: Entries(
                params, params.c.run_uuid == runs.c.run_uuid, params.c.key, params.c.value
            ),
            Kind.TAG: _tags(tags, tags.c.run_uuid == runs.c.run_uuid),
        },
        uses=_USES,
    )


def artifact_uri(
    locations: Mapping[int, str], place_of: Callable[[str, str], str]
) -> ColumnElement[str]:
    """The artifact URI of runs, for experiments at `locations`; one that its column cannot hold is derived."""
    mark = "\0"
    derived = []
    for number, location in locations.items():
        head, _, tail = place_of(location, mark).partition(mark)
        derived.append(
            (runs.c.experiment_id == number, given(head) + runs.c.run_uuid + given(tail))
        )
    stored: ColumnElement[str] = func.coalesce(runs.c.artifact_uri, given(""))
    return case((stored != given(""), stored), *derived, else_=stored) if derived else stored


_USES = Uses(
    source=inputs.join(datasets, datasets.c.dataset_uuid == inputs.c.source_id).outerjoin(
        input_tags,
        and_(
            input_tags.c.input_uuid == inputs.c.input_uuid,
            input_tags.c.name == DATASET_CONTEXT_TAG,
        ),
    ),
    of_owner=and_(
        inputs.c.destination_type == RUN,
        inputs.c.destination_id == runs.c.run_uuid,
        inputs.c.source_type == DATASET,
    ),
    parts={
        "name": datasets.c.name,
        "digest": datasets.c.digest,
        "context": input_tags.c.value,
    },
)

EXPERIMENT_FIELDS = Fields(
    entity=EXPERIMENTS,
    attributes={
        "name": experiments.c.name,
        "creation_time": experiments.c.creation_time,
        "last_update_time": experiments.c.last_update_time,
        "experiment_id": experiments.c.experiment_id,
    },
    nullable=frozenset({"creation_time", "last_update_time"}),
    long=frozenset({"name"}),
    entries={
        Kind.TAG: _tags(
            experiment_tags, experiment_tags.c.experiment_id == experiments.c.experiment_id
        )
    },
)

MODEL_FIELDS = Fields(
    entity=MODELS,
    attributes={
        "name": registered_models.c.name,
        "creation_timestamp": registered_models.c.creation_time,
        "last_updated_timestamp": registered_models.c.last_updated_time,
        IS_PROMPT: func.coalesce(
            select(registered_model_tags.c.value)
            .where(
                registered_model_tags.c.name == registered_models.c.name,
                registered_model_tags.c.key == PROMPT_TAG,
            )
            .scalar_subquery(),
            given("false"),
        ),
    },
    nullable=frozenset({"creation_timestamp", "last_updated_timestamp"}),
    long=frozenset({"name"}),
    entries={
        Kind.TAG: _tags(
            registered_model_tags, registered_model_tags.c.name == registered_models.c.name
        )
    },
)

VERSION_FIELDS = Fields(
    entity=VERSIONS,
    attributes={
        "name": model_versions.c.name,
        # MLflow's server writes an empty id where there is no run.
        "run_id": func.nullif(
            model_versions.c.run_id, given(""), type_=model_versions.c.run_id.type
        ),
        "source_path": func.coalesce(model_versions.c.source, given("")),
        "version_number": model_versions.c.version,
        "creation_timestamp": model_versions.c.creation_time,
        "last_updated_timestamp": model_versions.c.last_updated_time,
    },
    nullable=frozenset({"run_id", "creation_timestamp", "last_updated_timestamp"}),
    long=frozenset({"name", "source_path"}),
    entries={
        Kind.TAG: _tags(
            model_version_tags,
            and_(
                model_version_tags.c.name == model_versions.c.name,
                model_version_tags.c.version == model_versions.c.version,
            ),
        )
    },
)
