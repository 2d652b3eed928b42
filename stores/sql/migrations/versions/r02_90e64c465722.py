"""A run's user is its tag mlflow.user."""

from __future__ import annotations

from storeproof.stores.sql.migrations.data import short_users
from storeproof.stores.sql.migrations.step import step

revision = "90e64c465722"
down_revision = "451aebb31d03"


def upgrade() -> None:
    """Copy the users into tags; those longer than a tag's value yet is follow when it is longer."""
    step().execute(short_users(), reads="runs")
