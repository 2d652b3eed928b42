"""A database brought to another revision, by one process at a time (MIG-UPGRADE, MIG-RESUME, MIG-ONEWAY).

Where DDL is transactional the whole way is one transaction. Elsewhere each statement commits,
and a way that was cut off is gone again: every step looks before it acts.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from storeproof.stores.errors import ErrorCode, StoreError, invalid
from storeproof.stores.sql import failures
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.dialects.base import Failure
from storeproof.stores.sql.engine import open_database
from storeproof.stores.sql.migrations import checking, initial, losses, running
from storeproof.stores.sql.migrations.chain import CHAIN, HEAD, INITIAL, ONE_WAY, between
from storeproof.stores.sql.migrations.engines import ALTERATIONS
from storeproof.stores.sql.migrations.engines.base import Alterations, Tell
from storeproof.stores.sql.migrations.step import Work
from storeproof.stores.sql.standing import Standing, look, refusal
from storeproof.stores.sql.tracking import SqlStore

Plan = Callable[[Connection, Standing], str]
"""Looks at where a database stands, under the lock; from which revision to set out."""


def standing_of(uri: str) -> tuple[str, Standing]:
    """The name of the database at `uri`, and where it stands; nothing in it is touched."""
    database = open_database(uri)
    try:
        return database.place, database.session(look)
    finally:
        database.close()


def upgrade(uri: str, to: str = HEAD, tell: Tell = lambda _: None) -> None:
    """Bring the database at `uri` up to a revision; an empty one gets the schema (MIG-UPGRADE).

    `tell` is given lines about the progress. Waits for another process that changes the
    database. Raises INVALID_PARAMETER_VALUE for a revision that is not known or a database that
    is not on the way to it, and what open_store() raises.
    """
    _check_known(to)
    database = open_database(uri)
    try:
        standing = database.session(look)
        if to == HEAD and standing.revision is None and not standing.revisions:
            SqlStore(uri).close()  # makes the schema where it is empty, else refuses
            return

        def plan(connection: Connection, found: Standing) -> str:
            if not found.present:
                _make_initial(connection, _alterations(database))
                return INITIAL
            start = found.revision
            if start is None:
                raise refusal(database.place, found)
            if start != to and not between(start, to):
                raise invalid(
                    f"The database {found.told}, which is after {to}; use `storeproof db "
                    "downgrade` to go back."
                )
            if ONE_WAY in between(start, to):
                tell(
                    f"There is no way back from {ONE_WAY} but a backup: if there is none, stop "
                    "here and make one."
                )
            return start

        _go(database, plan, to, tell)
    finally:
        database.close()


def downgrade(uri: str, to: str, tell: Tell = lambda _: None) -> None:
    """Take the database at `uri` back to a revision, 2d6e25af4d3e at the furthest (MIG-ONEWAY).

    Raises INVALID_PARAMETER_VALUE, before anything changes, for a way that does not exist or
    that would lose content.
    """
    check_way_back(to)
    database = open_database(uri)
    try:

        def plan(connection: Connection, found: Standing) -> str:
            start = found.revision
            if start is None:
                raise refusal(database.place, found)
            if start != to and not between(to, start):
                raise invalid(
                    f"The database {found.told}, which is before {to}; use `storeproof db "
                    "upgrade` to get there."
                )
            loss = losses.lost(connection, between(to, start))
            if loss is not None:
                raise invalid(f"The database holds {loss}; remove them before you go back to {to}.")
            return start

        _go(database, plan, to, tell)
    finally:
        database.close()


def check_way_back(to: str) -> None:
    """Refuse a revision that nothing leads back to, whatever the database is at (MIG-ONEWAY)."""
    _check_known(to)
    if to == INITIAL or CHAIN.index(to) < CHAIN.index(ONE_WAY):
        raise invalid(
            f"There is no way back beyond {ONE_WAY}, which made params longer; restore a backup "
            f"that is at {to}."
        )


def missing_of(uri: str) -> list[str]:
    """What the database at `uri`, which is at the head, lacks of the head's schema."""
    database = open_database(uri)
    try:
        return database.session(lambda connection: list(checking.missing(connection)))
    finally:
        database.close()


def _go(database: Database, plan: Plan, to: str, tell: Tell) -> None:
    dialect, alterations = database.dialect, _alterations(database)

    def work(connection: Connection) -> None:
        alterations.prepare(connection)
        try:
            _lock(connection, database, tell)
            try:
                start = plan(connection, look(connection))
                if start != to:
                    running.go(Work(alterations, connection, tell), start, to)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                dialect.unlock_schema(connection)
        finally:
            if not connection.invalidated:
                alterations.restore(connection)

    database.session(work)


def _lock(connection: Connection, database: Database, tell: Tell) -> None:
    """Be the only one; as long as another is, wait, however long it takes."""
    told = False
    while True:
        try:
            database.dialect.lock_schema(connection)
        except Exception as error:
            if not _is_wait(error, database):
                raise
            connection.rollback()
        else:
            return
        if not told:
            tell("Another process is changing this database; waiting for it to end.")
            told = True


def _is_wait(error: Exception, database: Database) -> bool:
    if isinstance(error, StoreError):
        return error.code is ErrorCode.TEMPORARILY_UNAVAILABLE
    return failures.classify(error, database.dialect) is Failure.CONTENDED


def _alterations(database: Database) -> Alterations:
    return ALTERATIONS[database.engine.url.get_backend_name()]()


def _make_initial(connection: Connection, alterations: Alterations) -> None:
    """Make MLflow's first schema, which the chain begins with."""
    first = initial.tables()
    for table in first.sorted_tables:
        alterations.fit(table, None)
    first.create_all(connection, checkfirst=False)


def _check_known(revision: str) -> None:
    if revision not in (INITIAL, *CHAIN):
        raise invalid(
            f"There is no revision {revision!r}; `storeproof db history` lists those there are."
        )
