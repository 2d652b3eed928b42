"""The object that knows how an engine changes a table; most of it is Alembic's own operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from alembic.operations import Operations
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    MetaData,
    Table,
    inspect,
)
from sqlalchemy.sql import ColumnElement

from storeproof.stores.sql.migrations.changes import (
    AddColumn,
    Change,
    Check,
    Default,
    DropCheck,
    DropColumn,
    ForeignKey,
    Key,
    Length,
    Nullable,
    Retype,
    checks,
    foreign_keys,
)

Tell = Callable[[str], None]
"""Takes a line about how far the work is."""


class Alterations:
    """What differs between engines when tables are changed."""

    plain_float_is_double: ClassVar[bool] = True
    """Whether MLflow's first tables, which say FLOAT, hold doubles."""

    drops_checks_by_name: ClassVar[bool] = True
    """Whether every version of the engine keeps checks, so that one can be replaced."""

    resets_is_nan: ClassVar[bool] = False
    """Whether c48cb773bb87, which is about this engine alone, has something to do."""

    widens_documents: ClassVar[bool] = False
    """Whether a TEXT is too short for a dataset's schema (4465047574b1)."""

    resolves_foreign_keys: ClassVar[bool] = False
    """Whether a table is looked at together with those that it refers to."""

    script_head: ClassVar[Sequence[str]] = ()
    """Statements that come before a script's transaction."""

    def prepare(self, connection: Connection) -> None:
        """Settings of the session, before the transaction begins."""

    def restore(self, connection: Connection) -> None:
        """Take the settings back, when the transaction has ended."""

    def reflect(self, connection: Connection, name: str) -> Table:
        """A table as it is, its checks included."""
        table = Table(
            name, MetaData(), autoload_with=connection, resolve_fks=self.resolves_foreign_keys
        )
        for found in checks(table):  # SQLAlchemy reads them since 2.1, and not on every engine
            table.constraints.discard(found)
        for check, text in self.checks(connection, name):
            table.append_constraint(CheckConstraint(text, name=check))
        return table

    def checks(self, connection: Connection, name: str) -> list[tuple[str | None, str]]:
        """The names and the texts of a table's checks."""
        found = inspect(connection).get_check_constraints(name)
        return [(check["name"], check["sqltext"]) for check in found]

    def fit(self, table: Table, beside: Table | None) -> None:
        """Make a new table fit `beside`, one that is there: in its character set, say."""

    def not_a_number(self, value: ColumnElement[float]) -> ColumnElement[bool] | None:
        """Whether a value of MLflow's first tables is NaN; None where they could hold none."""
        del value
        return None

    def alter(self, op: Operations, table: Table, changes: Sequence[Change], tell: Tell) -> None:
        """Make the changes, none of which the table has; each is a statement or two."""
        del tell
        for change in changes:
            self._make(op, table, change)
            change.make(table)

    def _make(self, op: Operations, table: Table, change: Change) -> None:
        match change:
            case AddColumn():
                op.add_column(table.name, change.column())
            case DropColumn(name):
                op.drop_column(table.name, name)
            case Length() | Retype() | Nullable() | Default():
                self.change_column(op, table, change)
            case Key():
                self.change_key(op, table, change)
            case Check(text):
                op.create_check_constraint(None, table.name, text)
            case DropCheck(name):
                op.drop_constraint(name, table.name, type_="check")
            case ForeignKey():
                self.change_foreign_key(op, table, change)

    def change_column(
        self, op: Operations, table: Table, change: Length | Retype | Nullable | Default
    ) -> None:
        """Give a column another type or a default, or let it be NULL."""
        column: Column[Any] = table.c[change.name]
        kind, nullable, default = column.type, column.nullable, column.server_default
        change.make(table)
        op.alter_column(
            table.name,
            column.name,
            type_=None if column.type is kind else column.type,
            nullable=None if column.nullable == nullable else column.nullable,
            server_default=False if column.server_default is default else column.server_default,
            existing_type=kind,
            existing_nullable=nullable,
            existing_server_default=default,
        )

    def change_key(self, op: Operations, table: Table, change: Key) -> None:
        """Put a primary key in another's place."""
        if list(table.primary_key.columns):
            name = str(table.primary_key.name or change.name)
            op.drop_constraint(name, table.name, type_="primary")
        op.create_primary_key(change.name, table.name, list(change.columns))

    def change_foreign_key(self, op: Operations, table: Table, change: ForeignKey) -> None:
        """Put a foreign key in another's place."""
        for old in foreign_keys(table, change.column):
            self.drop_foreign_key(op, table, old)
        referred, _, column = change.refers_to.partition(".")
        op.create_foreign_key(
            change.name,
            table.name,
            referred,
            [change.column],
            [column],
            ondelete="CASCADE" if change.cascade else None,
        )

    def drop_foreign_key(
        self, op: Operations, table: Table, constraint: ForeignKeyConstraint
    ) -> None:
        """Drop a foreign key by its name, or by that which the engine gave it."""
        name = str(constraint.name or self.foreign_key_name(table, constraint))
        op.drop_constraint(name, table.name, type_="foreignkey")

    def foreign_key_name(self, table: Table, constraint: ForeignKeyConstraint) -> str:
        """What the engine calls a foreign key that was given no name."""
        return f"{table.name}_{constraint.column_keys[0]}_fkey"
