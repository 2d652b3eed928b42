"""Accounts that may do less than a store does: what can be done is done, the rest is refused, nothing is half made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from places import Account, content, execute, name_of_default, refused
from sqlalchemy import make_url

from storeproof.fixtures.ladder import Database
from storeproof.stores import (
    ErrorCode,
    Metric,
    Param,
    RunStatus,
    Tag,
    TrackingStore,
    ViewType,
    open_store,
)

pytestmark = pytest.mark.database

# `reader` comes before the database in every list: an account goes after what it has rights on.

WRITES: dict[str, Callable[[TrackingStore, str], object]] = {
    "create_experiment": lambda store, _: store.create_experiment("e", tags=[Tag("k", "v")]),
    "rename_experiment": lambda store, _: store.rename_experiment("0", "e"),
    "delete_experiment": lambda store, _: store.delete_experiment("0"),
    "set_experiment_tag": lambda store, _: store.set_experiment_tag("0", Tag("k", "v")),
    "create_run": lambda store, _: store.create_run("0"),
    "update_run_info": lambda store, run: store.update_run_info(run, RunStatus.FINISHED, 1, "n"),
    "delete_run": lambda store, run: store.delete_run(run),
    "restore_run": lambda store, run: store.restore_run(run),
    "log_metric": lambda store, run: store.log_metric(run, Metric("k", 2.0, 2, 2)),
    "log_param": lambda store, run: store.log_param(run, Param("new", "v")),
    "set_tag": lambda store, run: store.set_tag(run, Tag("new", "v")),
    "delete_tag": lambda store, run: store.delete_tag(run, "k"),
}


def fill(database: Database) -> str:
    """A run with one of each; its id."""
    with open_store(database.url) as store:
        run_id = store.create_run("0").info.run_id
        store.log_batch(run_id, [Metric("k", 1.0, 1, 1)], [Param("k", "v")], [Tag("k", "v")])
    return run_id


def test_an_account_that_may_only_read_reads_all(reader: Account, own_database: Database) -> None:
    run_id = fill(own_database)
    reader.may("SELECT", own_database)
    with open_store(reader.address(own_database)) as store:
        run = store.get_run(run_id)
        assert (run.params, run.metrics["k"].value) == ({"k": "v"}, 1.0)
        assert store.search_runs(["0"]).items == (run,)
        assert store.search_experiments(ViewType.ALL).items[0].name == "Default"
        assert store.get_metric_history(run_id, "k").items == (Metric("k", 1.0, 1, 1),)


def test_an_account_that_may_only_read_writes_nothing(
    reader: Account, own_database: Database
) -> None:
    run_id = fill(own_database)
    before = content(own_database)
    reader.may("SELECT", own_database)
    with open_store(reader.address(own_database)) as store:
        codes = {name: refused(write, store, run_id).code for name, write in WRITES.items()}
    assert codes == dict.fromkeys(WRITES, ErrorCode.PERMISSION_DENIED)
    assert content(own_database) == before


def test_an_account_that_may_not_make_tables_is_refused_by_an_empty_database(
    reader: Account, empty_database: Database
) -> None:
    if make_url(empty_database.url).get_backend_name() == "mysql":
        reader.may("SELECT", empty_database)
    else:  # before version 15 everyone may make tables
        execute(
            empty_database.url, f"ALTER ROLE {reader.name} SET default_transaction_read_only = on"
        )
    error = refused(name_of_default, reader.address(empty_database))
    assert error.code is ErrorCode.PERMISSION_DENIED
    assert reader.password not in error.message
    assert content(empty_database) == {}


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
@pytest.mark.parametrize("lacking", ["INDEX", "INSERT"])
def test_a_schema_that_cannot_be_finished_is_taken_back(
    reader: Account, empty_database: Database, lacking: str
) -> None:
    """There, DDL commits: what was made before the right that is lacking would stay (MIG-OPEN-EMPTY)."""
    rights = {"SELECT", "INSERT", "UPDATE", "CREATE", "DROP", "INDEX", "REFERENCES"}
    reader.may(", ".join(rights - {lacking}), empty_database)
    error = refused(name_of_default, reader.address(empty_database))
    assert error.code is ErrorCode.PERMISSION_DENIED
    assert content(empty_database) == {}
    reader.may(lacking, empty_database)
    assert name_of_default(reader.address(empty_database)) == "Default"


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_database_that_is_read_only_is_read_and_not_written(own_database: Database) -> None:
    run_id = fill(own_database)
    execute(
        own_database.url,
        f"ALTER DATABASE {own_database.name} SET default_transaction_read_only = on",
    )
    with open_store(own_database.url) as store:
        assert store.get_run(run_id).params == {"k": "v"}
        assert refused(store.create_run, "0").code is ErrorCode.PERMISSION_DENIED


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_database_that_one_may_not_enter_is_denied(
    reader: Account, own_database: Database
) -> None:
    execute(own_database.url, f"REVOKE CONNECT ON DATABASE {own_database.name} FROM PUBLIC")
    error = refused(name_of_default, reader.address(own_database))
    assert error.code is ErrorCode.PERMISSION_DENIED
