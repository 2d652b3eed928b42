"""What a revision works with: it looks at the schema, does what is missing, and moves data.

With a database it looks there; where SQL is only printed, it looks at a schema in memory that
the revisions before it have made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from alembic import op as alembic_op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Index,
    MetaData,
    Select,
    Table,
    func,
    inspect,
    select,
)
from sqlalchemy import table as named
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from storeproof.stores.errors import invalid
from storeproof.stores.sql.migrations.changes import Change
from storeproof.stores.sql.migrations.engines.base import Alterations, Tell

_LONG = 100_000
"""The rows from which on it is said how many a table has."""


@dataclass
class Work:
    """What all revisions of one upgrade share; without a connection, SQL is printed."""

    alterations: Alterations
    connection: Connection | None
    tell: Tell = lambda _: None
    memory: MetaData = field(default_factory=MetaData)
    """The schema, where nothing can be looked at."""
    seen: dict[str, Table | None] = field(default_factory=dict)
    """The tables that were looked at and not changed since."""


WORK = "storeproof"
"""Where Alembic's configuration has the Work."""


class Step:
    """One revision at work."""

    def __init__(self, context: MigrationContext) -> None:
        self._op = Operations(context)
        work = context.opts[WORK]
        if not isinstance(work, Work):
            raise TypeError("the revisions are run by storeproof")
        self._work = work

    @property
    def engine(self) -> Alterations:
        """What differs between engines."""
        return self._work.alterations

    @cached_property
    def native_booleans(self) -> bool:
        """Whether a column of booleans needs no check."""
        return bool(self._op.get_context().dialect.supports_native_boolean)

    def table(self, name: str) -> Table | None:
        """A table as it is now."""
        if self._work.connection is None:
            return self._work.memory.tables.get(name)
        seen = self._work.seen
        if name not in seen:
            there = inspect(self._work.connection).has_table(name)
            seen[name] = self.engine.reflect(self._work.connection, name) if there else None
        return seen[name]

    def any(self, rows: Select[Any]) -> bool:
        """Whether there is such a row; where that cannot be looked for, there may be."""
        connection = self._work.connection
        return connection is None or connection.execute(rows.limit(1)).first() is not None

    def create(self, table: Table) -> None:
        """Make a table with its indexes, or those indexes that are missing."""
        there = self.table(table.name)
        if there is None:
            self._fit(table)
            self._op.execute(CreateTable(table))
            self._changed(table)
        present = set() if there is None else {index.name for index in there.indexes}
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.name not in present:
                self._op.execute(CreateIndex(index))
                self._changed(table)

    def drop(self, name: str) -> None:
        """Drop a table."""
        there = self.table(name)
        if there is not None:
            self._op.execute(DropTable(there))
            self._work.seen.pop(name, None)
            self._work.memory.remove(there)

    def alter(self, name: str, *changes: Change) -> None:
        """Change a table, where it is not changed yet."""
        table = self._existing(name)
        missing = [change for change in changes if not change.made(table)]
        if missing:
            self._tell_size(name)
            self.engine.alter(self._op, table, missing, self._work.tell)
            self._changed(table)

    def index(self, name: str, table_name: str, *columns: str) -> None:
        """Add an index to a table."""
        table = self._existing(table_name)
        if all(index.name != name for index in table.indexes):
            self._tell_size(table_name)
            self._op.execute(CreateIndex(Index(name, *(table.c[each] for each in columns))))
            self._changed(table)

    def execute(self, statement: Executable, reads: str) -> None:
        """Move data, in a statement that does nothing the second time; `reads` is the table that it goes through."""
        self._tell_size(reads)
        self._op.execute(statement)

    def _existing(self, name: str) -> Table:
        table = self.table(name)
        if table is None:
            raise invalid(
                f"The database has no table {name!r}, which its revision says it has; "
                "restore it from a backup."
            )
        return table

    def _tell_size(self, name: str) -> None:
        """Say how much there is to do, where it is much."""
        if self._work.connection is not None:
            rows = select(func.count()).select_from(named(name))
            count = self._work.connection.execute(rows).scalar()
            if count and count >= _LONG:
                self._work.tell(f"{name}: {count:,} rows")

    def _fit(self, table: Table) -> None:
        """Give a new table the types of the columns that it refers to, and what else its engine wants."""
        beside = "experiments"
        for key in table.foreign_keys:
            name, _, column = key.target_fullname.partition(".")
            kind = self._existing(name).c[column].type
            stub = table.metadata.tables.get(name)
            if stub is None:
                stub = Table(name, table.metadata)
            stub.append_column(Column(column, kind), replace_existing=True)
            key.parent.type = kind
            beside = name
        self.engine.fit(table, self.table(beside))

    def _changed(self, table: Table) -> None:
        """Look again at a table that is not what it was, or remember what became of it."""
        self._work.seen.pop(table.name, None)
        memory = self._work.memory.tables
        if self._work.connection is None and table.name not in memory:
            table.to_metadata(self._work.memory)


def step() -> Step:
    """The revision that is at work now."""
    return Step(alembic_op.get_context())
