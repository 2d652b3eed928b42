"""The commands `storeproof db`: a database's revision, and the way to another (MIG-UPGRADE, MIG-ONEWAY)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from storeproof.stores.addressing import scheme_of
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.sql.migrations.chain import CHAIN, HEAD, INITIAL, ONE_WAY
from storeproof.stores.sql.migrations.quick import sqlite_file, sqlite_revision

if TYPE_CHECKING:
    from storeproof.stores.sql.standing import Standing

BEHIND, USAGE = 1, 2

_URI = click.argument("uri", metavar="URI")
_REVISION = click.Choice((INITIAL, *CHAIN))
_FROM = click.option(
    "--from",
    "start",
    type=_REVISION,
    metavar="REVISION",
    help="With --sql: the revision that the script begins at, "
    f"{INITIAL!r} for MLflow's first schema; by default the database is asked.",
)
_SQL = click.option(
    "--sql",
    "--dry-run",
    "sql",
    is_flag=True,
    help="Print the SQL and run none of it. With --from nothing is connected to, and URI may be "
    "as short as mssql://.",
)


@click.group()
def db() -> None:
    """Bring a database's schema to the revision that the store needs.

    A URI is a database's address: sqlite:///mlflow.db, postgresql://user:password@host/name, and
    mysql:, mariadb:, mssql: likewise.
    """


@db.command()
@_URI
@click.option(
    "--revision", "to", type=_REVISION, default=HEAD, metavar="REVISION", help="Go no further."
)
@_FROM
@_SQL
def upgrade(uri: str, to: str, start: str | None, sql: bool) -> None:
    """Upgrade the database, or make the schema in an empty one.

    Make a backup first: no step past 2d6e25af4d3e can be undone. An upgrade that was cut off is
    completed by the same command; two of them at once wait for each other.
    """
    with _refusals():
        if sql or start is not None:
            _print_sql(uri, start, to, sql)
        elif to == HEAD and sqlite_revision(uri) == HEAD:
            click.echo(f"The database is at {HEAD}, the head; there is nothing to do.")
        else:
            from storeproof.stores.sql.migrations import upgrade as upgrading

            _check_database(uri)
            upgrading.upgrade(uri, to, click.echo)
            click.echo(f"The database is at {to}.")


@db.command()
@_URI
@click.option(
    "--revision",
    "to",
    type=_REVISION,
    required=True,
    metavar="REVISION",
    help=f"Where to go back to, {ONE_WAY} at the furthest.",
)
@_FROM
@_SQL
def downgrade(uri: str, to: str, start: str | None, sql: bool) -> None:
    """Take the database back to an earlier revision, for a release that needs it.

    Nothing is done where the way back would lose content, or leads past 2d6e25af4d3e.
    """
    from storeproof.stores.sql.migrations import upgrade as upgrading

    with _refusals():
        upgrading.check_way_back(to)
        if sql or start is not None:
            _print_sql(uri, start, to, sql)
        else:
            _check_there(uri)
            upgrading.downgrade(uri, to, click.echo)
            click.echo(f"The database is at {to}.")


@db.command()
@_URI
def current(uri: str) -> None:
    """Print the revision that the database is at; the exit status is 0 if it is the head, else 1."""
    with _refusals():
        revision = sqlite_revision(uri)
        if revision is None:
            _, standing = _standing(uri)
            revision = standing.revision or ", ".join(standing.revisions) or standing.told
    click.echo(f"{revision} (head)" if revision == HEAD else revision)
    sys.exit(0 if revision == HEAD else BEHIND)


@db.command()
def history() -> None:
    """List the revisions, newest first."""
    from storeproof.stores.sql.migrations.running import titles

    for revision, title in reversed(titles().items()):
        mark = " (head)" if revision == HEAD else ""
        mark += " (no way back)" if revision == ONE_WAY else ""
        click.echo(f"{revision}{mark}  {title}")
    click.echo(f"{INITIAL}  MLflow's first schema, which has no revision")


@db.command()
@_URI
def check(uri: str) -> None:
    """Tell whether the database is at the head and has all that the head's schema has; exit status 1 if not."""
    from storeproof.stores.sql.migrations import upgrade as upgrading
    from storeproof.stores.sql.standing import refusal

    with _refusals():
        place, standing = _standing(uri)
        if standing.revision != HEAD:
            _end(refusal(place, standing).message, BEHIND)
        missing = upgrading.missing_of(uri)
    for each in missing:
        click.echo(f"missing: {each}", err=True)
    if missing:
        _end(f"The schema differs from that of {HEAD}; restore what is missing.", BEHIND)
    click.echo(f"The database is at {HEAD}, the head, and its schema is whole.")


def _print_sql(uri: str, start: str | None, to: str, sql: bool) -> None:
    from storeproof.stores.sql.migrations import running

    if not sql:
        raise invalid("--from says where a script begins; add --sql.")
    engine = scheme_of(uri)
    _check_database(uri)
    if start is None:
        place, standing = _standing(uri)
        if standing.revision is None:
            from storeproof.stores.sql.standing import refusal

            raise refusal(place, standing)
        start = standing.revision
    click.echo(running.script(engine, start, to), nl=False)


def _standing(uri: str) -> tuple[str, Standing]:
    from storeproof.stores.sql.migrations import upgrade as upgrading

    _check_there(uri)
    return upgrading.standing_of(uri)


def _check_there(uri: str) -> None:
    """Refuse an address that is no database's, or a file's that is not there: looking would make it."""
    _check_database(uri)
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        raise invalid(f"There is no file {str(file)!r}; correct the address.")


def _check_database(uri: str) -> None:
    """Refuse an address that is no database's."""
    from storeproof.stores.sql.dialects import DIALECTS

    if scheme_of(uri) not in DIALECTS:
        raise invalid(
            f"{scheme_of(uri)!r} is no kind of database; give an address that begins with "
            f"{', '.join(f'{known}:' for known in DIALECTS)}."
        )


@contextmanager
def _refusals() -> Iterator[None]:
    """End the command in one sentence where the store refuses."""
    try:
        yield
    except StoreError as error:
        _end(error.message, USAGE)


def _end(message: str, status: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(status)
