"""is_nan is checked to be 0 or 1, where booleans are numbers."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Check
from storeproof.stores.sql.migrations.step import step

revision = "39d1c3be5f05"
down_revision = "a8c4a736bde6"


def upgrade() -> None:
    """Add the checks, where they are missing: whether they are there depends on who made the tables."""
    work = step()
    if not work.native_booleans:
        for table in ("latest_metrics", "metrics"):
            work.alter(table, Check("is_nan IN (0, 1)", "is_nan"))
