"""An experiment says when it was made and changed."""

from __future__ import annotations

from sqlalchemy import BigInteger

from storeproof.stores.sql.migrations.changes import AddColumn
from storeproof.stores.sql.migrations.step import step

revision = "97727af70f4d"
down_revision = "cc1f77228345"


def upgrade() -> None:
    """Add experiments.creation_time and last_update_time."""
    step().alter(
        "experiments",
        AddColumn("creation_time", BigInteger()),
        AddColumn("last_update_time", BigInteger()),
    )
