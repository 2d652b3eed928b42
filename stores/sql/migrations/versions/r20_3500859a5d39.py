"""Model versions have aliases."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

from storeproof.stores.sql.migrations.step import step

revision = "3500859a5d39"
down_revision = "97727af70f4d"


def upgrade() -> None:
    """Make registered_model_aliases."""
    step().create(
        Table(
            "registered_model_aliases",
            MetaData(),
            Column("alias", String(256), nullable=False),
            Column("version", Integer, nullable=False),
            Column("name", String(256), nullable=False),
            PrimaryKeyConstraint("name", "alias", name="registered_model_alias_pk"),
            ForeignKeyConstraint(
                ["name"],
                ["registered_models.name"],
                name="registered_model_alias_name_fkey",
                ondelete="CASCADE",
                onupdate="CASCADE",
            ),
        )
    )
