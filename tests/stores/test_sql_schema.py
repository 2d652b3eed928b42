"""The schema the database store makes, and the databases it refuses (MIG-CHAIN, MIG-OPEN-EMPTY, MIG-REFUSE)."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from storeproof.stores import ErrorCode, StoreError, open_store

OPEN = "import sys; from storeproof.stores import open_store; open_store(sys.argv[1]).close()"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def made(path: Path) -> Path:
    open_store(f"sqlite:///{path}").close()
    return path


def test_tables_are_those_of_mlflow_2_22(made: Path) -> None:
    assert described(made) == " ".join(MLFLOW_2_22.split())


def test_version_table_holds_the_head(made: Path) -> None:
    assert rows(made, "SELECT version_num FROM alembic_version") == [("0584bdc529eb",)]


def test_new_database_has_the_default_experiment_alone(made: Path) -> None:
    found = rows(made, "SELECT experiment_id, name, lifecycle_stage FROM experiments")
    assert found == [(0, "Default", "active")]


def test_default_experiment_is_made_where_the_schema_is_there_without_it(made: Path) -> None:
    change(made, "DELETE FROM experiments")
    with open_store(f"sqlite:///{made}") as store:
        assert store.get_experiment("0").name == "Default"


def test_default_experiment_stays_away_where_others_are(made: Path) -> None:
    change(made, "UPDATE experiments SET experiment_id = 7, name = 'other'")
    open_store(f"sqlite:///{made}").close()
    assert rows(made, "SELECT name FROM experiments") == [("other",)]


def test_processes_that_open_an_empty_database_together_all_succeed(path: Path) -> None:
    openers = [
        subprocess.Popen([sys.executable, "-c", OPEN, f"sqlite:///{path}"]) for _ in range(3)
    ]
    assert [opener.wait() for opener in openers] == [0, 0, 0]
    assert rows(path, "SELECT name FROM experiments") == [("Default",)]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE alembic_version SET version_num = 'f5a4f2784254'", id="behind"),
        pytest.param("UPDATE alembic_version SET version_num = 'dc11669786a5'", id="ahead"),
        pytest.param("INSERT INTO alembic_version VALUES ('f5a4f2784254')", id="two-revisions"),
        pytest.param("DELETE FROM alembic_version", id="no-revision"),
        pytest.param("DROP TABLE alembic_version", id="initial"),
    ],
)
def test_another_revision_is_refused_untouched(made: Path, statement: str) -> None:
    change(made, statement)
    change(made, "PRAGMA journal_mode = DELETE")
    before = digest(made)
    with pytest.raises(StoreError) as refusal:
        open_store(f"sqlite:///{made}")
    assert refusal.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert digest(made) == before


def test_a_database_of_something_else_is_refused_untouched(path: Path) -> None:
    change(path, "CREATE TABLE invoices (number INTEGER)")
    before = digest(path)
    with pytest.raises(StoreError) as refusal:
        open_store(f"sqlite:///{path}")
    assert refusal.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert digest(path) == before


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(statement)
    finally:
        connection.close()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def described(path: Path) -> str:
    """What reflection says of the database, in the words of MLFLOW_2_22."""
    engine = create_engine(f"sqlite:///{path}")
    inspector = inspect(engine)
    words: list[str] = []
    for table in sorted(inspector.get_table_names()):
        words.append(table)
        words.append(
            ", ".join(
                f"{column['name']} {column['type']}"
                + ("" if column["nullable"] else " NOT NULL")
                + ("" if column["default"] is None else f" DEFAULT {column['default']}")
                for column in inspector.get_columns(table)
            )
        )
        key = inspector.get_pk_constraint(table)
        words.append(f"PRIMARY KEY {key['name']} ({', '.join(key['constrained_columns'])})")
        for foreign in inspector.get_foreign_keys(table):
            words.append(
                f"FOREIGN KEY {foreign['name'] or '-'} "
                f"({', '.join(foreign['constrained_columns'])}) {foreign['referred_table']}"
            )
            words.extend(f"{name} {value}" for name, value in sorted(foreign["options"].items()))
        for index in inspector.get_indexes(table):
            columns = ", ".join(str(name) for name in index["column_names"])
            words.append(f"INDEX {index['name']} ({columns})")
        for check in inspector.get_check_constraints(table):
            words.append(f"CHECK {check['name'] or '-'} {check['sqltext']}")
        for unique in inspector.get_unique_constraints(table):
            words.append(f"UNIQUE {unique['name'] or '-'} ({', '.join(unique['column_names'])})")
    engine.dispose()
    return " ".join(" ".join(words).split())


# Reflected from a database that MLflow 2.22.5 made; "-" stands for no name.
MLFLOW_2_22 = """
alembic_version
  version_num VARCHAR(32) NOT NULL
  PRIMARY KEY alembic_version_pkc (version_num)
datasets
  dataset_uuid VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, name VARCHAR(500) NOT NULL,
  digest VARCHAR(36) NOT NULL, dataset_source_type VARCHAR(36) NOT NULL, dataset_source TEXT NOT
  NULL, dataset_schema TEXT, dataset_profile TEXT
  PRIMARY KEY dataset_pk (experiment_id, name, digest)
  FOREIGN KEY fk_datasets_experiment_id_experiments (experiment_id) experiments ondelete CASCADE
  INDEX index_datasets_dataset_uuid (dataset_uuid)
  INDEX index_datasets_experiment_id_dataset_source_type (experiment_id, dataset_source_type)
