"""Schemas: made in an empty database, refused where they are another's, and upgraded with all that they hold.

Needs hooks of the store (conformance/migrations.py); old databases are made by storeproof.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import settings
from sqlalchemy import NullPool, create_engine

from storeproof.conformance import apart, old_databases
from storeproof.conformance.marks import clause
from storeproof.conformance.migrations import Hook, Migrations
from storeproof.conformance.old_databases import AHEAD, CHAIN, HEAD, INITIAL, ONE_WAY, Content
from storeproof.conformance.probe import Breach, Needs, Probe, explain
from storeproof.conformance.profiles import QUICK
from storeproof.conformance.reflected import described
from storeproof.conformance.whole import shown_whole

TOGETHER = 8
"""Processes that open an empty database at once."""

UPGRADERS = 3
LATE = "7f2a7d5fae7d"
"""A revision that is soon upgraded and leaves some work."""


def hooks(probe: Probe) -> Migrations:
    """The store's hooks."""
    found = probe.place.migrations
    if found is None:
        raise Needs("the hooks open, revision and upgrade", "the target gives none")
    return found


def needed(hook: Hook | None, name: str) -> Hook:
    """A hook that the test cannot do without."""
    if hook is None:
        raise Needs(f"the hook {name}", "the target does not give it")
    return hook


@contextmanager
def old_database(found: Migrations, revision: str, seed: int) -> Iterator[tuple[str, Content]]:
    """The address of a database at a revision, and what is in it."""
    with found.new_database() as uri:
        yield uri, old_databases.make(uri, revision, seed)


def succeeds(hook: Hook, told: str, *arguments: str) -> object:
    """What a hook gives; a Breach if it fails."""
    try:
        return hook(*arguments)
    except Exception as error:
        raise Breach(f"{told} to succeed", explain(error)) from error


def is_at_head(found: Migrations, uri: str) -> None:
    """The database says that it is at the head, to its store and to anybody."""
    if found.revision is not None:
        at = succeeds(found.revision, "the revision", uri)
        if at != HEAD:
            raise Breach(f"the revision {HEAD} after the upgrade", str(at))
    at = statement(uri, "SELECT version_num FROM alembic_version")
    if at != [(HEAD,)]:
        raise Breach(f"alembic_version to hold {HEAD} alone", str(at))


def statement(uri: str, text: str) -> list[tuple[Any, ...]]:
    """Run a statement past the store."""
    engine = create_engine(uri, poolclass=NullPool)
    with engine.begin() as connection:
        done = connection.exec_driver_sql(text)
        return [tuple(row) for row in done] if done.returns_rows else []


def holds_all(uri: str, before: Content, revision: str) -> None:
    """The database at the head holds what it held, and what its revisions added."""
    wanted, seen = old_databases.expected(before, revision), old_databases.content(uri)
    for table in wanted:
        if table not in seen:
            raise Breach(f"the table {table} after the upgrade from {revision}", "there is none")
    for table, rows in seen.items():
        found, expected = old_databases.in_order(rows), wanted.get(table, [])
        lost = [row for row in expected if row not in found]
        new = [row for row in found if row not in expected]
        if lost or new or len(found) != len(expected):
            raise Breach(
                f"the {len(expected)} rows of {table} after the upgrade from {revision}"
                + (f", {short(lost[0])} among them" if lost else ""),
                f"{len(found)} rows" + (f", among them {short(new[0])}" if new else ""),
            )


def short(row: object) -> str:
    """A row as far as it tells something."""
    text = repr(row)
    return text if len(text) <= 300 else f"{text[:300]}..."


def some(revisions: Sequence[str], depth: settings, seed: int) -> list[str]:
    """All of the revisions, or in the quickest profile one of them."""
    if depth.max_examples > QUICK:
        return list(revisions)
    return [random.Random(seed).choice(revisions)]


def seed_of(probe: Probe) -> int:
    """What the rows of this example are drawn from."""
    return int(probe.token, 16)


