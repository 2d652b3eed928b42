"""sqlite can add a column and no more: for everything else the table is made anew and filled from the old one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    Connection,
    Insert,
    MetaData,
    Table,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from storeproof.stores.sql.migrations.changes import AddColumn, Change
from storeproof.stores.sql.migrations.engines.base import Alterations, Tell

_MANY = 200_000
"""The rows that are copied at a time, between two words of progress."""

_NEW = "_storeproof_new_"


class SqliteAlterations(Alterations):
    """How sqlite changes a schema."""

    resolves_foreign_keys = True
    # A table that others refer to is dropped and comes again: nothing may cascade meanwhile,
    # and views that name it must not be looked at.
    script_head: ClassVar = ("PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON")

    def prepare(self, connection: Connection) -> None:
        """Settings that sqlite takes outside of a transaction only."""
        for statement in self.script_head:
            connection.exec_driver_sql(statement)
        connection.rollback()

    def restore(self, connection: Connection) -> None:
        """As every connection of ours has them."""
        connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.rollback()

    def alter(self, op: Operations, table: Table, changes: Sequence[Change], tell: Tell) -> None:
        """All changes together: columns that may be NULL are added, other changes make the table anew."""
        if all(isinstance(change, AddColumn) and change.default is None for change in changes):
            super().alter(op, table, changes, tell)
            return
        kept = [column.name for column in table.columns]
        for change in changes:
            change.make(table)
        kept = [name for name in kept if name in table.columns]
        new = _renamed(table, _NEW + table.name)
        quote = op.get_context().dialect.identifier_preparer.quote
        if not op.get_context().as_sql:
            op.execute(f"DROP TABLE IF EXISTS {quote(new.name)}")
        op.execute(CreateTable(new))
        if op.get_context().as_sql:
            op.execute(_copying(table, new, kept))
        else:
            _copy(op.get_bind(), table, new, kept, tell)
        op.execute(f"DROP TABLE {quote(table.name)}")
        op.execute(f"ALTER TABLE {quote(new.name)} RENAME TO {quote(table.name)}")
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            op.execute(CreateIndex(index))


def _copying(old: Table, new: Table, columns: Sequence[str]) -> Insert:
    return insert(new).from_select(columns, select(*(old.c[name] for name in columns)))


def _copy(
    connection: Connection, old: Table, new: Table, columns: Sequence[str], tell: Tell
) -> None:
    """In parts, by row number, each of which is told."""
    number = literal_column("rowid", BigInteger)
    first, last, count = connection.execute(
        select(func.min(number), func.max(number), func.count()).select_from(old)
    ).one()
    if not count or last - first > 2 * count + _MANY:  # none, or numbers with wide gaps
        connection.execute(_copying(old, new, columns))
        return
    done = 0
    rows = select(*(old.c[name] for name in columns))
    for start in range(first, last + 1, _MANY):
        part = rows.where(number >= start, number < start + _MANY)
        done += connection.execute(insert(new).from_select(columns, part)).rowcount
        if count > _MANY:
            tell(f"{old.name}: {done:,} of {count:,} rows")


def _renamed(table: Table, name: str) -> Table:
    """The same table under another name, among the tables that it refers to."""
    beside = MetaData()
    for key in table.foreign_keys:
        referred = key.column.table
        if referred.name not in beside.tables:
            referred.to_metadata(beside)
    copy = table.to_metadata(beside, name=name)
    copy.indexes.clear()
    return copy
