"""What differs between the database engines, one object per engine, and how an address finds its own."""

from __future__ import annotations

from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.dialects.mssql import SqlServer
from storeproof.stores.sql.dialects.mysql import MariaDB, MySQL
from storeproof.stores.sql.dialects.postgresql import PostgreSQL
from storeproof.stores.sql.dialects.sqlite import Sqlite

DIALECTS: dict[str, type[Dialect]] = {
    "sqlite": Sqlite,
    "postgresql": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MariaDB,
    "mssql": SqlServer,
}
"""The dialects by the first part of an address's scheme."""