@clause("MIG-DATA", "MIG-CHAIN")
@shown_whole(drawn=True)
def test_an_upgrade_keeps_every_row(probe: Probe, depth: settings) -> None:
    """Rows of every table, drawn anew each time, from every revision to the head."""
    found, seed = hooks(probe), seed_of(probe)
    upgrade = needed(found.upgrade, "upgrade")
    for revision in some((INITIAL, *CHAIN[:-1]), depth, seed):
        with old_database(found, revision, seed) as (uri, before):
            succeeds(upgrade, f"an upgrade from {revision}", uri)
            is_at_head(found, uri)
            holds_all(uri, before, revision)
            if found.open is not None:
                succeeds(found.open, f"opening a database upgraded from {revision}", uri)


@clause("MIG-FRESH", "MIG-DATA")
@shown_whole(drawn=True)
def test_a_new_schema_is_an_upgraded_one(probe: Probe) -> None:
    found = hooks(probe)
    seed = seed_of(probe)
    with found.new_database() as fresh, old_database(found, INITIAL, seed) as (old, before):
        succeeds(needed(found.open, "open"), "opening an empty database", fresh)
        succeeds(needed(found.upgrade, "upgrade"), "an upgrade", old)
        holds_all(old, before, INITIAL)
        new, upgraded = described(fresh), described(old)
    for only, of, other in ((new, upgraded, "an upgraded"), (upgraded, new, "a new")):
        odd = [line for line in only if line not in of]
        if odd:
            raise Breach(f"{other} database to have what the other has: {odd[0]}", "it has not")
    if new != upgraded:
        raise Breach("as many parts in both", f"{len(new)} and {len(upgraded)}")


@clause("MIG-OPEN-EMPTY")
@shown_whole(drawn=True)
def test_many_processes_open_an_empty_database(probe: Probe) -> None:
    found = hooks(probe)
    with found.new_database() as uri:
        errors = apart.together(needed(found.open, "open"), TOGETHER, uri)
        failed = [each for each in errors if each is not None]
        if failed:
            raise Breach(
                f"{TOGETHER} processes that open an empty database to succeed",
                f"{len(failed)} failed: {short(failed[0])}",
            )
        is_at_head(found, uri)


SET = "UPDATE alembic_version SET version_num = "

REFUSED: dict[str, tuple[str, str]] = {
    "behind": (f"{SET}'{CHAIN[-2]}'", CHAIN[-2]),
    "ahead": (f"{SET}'{AHEAD}'", AHEAD),
    "foreign": (f"{SET}'0123456789ab'", "0123456789ab"),
    "at two revisions": ("INSERT INTO alembic_version VALUES ('df50e92ffc5e')", "df50e92ffc5e"),
    "without a revision": ("DELETE FROM alembic_version", HEAD),
}
"""What is done one after the other to a database at the head, and the revision that must be named."""


@clause("MIG-REFUSE")
@shown_whole(drawn=True)
def test_a_database_that_is_not_at_the_head_is_refused(probe: Probe) -> None:
    """Both revisions are named, because without them nobody knows what to do."""
    found = hooks(probe)
    with old_database(found, HEAD, seed_of(probe)) as (uri, _):
        for change, revision in REFUSED.values():
            statement(uri, change)
            refuses(needed(found.open, "open"), uri, {revision, HEAD})


@clause("MIG-REFUSE")
@shown_whole(drawn=True)
def test_a_database_at_the_first_schema_is_refused(probe: Probe) -> None:
    found = hooks(probe)
    with old_database(found, INITIAL, seed_of(probe)) as (uri, _):
        refuses(needed(found.open, "open"), uri, {HEAD})


@clause("MIG-REFUSE")
@shown_whole(drawn=True)
def test_a_database_of_something_else_is_refused(probe: Probe) -> None:
    found = hooks(probe)
    with found.new_database() as uri:
        statement(uri, "CREATE TABLE invoices (number INTEGER)")
        statement(uri, "INSERT INTO invoices VALUES (1)")
        refuses(needed(found.open, "open"), uri, {HEAD})


