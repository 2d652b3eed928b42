"""Registered models have tags."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, PrimaryKeyConstraint, String, Table

from storeproof.stores.sql.migrations.step import step

revision = "728d730b5ebd"
down_revision = "0a8213491aaa"


def upgrade() -> None:
    """Make registered_model_tags."""
    step().create(
        Table(
            "registered_model_tags",
            MetaData(),
            Column("key", String(250), nullable=False),
            Column("value", String(5000)),
            Column(
                "name",
                String(256),
                ForeignKey("registered_models.name", onupdate="CASCADE"),
                nullable=False,
            ),
            PrimaryKeyConstraint("key", "name", name="registered_model_tag_pk"),
        )
    )
