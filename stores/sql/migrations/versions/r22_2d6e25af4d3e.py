"""A param's value has up to 8000 characters; there is no way back."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Length
from storeproof.stores.sql.migrations.step import step

revision = "2d6e25af4d3e"
down_revision = "7f2a7d5fae7d"


def upgrade() -> None:
    """Widen params.value."""
    step().alter("params", Length("value", 8000))
