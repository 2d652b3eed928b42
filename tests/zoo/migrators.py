"""Migrations that break one rule each: hooks of a store on sqlite that is ours in all else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import NullPool, create_engine
from wrapper import Wrapper

from storeproof.conformance.migrations import (
    Hook,
    Migrations,
    downgrade_ours,
    open_ours,
    ours,
    upgrade_ours,
)
from storeproof.conformance.old_databases import CHAIN, HEAD
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.sql.migrations.upgrade import standing_of, upgrade

GOOD = ours("sqlite")

MIGRATORS: dict[str, tuple[str, Migrations]] = {}
"""The broken hooks by name, each with the clause that they break."""


def run(uri: str, *statements: str) -> None:
    """Run statements past the store."""
    engine = create_engine(uri, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def breaks(slug: str, hook: str) -> Callable[[Hook], Hook]:
    """Register a function as a hook that breaks the clause."""

    def register(function: Hook) -> Hook:
        MIGRATORS[function.__name__] = slug, replace(GOOD, **{hook: function})
        return function

    return register


@breaks("MIG-CHAIN", "upgrade")
def upgrade_stops_early(uri: str) -> None:
    upgrade(uri, CHAIN[-2])


@breaks("MIG-FRESH", "open")
def open_leaves_out_an_index(uri: str) -> None:
    open_ours(uri)
    run(uri, "DROP INDEX IF EXISTS index_metrics_run_uuid")


@breaks("MIG-FRESH", "open")
def open_adds_a_column(uri: str) -> None:
    open_ours(uri)
    run(uri, "ALTER TABLE inputs ADD COLUMN step BIGINT")


@breaks("MIG-OPEN-EMPTY", "open")
def open_looks_and_does_not_lock(uri: str) -> None:
    if not standing_of(uri)[1].present:
        time.sleep(0.5)  # the others look meanwhile, as they would if many tables were made
        run(uri, "CREATE TABLE first (number INTEGER)")
        run(uri, "DROP TABLE first")
    open_ours(uri)


@breaks("MIG-REFUSE", "open")
def open_upgrades_unasked(uri: str) -> None:
    upgrade_ours(uri)
    open_ours(uri)


@breaks("MIG-REFUSE", "open")
def open_says_nothing_of_revisions(uri: str) -> None:
    try:
        open_ours(uri)
    except StoreError:
        raise invalid("The database cannot be used.") from None


@breaks("MIG-REFUSE", "open")
def open_stamps_before_it_refuses(uri: str) -> None:
    if standing_of(uri)[1].revisions == (CHAIN[-2],):
        run(uri, f"UPDATE alembic_version SET version_num = '{HEAD}'")
        raise invalid(f"It was at {CHAIN[-2]} and is needed at {HEAD}.")
    open_ours(uri)


@breaks("MIG-UPGRADE", "upgrade")
def upgrade_needs_tables(uri: str) -> None:
    if not standing_of(uri)[1].present:
        raise invalid("There is no such table: metrics.")
    upgrade_ours(uri)


@breaks("MIG-UPGRADE", "upgrade")
def upgrade_twice_adds_rows(uri: str) -> None:
    if standing_of(uri)[1].revision == HEAD:
        run(uri, "INSERT INTO inputs VALUES ('again', 'a', 'a', 'a', 'a')")
    upgrade_ours(uri)


@breaks("MIG-RESUME", "upgrade")
def upgrade_cannot_begin_again(uri: str) -> None:
    run(uri, "CREATE TABLE being_upgraded (number INTEGER)")
    upgrade_ours(uri)
    run(uri, "DROP TABLE being_upgraded")


@breaks("MIG-DATA", "upgrade")
def upgrade_loses_params(uri: str) -> None:
    upgrade_ours(uri)
    run(uri, "DELETE FROM params WHERE rowid = 1")


@breaks("MIG-DATA", "upgrade")
def upgrade_cuts_params(uri: str) -> None:
    upgrade_ours(uri)
    run(uri, "UPDATE params SET value = substr(value, 1, 3)")


@breaks("MIG-DATA", "upgrade")
def upgrade_takes_the_oldest_metric_for_the_latest(uri: str) -> None:
    upgrade_ours(uri)
    run(uri, "UPDATE latest_metrics SET step = step - 1 WHERE step > 0")


@breaks("MIG-ONEWAY", "downgrade")
def downgrade_goes_anywhere(uri: str, revision: str) -> None:
    run(uri, f"UPDATE alembic_version SET version_num = '{revision}'")


@breaks("MIG-ONEWAY", "downgrade")
def downgrade_refuses_when_it_gets_there(uri: str, revision: str) -> None:
    downgrade_ours(uri, CHAIN[-2])
    downgrade_ours(uri, revision)


def factory(migrations: Migrations | None) -> Callable[[], Wrapper]:
    """A function that returns a store whose databases are upgraded so."""

    def make() -> Wrapper:
        return Wrapper()

    vars(make).update(kinds=frozenset({"sql"}), migrations=migrations)
    return make


good = factory(GOOD)
without_hooks = factory(None)
without_downgrade = factory(replace(GOOD, downgrade=None))

globals().update(
    {f"store_{name}": factory(migrations) for name, (_, migrations) in MIGRATORS.items()}
)
