"""A model version may link to its run."""

from __future__ import annotations

from sqlalchemy import String

from storeproof.stores.sql.migrations.changes import AddColumn
from storeproof.stores.sql.migrations.step import step

revision = "84291f40a231"
down_revision = "27a6a02d2cf1"


def upgrade() -> None:
    """Add model_versions.run_link."""
    step().alter("model_versions", AddColumn("run_link", String(500)))
