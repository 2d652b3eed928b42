"""One check of a run's status is enough."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import DropCheck
from storeproof.stores.sql.migrations.step import step

revision = "0a8213491aaa"
down_revision = "cfd24bdc0731"


def upgrade() -> None:
    """Drop the check that does not admit KILLED, where it is still there."""
    step().alter("runs", DropCheck("status"))
