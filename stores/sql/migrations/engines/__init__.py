"""How each engine changes a schema, one object per engine."""

from __future__ import annotations

from storeproof.stores.sql.migrations.engines.base import Alterations
from storeproof.stores.sql.migrations.engines.mssql import SqlServerAlterations
from storeproof.stores.sql.migrations.engines.mysql import MySQLAlterations
from storeproof.stores.sql.migrations.engines.postgresql import PostgreSQLAlterations
from storeproof.stores.sql.migrations.engines.sqlite import SqliteAlterations

ALTERATIONS: dict[str, type[Alterations]] = {
    "sqlite": SqliteAlterations,
    "postgresql": PostgreSQLAlterations,
    "mysql": MySQLAlterations,
    "mariadb": MySQLAlterations,
    "mssql": SqlServerAlterations,
}
"""By the first part of an address's scheme."""
