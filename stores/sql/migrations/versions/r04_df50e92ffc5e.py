"""Experiments have tags."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

from storeproof.stores.sql.migrations.step import step

revision = "df50e92ffc5e"
down_revision = "181f10493468"


def upgrade() -> None:
    """Make experiment_tags."""
    step().create(
        Table(
            "experiment_tags",
            MetaData(),
            Column("key", String(250), nullable=False),
            Column("value", String(5000)),
            Column(
                "experiment_id", Integer, ForeignKey("experiments.experiment_id"), nullable=False
            ),
            PrimaryKeyConstraint("key", "experiment_id", name="experiment_tag_pk"),
        )
    )
