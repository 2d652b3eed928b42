"""Registered models with their tags and aliases in the database; each method is part of one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from storeproof.stores import refusals
from storeproof.stores.entities import RegisteredModel
from storeproof.stores.search.query import Query
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.fields import MODEL_FIELDS
from storeproof.stores.sql.reading import Record
from storeproof.stores.sql.registered import MODEL_COLUMNS, whole_models
from storeproof.stores.sql.searching import Translation
from storeproof.stores.sql.tables import (
    model_version_tags,
    model_versions,
    registered_model_aliases,
    registered_model_tags,
    registered_models,
)

_BY_NAME = select(*MODEL_COLUMNS).where(registered_models.c.name == bindparam("wanted"))
_CHANGE = update(registered_models).where(registered_models.c.name == bindparam("wanted"))
_TAG_KEYS = select(registered_model_tags.c.key).where(
    registered_model_tags.c.name == bindparam("wanted"),
    registered_model_tags.c.key == bindparam("tag"),
)
_REMOVE_TAG = delete(registered_model_tags).where(
    registered_model_tags.c.name == bindparam("wanted"),
    registered_model_tags.c.key == bindparam("tag"),
)
_ALIAS = select(registered_model_aliases.c.alias, registered_model_aliases.c.version).where(
    registered_model_aliases.c.name == bindparam("wanted"),
    registered_model_aliases.c.alias == bindparam("named"),
)
_REMOVE_ALIAS = delete(registered_model_aliases).where(
    registered_model_aliases.c.name == bindparam("wanted"),
    registered_model_aliases.c.alias == bindparam("named"),
)


def _all_of(table: Table) -> Any:
    return delete(table).where(table.c.name == bindparam("wanted"))


_REMOVE_ALL = [
    _all_of(table)
    for table in (
        model_version_tags,
        model_versions,
        registered_model_tags,
        registered_model_aliases,
        registered_models,
    )
]
"""What belongs to others before what it belongs to."""


def _copied(table: Table) -> Any:
    """The rows of a model once more, under another name."""
    columns = [column for column in table.columns if column.name != "name"]
    rows = select(bindparam("new_name", type_=table.c.name.type), *columns)
    return insert(table).from_select(
        ["name", *(column.name for column in columns)],
        rows.where(table.c.name == bindparam("wanted")),
    )


def _moved(table: Table) -> Any:
    return (
        update(table).where(table.c.name == bindparam("wanted")).values(name=bindparam("new_name"))
    )


_RENAME = (
    _copied(registered_models),
    _copied(model_versions),
    _moved(model_version_tags),
    _all_of(model_versions),
    _moved(registered_model_tags),
    _moved(registered_model_aliases),
    _all_of(registered_models),
)
"""To another name without ON UPDATE CASCADE, with which MySQL 9 loses its way where there are several versions."""


class Models:
    """What the store does with models, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._for_writing = dialect.locked(_BY_NAME, registered_models)
        self._translation = Translation(MODEL_FIELDS, dialect)

    def create(
        self,
        connection: Connection,
        name: str,
        tags: Mapping[str, str],
        description: str | None,
        moment: int,
    ) -> RegisteredModel:
        """Insert a model and its tags."""
        with failures.if_taken(self._dialect, refusals.model_name_taken(name)):
            connection.execute(
                insert(registered_models),
                {
                    "name": name,
                    "creation_time": moment,
                    "last_updated_time": moment,
                    "description": description,
                },
            )
        rows = [(key, tags[key], name) for key in sorted(tags)]
        self._dialect.put(connection, registered_model_tags, rows, ())
        return RegisteredModel(name, moment, moment, description, dict(tags))

    def get(self, connection: Connection, name: str) -> RegisteredModel:
        """A model by its exact name."""
        row = self.find(connection, name)
        return whole_models(connection, [row], self._dialect.binds)[0]

    def find(self, connection: Connection, name: str, statement: Any = _BY_NAME) -> Record:
        """The row of a model, whatever the column's collation takes for equal (TEXT-DISTINCT)."""
        rows: list[Record] = []
        with failures.nothing_if_unfit(self._dialect):
            found = connection.execute(statement, {"wanted": name})
            rows = [row for row in found if row.name == name]
        if not rows:
            raise refusals.no_model(name)
        return rows[0]

    def for_writing(self, connection: Connection, name: str) -> Record:
        """The row of a model; other writers to it and its versions wait until the transaction ends."""
        return self.find(connection, name, self._for_writing)

    def search(
        self, connection: Connection, query: Query[RegisteredModel]
    ) -> Sequence[RegisteredModel]:
        """A page of models and, with one statement per table, what belongs to them."""
        statement = self._translation.asked(select(*MODEL_COLUMNS), query)
        rows = connection.execute(statement).all()
        return whole_models(connection, rows, self._dialect.binds)

    def change(self, connection: Connection, name: str, moment: int, **values: object) -> None:
        """Set columns of a model that is locked already; rows that belong to it follow its name."""
        connection.execute(_CHANGE, {"wanted": name, "last_updated_time": moment, **values})

    def rename(self, connection: Connection, name: str, new_name: str, moment: int) -> None:
        """Give a model another name, and all that belongs to it."""
        self.for_writing(connection, name)
        if new_name != name:
            found = connection.execute(_BY_NAME, {"wanted": new_name}).all()
            if any(row.name == name for row in found):
                # The collation takes the two for one, which cannot both be there for a moment.
                spare = uuid.uuid4().hex
                self._move(connection, name, spare)
                name = spare
            with failures.if_taken(self._dialect, refusals.model_name_taken(new_name)):
                self._move(connection, name, new_name)
        self.change(connection, new_name, moment)

    def _move(self, connection: Connection, name: str, new_name: str) -> None:
        for statement in _RENAME:
            connection.execute(statement, {"wanted": name, "new_name": new_name})

    def delete(self, connection: Connection, name: str) -> None:
        """Remove a model and all that belongs to it."""
        self.for_writing(connection, name)
        for statement in _REMOVE_ALL:
            connection.execute(statement, {"wanted": name})

    def set_tag(self, connection: Connection, name: str, key: str, value: str) -> None:
        """Set or overwrite a tag."""
        self.for_writing(connection, name)
        there = connection.execute(_TAG_KEYS, {"wanted": name, "tag": key}).scalars().all()
        put_one(self._dialect, connection, registered_model_tags, there, (key, value, name))

    def delete_tag(self, connection: Connection, name: str, key: str) -> None:
        """Remove a tag if it is there."""
        self.for_writing(connection, name)
        with failures.nothing_if_unfit(self._dialect):
            there = connection.execute(_TAG_KEYS, {"wanted": name, "tag": key}).scalars().all()
            if key in there:
                connection.execute(_REMOVE_TAG, {"wanted": name, "tag": key})

    def set_alias(self, connection: Connection, name: str, alias: str, version: int) -> None:
        """Point an alias of a model that is locked already to a version that is there."""
        found = connection.execute(_ALIAS, {"wanted": name, "named": alias})
        there = [row.alias for row in found]
        row = (alias, version, name)
        put_one(self._dialect, connection, registered_model_aliases, there, row)

    def alias(self, connection: Connection, name: str, alias: str) -> int | None:
        """The version that exactly this alias points to."""
        rows: Sequence[Record] = []
        with failures.nothing_if_unfit(self._dialect):
            rows = connection.execute(_ALIAS, {"wanted": name, "named": alias}).all()
        return next((row.version for row in rows if row.alias == alias), None)

    def delete_alias(self, connection: Connection, name: str, alias: str) -> None:
        """Remove an alias if it is there."""
        self.for_writing(connection, name)
        if self.alias(connection, name, alias) is not None:
            connection.execute(_REMOVE_ALIAS, {"wanted": name, "named": alias})


def put_one(
    dialect: Dialect,
    connection: Connection,
    table: Table,
    there: Sequence[str],
    row: tuple[Any, ...],
) -> None:
    """Insert or overwrite a row whose first column is its key among those of its owner; `there` are like it."""
    if any(key != row[0] for key in there):
        raise failures.indistinct()
    fresh, changed = ((), (row,)) if there else ((row,), ())
    dialect.put(connection, table, fresh, changed)
