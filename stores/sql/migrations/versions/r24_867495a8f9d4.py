"""Traces."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

from storeproof.stores.sql.migrations.step import step

revision = "867495a8f9d4"
down_revision = "acf3f17fdcc7"

_KEYS = {"trace_tags": "trace_tag_pk", "trace_request_metadata": "trace_request_metadata_pk"}


def upgrade() -> None:
    """Make trace_info, trace_tags and trace_request_metadata."""
    work = step()
    work.create(
        Table(
            "trace_info",
            MetaData(),
            Column("request_id", String(50), nullable=False),
            Column("experiment_id", Integer, nullable=False),
            Column("timestamp_ms", BigInteger, nullable=False),
            Column("execution_time_ms", BigInteger),
            Column("status", String(50), nullable=False),
            PrimaryKeyConstraint("request_id", name="trace_info_pk"),
            ForeignKeyConstraint(
                ["experiment_id"], ["experiments.experiment_id"], name="fk_trace_info_experiment_id"
            ),
            Index("index_trace_info_experiment_id_timestamp_ms", "experiment_id", "timestamp_ms"),
        )
    )
    for table, key in _KEYS.items():
        work.create(
            Table(
                table,
                MetaData(),
                Column("key", String(250), nullable=False),
                Column("value", String(8000)),
                Column("request_id", String(50), nullable=False),
                PrimaryKeyConstraint("key", "request_id", name=key),
                ForeignKeyConstraint(
                    ["request_id"], ["trace_info.request_id"], name=f"fk_{table}_request_id"
                ),
                Index(f"index_{table}_request_id", "request_id"),
            )
        )


def downgrade() -> None:
    """Drop them."""
    work = step()
    for table in (*_KEYS, "trace_info"):
        work.drop(table)
