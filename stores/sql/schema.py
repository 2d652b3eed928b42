"""Making the schema in an empty database, and refusing what is not at its revision (MIG-OPEN-EMPTY, MIG-REFUSE)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, MetaData, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.sql import tables
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.dialects.base import Dialect

_VERSION = tables.alembic_version.name


def ensure(database: Database, first_rows: Callable[[Connection], None]) -> None:
    """Make the schema where the database is empty, with `first_rows` in it; leave one at the head as it is.

    Processes that open one database together wait for each other, and all succeed. Raises
    INVALID_PARAMETER_VALUE for a database at another revision, one that holds other tables,
    or one of an engine that is too old; nothing in it is touched.
    """
    if not database.session(lambda connection: _is_ready(connection, database)):
        database.session(lambda connection: _make(connection, database, first_rows))


def _is_ready(connection: Connection, database: Database) -> bool:
    """Whether the schema is there with its first rows; refuses what is not ours."""
    _check_version(connection, database)
    present = _tables(connection)
    if not present or _unfinished(connection, database.dialect, present):
        return False
    _check_revision(connection, database, present)
    database.dialect.adopt(connection)
    return (
        connection.execute(select(tables.experiments.c.experiment_id).limit(1)).first() is not None
    )


def _make(
    connection: Connection, database: Database, first_rows: Callable[[Connection], None]
) -> None:
    dialect = database.dialect
    dialect.adopt(connection)
    dialect.lock_schema(connection)
    try:
        present = _tables(connection)  # another process may have made them meanwhile
        if not present or _half_made(connection, dialect, present):
            _make_all(connection, dialect, first_rows)
        else:
            _check_revision(connection, database, present)
            first_rows(connection)
            connection.commit()
    finally:
        dialect.unlock_schema(connection)


def _make_all(
    connection: Connection, dialect: Dialect, first_rows: Callable[[Connection], None]
) -> None:
    """Tables and rows, or nothing, also on an engine that cannot undo DDL."""
    ddl = dialect.ddl(connection)
    if not dialect.transactional_ddl:
        ddl.drop_all(connection)  # empty ones that a killed process left
    try:
        _create_tables(connection, ddl)
        first_rows(connection)
        connection.commit()
    except Exception:
        if not dialect.transactional_ddl:
            # An account that may create a table may lack the right to index it, or to fill it.
            with suppress(DBAPIError):
                connection.rollback()  # DROP would commit the revision's row
                ddl.drop_all(connection)
        raise


def _create_tables(connection: Connection, ddl: MetaData) -> None:
    """The version table first and its row last: between the two the schema is half made."""
    version = ddl.tables[_VERSION]
    version.create(connection)
    others = [table for table in ddl.sorted_tables if table is not version]
    ddl.create_all(connection, others, checkfirst=False)
    connection.execute(insert(tables.alembic_version), {"version_num": tables.REVISION})


def _tables(connection: Connection) -> frozenset[str]:
    return frozenset(inspect(connection).get_table_names())


def _unfinished(connection: Connection, dialect: Dialect, present: frozenset[str]) -> bool:
    """Whether another process makes the schema or was killed at it, on an engine that cannot undo DDL."""
    return (
        not dialect.transactional_ddl
        and _VERSION in present
        and not _revisions(connection, present)
    )


def _half_made(connection: Connection, dialect: Dialect, present: frozenset[str]) -> bool:
    """Whether a killed process left the schema so; asked only under the lock.

    Its mark: an empty version table, made first, and beside it only empty tables that have
    exactly the columns of the head. MLflow's own first tables have others.
    """
    known = tables.metadata.tables
    if not _unfinished(connection, dialect, present) or not present <= known.keys():
        return False
    inspector = inspect(connection)
    return all(
        {column["name"] for column in inspector.get_columns(name)}
        == set(known[name].columns.keys())
        and connection.execute(select(known[name]).limit(1)).first() is None
        for name in present
    )


def _check_version(connection: Connection, database: Database) -> None:
    """Refuse an engine that is too old; its version is known since it was connected to."""
    title, oldest = database.dialect.needs(connection)
    found = connection.dialect.server_version_info
    if found and found < oldest:
        raise invalid(
            f"{database.place[0].upper()}{database.place[1:]} is served by {title} {_dotted(found)}, "
            f"and this store needs {title} {_dotted(oldest)} or later; upgrade the server."
        )


def _dotted(version: tuple[int | str, ...]) -> str:
    return ".".join(map(str, version))


def _check_revision(connection: Connection, database: Database, present: frozenset[str]) -> None:
    """Refuse a database that is not at the head (MIG-REFUSE)."""
    revisions = _revisions(connection, present)
    if revisions != [tables.REVISION]:
        raise _refusal(database.place, present, revisions)


def _revisions(connection: Connection, present: frozenset[str]) -> list[str]:
    if _VERSION not in present:
        return []
    return list(connection.execute(select(tables.alembic_version.c.version_num)).scalars())


def _refusal(place: str, present: frozenset[str], revisions: list[str]) -> StoreError:
    if revisions:
        found = f"is at revision {', '.join(sorted(revisions))}"
    elif {"experiments", "runs", "metrics"} <= present:
        found = "is at MLflow's initial schema, which has no revision"
    else:
        return invalid(
            f"{place[0].upper()}{place[1:]} holds tables of something else "
            f"({', '.join(sorted(present)[:3])}, ...) and none of a store's revision "
            f"{tables.REVISION}; give the store a database of its own."
        )
    return invalid(
        f"{place[0].upper()}{place[1:]} {found}, and this store needs {tables.REVISION}. Make a "
        "backup, then run `storeproof db upgrade` with its address; if it is newer, use the "
        "release that made it."
    )
