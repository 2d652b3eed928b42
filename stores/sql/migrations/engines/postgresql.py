"""PostgreSQL changes tables as Alembic's operations do; its old metrics may hold NaN."""

from __future__ import annotations

from sqlalchemy import literal_column
from sqlalchemy.sql import ColumnElement

from storeproof.stores.sql.migrations.engines.base import Alterations


class PostgreSQLAlterations(Alterations):
    """How PostgreSQL changes a schema."""

    def not_a_number(self, value: ColumnElement[float]) -> ColumnElement[bool]:
        """NaN equals itself here."""
        return value == literal_column("'NaN'::float8")
