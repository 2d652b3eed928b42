"""The chain of revisions on sqlite, its commands, and its SQL for every engine (MIG-*)."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner, Result

from storeproof.conformance import apart, old_databases
from storeproof.conformance.migrations import upgrade_ours
from storeproof.conformance.old_databases import CHAIN, HEAD, INITIAL, ONE_WAY, content, make
from storeproof.conformance.reflected import described
from storeproof.fixtures import snapshots
from storeproof.stores import ErrorCode, StoreError, open_store
from storeproof.stores.db_commands import db
from storeproof.stores.sql import migrations, tables
from storeproof.stores.sql.dialects import DIALECTS
from storeproof.stores.sql.migrations.quick import sqlite_revision
from storeproof.stores.sql.migrations.running import script, titles
from storeproof.stores.sql.migrations.upgrade import downgrade, missing_of, standing_of, upgrade


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "old.db"


@pytest.fixture
def uri(path: Path) -> str:
    return f"sqlite:///{path}"


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(db, arguments)


# The chain


def test_the_chain_is_that_of_the_files() -> None:
    files = ScriptDirectory(str(Path(migrations.__file__).parent))
    found = [each.revision for each in files.walk_revisions()]
    assert tuple(reversed(found)) == CHAIN
    assert tables.REVISION == HEAD
    assert all(titles().values())


def test_every_step_keeps_every_row_and_a_new_schema_is_an_upgraded_one(
    uri: str, tmp_path: Path
) -> None:
    before, started = make(uri, INITIAL, 1), INITIAL
    for revision in CHAIN:
        upgrade(uri, revision)
        wanted = old_databases.expected(before, started, revision)
        for table, rows in content(uri).items():
            assert old_databases.in_order(rows) == wanted.get(table, []), (revision, table)
        assert sqlite_revision(uri) == revision
    open_store(f"sqlite:///{tmp_path}/new.db").close()
    assert described(uri) == described(f"sqlite:///{tmp_path}/new.db")


@pytest.mark.parametrize("release", snapshots.releases("sqlite"))
def test_a_database_of_a_release_is_upgraded_with_all_its_content(release: str, uri: str) -> None:
    snapshots.load("sqlite", release, uri)
    before, start = content(uri), standing_of(uri)[1].revision
    assert start is not None
    upgrade(uri)
    wanted = old_databases.expected(before, start)
    for table, rows in content(uri).items():
        assert old_databases.in_order(rows) == wanted.get(table, []), table
    with open_store(uri) as store:
        for experiment in store.search_experiments().items:
            for found in store.search_runs([experiment.experiment_id]).items:
                store.get_run(found.info.run_id)
    assert missing_of(uri) == []


def test_an_upgrade_killed_after_each_of_its_first_statements_is_completed(
    uri: str, path: Path, tmp_path: Path
) -> None:
    before = make(uri, INITIAL, 2)
    for cut in apart.cut_off(upgrade_ours, range(1, 120, 17), uri):
        assert cut.error is None
        assert not cut.finished
    upgrade(uri)
    wanted = old_databases.expected(before, INITIAL)
    assert {name: old_databases.in_order(rows) for name, rows in content(uri).items()} == {
        **{name: [] for name in content(uri)},
        **wanted,
    }


def test_what_another_upgrade_left_half_done_is_completed(uri: str, path: Path) -> None:
    """MLflow's own upgrade commits each statement on sqlite."""
    make(uri, INITIAL, 3)
    change(
        path,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
        "CREATE TABLE _storeproof_new_metrics (x INTEGER)",
    )
    upgrade(uri, CHAIN[0])
    change(path, "DELETE FROM alembic_version")
    assert standing_of(uri)[1].revision == INITIAL
    upgrade(uri)
    assert missing_of(uri) == []