experiment_tags
  key VARCHAR(250) NOT NULL, value VARCHAR(5000), experiment_id INTEGER NOT NULL
  PRIMARY KEY experiment_tag_pk (key, experiment_id)
  FOREIGN KEY - (experiment_id) experiments
experiments
  experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL, artifact_location VARCHAR(256),
  lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT
  PRIMARY KEY experiment_pk (experiment_id)
  CHECK experiments_lifecycle_stage lifecycle_stage IN ('active', 'deleted')
  UNIQUE - (name)
input_tags
  input_uuid VARCHAR(36) NOT NULL, name VARCHAR(255) NOT NULL, value VARCHAR(500) NOT NULL
  PRIMARY KEY input_tags_pk (input_uuid, name)
inputs
  input_uuid VARCHAR(36) NOT NULL, source_type VARCHAR(36) NOT NULL, source_id VARCHAR(36) NOT
  NULL, destination_type VARCHAR(36) NOT NULL, destination_id VARCHAR(36) NOT NULL
  PRIMARY KEY inputs_pk (source_type, source_id, destination_type, destination_id)
  INDEX index_inputs_destination_type_destination_id_source_type (destination_type, destination_id, source_type)
  INDEX index_inputs_input_uuid (input_uuid)
latest_metrics
  key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL, is_nan
  BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL
  PRIMARY KEY latest_metric_pk (key, run_uuid)
  FOREIGN KEY - (run_uuid) runs
  INDEX index_latest_metrics_run_uuid (run_uuid)
  CHECK - is_nan IN (0, 1)
metrics
  key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL, run_uuid VARCHAR(32)
  NOT NULL, step BIGINT NOT NULL DEFAULT '0', is_nan BOOLEAN NOT NULL DEFAULT '0'
  PRIMARY KEY metric_pk (key, timestamp, step, run_uuid, value, is_nan)
  FOREIGN KEY - (run_uuid) runs
  INDEX index_metrics_run_uuid (run_uuid)
  CHECK - is_nan IN (0, 1)
model_version_tags
  key VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL, version INTEGER NOT
  NULL
  PRIMARY KEY model_version_tag_pk (key, name, version)
  FOREIGN KEY - (name, version) model_versions onupdate CASCADE
model_versions
  name VARCHAR(256) NOT NULL, version INTEGER NOT NULL, creation_time BIGINT, last_updated_time
  BIGINT, description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20), source
  VARCHAR(500), run_id VARCHAR(32), status VARCHAR(20), status_message VARCHAR(500), run_link
  VARCHAR(500), storage_location VARCHAR(500)
  PRIMARY KEY model_version_pk (name, version)
  FOREIGN KEY - (name) registered_models onupdate CASCADE
params
  key VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL
  PRIMARY KEY param_pk (key, run_uuid)
  FOREIGN KEY - (run_uuid) runs
  INDEX index_params_run_uuid (run_uuid)
registered_model_aliases
  alias VARCHAR(256) NOT NULL, version INTEGER NOT NULL, name VARCHAR(256) NOT NULL
  PRIMARY KEY registered_model_alias_pk (name, alias)
  FOREIGN KEY registered_model_alias_name_fkey (name) registered_models ondelete CASCADE onupdate CASCADE
registered_model_tags
  key VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL
  PRIMARY KEY registered_model_tag_pk (key, name)
  FOREIGN KEY - (name) registered_models onupdate CASCADE
registered_models
  name VARCHAR(256) NOT NULL, creation_time BIGINT, last_updated_time BIGINT, description
  VARCHAR(5000)
  PRIMARY KEY registered_model_pk (name)
  UNIQUE - (name)
runs
  run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), source_name
  VARCHAR(500), entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time
  BIGINT, end_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri
  VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT
  PRIMARY KEY run_pk (run_uuid)
  FOREIGN KEY - (experiment_id) experiments
  CHECK runs_lifecycle_stage lifecycle_stage IN ('active', 'deleted')
  CHECK source_type source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')
  CHECK - status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED')
tags
  key VARCHAR(250) NOT NULL, value VARCHAR(8000), run_uuid VARCHAR(32) NOT NULL
  PRIMARY KEY tag_pk (key, run_uuid)
  FOREIGN KEY - (run_uuid) runs
  INDEX index_tags_run_uuid (run_uuid)
trace_info
  request_id VARCHAR(50) NOT NULL, experiment_id INTEGER NOT NULL, timestamp_ms BIGINT NOT NULL,
  execution_time_ms BIGINT, status VARCHAR(50) NOT NULL
  PRIMARY KEY trace_info_pk (request_id)
  FOREIGN KEY fk_trace_info_experiment_id (experiment_id) experiments
  INDEX index_trace_info_experiment_id_timestamp_ms (experiment_id, timestamp_ms)
trace_request_metadata
  key VARCHAR(250) NOT NULL, value VARCHAR(8000), request_id VARCHAR(50) NOT NULL
  PRIMARY KEY trace_request_metadata_pk (key, request_id)
  FOREIGN KEY fk_trace_request_metadata_request_id (request_id) trace_info ondelete CASCADE
  INDEX index_trace_request_metadata_request_id (request_id)
trace_tags
  key VARCHAR(250) NOT NULL, value VARCHAR(8000), request_id VARCHAR(50) NOT NULL
  PRIMARY KEY trace_tag_pk (key, request_id)
  FOREIGN KEY fk_trace_tags_request_id (request_id) trace_info ondelete CASCADE
  INDEX index_trace_tags_request_id (request_id)
"""
