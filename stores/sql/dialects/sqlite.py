"""sqlite: a file, one writer at a time, readers beside it (WAL)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    Integer,
    Table,
    delete,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.sqlite import insert, pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

from storeproof.stores.errors import denied, invalid
from storeproof.stores.search.like import ilike, like
from storeproof.stores.sql.dialects.base import PATIENCE, Failure, Row, Upserting, value_columns

_FAILURES = {
    sqlite3.SQLITE_BUSY: Failure.CONTENDED,
    sqlite3.SQLITE_LOCKED: Failure.CONTENDED,
    sqlite3.SQLITE_PROTOCOL: Failure.CONTENDED,
    sqlite3.SQLITE_READONLY: Failure.DENIED,
    sqlite3.SQLITE_PERM: Failure.DENIED,
    sqlite3.SQLITE_AUTH: Failure.DENIED,
    sqlite3.SQLITE_CANTOPEN: Failure.DENIED,
    sqlite3.SQLITE_FULL: Failure.UNAVAILABLE,
    sqlite3.SQLITE_IOERR: Failure.UNAVAILABLE,
    sqlite3.SQLITE_NOMEM: Failure.UNAVAILABLE,
    sqlite3.SQLITE_NOTADB: Failure.ADDRESS,
    sqlite3.SQLITE_CORRUPT: Failure.ADDRESS,
    sqlite3.SQLITE_TOOBIG: Failure.UNFIT,
    sqlite3.SQLITE_MISMATCH: Failure.UNFIT,
}
_TAKEN = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)

_ROW: ColumnElement[int] = literal_column("rowid", Integer())


class Sqlite(Upserting):
    """A database in a file or in memory."""

    title = "sqlite"
    extra = None
    drivers: ClassVar = {"pysqlite": "sqlite3"}
    oldest = (3, 24)  # ON CONFLICT
    largest_id = 2**63 - 1
    enforces_lengths = False
    pings = False
    serial_writes = True
    # The limit before sqlite 3.32; two are left for the other conditions of the statement.
    binds = 32_000 if sqlite3.sqlite_version_info >= (3, 32) else 997
    most_bound = 1000 if sqlite3.sqlite_version_info >= (3, 32) else 100

    def check_address(self, url: URL) -> None:
        """A missing folder, a folder in the file's place, a file that must not be read."""
        path = self._path(url)
        if path is None:
            return
        if path.is_dir():
            raise invalid(f"{str(path)!r} is a folder; name a file for the sqlite database.")
        if not path.parent.is_dir():
            raise invalid(
                f"The folder {str(path.parent)!r} does not exist; create it for the sqlite database."
            )
        readable = os.access(path, os.R_OK) if path.exists() else os.access(path.parent, os.W_OK)
        if not readable:
            raise denied(
                f"The sqlite database {str(path)!r} cannot be opened; check the permissions."
            )

    def one_connection(self, url: URL) -> bool:
        """A database in memory is its connection."""
        name = url.database or ""
        return name in ("", ":memory:") or ":memory:" in name or url.query.get("mode") == "memory"

    def place(self, url: URL) -> str:
        """The file's path."""
        return f"the sqlite database {url.database or ':memory:'!r}"

    def address(self, url: URL) -> URL:
        """With an absolute path, which stays the same when the process changes its folder."""
        path = self._path(url)
        return url if path is None else url.set(database=str(path.absolute()))

    def connect_args(self, url: URL) -> dict[str, Any]:
        """Patience, and connections that any thread may use: the pool lends each to one at a time."""
        del url
        return {"timeout": PATIENCE, "check_same_thread": False}

    def prepare_session(self, dbapi_connection: Any) -> None:
        """No transactions but ours, foreign keys, a commit that survives a crash (DUR-ACK), and LIKE."""
        dbapi_connection.isolation_level = None
        dbapi_connection.execute("PRAGMA foreign_keys = ON")
        dbapi_connection.execute("PRAGMA synchronous = FULL")
        for name, fits in (("storeproof_like", _like), ("storeproof_ilike", _ilike)):
            dbapi_connection.create_function(name, 2, fits, deterministic=True)

    def begin(self, connection: Connection, *, write: bool) -> None:
        """A write takes its lock first: one that reads before it would fail where another got ahead."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def adopt(self, connection: Connection) -> None:
        """Readers beside the writer; a database that must not be written keeps the journal it has."""
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except DBAPIError as error:
            if error.orig is None or self.failure(error.orig) is not Failure.DENIED:
                raise

    def lock_schema(self, connection: Connection) -> None:
        """The write lock is the only one there is."""
        self.begin(connection, write=True)

    @classmethod
    def overwriting(cls, table: Table) -> Insert:
        """ON CONFLICT DO UPDATE."""
        statement = insert(table)
        return statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in value_columns(table)},
        )

    @classmethod
    def ignoring(cls, table: Table) -> Insert:
        """ON CONFLICT DO NOTHING, for the primary key only."""
        return insert(table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))

    def execute(
        self, connection: Connection, statement: Insert, table: Table, rows: Sequence[Row]
    ) -> None:
        """Past SQLAlchemy's work on each value, of which sqlite's driver needs none: half the time of a batch."""
        del table
        if rows:
            connection.exec_driver_sql(_text(statement), list(rows))

    def is_key_of_run(
        self, column: ColumnElement[str], key: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Without the index on keys, which sqlite prefers, having no statistics: it holds all runs' points."""
        return column + literal("") == key

    def like(self, value: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        """By the reading over objects in memory: sqlite's own ignores case, and its GLOB has a longest pattern."""
        return func.storeproof_like(value, pattern) == 1

    def ilike(self, value: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        """By the reading over objects in memory: sqlite folds ASCII only."""
        return func.storeproof_ilike(value, pattern) == 1

    def deleting(self, table: Table, where: ColumnElement[bool], most: int) -> Delete:
        """By the number that each row has: DELETE has a LIMIT only where sqlite was built so."""
        some = select(_ROW).select_from(table).where(where).limit(most)
        return delete(table).where(_ROW.in_(some))

    def failure(self, error: BaseException) -> Failure:
        """By sqlite's own result codes."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return Failure.UNFIT if isinstance(error, OverflowError) else Failure.DEFECT
        if code in _TAKEN:
            return Failure.TAKEN
        return _FAILURES.get(code & 0xFF, Failure.DEFECT)

    def _path(self, url: URL) -> Path | None:
        """The file, where the address names one by its path."""
        name = url.database or ""
        if self.one_connection(url) or name.startswith("file:"):
            return None
        return Path(name)


@cache
def _text(statement: Insert) -> str:
    return str(statement.compile(dialect=pysqlite.dialect()))


_like_test = lru_cache(maxsize=64)(like)
_ilike_test = lru_cache(maxsize=64)(ilike)


def _like(value: str | None, pattern: str) -> bool | None:
    return None if value is None else _like_test(pattern)(value)


def _ilike(value: str | None, pattern: str) -> bool | None:
    return None if value is None else _ilike_test(pattern)(value)