def refuses(hook: Hook, uri: str, named: set[str]) -> None:
    """The hook fails, names these, and touches nothing."""
    schema, before = described(uri), old_databases.content(uri, with_revision=True)
    try:
        hook(uri)
    except Exception as error:  # noqa: BLE001 - a store may refuse in any way
        told = explain(error)
    else:
        raise Breach("the database to be refused", "it was taken")
    if not all(each in told for each in named):
        raise Breach(f"a refusal that names {' and '.join(sorted(named))}", short(told))
    if described(uri) != schema:
        raise Breach("a schema that nothing is done to", "it is another after the refusal")
    after = old_databases.content(uri, with_revision=True)
    if repr(after) != repr(before):
        raise Breach("rows that nothing is done to", "they are others after the refusal")


@clause("MIG-UPGRADE")
@shown_whole(drawn=True)
def test_an_empty_database_is_upgraded_to_the_head(probe: Probe) -> None:
    found = hooks(probe)
    with found.new_database() as uri:
        succeeds(needed(found.upgrade, "upgrade"), "an upgrade of an empty database", uri)
        is_at_head(found, uri)


@clause("MIG-UPGRADE")
@shown_whole(drawn=True)
def test_a_second_upgrade_changes_nothing(probe: Probe) -> None:
    found = hooks(probe)
    upgrade = needed(found.upgrade, "upgrade")
    with old_database(found, LATE, seed_of(probe)) as (uri, _):
        succeeds(upgrade, "an upgrade", uri)
        schema, rows = described(uri), old_databases.content(uri)
        succeeds(upgrade, "a second upgrade", uri)
        is_at_head(found, uri)
        if described(uri) != schema or repr(old_databases.content(uri)) != repr(rows):
            raise Breach("a second upgrade to change nothing", "it changed something")


@clause("MIG-UPGRADE")
@shown_whole(drawn=True)
def test_upgrades_at_once_wait_for_each_other(probe: Probe) -> None:
    found, seed = hooks(probe), seed_of(probe)
    with old_database(found, LATE, seed) as (uri, before):
        errors = apart.together(needed(found.upgrade, "upgrade"), UPGRADERS, uri)
        failed = [each for each in errors if each is not None]
        if failed:
            raise Breach(
                f"{UPGRADERS} upgrades at once to succeed",
                f"{len(failed)} failed: {short(failed[0])}",
            )
        is_at_head(found, uri)
        holds_all(uri, before, LATE)


@clause("MIG-RESUME")
@shown_whole(drawn=True)
def test_an_upgrade_that_is_killed_is_completed_by_another(probe: Probe, depth: settings) -> None:
    """Killed after its first statements, after some more, and more: each time by a process that ends at once."""
    found, seed = hooks(probe), seed_of(probe)
    upgrade = needed(found.upgrade, "upgrade")
    start = INITIAL if depth.max_examples > QUICK else random.Random(seed).choice(CHAIN[:-5])
    after = [1, 1, 3] if depth.max_examples <= QUICK else [1] * depth.max_examples
    with old_database(found, start, seed) as (uri, before):
        cuts = apart.cut_off(upgrade, after, uri)
        for number, cut in enumerate(cuts):
            if cut.error is not None:
                raise Breach(
                    f"an upgrade from {start} to go on where {number} others were killed",
                    short(cut.error),
                )
        if cuts[0].finished:
            raise Needs("an upgrade by SQLAlchemy", "no statement of it was seen")
        succeeds(upgrade, f"the upgrade from {start} after it was killed {len(cuts)} times", uri)
        is_at_head(found, uri)
        holds_all(uri, before, start)


@clause("MIG-ONEWAY")
@shown_whole(drawn=True)
def test_a_way_back_beyond_the_one_way_revision_is_refused(probe: Probe) -> None:
    found = hooks(probe)
    downgrade = needed(found.downgrade, "downgrade")
    with old_database(found, HEAD, seed_of(probe)) as (uri, before):
        schema = described(uri)
        for to in (CHAIN[CHAIN.index(ONE_WAY) - 1], CHAIN[0]):
            try:
                downgrade(uri, to)
            except Exception:  # noqa: BLE001, S110 - a store may refuse in any way
                pass
            else:
                raise Breach(f"a way back to {to} to be refused", "it was gone")
            is_at_head(found, uri)
            if described(uri) != schema or repr(old_databases.content(uri)) != repr(before):
                raise Breach("the refusal to come before anything changes", "something has changed")
