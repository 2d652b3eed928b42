"""A param's value has up to 500 characters."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Length
from storeproof.stores.sql.migrations.step import step

revision = "cc1f77228345"
down_revision = "0c779009ac13"


def upgrade() -> None:
    """Widen params.value."""
    step().alter("params", Length("value", 500))
