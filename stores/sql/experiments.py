"""Experiments in the database; each method is part of one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storeproof.stores import contract, locations, refusals
from storeproof.stores.entities import Experiment, LifecycleStage, Tag
from storeproof.stores.errors import invalid
from storeproof.stores.search.query import Query
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.fields import EXPERIMENT_FIELDS
from storeproof.stores.sql.reading import EXPERIMENT_COLUMNS, Record, whole_experiments
from storeproof.stores.sql.searching import Translation
from storeproof.stores.sql.tables import experiment_tags, experiments, runs

LOCATION_LENGTH = 256
"""The width of the column experiments.artifact_location."""

ACTIVE = LifecycleStage.ACTIVE.value
DELETED = LifecycleStage.DELETED.value

_ID = re.compile(r"0|[1-9][0-9]{0,18}")

_BY_ID = select(*EXPERIMENT_COLUMNS).where(experiments.c.experiment_id == bindparam("wanted"))
_BY_NAME = select(*EXPERIMENT_COLUMNS).where(experiments.c.name == bindparam("wanted"))
_ANY = select(experiments.c.experiment_id).limit(1)
_TAG_KEYS = select(experiment_tags.c.key).where(
    experiment_tags.c.experiment_id == bindparam("wanted"),
    experiment_tags.c.key == bindparam("tag"),
)
_CHANGE = update(experiments).where(experiments.c.experiment_id == bindparam("wanted"))
_DELETE_RUNS = (
    update(runs)
    .where(runs.c.experiment_id == bindparam("wanted"), runs.c.lifecycle_stage == ACTIVE)
    .values(lifecycle_stage=DELETED, deleted_time=bindparam("moment"))
)
_RESTORE_RUNS = (
    update(runs)
    .where(runs.c.experiment_id == bindparam("wanted"), runs.c.lifecycle_stage == DELETED)
    .values(lifecycle_stage=ACTIVE, deleted_time=None)
)


class Experiments:
    """What the store does with experiments, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect, root: str) -> None:
        self._dialect = dialect
        self._root = root
        self._for_writing = dialect.locked(_BY_ID, experiments)
        self._translation = Translation(EXPERIMENT_FIELDS, dialect)
        self._for_adding = dialect.locked(_BY_ID, experiments, shared=True)

    def row_id(self, experiment_id: str) -> int | None:
        """The column's value for an id, or None for one that was never issued (EXP-ID-UNKNOWN)."""
        if not _ID.fullmatch(experiment_id):
            return None
        number = int(experiment_id)
        return number if number <= self._dialect.largest_id else None

    def create_default(self, connection: Connection, moment: int) -> None:
        """Experiment 0 in a store that has no experiment (EXP-DEFAULT)."""
        if connection.execute(_ANY).first() is None:
            connection.execute(
                insert(experiments),
                {
                    "experiment_id": int(contract.DEFAULT_EXPERIMENT_ID),
                    "artifact_location": self._default_location(0),
                    **_new(contract.DEFAULT_EXPERIMENT_NAME, moment),
                },
            )

    def create(
        self,
        connection: Connection,
        name: str,
        location: str | None,
        tags: Mapping[str, str],
        moment: int,
    ) -> str:
        """Insert an experiment and its tags."""
        with failures.if_taken(self._dialect, refusals.name_taken(name)):
            made = connection.execute(
                insert(experiments), {"artifact_location": location, **_new(name, moment)}
            )
        identity = made.inserted_primary_key
        assert identity is not None  # an insert of one row gives its key
        number: int = identity[0]
        if location is None:
            connection.execute(
                _CHANGE, {"wanted": number, "artifact_location": self._default_location(number)}
            )
        self._dialect.put(
            connection,
            experiment_tags,
            [(key, tags[key], number) for key in sorted(tags)],
            (),
        )
        return str(number)

    def get(self, connection: Connection, experiment_id: str) -> Experiment:
        """An experiment by its id."""
        row = self._find(connection, experiment_id, _BY_ID)
        return whole_experiments(connection, [row], self._dialect.binds)[0]

    def get_by_name(self, connection: Connection, name: str) -> Experiment | None:
        """An experiment by its exact name, whatever the column's collation takes for equal."""
        rows: list[Record] = []
        with failures.nothing_if_unfit(self._dialect):
            found = connection.execute(_BY_NAME, {"wanted": name})
            rows = [row for row in found if row.name == name]
        return whole_experiments(connection, rows, self._dialect.binds)[0] if rows else None

    def search(self, connection: Connection, query: Query[Experiment]) -> Sequence[Experiment]:
        """A page of experiments and, with a second statement, their tags."""
        stages = [stage.value for stage in LifecycleStage if query.view.admits(stage)]
        statement = select(*EXPERIMENT_COLUMNS).where(experiments.c.lifecycle_stage.in_(stages))
        rows = connection.execute(self._translation.asked(statement, query)).all()
        return whole_experiments(connection, rows, self._dialect.binds)

    def rename(self, connection: Connection, experiment_id: str, name: str, moment: int) -> None:
        """Change the name of an active experiment."""
        row = self.active(connection, experiment_id, self._for_writing)
        with failures.if_taken(self._dialect, refusals.name_taken(name)):
            connection.execute(
                _CHANGE,
                {"wanted": row.experiment_id, "name": name, "last_update_time": moment},
            )

    def delete(self, connection: Connection, experiment_id: str, moment: int) -> None:
        """Mark an active experiment and its active runs deleted."""
        row = self._in_stage(connection, experiment_id, LifecycleStage.ACTIVE)
        self._change_stage(connection, row, DELETED, moment)
        connection.execute(_DELETE_RUNS, {"wanted": row.experiment_id, "moment": moment})

    def restore(self, connection: Connection, experiment_id: str, moment: int) -> None:
        """Make a deleted experiment and all its runs active."""
        row = self._in_stage(connection, experiment_id, LifecycleStage.DELETED)
        self._change_stage(connection, row, ACTIVE, moment)
        connection.execute(_RESTORE_RUNS, {"wanted": row.experiment_id})

    def set_tag(self, connection: Connection, experiment_id: str, tag: Tag) -> None:
        """Set a tag of an active experiment."""
        number = self.active(connection, experiment_id, self._for_writing).experiment_id
        there = connection.execute(_TAG_KEYS, {"wanted": number, "tag": tag.key}).scalars().all()
        if any(key != tag.key for key in there):
            raise failures.indistinct()
        row = (tag.key, tag.value, number)
        fresh, changed = ((), (row,)) if there else ((row,), ())
        self._dialect.put(connection, experiment_tags, fresh, changed)

    def for_new_run(self, connection: Connection, experiment_id: str) -> Record:
        """The row of an active experiment, which nobody deletes until the transaction ends."""
        return self.active(connection, experiment_id, self._for_adding)

    def active(self, connection: Connection, experiment_id: str, statement: Any) -> Record:
        """The row of an active experiment."""
        row = self._find(connection, experiment_id, statement)
        if row.lifecycle_stage != ACTIVE:
            raise refusals.deleted_experiment(experiment_id)
        return row

    def deleted(self, connection: Connection, number: int) -> Record | None:
        """The row of a deleted experiment, which nobody restores until the transaction ends."""
        row = connection.execute(self._for_writing, {"wanted": number}).first()
        return row if row is not None and row.lifecycle_stage == DELETED else None

    def _find(self, connection: Connection, experiment_id: str, statement: Any) -> Record:
        number = self.row_id(experiment_id)
        row = None
        if number is not None:
            row = connection.execute(statement, {"wanted": number}).first()
        if row is None:
            raise refusals.no_experiment(experiment_id)
        return row

    def _in_stage(
        self, connection: Connection, experiment_id: str, stage: LifecycleStage
    ) -> Record:
        row = self._find(connection, experiment_id, self._for_writing)
        if row.lifecycle_stage != stage:
            raise refusals.no_experiment(experiment_id)
        return row

    def _change_stage(self, connection: Connection, row: Record, stage: str, moment: int) -> None:
        connection.execute(
            _CHANGE,
            {"wanted": row.experiment_id, "lifecycle_stage": stage, "last_update_time": moment},
        )

    def _default_location(self, number: int) -> str:
        location = locations.below(self._root, str(number))
        if len(location) > LOCATION_LENGTH:
            raise invalid(
                f"The default artifact location of this experiment has {len(location)} characters; "
                f"the database keeps {LOCATION_LENGTH}. Use a shorter artifact root, or give a location."
            )
        return location


def _new(name: str, moment: int) -> dict[str, Any]:
    return {
        "name": name,
        "lifecycle_stage": ACTIVE,
        "creation_time": moment,
        "last_update_time": moment,
    }
