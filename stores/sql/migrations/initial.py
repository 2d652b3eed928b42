"""MLflow's first tables, as 1.0 made them; the chain begins here."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

NAMES = frozenset({"experiments", "runs", "metrics", "params", "tags"})
"""What the tables are called."""


def tables() -> MetaData:
    """The tables, made anew for each caller, who may change them."""
    first = MetaData()
    Table(
        "experiments",
        first,
        Column("experiment_id", Integer, nullable=False, autoincrement=True),
        Column("name", String(256), nullable=False),
        Column("artifact_location", String(256)),
        Column("lifecycle_stage", String(32)),
        PrimaryKeyConstraint("experiment_id", name="experiment_pk"),
        CheckConstraint(
            "lifecycle_stage IN ('active', 'deleted')", name="experiments_lifecycle_stage"
        ),
        UniqueConstraint("name"),
    )
    Table(
        "runs",
        first,
        Column("run_uuid", String(32), nullable=False),
        Column("name", String(250)),
        Column("source_type", String(20)),
        Column("source_name", String(500)),
        Column("entry_point_name", String(50)),
        Column("user_id", String(256)),
        Column("status", String(20)),
        Column("start_time", BigInteger),
        Column("end_time", BigInteger),
        Column("source_version", String(50)),
        Column("lifecycle_stage", String(20)),
        Column("artifact_uri", String(200)),
        Column("experiment_id", Integer, ForeignKey("experiments.experiment_id")),
        PrimaryKeyConstraint("run_uuid", name="run_pk"),
        CheckConstraint(
            "source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')", name="source_type"
        ),
        CheckConstraint("status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING')", name="status"),
        CheckConstraint("lifecycle_stage IN ('active', 'deleted')", name="runs_lifecycle_stage"),
    )
    Table(
        "metrics",
        first,
        Column("key", String(250), nullable=False),
        Column("value", Float, nullable=False),
        Column("timestamp", BigInteger, nullable=False),
        Column("run_uuid", String(32), ForeignKey("runs.run_uuid"), nullable=False),
        PrimaryKeyConstraint("key", "timestamp", "run_uuid", name="metric_pk"),
    )
    for name, nullable in (("params", False), ("tags", True)):
        Table(
            name,
            first,
            Column("key", String(250), nullable=False),
            Column("value", String(250), nullable=nullable),
            Column("run_uuid", String(32), ForeignKey("runs.run_uuid"), nullable=False),
            PrimaryKeyConstraint("key", "run_uuid", name=f"{name[:-1]}_pk"),
        )
    return first
