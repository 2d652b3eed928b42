"""What a revision works with: it looks at the schema, does what is missing, and moves data.

With a database it looks there; where SQL is only printed, it looks at a schema in memory that
the revisions before it have made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from alembic import op as alembic_op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Index,
    MetaData,
    Table,
    func,
    inspect,
    select,
)
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
    """The schema as it is when nothing is looked at."""


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
        if not inspect(self._work.connection).has_table(name):
            return None
        return self.engine.reflect(self._work.connection, name)

    def create(self, table: Table) -> None:
        """Make a table with its indexes, or those indexes that are missing."""
        there = self.table(table.name)
        if there is None:
            self._fit(table)
            self._op.execute(CreateTable(table))
            self._remember(table)
        present = set() if there is None else {index.name for index in there.indexes}
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.name not in present:
                self._op.execute(CreateIndex(index))

    def drop(self, name: str) -> None:
        """Drop a table."""
        there = self.table(name)
        if there is not None:
            self._op.execute(DropTable(there))
            if self._work.connection is None:
                self._work.memory.remove(there)

    def alter(self, name: str, *changes: Change) -> None:
        """Change a table, where it is not changed yet."""
        table = self._existing(name)
        missing = [change for change in changes if not change.made(table)]
        if missing:
            self._tell_size(table)
            self.engine.alter(self._op, table, missing, self._work.tell)

    def index(self, name: str, table_name: str, *columns: str) -> None:
        """Add an index to a table."""
        table = self._existing(table_name)
        if all(index.name != name for index in table.indexes):
            self._tell_size(table)
            self._op.execute(CreateIndex(Index(name, *(table.c[each] for each in columns))))

    def execute(self, statement: Executable, reads: str) -> None:
        """Move data, in a statement that does nothing the second time; `reads` is the table that it goes through."""
        self._tell_size(self._existing(reads))
        self._op.execute(statement)

    def _existing(self, name: str) -> Table:
        table = self.table(name)
        if table is None:
            raise invalid(
                f"The database has no table {name!r}, which its revision says it has; "
                "restore it from a backup."
            )
        return table

    def _tell_size(self, table: Table) -> None:
        """Say how much there is to do, where it is much."""
        if self._work.connection is not None:
            count = self._work.connection.execute(select(func.count()).select_from(table)).scalar()
            if count and count >= _LONG:
                self._work.tell(f"{table.name}: {count:,} rows")

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

    def _remember(self, table: Table) -> None:
        if self._work.connection is None:
            table.to_metadata(self._work.memory)


def step() -> Step:
    """The revision that is at work now."""
    return Step(alembic_op.get_context())
