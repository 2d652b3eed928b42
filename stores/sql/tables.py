"""MLflow's tables at revision 0584bdc529eb, as SQLAlchemy Core sees them (MIG-CHAIN).

Names, types, keys, indexes and constraints are MLflow's on every engine, unnamed ones
included. SQL Server is the exception in one respect: its `varchar` is not Unicode and its
default collations ignore case, so text is `nvarchar` there, wide enough for as many
characters outside the basic plane, in a binary collation (TEXT-ROUNDTRIP, TEXT-DISTINCT).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Unicode,
    UniqueConstraint,
    literal,
)
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.types import TypeEngine

REVISION = "0584bdc529eb"
"""The alembic revision of these tables, the head of MLflow 2.22."""

BINARY_COLLATION = "Latin1_General_100_BIN2"
"""The collation of text in SQL Server: by UTF-16 units, exact but for trailing spaces."""

_NVARCHAR_LONGEST = 4000


def _word(length: int) -> TypeEngine[str]:
    """A text of ours: an id, a status."""
    return String(length).with_variant(mssql.NVARCHAR(length, collation=BINARY_COLLATION), "mssql")


def _text(length: int) -> TypeEngine[str]:
    """A text of the user's; SQL Server counts UTF-16 units, two for a character outside the basic plane."""
    units = 2 * length if 2 * length <= _NVARCHAR_LONGEST else None
    return String(length).with_variant(mssql.NVARCHAR(units, collation=BINARY_COLLATION), "mssql")


def _document() -> TypeEngine[str]:
    return Text().with_variant(mssql.NVARCHAR(None, collation=BINARY_COLLATION), "mssql")


def _long_document() -> TypeEngine[str]:
    return _document().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _double() -> Float[float]:
    """Eight bytes on every engine: 53 bits of precision."""
    return Float(53)


def _flag() -> Boolean:
    return Boolean(create_constraint=True)


def _key(*columns: str, name: str) -> PrimaryKeyConstraint:
    """A primary key; not clustered on SQL Server, where a clustered one holds 900 bytes, others 1700."""
    return PrimaryKeyConstraint(*columns, name=name, mssql_clustered=False)


def given(text: str) -> BindParameter[str]:
    """A text of the user's to compare with; SQL Server must be told that it is Unicode."""
    return literal(text, Unicode())


metadata = MetaData()


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts)


