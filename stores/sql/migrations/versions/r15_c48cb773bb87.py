"""MySQL gives is_nan its default back."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Check, Default
from storeproof.stores.sql.migrations.step import step

revision = "c48cb773bb87"
down_revision = "39d1c3be5f05"


def upgrade() -> None:
    """On MySQL, which lost it with MLflow's step before; it leaves a second check there."""
    work = step()
    if work.engine.resets_is_nan:
        work.alter("metrics", Default("is_nan", "0"), Check("is_nan IN (0, 1)", "is_nan", count=2))
