"""A metric has a step, and several points at one time."""

from __future__ import annotations

from sqlalchemy import BigInteger

from storeproof.stores.sql.migrations.changes import AddColumn, Key
from storeproof.stores.sql.migrations.step import step

revision = "451aebb31d03"
down_revision = None


def upgrade() -> None:
    """Add metrics.step, and make it and the value part of the key."""
    step().alter(
        "metrics",
        AddColumn("step", BigInteger(), default="0"),
        Key("metric_pk", ("key", "timestamp", "step", "run_uuid", "value")),
    )
