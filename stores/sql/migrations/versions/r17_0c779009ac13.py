"""A run says when it was deleted."""

from __future__ import annotations

from sqlalchemy import BigInteger

from storeproof.stores.sql.migrations.changes import AddColumn
from storeproof.stores.sql.migrations.step import step

revision = "0c779009ac13"
down_revision = "bd07f7e963c5"


def upgrade() -> None:
    """Add runs.deleted_time."""
    step().alter("runs", AddColumn("deleted_time", BigInteger()))
