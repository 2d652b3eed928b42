"""Opening a database: empty, by many at once; at another revision; of something else (MIG-OPEN-EMPTY, MIG-REFUSE)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from crew import Crew
from places import content, execute, name_of_default, refused

from storeproof.conformance.cli import main
from storeproof.fixtures.ladder import Database
from storeproof.stores import ErrorCode, open_store
from storeproof.stores.sql.tables import REVISION

pytestmark = pytest.mark.database


def test_processes_that_open_an_empty_database_together_all_succeed(
    empty_database: Database, crew: Crew
) -> None:
    jobs = [{"do": "open_and_write", "uri": empty_database.url} for _ in crew.processes]
    crew.together(jobs)
    with open_store(empty_database.url) as store:
        assert len(store.search_runs(["0"]).items) == len(jobs)
    assert content(empty_database)["alembic_version"] == [f"('{REVISION}',)"]


BEHIND, AHEAD = "f5a4f2784254", "dc11669786a5"


@pytest.mark.parametrize("revision", [BEHIND, AHEAD, "123456789abc"])
def test_a_database_at_another_revision_is_refused_untouched(
    database: Database, revision: str
) -> None:
    with at_revision(database, revision):
        before = content(database)
        error = refused(open_store, database.url)
        assert error.code is ErrorCode.INVALID_PARAMETER_VALUE
        assert revision in error.message
        assert REVISION in error.message
        assert content(database) == before


def test_the_command_names_both_revisions_in_one_line(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["storeproof", "check", database.url])
    with at_revision(database, BEHIND), pytest.raises(SystemExit) as ended:
        main()
    told = "".join(capsys.readouterr())
    assert ended.value.code == 2
    assert (told.startswith("Error: "), told.count("\n")) == (True, 1)
    assert (BEHIND in told, REVISION in told) == (True, True)


def test_a_database_of_something_else_is_refused_untouched(empty_database: Database) -> None:
    execute(
        empty_database.url,
        "CREATE TABLE invoices (number INTEGER)",
        "INSERT INTO invoices VALUES (1)",
    )
    before = content(empty_database)
    error = refused(name_of_default, empty_database.url)
    assert error.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert content(empty_database) == before


def test_a_database_with_alembic_versions_of_something_else_is_refused_untouched(
    empty_database: Database,
) -> None:
    execute(
        empty_database.url,
        "CREATE TABLE invoices (number INTEGER)",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
    )
    before = content(empty_database)
    error = refused(name_of_default, empty_database.url)
    assert error.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert content(empty_database) == before


@contextmanager
def at_revision(database: Database, revision: str) -> Iterator[None]:
    """The database as one that is at another revision; a reset does not bring its own back."""
    execute(database.url, f"UPDATE alembic_version SET version_num = '{revision}'")
    try:
        yield
    finally:
        execute(database.url, f"UPDATE alembic_version SET version_num = '{REVISION}'")