alembic_version = _table(
    "alembic_version",
    Column("version_num", _word(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

experiments = _table(
    "experiments",
    Column("experiment_id", Integer, nullable=False, autoincrement=True),
    Column("name", _text(256), nullable=False),
    Column("artifact_location", _text(256)),
    Column("lifecycle_stage", _word(32)),
    Column("creation_time", BigInteger),
    Column("last_update_time", BigInteger),
    PrimaryKeyConstraint("experiment_id", name="experiment_pk"),
    CheckConstraint("lifecycle_stage IN ('active', 'deleted')", name="experiments_lifecycle_stage"),
    UniqueConstraint("name"),
)

experiment_tags = _table(
    "experiment_tags",
    Column("key", _text(250), nullable=False),
    Column("value", _text(5000)),
    Column("experiment_id", Integer, ForeignKey("experiments.experiment_id"), nullable=False),
    _key("key", "experiment_id", name="experiment_tag_pk"),
)

runs = _table(
    "runs",
    Column("run_uuid", _word(32), nullable=False),
    Column("name", _text(250)),
    Column("source_type", _word(20)),
    Column("source_name", _text(500)),
    Column("entry_point_name", _text(50)),
    Column("user_id", _text(256)),
    Column("status", _word(9)),
    Column("start_time", BigInteger),
    Column("end_time", BigInteger),
    Column("source_version", _text(50)),
    Column("lifecycle_stage", _word(20)),
    Column("artifact_uri", _text(200)),
    Column("experiment_id", Integer, ForeignKey("experiments.experiment_id")),
    Column("deleted_time", BigInteger),
    PrimaryKeyConstraint("run_uuid", name="run_pk"),
    CheckConstraint("lifecycle_stage IN ('active', 'deleted')", name="runs_lifecycle_stage"),
    CheckConstraint(
        "source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')", name="source_type"
    ),
    CheckConstraint("status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED')"),
)

params = _table(
    "params",
    Column("key", _text(250), nullable=False),
    Column("value", _text(8000), nullable=False),
    Column("run_uuid", _word(32), ForeignKey("runs.run_uuid"), nullable=False),
    _key("key", "run_uuid", name="param_pk"),
    Index("index_params_run_uuid", "run_uuid"),
)

tags = _table(
    "tags",
    Column("key", _text(250), nullable=False),
    Column("value", _text(8000)),
    Column("run_uuid", _word(32), ForeignKey("runs.run_uuid"), nullable=False),
    _key("key", "run_uuid", name="tag_pk"),
    Index("index_tags_run_uuid", "run_uuid"),
)

metrics = _table(
    "metrics",
    Column("key", _text(250), nullable=False),
    Column("value", _double(), nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("run_uuid", _word(32), ForeignKey("runs.run_uuid"), nullable=False),
    Column("step", BigInteger, server_default="0", nullable=False),
    Column("is_nan", _flag(), server_default="0", nullable=False),
    _key("key", "timestamp", "step", "run_uuid", "value", "is_nan", name="metric_pk"),
    Index("index_metrics_run_uuid", "run_uuid"),
)

latest_metrics = _table(
    "latest_metrics",
    Column("key", _text(250), nullable=False),
    Column("value", _double(), nullable=False),
    Column("timestamp", BigInteger),
    Column("step", BigInteger, nullable=False),
    Column("is_nan", _flag(), nullable=False),
    Column("run_uuid", _word(32), ForeignKey("runs.run_uuid"), nullable=False),
    _key("key", "run_uuid", name="latest_metric_pk"),
    Index("index_latest_metrics_run_uuid", "run_uuid"),
)

datasets = _table(
    "datasets",
    Column("dataset_uuid", _word(36), nullable=False),
    Column("experiment_id", Integer, nullable=False, autoincrement=False),
    Column("name", _text(500), nullable=False),
    Column("digest", _text(36), nullable=False),
    Column("dataset_source_type", _text(36), nullable=False),
    Column("dataset_source", _document(), nullable=False),
    Column("dataset_schema", _long_document()),
    Column("dataset_profile", _long_document()),
    _key("experiment_id", "name", "digest", name="dataset_pk"),
    ForeignKeyConstraint(
        ["experiment_id"],
        ["experiments.experiment_id"],
        name="fk_datasets_experiment_id_experiments",
        ondelete="CASCADE",
    ),
    Index("index_datasets_dataset_uuid", "dataset_uuid"),
    Index(
        "index_datasets_experiment_id_dataset_source_type", "experiment_id", "dataset_source_type"
    ),
)

inputs = _table(
    "inputs",
    Column("input_uuid", _word(36), nullable=False),
    Column("source_type", _word(36), nullable=False),
    Column("source_id", _word(36), nullable=False),
    Column("destination_type", _word(36), nullable=False),
    Column("destination_id", _word(36), nullable=False),
    _key("source_type", "source_id", "destination_type", "destination_id", name="inputs_pk"),
    Index("index_inputs_input_uuid", "input_uuid"),
    Index(
        "index_inputs_destination_type_destination_id_source_type",
        "destination_type",
        "destination_id",
        "source_type",
    ),
)

DATASET = "DATASET"
RUN = "RUN"
"""What MLflow writes into inputs: a dataset is the source, a run the destination."""

input_tags = _table(
    "input_tags",
    Column("input_uuid", _word(36), nullable=False),
    Column("name", _text(255), nullable=False),
    Column("value", _text(500), nullable=False),
    _key("input_uuid", "name", name="input_tags_pk"),
)

registered_models = _table(
    "registered_models",
    Column("name", _text(256), nullable=False),
    Column("creation_time", BigInteger),
    Column("last_updated_time", BigInteger),
    Column("description", _text(5000)),
    _key("name", name="registered_model_pk"),
    UniqueConstraint("name"),
)

registered_model_tags = _table(
    "registered_model_tags",
    Column("key", _text(250), nullable=False),
    Column("value", _text(5000)),
    Column(
        "name", _text(256), ForeignKey("registered_models.name", onupdate="CASCADE"), nullable=False
    ),
    _key("key", "name", name="registered_model_tag_pk"),
)

registered_model_aliases = _table(
    "registered_model_aliases",
    Column("alias", _text(256), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", _text(256), nullable=False),
    _key("name", "alias", name="registered_model_alias_pk"),
    ForeignKeyConstraint(
        ["name"],
        ["registered_models.name"],
        name="registered_model_alias_name_fkey",
        ondelete="CASCADE",
        onupdate="CASCADE",
    ),
)

model_versions = _table(
    "model_versions",
    Column(
        "name", _text(256), ForeignKey("registered_models.name", onupdate="CASCADE"), nullable=False
    ),
    Column("version", Integer, nullable=False, autoincrement=False),
    Column("creation_time", BigInteger),
    Column("last_updated_time", BigInteger),
    Column("description", _text(5000)),
    Column("user_id", _text(256)),
    Column("current_stage", _word(20)),
    Column("source", _text(500)),
    Column("run_id", _word(32)),
    Column("status", _word(20)),
    Column("status_message", _text(500)),
    Column("run_link", _text(500)),
    Column("storage_location", _text(500)),
    _key("name", "version", name="model_version_pk"),
)

model_version_tags = _table(
    "model_version_tags",
    Column("key", _text(250), nullable=False),
    Column("value", _text(5000)),
    Column("name", _text(256), nullable=False),
    Column("version", Integer, nullable=False, autoincrement=False),
    _key("key", "name", "version", name="model_version_tag_pk"),
    ForeignKeyConstraint(
        ["name", "version"],
        ["model_versions.name", "model_versions.version"],
        onupdate="CASCADE",
    ),
)

trace_info = _table(
    "trace_info",
    Column("request_id", _word(50), nullable=False),
    Column("experiment_id", Integer, nullable=False),
    Column("timestamp_ms", BigInteger, nullable=False),
    Column("execution_time_ms", BigInteger),
    Column("status", _word(50), nullable=False),
    PrimaryKeyConstraint("request_id", name="trace_info_pk"),
    ForeignKeyConstraint(
        ["experiment_id"], ["experiments.experiment_id"], name="fk_trace_info_experiment_id"
    ),
    Index("index_trace_info_experiment_id_timestamp_ms", "experiment_id", "timestamp_ms"),
)

trace_request_metadata = _table(
    "trace_request_metadata",
    Column("key", _text(250), nullable=False),
    Column("value", _text(8000)),
    Column("request_id", _word(50), nullable=False),
    _key("key", "request_id", name="trace_request_metadata_pk"),
    ForeignKeyConstraint(
        ["request_id"],
        ["trace_info.request_id"],
        name="fk_trace_request_metadata_request_id",
        ondelete="CASCADE",
    ),
    Index("index_trace_request_metadata_request_id", "request_id"),
)

trace_tags = _table(
    "trace_tags",
    Column("key", _text(250), nullable=False),
    Column("value", _text(8000)),
    Column("request_id", _word(50), nullable=False),
    _key("key", "request_id", name="trace_tag_pk"),
    ForeignKeyConstraint(
        ["request_id"],
        ["trace_info.request_id"],
        name="fk_trace_tags_request_id",
        ondelete="CASCADE",
    ),
    Index("index_trace_tags_request_id", "request_id"),
)
