"""MySQL and MariaDB: each statement commits, and a new table must have the old ones' character set."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Connection, ForeignKeyConstraint, Table

from storeproof.stores.sql.migrations.changes import Key
from storeproof.stores.sql.migrations.engines.base import Alterations


class MySQLAlterations(Alterations):
    """How MySQL and MariaDB change a schema."""

    plain_float_is_double = False
    drops_checks_by_name = False
    resets_is_nan = True
    widens_documents = True

    def reflect(self, connection: Connection, name: str) -> Table:
        """With a collation for those columns only that have another than their table."""
        table = super().reflect(connection, name)
        usual = table.kwargs.get(f"{connection.dialect.name}_collate")
        for column in table.columns:
            if getattr(column.type, "collation", None) == usual and usual is not None:
                column.type.collation = None  # type: ignore[attr-defined]
        return table

    def fit(self, table: Table, beside: Table | None) -> None:
        """With the engine that has foreign keys, and the character set and collation of its neighbour."""
        for prefix in ("mysql", "mariadb"):
            table.kwargs[f"{prefix}_engine"] = "InnoDB"
            for option in ("default charset", "collate"):
                found = None if beside is None else beside.kwargs.get(f"{prefix}_{option}")
                if found is not None:
                    table.kwargs[f"{prefix}_{option.replace(' ', '_')}"] = found

    def change_key(self, op: Operations, table: Table, change: Key) -> None:
        """In one statement, so that the table is written anew once, and never without a key."""
        dialect = op.get_context().dialect
        preparer = dialect.identifier_preparer
        columns = ", ".join(preparer.quote(name) for name in change.columns)
        drop = "DROP PRIMARY KEY, " if list(table.primary_key.columns) else ""
        op.execute(
            f"ALTER TABLE {preparer.quote(table.name)} {drop}"
            f"ADD CONSTRAINT {preparer.quote(change.name)} PRIMARY KEY ({columns})"
        )

    def foreign_key_name(self, table: Table, constraint: ForeignKeyConstraint) -> str:
        """Numbered by table; MLflow's have one where this is asked."""
        del constraint
        return f"{table.name}_ibfk_1"
