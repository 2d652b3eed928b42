"""A tag's value has up to 8000 characters."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import Length
from storeproof.stores.sql.migrations.step import step

revision = "f5a4f2784254"
down_revision = "4465047574b1"


def upgrade() -> None:
    """Widen tags.value."""
    step().alter("tags", Length("value", 8000))


def downgrade() -> None:
    """Have it 5000 characters wide again."""
    step().alter("tags", Length("value", 5000))
