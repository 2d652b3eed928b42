"""Model versions have tags."""

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

revision = "27a6a02d2cf1"
down_revision = "728d730b5ebd"


def upgrade() -> None:
    """Make model_version_tags."""
    step().create(
        Table(
            "model_version_tags",
            MetaData(),
            Column("key", String(250), nullable=False),
            Column("value", String(5000)),
            Column("name", String(256), nullable=False),
            Column("version", Integer, nullable=False, autoincrement=False),
            PrimaryKeyConstraint("key", "name", "version", name="model_version_tag_pk"),
            ForeignKeyConstraint(
                ["name", "version"],
                ["model_versions.name", "model_versions.version"],
                onupdate="CASCADE",
            ),
        )
    )