def test_children_stay_when_their_parents_table_is_made_anew(uri: str, path: Path) -> None:
    before = make(uri, CHAIN[-2], 4)
    change(path, "CREATE VIEW by_experiment AS SELECT experiment_id, name FROM datasets")
    upgrade(uri)
    after = content(uri)
    assert all(len(after[table]) == len(rows) for table, rows in before.items())
    with closing(sqlite3.connect(path)) as file:
        assert len(file.execute("SELECT * FROM by_experiment").fetchall()) == 3


def test_columns_and_indexes_of_somebody_else_stay(uri: str, path: Path) -> None:
    make(uri, CHAIN[-3], 5)
    change(
        path,
        "ALTER TABLE tags ADD COLUMN ours TEXT DEFAULT 'kept'",
        "CREATE INDEX ours ON tags (ours)",
    )
    upgrade(uri)
    with closing(sqlite3.connect(path)) as file:
        assert {row[0] for row in file.execute("SELECT ours FROM tags")} == {"kept"}
        assert file.execute("SELECT name FROM sqlite_master WHERE name = 'ours'").fetchone()


@pytest.mark.parametrize("length", [250, 251, 256])
def test_a_user_longer_than_a_tag_becomes_a_tag(length: int, uri: str, path: Path) -> None:
    make(uri, INITIAL, 6)
    change(path, f"UPDATE runs SET user_id = '{'é' * length}'", "DELETE FROM tags")
    upgrade(uri)
    found = [row["value"] for row in content(uri)["tags"]]
    assert found == ["é" * length] * 6


def test_many_metrics_are_upgraded_in_bounded_memory(uri: str, path: Path) -> None:
    make(uri, INITIAL, 7)
    with closing(sqlite3.connect(path)) as file, file:
        run_id = file.execute("SELECT run_uuid FROM runs").fetchone()[0]
        file.execute(
            "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
            "INSERT INTO metrics SELECT 'k' || i % 100, i * 0.5, i, ? FROM n",
            (run_id,),
        )
    told: list[str] = []
    tracemalloc.start()
    upgrade(uri, CHAIN[5], told.append)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 30_000_000
    assert any("metrics: 300," in line for line in told)


# The way back


def test_the_way_back_leads_to_the_one_way_revision_and_forward_again(uri: str) -> None:
    make(uri, ONE_WAY, 8)
    before = content(uri)
    upgrade(uri)
    schema = described(uri)
    downgrade(uri, ONE_WAY)
    assert standing_of(uri)[1].revision == ONE_WAY
    assert content(uri) == before
    upgrade(uri)
    assert described(uri) == schema


