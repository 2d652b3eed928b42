"""The chain of revisions on real servers: releases' databases, kills, and what only one engine has (MIG-*)."""

from __future__ import annotations

import math

import pytest
from places import execute

from storeproof.conformance import apart, old_databases
from storeproof.conformance.migrations import upgrade_ours
from storeproof.conformance.old_databases import CHAIN, HEAD, INITIAL, content, make
from storeproof.conformance.reflected import described
from storeproof.fixtures import snapshots
from storeproof.fixtures.ladder import Database, Server
from storeproof.stores import open_store
from storeproof.stores.sql.migrations.upgrade import missing_of, standing_of, upgrade

pytestmark = pytest.mark.database


Rows = dict[str, list[old_databases.Row]]


def single(content: Rows) -> Rows:
    """The content with values of metrics in the six digits that MySQL shows of a FLOAT."""

    def rounded(row: old_databases.Row) -> old_databases.Row:
        value = row.get("value")
        return {**row, "value": float(f"{value:.6g}")} if isinstance(value, float) else row

    return {name: old_databases.in_order([*map(rounded, rows)]) for name, rows in content.items()}


def rows(url: str, before: old_databases.Content, start: str) -> tuple[Rows, Rows]:
    """What the database holds at the head, and what it must."""
    seen = {name: old_databases.in_order(found) for name, found in content(url).items()}
    return seen, {**{name: [] for name in seen}, **old_databases.expected(before, start)}


@pytest.mark.parametrize("release", sorted(snapshots.releases("postgresql")))
def test_a_database_of_a_release_is_upgraded_with_all_its_content(
    release: str, server: Server, empty_database: Database
) -> None:
    snapshots.load(server.kind, release, empty_database.url)
    before, start = content(empty_database.url), standing_of(empty_database.url)[1].revision
    assert start is not None
    upgrade(empty_database.url)
    seen, wanted = rows(empty_database.url, before, start)
    if CHAIN.index(start) < CHAIN.index("181f10493468"):
        # MySQL's FLOAT, which the first schemas have, becomes a double with all the digits it has.
        seen, wanted = single(seen), single(wanted)
    assert seen == wanted
    assert missing_of(empty_database.url) == []
    open_store(empty_database.url).close()


def test_an_upgrade_killed_after_each_statement_is_completed(empty_database: Database) -> None:
    """On MySQL and MariaDB each kill leaves one statement more behind; elsewhere it leaves nothing."""
    before = make(empty_database.url, INITIAL, 1)
    for cut in apart.cut_off(upgrade_ours, [1] * 12, empty_database.url):
        assert (cut.error, cut.finished) == (None, False)
    upgrade(empty_database.url)
    seen, wanted = rows(empty_database.url, before, INITIAL)
    assert seen == wanted


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_a_database_with_another_character_set_keeps_it(empty_database: Database) -> None:
    """New tables must fit those that they refer to, whatever the database's default is by now."""
    execute(empty_database.url, f"ALTER DATABASE {empty_database.name} CHARACTER SET latin1")
    upgrade(empty_database.url, INITIAL)
    execute(empty_database.url, f"ALTER DATABASE {empty_database.name} CHARACTER SET utf8mb4")
    upgrade(empty_database.url)
    assert missing_of(empty_database.url) == []


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_nan_of_the_first_schema_is_nan_at_the_head(empty_database: Database) -> None:
    make(empty_database.url, INITIAL, 2)
    run_id = content(empty_database.url)["runs"][0]["run_uuid"]
    execute(
        empty_database.url,
        "INSERT INTO experiments VALUES (7, 'seven', 'x', 'active')",
        f"UPDATE runs SET experiment_id = 7, lifecycle_stage = 'active' WHERE run_uuid = '{run_id}'",
        f"INSERT INTO metrics VALUES ('n', 'NaN', 1, '{run_id}'), ('n', 2.0, 0, '{run_id}')",
    )
    upgrade(empty_database.url)
    with open_store(empty_database.url) as store:
        assert math.isnan(store.get_run(run_id).metrics["n"].value)
        assert store.get_metric_history(run_id, "n").items[0].value == 2.0


def test_a_user_of_spaces_is_a_user(empty_database: Database) -> None:
    """MIG-DATA. A padding collation takes spaces for no character at all."""
    make(empty_database.url, INITIAL, 2)
    run_id = content(empty_database.url)["runs"][0]["run_uuid"]
    execute(
        empty_database.url,
        "DELETE FROM tags",
        f"UPDATE runs SET user_id = '  ' WHERE run_uuid = '{run_id}'",
    )
    upgrade(empty_database.url)
    tags = content(empty_database.url)["tags"]
    assert [each["value"] for each in tags if each["run_uuid"] == run_id] == ["  "]


def test_a_new_schema_is_one_that_went_every_step(
    empty_database: Database, own_database: Database
) -> None:
    for revision in (INITIAL, *CHAIN):
        upgrade(empty_database.url, revision)
    assert standing_of(empty_database.url)[1].revisions == (HEAD,)
    assert described(empty_database.url) == described(own_database.url)
