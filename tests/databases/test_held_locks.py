"""A second session that is in the middle of a transaction, in the manner of hermitage: what the store waits for and sees.

The other session speaks to the database past the store. The store's call begins while that
session's transaction is open, and ends once it has: with what then is true.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, event, text

from storeproof.fixtures.ladder import Database
from storeproof.stores import Metric, Param, StoreError, Tag, open_store
from storeproof.stores.sql.tracking import SqlStore

pytestmark = pytest.mark.database

PATIENCE = 60.0
"""Seconds after which a call has hung."""

NEW_EXPERIMENT = text(
    "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
    " VALUES (:name, 's3://bucket', 'active', 1, 1)"
)
DELETE_RUN = text(
    "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1 WHERE run_uuid = :run"
)
NEW_PARAM = text("INSERT INTO params (key, value, run_uuid) VALUES ('p', 'theirs', :run)")
NEW_PARAM_QUOTED = text("INSERT INTO params (`key`, value, run_uuid) VALUES ('p', 'theirs', :run)")
LATEST = text("SELECT run_uuid FROM runs WHERE run_uuid = :run FOR UPDATE")


@pytest.fixture
def store(database: Database) -> Iterator[SqlStore]:
    with open_store(database.url) as opened:
        assert isinstance(opened, SqlStore)
        yield opened


@pytest.fixture
def other(database: Database) -> Iterator[Connection]:
    """A session of somebody else's."""
    engine = create_engine(database.url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def begun(store: SqlStore, call: Callable[[], object]) -> Iterator[list[object]]:
    """Begin a call of the store in a thread; inside, it has sent its first statement that may wait.

    What it ended with, an answer or an error's code, is in the list once the context is left.
    """
    sent = threading.Event()
    ended: list[object] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FOR UPDATE" in statement or statement.startswith("INSERT"):
            sent.set()

    def work() -> None:
        try:
            ended.append(call())
        except StoreError as error:
            ended.append(str(error.code))
        except BaseException as error:  # noqa: BLE001 - shown by the test that asks for the ending
            ended.append(error)
        finally:
            sent.set()

    event.listen(store._database.engine, "before_cursor_execute", note)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert sent.wait(PATIENCE)
    try:
        yield ended
    finally:
        thread.join(PATIENCE)
        event.remove(store._database.engine, "before_cursor_execute", note)
    assert ended, "the call never came back"


def new_param(connection: Connection, run: str) -> None:
    quoted = connection.dialect.name in ("mysql", "mariadb")
    connection.execute(NEW_PARAM_QUOTED if quoted else NEW_PARAM, {"run": run})


# Write skew on names


@pytest.mark.parametrize("commits", [True, False])
def test_a_name_that_another_session_inserts_is_taken_only_if_it_commits(
    commits: bool, store: SqlStore, other: Connection
) -> None:
    other.execute(NEW_EXPERIMENT, {"name": "wanted"})
    with begun(store, lambda: store.create_experiment("wanted")) as ended:
        other.commit() if commits else other.rollback()
    if commits:
        assert ended == ["RESOURCE_ALREADY_EXISTS"]
    else:
        found = store.get_experiment_by_name("wanted")
        assert found is not None
        assert ended == [found.experiment_id]


# Lost update


def test_a_point_logged_while_the_run_is_locked_is_compared_with_what_was_committed(
    store: SqlStore, other: Connection
) -> None:
    run = store.create_run("0").info.run_id
    store.log_metric(run, Metric("m", 1.0, 1, 1))
    other.execute(LATEST, {"run": run})
    other.execute(
        text("UPDATE latest_metrics SET step = 9, value = 9 WHERE run_uuid = :run"), {"run": run}
    )
    with begun(store, lambda: store.log_metric(run, Metric("m", 5.0, 5, 5))) as ended:
        other.commit()
    assert ended == [None]
    assert store.get_run(run).metrics["m"].step == 9


@pytest.mark.parametrize("commits", [True, False])
def test_a_param_that_another_session_writes_wins_only_if_it_commits(
    commits: bool, store: SqlStore, other: Connection
) -> None:
    run = store.create_run("0").info.run_id
    other.execute(LATEST, {"run": run})
    new_param(other, run)
    with begun(store, lambda: store.log_param(run, Param("p", "ours"))) as ended:
        other.commit() if commits else other.rollback()
    assert ended == ["INVALID_PARAMETER_VALUE" if commits else None]
    assert store.get_run(run).params == {"p": "theirs" if commits else "ours"}


# Dirty read


def test_a_reader_waits_for_nobody_and_sees_nothing_that_is_not_committed(
    store: SqlStore, other: Connection
) -> None:
    run = store.create_run("0").info.run_id
    other.execute(LATEST, {"run": run})
    new_param(other, run)
    assert store.get_run(run).params == {}
    other.execute(DELETE_RUN, {"run": run})
    assert [each.info.run_id for each in store.search_runs(["0"]).items] == [run]
    other.rollback()


# Deletion meanwhile


@pytest.mark.parametrize("commits", [True, False])
def test_a_write_to_a_run_that_is_being_deleted_ends_as_the_deletion_does(
    commits: bool, store: SqlStore, other: Connection
) -> None:
    run = store.create_run("0").info.run_id
    other.execute(DELETE_RUN, {"run": run})
    with begun(store, lambda: store.set_tag(run, Tag("t", "v"))) as ended:
        other.commit() if commits else other.rollback()
    assert ended == ["INVALID_PARAMETER_VALUE" if commits else None]
    assert ("t" in store.get_run(run).tags) is not commits


# Numbers


def test_a_version_waits_for_the_model_and_takes_the_next_number(
    store: SqlStore, other: Connection
) -> None:
    store.create_registered_model("m")
    other.execute(text("SELECT name FROM registered_models WHERE name = 'm' FOR UPDATE"))
    other.execute(
        text(
            "INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, status)"
            " VALUES ('m', 1, 1, 1, 'None', 'READY')"
        )
    )
    with begun(
        store, lambda: store.create_model_version("m", "s3://bucket/model").version
    ) as ended:
        other.commit()
    assert ended == [2]
