"""What is the database store's own: statements, sessions, addresses, settings (the clauses are tested by the suite)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storeproof.stores import ErrorCode, Metric, Param, StoreError, Tag, ViewType
from storeproof.stores.sql import database, engine
from storeproof.stores.sql.dialects import sqlite
from storeproof.stores.sql.tracking import SqlStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with SqlStore(f"sqlite:///{path}", "/artifacts") as opened:
        yield opened


@pytest.fixture
def run_id(store: SqlStore) -> str:
    return store.create_run("0").info.run_id


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """The statements that the store sends meanwhile."""
    sent: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(store._database.engine, "before_cursor_execute", record)
    try:
        yield sent
    finally:
        event.remove(store._database.engine, "before_cursor_execute", record)


def refusal(call: Callable[..., object], *arguments: object) -> ErrorCode:
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    return caught.value.code


# Statements


def batch(size: int) -> dict[str, Any]:
    return {
        "metrics": [Metric(f"m{i}", i, i, i) for i in range(size)],
        "params": [Param(f"p{i}", "v") for i in range(size)],
        "tags": [Tag(f"t{i}", "v") for i in range(size)],
    }


def test_a_batch_takes_as_many_statements_whatever_its_size(store: SqlStore) -> None:
    small, large = (store.create_run("0").info.run_id for _ in range(2))
    with statements(store) as few:
        store.log_batch(small, **batch(1))
    with statements(store) as many:
        store.log_batch(large, **batch(100))
    # BEGIN, run, params read and written, tags too, latest metrics too, metrics
    assert len(few) == len(many) == 9


def test_a_run_is_read_with_one_statement_per_table(store: SqlStore, run_id: str) -> None:
    store.log_batch(run_id, **batch(50))
    with statements(store) as sent:
        store.get_run(run_id)
    assert len(sent) == 6  # BEGIN, runs, inputs, params, tags, latest_metrics


@pytest.mark.parametrize("count", [1, 30])
def test_an_experiment_with_many_runs_is_deleted_at_once(store: SqlStore, count: int) -> None:
    parent = store.create_experiment("e")
    for _ in range(count):
        store.create_run(parent)
    with statements(store) as sent:
        store.delete_experiment(parent)
    assert len(sent) == 4  # BEGIN, experiment, its row, its runs


def test_a_database_that_is_ready_is_opened_with_few_statements(path: Path) -> None:
    SqlStore(f"sqlite:///{path}").close()
    with SqlStore(f"sqlite:///{path}") as store, statements(store) as sent:
        store.get_experiment("0")
    assert len(sent) == 3


def test_a_history_is_not_sought_among_the_points_of_other_runs(
    store: SqlStore, run_id: str, path: Path
) -> None:
    with statements(store) as sent:
        store.get_metric_history(run_id, "loss")
    plan = sqlite3.connect(path).execute(f"EXPLAIN QUERY PLAN {sent[-1]}", ("a", "", "b", 1, 0))
    assert "index_metrics_run_uuid" in str(plan.fetchall())


# Sessions


def test_a_connection_is_durable_and_keeps_foreign_keys(store: SqlStore) -> None:
    with store._database.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_refused_write_leaves_no_transaction_open(store: SqlStore, run_id: str) -> None:
    store.log_param(run_id, Param("p", "1"))
    assert refusal(store.log_param, run_id, Param("p", "2")) is ErrorCode.INVALID_PARAMETER_VALUE
    store.set_tag(run_id, Tag("t", "v"))
    assert store.get_run(run_id).params == {"p": "1"}


def test_threads_share_a_database_in_memory() -> None:
    with SqlStore("sqlite://") as store:
        run_id = store.create_run("0").info.run_id

        def write(number: int) -> None:
            for step in range(10):
                store.log_metric(run_id, Metric(f"m{number}", step, step, step))

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))
        assert len(store.get_run(run_id).metrics) == 4


def test_a_writer_that_never_ends_makes_the_others_unavailable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqlStore(f"sqlite:///{path}").close()
    monkeypatch.setattr(sqlite, "PATIENCE", 0.01)
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with SqlStore(f"sqlite:///{path}") as store:
        assert refusal(store.create_run, "0") is ErrorCode.TEMPORARILY_UNAVAILABLE
        other.execute("ROLLBACK")
        store.create_run("0")
    other.close()


def test_a_closed_store_is_unavailable(path: Path) -> None:
    store = SqlStore(f"sqlite:///{path}")
    store.close()
    store.close()
    assert refusal(store.get_experiment, "0") is ErrorCode.TEMPORARILY_UNAVAILABLE


# Values


@pytest.mark.parametrize(
    "experiment_id",
    [
        "1",
        "00",
        "+0",
        "-1",
        " 0",
        "0 ",
        "0.0",
        "0_0",
        "٠",
        "x",
        "",
        "9" * 18,
        "9" * 19,
        "9" * 5000,
        "\0",
        "\ud800",
        "0\0",
    ],
)
def test_only_the_canonical_id_names_an_experiment(store: SqlStore, experiment_id: str) -> None:
    assert refusal(store.get_experiment, experiment_id) is ErrorCode.RESOURCE_DOES_NOT_EXIST


@pytest.mark.parametrize("change", [str.upper, "{} ".format, " {}".format, "{}\0".format])
def test_only_the_exact_id_names_a_run(store: SqlStore, change: Callable[[str], str]) -> None:
    run_id = next(
        run_id
        for run_id in iter(lambda: store.create_run("0").info.run_id, None)
        if not run_id.isdigit()
    )
    assert refusal(store.get_run, change(run_id)) is ErrorCode.RESOURCE_DOES_NOT_EXIST


@pytest.mark.parametrize("run_id", ["\ud800", "é" * 32, "x" * 100_000, ""])
def test_an_id_of_another_shape_is_no_run(store: SqlStore, run_id: str) -> None:
    assert refusal(store.get_run, run_id) is ErrorCode.RESOURCE_DOES_NOT_EXIST


def test_a_default_location_too_long_for_its_column_is_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/a.db"
    with SqlStore(address, "s3://bucket") as store:
        assert store.get_experiment("0").artifact_location == "s3://bucket/0"
    with SqlStore(address, f"s3://{'x' * 250}") as store:
        assert refusal(store.create_experiment, "e") is ErrorCode.INVALID_PARAMETER_VALUE
        assert store.get_experiment_by_name("e") is None
        assert len(store.search_experiments(ViewType.ALL).items) == 1


def test_a_long_artifact_uri_is_read_back_whole(store: SqlStore) -> None:
    parent = store.create_experiment("e", "s3://" + "x" * 251)
    run = store.create_run(parent)
    assert run.info.artifact_uri == f"s3://{'x' * 251}/{run.info.run_id}/artifacts"
    assert store.get_run(run.info.run_id) == run


def test_an_artifact_uri_that_the_schema_could_not_keep_is_derived(
    store: SqlStore, run_id: str, path: Path
) -> None:
    other = sqlite3.connect(path)
    other.execute("UPDATE runs SET artifact_uri = NULL")
    other.commit()
    other.close()
    assert store.get_run(run_id).info.artifact_uri == f"/artifacts/0/{run_id}/artifacts"


def test_a_relative_artifact_root_is_made_absolute_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with SqlStore("sqlite://") as store:
        assert store.get_experiment("0").artifact_location == f"{tmp_path}/mlruns/0"
    assert not (tmp_path / "mlruns").exists()


# Addresses


def test_a_relative_path_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    with SqlStore("sqlite:///store.db") as store:
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.create_run("0")
    assert not (tmp_path / "elsewhere" / "store.db").exists()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///{0}/missing/store.db",
        "sqlite:///{0}",
        "sqlite:///{0}/text.db",
        "sqlite://host/store.db",
        "sqlite+nodriver:///{0}/store.db",
        "postgresql+nodriver://host/db",
        "mysql://host:port/db",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, address: str) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    code = refusal(SqlStore, address.format(tmp_path))
    assert code is ErrorCode.INVALID_PARAMETER_VALUE


def test_a_read_only_database_is_read_and_not_written(path: Path) -> None:
    SqlStore(f"sqlite:///{path}").close()
    with SqlStore(f"sqlite:///file:{path}?mode=ro&uri=true") as store:
        assert store.get_experiment("0").name == "Default"
        assert refusal(store.create_run, "0") is ErrorCode.PERMISSION_DENIED


def test_a_missing_driver_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda _name: None)
    assert refusal(SqlStore, "postgresql://host/db") is ErrorCode.INVALID_PARAMETER_VALUE


def test_the_password_is_in_no_message() -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore("postgresql+psycopg2://user:s3cr3t@127.0.0.1:1/db")
    assert caught.value.code is ErrorCode.TEMPORARILY_UNAVAILABLE
    assert "s3cr3t" not in str(caught.value)


def test_sqlalchemy_is_imported_only_for_a_database() -> None:
    code = "import sys, storeproof.stores; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The pool

POOL = "MLFLOW_SQLALCHEMYSTORE_"


def test_pool_settings_are_read_when_the_store_is_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{POOL}POOL_SIZE", "2")
    monkeypatch.setenv(f"{POOL}MAX_OVERFLOW", "0")
    monkeypatch.setenv(f"{POOL}POOL_RECYCLE", "0")
    with SqlStore(f"sqlite:///{path}") as store:
        pool: Any = store._database.engine.pool
        assert (pool.size(), pool._max_overflow, pool._recycle) == (2, 0, 0)


def test_a_pool_of_size_0_is_bounded_by_its_overflow(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{POOL}POOL_SIZE", "0")
    monkeypatch.setenv(f"{POOL}MAX_OVERFLOW", "3")
    with SqlStore(f"sqlite:///{path}") as store:
        pool: Any = store._database.engine.pool
        assert pool.size() + pool._max_overflow == 3


def test_an_exhausted_pool_is_unavailable_and_recovers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{POOL}POOL_SIZE", "1")
    monkeypatch.setenv(f"{POOL}MAX_OVERFLOW", "0")
    with SqlStore(f"sqlite:///{path}") as store:
        pool: Any = store._database.engine.pool
        pool._timeout = 0.01
        with store._database.engine.connect():
            assert refusal(store.get_experiment, "0") is ErrorCode.TEMPORARILY_UNAVAILABLE
        assert store.get_experiment("0").name == "Default"


@pytest.mark.parametrize(
    "kind", ["AssertionPool", "NullPool", "QueuePool", "SingletonThreadPool", "StaticPool"]
)
def test_each_pool_class_serves_threads(
    path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv(f"{POOL}POOLCLASS", kind)
    with SqlStore(f"sqlite:///{path}") as store, ThreadPoolExecutor(4) as threads:
        list(threads.map(store.create_run, ["0"] * 4))
        assert len(store.search_runs(["0"]).items) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POOL_SIZE", "-1"),
        ("POOL_SIZE", "many"),
        ("MAX_OVERFLOW", "1.5"),
        ("POOL_RECYCLE", "x"),
        ("POOLCLASS", "AsyncAdaptedQueuePool"),
        ("ECHO", "loud"),
    ],
)
def test_a_bad_pool_setting_is_refused_by_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"{POOL}{name}", value)
    with pytest.raises(StoreError) as caught:
        SqlStore(f"sqlite:///{path}")
    assert caught.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert f"{POOL}{name}" in caught.value.message


def test_sizes_that_leave_no_connection_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{POOL}POOL_SIZE", "0")
    monkeypatch.setenv(f"{POOL}MAX_OVERFLOW", "0")
    assert refusal(SqlStore, f"sqlite:///{path}") is ErrorCode.INVALID_PARAMETER_VALUE
