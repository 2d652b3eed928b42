"""A dataset's schema has up to 16 MB on MySQL."""

from __future__ import annotations

from sqlalchemy.dialects.mysql import MEDIUMTEXT, TEXT

from storeproof.stores.sql.migrations.changes import Retype
from storeproof.stores.sql.migrations.step import step

revision = "4465047574b1"
down_revision = "5b0e9adcef9c"


def upgrade() -> None:
    """Make datasets.dataset_schema a MEDIUMTEXT, where a TEXT is short."""
    work = step()
    if work.engine.widens_documents:
        work.alter("datasets", Retype("dataset_schema", MEDIUMTEXT()))


def downgrade() -> None:
    """Make it a TEXT again."""
    work = step()
    if work.engine.widens_documents:
        work.alter("datasets", Retype("dataset_schema", TEXT()))
