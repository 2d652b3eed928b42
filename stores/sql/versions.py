"""Versions of registered models in the database; each method is part of one transaction.

A deleted version's row stays, as MLflow leaves it: emptied, in a stage of its own. So the
largest number that a model ever gave is always to be seen, whoever deletes (REG-VERSION).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from storeproof.stores import refusals
from storeproof.stores.entities import ModelVersion, Stage
from storeproof.stores.errors import unavailable
from storeproof.stores.search.query import Query
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.fields import VERSION_FIELDS
from storeproof.stores.sql.models import Models, put_one
from storeproof.stores.sql.reading import Record
from storeproof.stores.sql.registered import (
    REMOVED,
    STAGE,
    THERE,
    VERSION_COLUMNS,
    latest,
    whole_versions,
)
from storeproof.stores.sql.searching import Translation
from storeproof.stores.sql.tables import (
    model_version_tags,
    model_versions,
    registered_model_aliases,
)

LARGEST = 2**31 - 1
"""The largest number that the column holds."""

OUTRUN = unavailable("Other writers of this model were quicker, again and again; try again.")
"""The number was taken by a writer that does not lock the model, as MLflow's."""

_ANOTHER = re.compile(r"models:/+([^/]+)/([0-9]+)")
"""A source that is another version, as MLflow's copies of versions have it."""

_AT = (model_versions.c.name == bindparam("wanted"), model_versions.c.version == bindparam("at"))
_BY_NUMBER = select(*VERSION_COLUMNS).where(*_AT, THERE)
_LAST = select(func.max(model_versions.c.version)).where(
    model_versions.c.name == bindparam("wanted")
)
_CHANGE = update(model_versions).where(*_AT)
_ARCHIVE = (
    update(model_versions)
    .where(
        model_versions.c.name == bindparam("wanted"),
        model_versions.c.version != bindparam("at"),
        bindparam("stage") == STAGE,
    )
    .values(current_stage=Stage.ARCHIVED.value, last_updated_time=bindparam("moment"))
)
_TAG_AT = (
    model_version_tags.c.name == bindparam("wanted"),
    model_version_tags.c.version == bindparam("at"),
)
_TAG_KEYS = select(model_version_tags.c.key).where(
    *_TAG_AT, model_version_tags.c.key == bindparam("tag")
)
_REMOVE_TAG = delete(model_version_tags).where(
    *_TAG_AT, model_version_tags.c.key == bindparam("tag")
)
_REMOVE_TAGS = delete(model_version_tags).where(*_TAG_AT)
_REMOVE_ALIASES = delete(registered_model_aliases).where(
    registered_model_aliases.c.name == bindparam("wanted"),
    registered_model_aliases.c.version == bindparam("at"),
)

_EMPTIED = {
    "current_stage": REMOVED,
    "description": None,
    "user_id": None,
    "source": "REDACTED-SOURCE-PATH",
    "run_id": "REDACTED-RUN-ID",
    "run_link": "REDACTED-RUN-LINK",
    "storage_location": None,
    "status_message": None,
}
"""What MLflow writes into the row of a deleted version, and no location."""


