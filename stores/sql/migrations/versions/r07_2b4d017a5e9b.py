"""The model registry."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from storeproof.stores.sql.migrations.step import step

revision = "2b4d017a5e9b"
down_revision = "89d4b8295536"


def upgrade() -> None:
    """Make registered_models and model_versions."""
    work = step()
    work.create(
        Table(
            "registered_models",
            MetaData(),
            Column("name", String(256), nullable=False),
            Column("creation_time", BigInteger),
            Column("last_updated_time", BigInteger),
            Column("description", String(5000)),
            PrimaryKeyConstraint("name", name="registered_model_pk"),
            UniqueConstraint("name"),
        )
    )
    work.create(
        Table(
            "model_versions",
            MetaData(),
            Column(
                "name",
                String(256),
                ForeignKey("registered_models.name", onupdate="CASCADE"),
                nullable=False,
            ),
            Column("version", Integer, nullable=False, autoincrement=False),
            Column("creation_time", BigInteger),
            Column("last_updated_time", BigInteger),
            Column("description", String(5000)),
            Column("user_id", String(256)),
            Column("current_stage", String(20)),
            Column("source", String(500)),
            Column("run_id", String(32), nullable=False),
            Column("status", String(20)),
            Column("status_message", String(500)),
            PrimaryKeyConstraint("name", "version", name="model_version_pk"),
        )
    )
