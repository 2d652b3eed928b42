"""SQL Server: texts in the kind that the old tables have, and foreign keys whose names nobody chose."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Connection, ForeignKeyConstraint, String, Table, Text, text
from sqlalchemy.dialects.mssql import NVARCHAR, VARCHAR
from sqlalchemy.types import TypeEngine

from storeproof.stores.sql.migrations.engines.base import Alterations

_CHECKS = text(
    "SELECT name, definition FROM sys.check_constraints WHERE parent_object_id = OBJECT_ID(:name)"
)

_NVARCHAR_LONGEST = 4000


class SqlServerAlterations(Alterations):
    """How SQL Server changes a schema."""

    def checks(self, connection: Connection, name: str) -> list[tuple[str | None, str]]:
        """From the catalogue, which SQLAlchemy does not read for this engine."""
        return [(row[0], row[1]) for row in connection.execute(_CHECKS, {"name": name})]

    def fit(self, table: Table, beside: Table | None) -> None:
        """With texts as its neighbour has them: Unicode or not, in its collation."""
        texts = () if beside is None else (each.type for each in beside.columns)
        neighbour = next((kind for kind in texts if isinstance(kind, String)), None)
        for column in table.columns:
            if isinstance(column.type, String) and not column.foreign_keys:
                column.type = _like(neighbour, column.type)

    def drop_foreign_key(
        self, op: Operations, table: Table, constraint: ForeignKeyConstraint
    ) -> None:
        """By its name, or else by one that is looked for when the statement runs."""
        if constraint.name is not None:
            op.drop_constraint(str(constraint.name), table.name, type_="foreignkey")
            return
        column = constraint.column_keys[0]
        op.execute(
            # No name here is a user's.
            "DECLARE @dropped nvarchar(400); "  # noqa: S608
            "SELECT @dropped = N'ALTER TABLE ' + QUOTENAME(OBJECT_NAME(parent_object_id)) + "
            "N' DROP CONSTRAINT ' + QUOTENAME(OBJECT_NAME(constraint_object_id)) "
            "FROM sys.foreign_key_columns "
            f"WHERE parent_object_id = OBJECT_ID(N'{table.name}') "
            f"AND COL_NAME(parent_object_id, parent_column_id) = N'{column}'; "
            "EXEC sp_executesql @dropped"
        )


def _like(neighbour: String | None, kind: String) -> TypeEngine[str]:
    """A type of text that holds what `kind` says, as the neighbour's is."""
    collation = getattr(neighbour, "collation", None)
    if not isinstance(neighbour, NVARCHAR):
        return VARCHAR(kind.length, collation=collation)
    fits = not isinstance(kind, Text) and 2 * (kind.length or 0) <= _NVARCHAR_LONGEST
    return NVARCHAR(2 * (kind.length or 0) if fits else None, collation=collation)
