"""What belongs to a run is found by the run."""

from __future__ import annotations

from storeproof.stores.sql.migrations.step import step

revision = "bd07f7e963c5"
down_revision = "c48cb773bb87"


def upgrade() -> None:
    """Index run_uuid in four tables."""
    work = step()
    for table in ("params", "metrics", "latest_metrics", "tags"):
        work.index(f"index_{table}_run_uuid", table, "run_uuid")
