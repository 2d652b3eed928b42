"""The latest value of each metric is kept apart."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

from storeproof.stores.sql.migrations.data import fill_latest_metrics
from storeproof.stores.sql.migrations.step import step

revision = "89d4b8295536"
down_revision = "7ac759974ad8"


def upgrade() -> None:
    """Make latest_metrics, and fill it from metrics (METRIC-LATEST)."""
    work = step()
    work.create(
        Table(
            "latest_metrics",
            MetaData(),
            Column("key", String(250), nullable=False),
            Column("value", Float(53), nullable=False),
            Column("timestamp", BigInteger),
            Column("step", BigInteger, nullable=False),
            Column("is_nan", Boolean, nullable=False),
            Column("run_uuid", String(32), ForeignKey("runs.run_uuid"), nullable=False),
            PrimaryKeyConstraint("key", "run_uuid", name="latest_metric_pk"),
        )
    )
    work.execute(fill_latest_metrics(), reads="metrics")