LOSSES = {
    "a long tag": "UPDATE tags SET value = printf('%.5001c', 'x')",
    "a trace": "INSERT INTO trace_info VALUES ('tr', 0, 0, 0, 'OK')",
    "a storage location": "UPDATE model_versions SET storage_location = 's3://x'",
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_way_back_that_would_lose_content_is_refused_untouched(
    loss: str, uri: str, path: Path
) -> None:
    make(uri, ONE_WAY, 9)
    upgrade(uri)
    change(path, LOSSES[loss])
    before = digest(path)
    with pytest.raises(StoreError) as refusal:
        downgrade(uri, ONE_WAY)
    assert refusal.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert digest(path) == before


# What is refused


REFUSED = {
    "another's": ("CREATE TABLE invoices (number INTEGER)",),
    "ahead": ("UPDATE alembic_version SET version_num = 'dc11669786a5'",),
    "without its revision": ("DROP TABLE alembic_version",),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_upgrade_of_what_is_not_on_the_way_is_refused_untouched(
    what: str, uri: str, path: Path
) -> None:
    if what != "another's":
        open_store(uri).close()
    change(path, *REFUSED[what], "PRAGMA journal_mode = DELETE")
    before = digest(path)
    with pytest.raises(StoreError) as refusal:
        upgrade(uri)
    assert refusal.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert digest(path) == before


def test_an_upgrade_to_a_revision_that_is_past_is_refused(uri: str) -> None:
    upgrade(uri, CHAIN[2])
    with pytest.raises(StoreError):
        upgrade(uri, CHAIN[1])
    with pytest.raises(StoreError):
        upgrade(uri, "0123456789ab")


# The commands


def test_the_commands_tell_where_a_database_is(uri: str) -> None:
    make(uri, CHAIN[4], 10)
    assert run("current", uri).output == f"{CHAIN[4]}\n"
    assert run("current", uri).exit_code == 1
    assert run("check", uri).exit_code == 1
    assert run("upgrade", uri).exit_code == 0
    assert run("current", uri).output == f"{HEAD} (head)\n"
    assert run("check", uri).exit_code == 0
    assert run("upgrade", uri).exit_code == 0
    assert [line.split()[0] for line in run("history").output.splitlines()] == [
        *reversed(CHAIN),
        INITIAL,
    ]


MISSING = {
    "an index": "DROP INDEX index_metrics_run_uuid",
    "a table": "DROP TABLE input_tags",
    "a column": "ALTER TABLE runs RENAME COLUMN deleted_time TO deleted",
}


@pytest.mark.parametrize("what", MISSING)
def test_check_finds_what_a_schema_lacks(what: str, uri: str, path: Path) -> None:
    open_store(uri).close()
    change(path, MISSING[what])
    assert run("check", uri).exit_code == 1


@pytest.mark.parametrize("command", ["current", "check", "downgrade"])
def test_a_file_that_is_not_there_is_not_made(command: str, uri: str, path: Path) -> None:
    options = ["--revision", ONE_WAY] if command == "downgrade" else []
    ended = run(command, uri, *options)
    assert (ended.exit_code, ended.output.count("\n")) == (2, 1)
    assert not path.exists()


@pytest.mark.parametrize("to", [INITIAL, CHAIN[0], CHAIN[CHAIN.index(ONE_WAY) - 1]])
def test_a_way_back_beyond_the_one_way_revision_is_refused(to: str, uri: str) -> None:
    assert run("downgrade", uri, "--revision", to).exit_code == 2
    assert run("downgrade", uri, "--revision", to, "--sql", "--from", HEAD).exit_code == 2


@pytest.mark.parametrize("uri", ["./mlruns", "http://127.0.0.1:1", "nonsense://x"])
def test_what_is_no_database_is_refused(uri: str) -> None:
    ended = run("upgrade", uri)
    assert (ended.exit_code, ended.output.count("\n")) == (2, 1)


def test_a_dry_run_changes_nothing_and_its_sql_does_what_an_upgrade_does(
    uri: str, path: Path, tmp_path: Path
) -> None:
    make(uri, CHAIN[2], 11)
    before = digest(path)
    printed = run("upgrade", uri, "--dry-run")
    assert printed.exit_code == 0
    assert digest(path) == before
    shutil.copy(path, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as file:
        file.executescript(printed.output)
    upgrade(uri)
    copy = f"sqlite:///{tmp_path}/copy.db"
    assert described(copy) == described(uri)
    assert repr(content(copy)) == repr(content(uri))


@pytest.mark.parametrize("engine", DIALECTS)
def test_the_whole_way_is_printed_for_every_engine(engine: str) -> None:
    printed = run("upgrade", f"{engine}://", "--sql", "--from", INITIAL)
    assert printed.exit_code == 0
    assert all(revision in printed.output for revision in CHAIN)
    assert script(engine, HEAD, ONE_WAY).count("UPDATE alembic_version") == 6


def test_an_upgrade_of_a_current_file_loads_no_database_library(uri: str) -> None:
    open_store(uri).close()
    program = (
        "import sys; from storeproof.stores.db_commands import db; "
        "db(['upgrade', sys.argv[1]], standalone_mode=False); "
        "assert 'sqlalchemy' not in sys.modules and 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, uri], check=True, stdout=subprocess.DEVNULL)


def test_opening_a_store_loads_no_alembic(uri: str) -> None:
    program = (
        "import sys; from storeproof.stores import open_store; open_store(sys.argv[1]).close(); "
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, uri], check=True)
