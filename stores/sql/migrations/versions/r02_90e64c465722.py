"""A run's user is its tag mlflow.user."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Length
from storeproof.stores.sql.migrations.data import copy_users, long_users
from storeproof.stores.sql.migrations.step import step

revision = "90e64c465722"
down_revision = "451aebb31d03"


def upgrade() -> None:
    """Copy the users into tags, made as wide as 7ac759974ad8 makes them if a user is too long for them yet."""
    work = step()
    if work.any(long_users()):
        work.alter("tags", Length("value", 5000))
    work.execute(copy_users(), reads="runs")
