"""A model version may have no run."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Nullable
from storeproof.stores.sql.migrations.step import step

revision = "a8c4a736bde6"
down_revision = "84291f40a231"


def upgrade() -> None:
    """Let model_versions.run_id be NULL."""
    step().alter("model_versions", Nullable("run_id"))
