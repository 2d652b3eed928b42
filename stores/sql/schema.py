"""Making the schema in an empty database, and refusing what is not at its revision (MIG-OPEN-EMPTY, MIG-REFUSE)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, MetaData, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from storeproof.stores.errors import invalid
from storeproof.stores.sql import tables
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.dialects.base import Dialect, capital
from storeproof.stores.sql.standing import Standing, look, refusal

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
    standing = look(connection)
    if not standing.present or _unfinished(standing, database.dialect):
        return False
    _check_revision(standing, database)
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
        standing = look(connection)  # another process may have made them meanwhile
        if not standing.present or _half_made(connection, dialect, standing):
            _make_all(connection, dialect, first_rows)
        else:
            _check_revision(standing, database)
            first_rows(connection)
            connection.commit()
    finally:
        dialect.unlock_schema(connection)


def _make_all(
    connection: Connection, dialect: Dialect, first_rows: Callable[[Connection], None]
) -> None:
    """Tables and rows, or nothing, also on an engine that cannot undo DDL."""
    dialect.claim(connection)
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


def _unfinished(standing: Standing, dialect: Dialect) -> bool:
    """Whether another process makes the schema or was killed at it, on an engine that cannot undo DDL."""
    return not dialect.transactional_ddl and standing.has_version_table and not standing.revisions


def _half_made(connection: Connection, dialect: Dialect, standing: Standing) -> bool:
    """Whether a killed process left the schema so; asked only under the lock.

    Its mark: an empty version table, made first, and beside it only empty tables that have
    exactly the columns of the head. MLflow's own first tables have others.
    """
    known = tables.metadata.tables
    if not _unfinished(standing, dialect) or not standing.present <= known.keys():
        return False
    inspector = inspect(connection)
    return all(
        {column["name"] for column in inspector.get_columns(name)}
        == set(known[name].columns.keys())
        and connection.execute(select(known[name]).limit(1)).first() is None
        for name in standing.present
    )


def _check_version(connection: Connection, database: Database) -> None:
    """Refuse an engine that is too old; its version is known since it was connected to."""
    title, oldest = database.dialect.needs(connection)
    found = connection.dialect.server_version_info
    if found and found < oldest:
        raise invalid(
            f"{capital(database.place)} is served by {title} {_dotted(found)}, "
            f"and this store needs {title} {_dotted(oldest)} or later; upgrade the server."
        )


def _dotted(version: tuple[int | str, ...]) -> str:
    return ".".join(map(str, version))


def _check_revision(standing: Standing, database: Database) -> None:
    """Refuse a database that is not at the head (MIG-REFUSE)."""
    if standing.revisions != (tables.REVISION,):
        raise refusal(database.place, standing)
