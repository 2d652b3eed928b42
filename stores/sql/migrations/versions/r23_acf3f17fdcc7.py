"""A model version says where it is stored."""

from __future__ import annotations

from sqlalchemy import String

from storeproof.stores.sql.migrations.changes import AddColumn, DropColumn
from storeproof.stores.sql.migrations.step import step

revision = "acf3f17fdcc7"
down_revision = "2d6e25af4d3e"


def upgrade() -> None:
    """Add model_versions.storage_location."""
    step().alter("model_versions", AddColumn("storage_location", String(500)))


def downgrade() -> None:
    """Drop it."""
    step().alter("model_versions", DropColumn("storage_location"))
