"""A run may have been killed."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Check, DropCheck, Length
from storeproof.stores.sql.migrations.step import step

revision = "cfd24bdc0731"
down_revision = "2b4d017a5e9b"


def upgrade() -> None:
    """Have the check of runs.status admit KILLED; where checks are new, the old one goes in the next step."""
    work = step()
    old = [DropCheck("status")] if work.engine.drops_checks_by_name else []
    work.alter(
        "runs",
        *old,
        Length("status", 9),
        Check("status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED')", "KILLED"),
    )
