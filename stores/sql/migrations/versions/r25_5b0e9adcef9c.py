"""What belongs to a trace goes with it."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import ForeignKey
from storeproof.stores.sql.migrations.step import step

revision = "5b0e9adcef9c"
down_revision = "867495a8f9d4"


def upgrade() -> None:
    """Have the foreign keys of the two tables cascade."""
    _refer(cascade=True)


def downgrade() -> None:
    """Have them not cascade."""
    _refer(cascade=False)


def _refer(*, cascade: bool) -> None:
    for table in ("trace_tags", "trace_request_metadata"):
        step().alter(
            table,
            ForeignKey(
                "request_id", "trace_info.request_id", f"fk_{table}_request_id", cascade=cascade
            ),
        )
