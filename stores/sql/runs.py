"""Runs in the database; each method is part of one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)

from storeproof.stores import locations, refusals
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    LifecycleStage,
    Run,
    RunInfo,
    RunStatus,
)
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Field, Kind
from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.experiments import ACTIVE, DELETED, Experiments
from storeproof.stores.sql.fields import artifact_uri, run_fields
from storeproof.stores.sql.labels import Labels
from storeproof.stores.sql.reading import RUN_COLUMNS, Record, chunks, run_info, whole_runs
from storeproof.stores.sql.searching import Translation
from storeproof.stores.sql.tables import experiments, given, runs

ID_LENGTH = 32

_ARTIFACT_URI_LENGTH = 200
_CREATED_AS = {
    "source_type": "UNKNOWN",
    "source_name": "",
    "entry_point_name": "",
    "source_version": "",
}

_KNOWN = runs.c.experiment_id.is_not(None)
"""A run without an experiment is being removed (removal.py)."""

_BY_ID = select(*RUN_COLUMNS).where(runs.c.run_uuid == bindparam("wanted"), _KNOWN)
_IDS = select(runs.c.run_uuid).where(
    runs.c.run_uuid.in_(bindparam("wanted", expanding=True)), _KNOWN
)
_CHANGE = update(runs).where(runs.c.run_uuid == bindparam("wanted"))

_URI_COLUMN: ColumnElement[str] = func.coalesce(runs.c.artifact_uri, given(""))


class Runs:
    """What the store does with runs, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect, experiments: Experiments, labels: Labels) -> None:
        self._dialect = dialect
        self._experiments = experiments
        self._labels = labels
        self._for_writing = dialect.locked(_BY_ID, runs)

    def create(
        self,
        connection: Connection,
        experiment_id: str,
        user_id: str,
        start_time: int,
        labels: Mapping[str, str],
        name: str,
    ) -> Run:
        """Insert a run and its tags in an active experiment."""
        parent = self._experiments.for_new_run(connection, experiment_id)
        run_id = uuid.uuid4().hex
        uri = locations.of_run(parent.artifact_location or "", run_id)
        kept = len(uri) <= _ARTIFACT_URI_LENGTH or not self._dialect.enforces_lengths
        info = RunInfo(
            run_id=run_id,
            experiment_id=experiment_id,
            run_name=name,
            user_id=user_id,
            status=RunStatus.RUNNING,
            start_time=start_time,
            end_time=None,
            lifecycle_stage=LifecycleStage.ACTIVE,
            artifact_uri=uri,
        )
        connection.execute(
            insert(runs),
            {
                "run_uuid": run_id,
                "experiment_id": parent.experiment_id,
                "name": name,
                "user_id": user_id,
                "status": info.status.value,
                "start_time": start_time,
                "lifecycle_stage": ACTIVE,
                "artifact_uri": uri if kept else None,
                **_CREATED_AS,
            },
        )
        self._labels.add(connection, run_id, labels)
        return Run(info, tags=dict(labels))

    def get(self, connection: Connection, run_id: str) -> Run:
        """A run by its id."""
        row = self.find(connection, run_id)
        return whole_runs(connection, [row], self._dialect.binds)[0]

    def find(self, connection: Connection, run_id: str, statement: Select[Any] = _BY_ID) -> Record:
        """The row of a run; an id of another shape never reaches the database (RUN-MISSING)."""
        row = None
        if is_possible(run_id):
            row = connection.execute(statement, {"wanted": run_id}).first()
        # A collation may take another id for this one.
        if row is None or row.run_uuid != run_id:
            raise refusals.no_run(run_id)
        return row

    def need(self, connection: Connection, run_ids: Sequence[str]) -> None:
        """That all of these runs are there; no_run() of the first that is not."""
        possible = [each for each in run_ids if is_possible(each)]
        found = {
            run_id
            for part in chunks(possible, self._dialect.binds)
            for run_id in connection.execute(_IDS, {"wanted": part}).scalars()
        }
        for run_id in run_ids:
            if run_id not in found:
                raise refusals.no_run(run_id)

    def for_writing(self, connection: Connection, run_id: str) -> Record:
        """The row of an active run; other writers to the run wait until the transaction ends."""
        row = self.find(connection, run_id, self._for_writing)
        if row.lifecycle_stage != ACTIVE:
            raise refusals.deleted_run(run_id)
        return row

    def update(
        self,
        connection: Connection,
        run_id: str,
        status: RunStatus | None,
        end_time: int | None,
        name: str | None,
    ) -> RunInfo:
        """Set what is given; the name is a tag too (RUN-NAME)."""
        info = run_info(self.for_writing(connection, run_id))
        values: dict[str, Any] = {}
        if status is not None:
            info = replace(info, status=status)
            values["status"] = status.value
        if end_time is not None:
            info = replace(info, end_time=end_time)
            values["end_time"] = end_time
        if name is not None:
            info = replace(info, run_name=name)
            values["name"] = name
            self._labels.put(connection, run_id, {RUN_NAME_TAG: name})
        if values:
            connection.execute(_CHANGE, {"wanted": run_id, **values})
        return info

    def set_name(self, connection: Connection, run_id: str, name: str) -> None:
        """Set the name of a run that is locked already."""
        connection.execute(_CHANGE, {"wanted": run_id, "name": name})

    def delete(self, connection: Connection, run_id: str, moment: int) -> None:
        """Mark a run deleted if it is active."""
        row = self.find(connection, run_id, self._for_writing)
        if row.lifecycle_stage == ACTIVE:
            connection.execute(
                _CHANGE, {"wanted": run_id, "lifecycle_stage": DELETED, "deleted_time": moment}
            )

    def restore(self, connection: Connection, run_id: str) -> None:
        """Make a run active."""
        self.find(connection, run_id, self._for_writing)
        connection.execute(
            _CHANGE, {"wanted": run_id, "lifecycle_stage": ACTIVE, "deleted_time": None}
        )

    def search(
        self, connection: Connection, experiment_ids: Sequence[str], query: Query[Run]
    ) -> Sequence[Run]:
        """A page of runs and, with one statement per table, what belongs to them."""
        parents = [
            number
            for each in experiment_ids
            if (number := self._experiments.row_id(each)) is not None
        ]
        # The ids are numbers by now: written out, they need no bind each.
        among: BindParameter[int] = bindparam(
            "parents", parents, expanding=True, literal_execute=True
        )
        uri = _URI_COLUMN
        if _looks_at(query, "artifact_uri"):
            uri = artifact_uri(_long_locations(connection, among), locations.of_run)
        translation = Translation(run_fields(uri), self._dialect)
        stages = [stage.value for stage in LifecycleStage if query.view.admits(stage)]
        statement = select(*RUN_COLUMNS).where(
            runs.c.experiment_id.in_(among),
            runs.c.lifecycle_stage.in_(stages),
        )
        rows = connection.execute(translation.asked(statement, query)).all()
        return whole_runs(connection, rows, self._dialect.binds)


def is_possible(run_id: str) -> bool:
    """Whether the column can hold this id."""
    return len(run_id) <= ID_LENGTH and run_id.isascii() and "\0" not in run_id


def _looks_at(query: Query[Run], attribute: str) -> bool:
    """Whether the filter or the order has this attribute."""
    field = Field(Kind.ATTRIBUTE, attribute)
    named = {each.field for each in query.filter} | {each.field for each in query.order.columns}
    return field in named


def _long_locations(connection: Connection, among: BindParameter[int]) -> dict[int, str]:
    """The locations of those experiments whose runs' artifact URIs are too long for their column."""
    found = connection.execute(
        select(experiments.c.experiment_id, experiments.c.artifact_location).where(
            experiments.c.experiment_id.in_(among)
        )
    )
    return {number: location or "" for number, location in found.all() if _is_long(location or "")}


def _is_long(location: str) -> bool:
    return len(locations.of_run(location, "0" * ID_LENGTH)) > _ARTIFACT_URI_LENGTH
