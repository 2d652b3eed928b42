"""A tag's value has up to 5000 characters."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Length
from storeproof.stores.sql.migrations.step import step

revision = "7ac759974ad8"
down_revision = "df50e92ffc5e"


def upgrade() -> None:
    """Widen tags.value."""
    step().alter("tags", Length("value", 5000))
