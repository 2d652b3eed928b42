"""The one object that knows what is different about an engine.

Everything else in this package is written once, for all engines, in terms of it.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Delete,
    Engine,
    Insert,
    MetaData,
    Select,
    Table,
    Unicode,
    bindparam,
    func,
    insert,
)
from sqlalchemy.engine import URL
from sqlalchemy.sql import ColumnElement

from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.search.like import folding
from storeproof.stores.sql import tables

PATIENCE = 20
"""How long a call waits for others, in seconds, before it gives up with TEMPORARILY_UNAVAILABLE."""

CONNECT_TIMEOUT = 4
"""How long one address of a host may take to answer, in seconds (CONN-DOWN)."""

ESCAPE = "!"
"""What makes the next character of a LIKE pattern literal; a backslash is one already on some engines."""

BOUND_TEXTS = 100
"""The most texts of a list that are bound; with more they are written out."""

_MOST_LETTERS = 400

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

    most_bound: ClassVar[int] = 1000
    """The most comparisons of a filter whose values are bound; with more they are written out."""

    pings: ClassVar[bool] = True
    """Whether a pooled connection is asked for a sign of life before it is used (POOL-RECYCLE)."""

    # Address and connection

    def descriptor(self, dbapi_connection: Any) -> int | None:
        """The connection's socket, which is cut when the server has frozen; None where there is none, or none is told."""
        del dbapi_connection
        return None

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

    def login_refusal(self, error: Exception, place: str) -> StoreError | None:
        """What the driver's failure to connect means where it is more than `failure()` says."""
        del error, place
        return None

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

    def claim(self, connection: Connection) -> None:
        """Settings of an empty database, made before its tables; it must be well without them."""
        del connection

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

    def code_points(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """`value` compared and ordered by code point, whatever its collation is."""
        return value

    def sorting(self, statement: Select[Any], texts: int) -> Select[Any]:
        """A statement that sorts by so many texts, some of them long, set up to do so by the whole of each."""
        del texts
        return statement

    def is_exactly(
        self, value: ColumnElement[str], wanted: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Whether `value` is this text, whatever its collation takes for equal (TEXT-DISTINCT)."""
        return self.code_points(value) == wanted

    def is_key(self, column: ColumnElement[str], key: ColumnElement[str]) -> ColumnElement[bool]:
        """The same of a column that an index begins with."""
        return column == key

    def is_key_of_run(
        self, column: ColumnElement[str], key: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """The same where the index on the run is the better one."""
        return self.is_key(column, key)

    def is_one_of(self, value: ColumnElement[str], texts: Sequence[str]) -> ColumnElement[bool]:
        """Whether `value` is exactly one of these; many are written out, for there may be thousands."""
        listed: BindParameter[str] = bindparam(
            None,
            list(texts),
            Unicode(),
            expanding=True,
            literal_execute=len(texts) > BOUND_TEXTS,
        )
        return self.code_points(value).in_(listed)

    def like(self, value: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        """Whether `value` fits: `%` is any text, `_` any one character, all else itself (SEARCH-LIKE)."""
        return self.characters(value).like(tables.given(self.escaped(pattern)), escape=ESCAPE)

    def ilike(self, value: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        """The same without regard to case; only the letters of the pattern can matter (SEARCH-LIKE).

        Engines fold case by tables of their own, from different ages of Unicode.
        """
        plain, cases = folding(pattern)
        if len(cases) > _MOST_LETTERS:
            raise invalid(
                "The pattern after ILIKE has too many different letters; use a shorter one, or LIKE."
            )
        return self.replaced(self.characters(value), cases).like(self.escaped(plain), escape=ESCAPE)

    def characters(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """`value` as LIKE must see it, character by character and exactly."""
        return self.code_points(value)

    def escaped(self, pattern: str) -> str:
        """The pattern with everything literal that this language has no wild card for."""
        return pattern.replace(ESCAPE, ESCAPE * 2)

    def replaced(
        self, value: ColumnElement[str], characters: Mapping[str, str]
    ) -> ColumnElement[str]:
        """`value` with characters replaced."""
        for old, new in characters.items():
            value = func.replace(value, tables.given(old), tables.given(new), type_=value.type)
        return value

    @abstractmethod
    def put(
        self, connection: Connection, table: Table, fresh: Sequence[Row], changed: Sequence[Row]
    ) -> None:
        """Insert `fresh` and overwrite `changed`, in a few statements."""

    @abstractmethod
    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows`, leaving those whose primary key is there already."""

    @abstractmethod
    def deleting(self, table: Table, where: ColumnElement[bool], most: int) -> Delete:
        """A DELETE of at most so many of the rows (GC-LINEAR)."""

    # Failures

    @abstractmethod
    def failure(self, error: BaseException) -> Failure:
        """What an exception of the driver means."""


class Upserting(Dialect):
    """An engine whose INSERT has a clause for rows that are there."""

    @classmethod
    def inserting(cls, table: Table) -> Insert:
        """An INSERT that fails on a row that is there."""
        return insert(table)

    @classmethod
    @abstractmethod
    def overwriting(cls, table: Table) -> Insert:
        """An INSERT that overwrites what is not of the primary key."""

    @classmethod
    @abstractmethod
    def ignoring(cls, table: Table) -> Insert:
        """An INSERT that leaves a row that is there."""

    def put(
        self, connection: Connection, table: Table, fresh: Sequence[Row], changed: Sequence[Row]
    ) -> None:
        """A plain INSERT of what is new, so that no two keys become one, and one that overwrites."""
        self.execute(connection, _made(self.inserting, table), table, fresh)
        self.execute(connection, _made(self.overwriting, table), table, changed)

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """One INSERT that leaves what is there."""
        self.execute(connection, _made(self.ignoring, table), table, rows)

    def execute(
        self, connection: Connection, statement: Insert, table: Table, rows: Sequence[Row]
    ) -> None:
        """Insert `rows`, in as few round trips as the driver can."""
        if rows:
            connection.execute(statement, named(table, rows))


@cache
def _made(making: Callable[[Table], Insert], table: Table) -> Insert:
    """A statement is made once in a process: to make it takes longer than to execute it."""
    return making(table)


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


def capital(place: str) -> str:
    """A database's place where a sentence begins with it."""
    return place[0].upper() + place[1:]


def setting(name: str) -> str | None:
    """An environment variable; empty counts as unset."""
    return os.environ.get(name) or None
