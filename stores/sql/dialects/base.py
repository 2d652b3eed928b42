"""The one object that knows what is different about an engine.

Everything else in this package is written once, for all engines, in terms of it.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, ClassVar

from sqlalchemy import Column, Connection, Engine, Insert, MetaData, Select, Table, insert
from sqlalchemy.engine import URL
from sqlalchemy.sql import ColumnElement

from storeproof.stores.errors import invalid
from storeproof.stores.sql import tables

PATIENCE = 20
"""How long a call waits for others, in seconds, before it gives up with TEMPORARILY_UNAVAILABLE."""

CONNECT_TIMEOUT = 4
"""How long one address of a host may take to answer, in seconds (CONN-DOWN)."""

Row = tuple[Any, ...]
"""A row to write: a value for each column of its table, in order."""


class Failure(Enum):
    """What an exception of a driver means."""

    TAKEN = auto()
    """A unique or primary key is there already."""
    CONTENDED = auto()
    """A deadlock, a serialization failure, a lock not got: the whole transaction can be run again."""
    UNAVAILABLE = auto()
    """The server or the connection is gone, or has no room."""
    DENIED = auto()
    """Read-only, or not allowed."""
    LOGIN = auto()
    """The user or the password is wrong."""
    UNFIT = auto()
    """A value that the database cannot hold."""
    ADDRESS = auto()
    """There is no such database at that address."""
    DEFECT = auto()
    """Anything else."""


class Dialect(ABC):
    """What differs between engines: addresses, sessions, locks, upserts, failures."""

    title: ClassVar[str]
    """The engine's name, for messages."""

    extra: ClassVar[str | None]
    """The extra of this distribution that installs the driver, if one is needed."""

    drivers: ClassVar[Mapping[str, str]]
    """SQLAlchemy's names of the drivers to look for, best first, and the module of each."""

    oldest: ClassVar[tuple[int, ...]]
    """The first version of the engine that has what this package sends."""

    largest_id: ClassVar[int] = 2**31 - 1
    """The largest number that the experiment id's column holds."""

    enforces_lengths: ClassVar[bool] = True
    """Whether a text wider than its column is refused by the engine."""

    transactional_ddl: ClassVar[bool] = True
    """Whether an interrupted creation of the schema leaves nothing behind."""

    isolation_level: ClassVar[str | None] = None
    """The isolation level of every connection, whatever the server's default is."""

    binds: ClassVar[int] = 32_000
    """The most values that this package binds in one IN list."""

    pings: ClassVar[bool] = True
    """Whether a pooled connection is asked for a sign of life before it is used (POOL-RECYCLE)."""

    # Address and connection

    def check_address(self, url: URL) -> None:
        """Refuse an address that is seen to be unusable before anything is opened."""

    def one_connection(self, url: URL) -> bool:
        """Whether the database at `url` lives and dies with one connection."""
        del url
        return False

    @abstractmethod
    def place(self, url: URL) -> str:
        """The database's name for messages, without a password."""

    def address(self, url: URL) -> URL:
        """The address as the driver wants it."""
        return url

    def connect_args(self, url: URL) -> dict[str, Any]:
        """Arguments of the driver's connect()."""
        del url
        return {}

    def prepare_session(self, dbapi_connection: Any) -> None:
        """Settings of a new connection, on the driver's own object."""

    def prepare_engine(self, engine: Engine) -> None:
        """Hooks on a new engine."""

    def needs(self, connection: Connection) -> tuple[str, tuple[int, ...]]:
        """The name of the engine that answers, and its first version that is served."""
        del connection
        return self.title, self.oldest

    # Transactions

    serial_writes: ClassVar[bool] = False
    """Whether the engine lets one writer in at a time, so that this process may queue its own."""

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction: a write sees the newest state, a read one state throughout."""

    def locked(self, statement: Select[Any], table: Table, *, shared: bool = False) -> Select[Any]:
        """`statement` with a lock on the rows of `table` that it finds, until the transaction ends."""
        del table
        return statement.with_for_update(read=shared)

    # Schema

    def adopt(self, connection: Connection) -> None:
        """Settings that stay with the database, made when the schema is about to be made."""

    @abstractmethod
    def lock_schema(self, connection: Connection) -> None:
        """Keep every other process out of the schema's making (MIG-OPEN-EMPTY)."""

    def unlock_schema(self, connection: Connection) -> None:
        """Let the others in, where the transaction's end does not."""

    def ddl(self, connection: Connection) -> MetaData:
        """The tables as they are created on this server."""
        del connection
        return tables.metadata

    # Statements

    def code_points(self, column: Column[str]) -> ColumnElement[str]:
        """`column` compared and ordered by code point, whatever its collation is."""
        return column

    def is_key(self, column: Column[str], key: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a metric's key is exactly this one, whatever the collation is (TEXT-DISTINCT)."""
        return column == key

    @abstractmethod
    def put(
        self, connection: Connection, table: Table, fresh: Sequence[Row], changed: Sequence[Row]
    ) -> None:
        """Insert `fresh` and overwrite `changed`, in a few statements."""

    @abstractmethod
    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows`, leaving those whose primary key is there already."""

    # Failures

    @abstractmethod
    def failure(self, error: BaseException) -> Failure:
        """What an exception of the driver means."""


class Upserting(Dialect):
    """An engine whose INSERT has a clause for rows that are there."""

    def inserting(self, table: Table) -> Insert:
        """An INSERT that fails on a row that is there."""
        return insert(table)

    @abstractmethod
    def overwriting(self, table: Table) -> Insert:
        """An INSERT that overwrites what is not of the primary key."""

    @abstractmethod
    def ignoring(self, table: Table) -> Insert:
        """An INSERT that leaves a row that is there."""

    def __init__(self) -> None:
        overwritten = (tables.tags, tables.experiment_tags, tables.latest_metrics)
        self._inserting = {table: self.inserting(table) for table in overwritten}
        self._overwriting = {table: self.overwriting(table) for table in overwritten}
        self._ignoring = {tables.metrics: self.ignoring(tables.metrics)}

    def put(
        self, connection: Connection, table: Table, fresh: Sequence[Row], changed: Sequence[Row]
    ) -> None:
        """A plain INSERT of what is new, so that no two keys become one, and one that overwrites."""
        self.execute(connection, self._inserting[table], table, fresh)
        self.execute(connection, self._overwriting[table], table, changed)

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """One INSERT that leaves what is there."""
        self.execute(connection, self._ignoring[table], table, rows)

    def execute(
        self, connection: Connection, statement: Insert, table: Table, rows: Sequence[Row]
    ) -> None:
        """Insert `rows`, in as few round trips as the driver can."""
        if rows:
            connection.execute(statement, named(table, rows))


def named(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows by their columns' names, as SQLAlchemy takes them."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def value_columns(table: Table) -> list[str]:
    """The columns of `table` that are not of its primary key."""
    return [column.name for column in table.columns if not column.primary_key]


def need_database(title: str, url: URL) -> None:
    """Refuse an address of a server that names no database."""
    if not url.database:
        raise invalid(f"The address of the {title} server names no database; add /name to it.")


def server_place(title: str, url: URL) -> str:
    """Database, host and port, for messages."""
    host = url.host or "the default host"
    port = f":{url.port}" if url.port else ""
    return f"the {title} database {url.database or ''!r} at {host}{port}"


def setting(name: str) -> str | None:
    """An environment variable; empty counts as unset."""
    return os.environ.get(name) or None