class Versions:
    """What the store does with versions, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect, models: Models) -> None:
        self._dialect = dialect
        self._models = models
        self._translation = Translation(VERSION_FIELDS, dialect)

    def create(
        self,
        connection: Connection,
        name: str,
        values: Mapping[str, str | None],
        tags: Mapping[str, str],
        moment: int,
    ) -> ModelVersion:
        """Insert the next version and its tags; OUTRUN where its number was taken meanwhile."""
        self._models.for_writing(connection, name)
        source = values["source"] or ""
        location = source
        another = _ANOTHER.fullmatch(source)
        if another:
            location = self.location(connection, another[1], int(another[2]))
        number = (connection.execute(_LAST, {"wanted": name}).scalar() or 0) + 1
        with failures.if_taken(self._dialect, OUTRUN):
            connection.execute(
                insert(model_versions),
                {
                    "name": name,
                    "version": number,
                    "creation_time": moment,
                    "last_updated_time": moment,
                    "current_stage": Stage.NONE.value,
                    "status": "READY",
                    "storage_location": location,
                    **values,
                },
            )
        rows = [(key, tags[key], name, number) for key in sorted(tags)]
        self._dialect.put(connection, model_version_tags, rows, ())
        self._models.change(connection, name, moment)
        return self.get(connection, name, number)

    def get(self, connection: Connection, name: str, version: int) -> ModelVersion:
        """A version by its number."""
        row = self.find(connection, name, version)
        return whole_versions(connection, [row], self._dialect.binds)[0]

    def find(self, connection: Connection, name: str, version: int) -> Record:
        """The row of a version; a number that the column does not hold never reaches the database."""
        rows: list[Record] = []
        if 1 <= version <= LARGEST:
            with failures.nothing_if_unfit(self._dialect):
                found = connection.execute(_BY_NUMBER, {"wanted": name, "at": version})
                rows = [row for row in found if row.name == name]
        if not rows:
            raise refusals.no_version(name, version)
        return rows[0]

    def for_writing(self, connection: Connection, name: str, version: int) -> Record:
        """The row of a version whose model is locked until the transaction ends."""
        self._models.for_writing(connection, name)
        return self.find(connection, name, version)

    def location(self, connection: Connection, name: str, version: int) -> str:
        """Where a version is stored."""
        row = self.find(connection, name, version)
        location: str = row.storage_location or row.source or ""
        return location

    def search(self, connection: Connection, query: Query[ModelVersion]) -> Sequence[ModelVersion]:
        """A page of versions and, with one statement per table, what belongs to them."""
        statement = self._translation.asked(select(*VERSION_COLUMNS).where(THERE), query)
        rows = connection.execute(statement).all()
        return whole_versions(connection, rows, self._dialect.binds)

    def latest(
        self, connection: Connection, name: str, stages: Sequence[Stage]
    ) -> Sequence[ModelVersion]:
        """The latest versions of a model in these stages."""
        self._models.find(connection, name)
        rows = latest(connection, [name], self._dialect.binds)
        wanted = [row for row in rows if row.current_stage in stages]
        return whole_versions(connection, wanted, self._dialect.binds)

    def describe(
        self,
        connection: Connection,
        name: str,
        version: int,
        description: str | None,
        moment: int,
    ) -> ModelVersion:
        """Set the description."""
        self.for_writing(connection, name, version)
        self._change(connection, name, version, moment, description=description)
        return self.get(connection, name, version)

    def move(
        self,
        connection: Connection,
        name: str,
        version: int,
        stage: Stage,
        *,
        archive: bool,
        moment: int,
    ) -> ModelVersion:
        """Set the stage; archive the others of that stage first."""
        self.for_writing(connection, name, version)
        if archive:
            others = {"wanted": name, "at": version, "stage": stage.value, "moment": moment}
            connection.execute(_ARCHIVE, others)
        self._change(connection, name, version, moment, current_stage=stage.value)
        self._models.change(connection, name, moment)
        return self.get(connection, name, version)

    def delete(self, connection: Connection, name: str, version: int, moment: int) -> None:
        """Remove what belongs to a version, and empty its row."""
        self.for_writing(connection, name, version)
        for statement in (_REMOVE_TAGS, _REMOVE_ALIASES):
            connection.execute(statement, {"wanted": name, "at": version})
        self._change(connection, name, version, moment, **_EMPTIED)
        self._models.change(connection, name, moment)

    def set_tag(
        self, connection: Connection, name: str, version: int, key: str, value: str
    ) -> None:
        """Set or overwrite a tag."""
        self.for_writing(connection, name, version)
        found = connection.execute(_TAG_KEYS, {"wanted": name, "at": version, "tag": key})
        there = found.scalars().all()
        put_one(self._dialect, connection, model_version_tags, there, (key, value, name, version))

    def delete_tag(self, connection: Connection, name: str, version: int, key: str) -> None:
        """Remove a tag if it is there."""
        self.for_writing(connection, name, version)
        wanted = {"wanted": name, "at": version, "tag": key}
        with failures.nothing_if_unfit(self._dialect):
            if key in connection.execute(_TAG_KEYS, wanted).scalars().all():
                connection.execute(_REMOVE_TAG, wanted)

    def _change(
        self, connection: Connection, name: str, version: int, moment: int, **values: str | None
    ) -> None:
        connection.execute(
            _CHANGE, {"wanted": name, "at": version, "last_updated_time": moment, **values}
        )
