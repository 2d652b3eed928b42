"""A stand-in for pyodbc and SQL Server: it keeps every statement it is given and answers from sqlite.

What the store sends is compiled by SQLAlchemy for SQL Server as in earnest. The answers
let the store go on; that they are right says nothing about SQL Server.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from storeproof.conformance.results import Problem
from storeproof.conformance.tsql_sqlite import UNITS, translate

SQL_VARCHAR = 12
SQL_WVARCHAR = -9

BINARY = "Latin1_General_100_BIN2"
FOLDING = "Latin1_General_CI_AS"


class Error(Exception):
    """PEP 249's."""


class DatabaseError(Error):
    """PEP 249's."""


class OperationalError(DatabaseError):
    """PEP 249's."""


class ProgrammingError(DatabaseError):
    """PEP 249's."""


class IntegrityError(DatabaseError):
    """PEP 249's."""


class DataError(DatabaseError):
    """PEP 249's."""


class StandInError(RuntimeError):
    """The stand-in cannot do what it was asked for; the fault is not the store's."""


@dataclass(frozen=True)
class Sent:
    """A statement as the driver got it, the parameters of one of its executions, and the types bound."""

    text: str
    parameters: tuple[Any, ...]
    types: tuple[Any, ...] = ()
    """What setinputsizes() was told, a type or (type, size, digits) each; empty where it was told nothing."""


@dataclass
class Settings:
    """What the database pretends to be."""

    file: str
    snapshots: bool = True
    collation: str = BINARY
    kind: str = "nvarchar"
    code_page: int = 1252


@dataclass
class StandIn:
    """A DBAPI module with pyodbc's names, for create_engine(module=...)."""

    settings: Settings
    sent: dict[tuple[Any, ...], Sent] = field(default_factory=dict)
    """Each statement once for each way that its parameters were typed."""
    problems: list[Problem] = field(default_factory=list)
    """What SQL Server would have refused though sqlite did not."""

    paramstyle: ClassVar = "qmark"
    version: ClassVar = "5.2.0"
    pooling: bool = True
    SQL_VARCHAR: ClassVar = SQL_VARCHAR
    SQL_WVARCHAR: ClassVar = SQL_WVARCHAR
    NUMBER: ClassVar = Decimal
    DATETIME: ClassVar = datetime
    BINARY: ClassVar = bytearray
    Binary: ClassVar = bytes
    Error: ClassVar = Error
    DatabaseError: ClassVar = DatabaseError
    OperationalError: ClassVar = OperationalError
    ProgrammingError: ClassVar = ProgrammingError
    IntegrityError: ClassVar = IntegrityError
    DataError: ClassVar = DataError
    InterfaceError: ClassVar = Error
    InternalError: ClassVar = DatabaseError
    NotSupportedError: ClassVar = DatabaseError

    @property
    def Cursor(self) -> type[Cursor]:  # noqa: N802 - pyodbc's name
        """SQLAlchemy asks it what a cursor can do."""
        return Cursor

    def connect(self, *_arguments: Any, **_options: Any) -> Session:
        """A new session of the database."""
        return Session(self)

    def fill(self, experiment_id: str, count: int) -> None:
        """Put runs into an experiment, past the store, which would take long."""
        session = Session(self)
        session.database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, experiment_id) "
            "SELECT printf('%032x', i), 'n', 'RUNNING', i, 'active', ? FROM n",
            (count, int(experiment_id)),
        )
        session.close()

    def keep(self, text: str, parameters: Sequence[Any], types: Sequence[Any]) -> None:
        """Remember a statement."""
        sent = Sent(text, tuple(parameters), tuple(types))
        self.sent.setdefault((text, sent.types, *map(type, parameters)), sent)


class Session:
    """A connection: a transaction begins with the first statement and ends with commit or rollback."""

    def __init__(self, module: StandIn) -> None:
        self.module = module
        self.autocommit = False
        self.timeout = 0
        self.isolation = "READ COMMITTED"
        self.identity_insert: str | None = None
        self.cursors: list[Cursor] = []
        self.database = sqlite3.connect(
            module.settings.file, isolation_level=None, check_same_thread=False
        )
        self.database.execute("PRAGMA foreign_keys = ON")
        # LIKE sees case in a binary collation, which is the only one that the store asks it in.
        self.database.execute("PRAGMA case_sensitive_like = ON")
        self.database.create_function(UNITS, 1, _units, deterministic=True)
        self.database.create_function("datalength", 1, _bytes, deterministic=True)
        self.database.create_collation(BINARY, _compare_units)
        self.database.create_collation(FOLDING, _compare_folded)

    def cursor(self) -> Cursor:
        """A new cursor."""
        made = Cursor(self)
        self.cursors.append(made)
        return made

    def add_output_converter(self, kind: int, converter: Callable[[bytes], Any]) -> None:
        """pyodbc's; no value here is of such a type."""

    def begin(self) -> None:
        """As ODBC without autocommit: by itself."""
        if not self.database.in_transaction:
            self.database.execute("BEGIN")

    def commit(self) -> None:
        """End the transaction; the driver closes what is open."""
        self._close_cursors()
        if self.database.in_transaction:
            self.database.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; the driver closes what is open."""
        self._close_cursors()
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")

    def close(self) -> None:
        """Undo and disconnect."""
        self.database.close()

    def _close_cursors(self) -> None:
        for cursor in self.cursors:
            cursor.unread = False


class Cursor:
    """A cursor that keeps what it is given."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.timeout = session.timeout
        """Seconds that a statement may take; 0: as long as it likes."""
        self._types: tuple[Any, ...] = ()
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self.unread = False
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1

    def setinputsizes(self, types: Sequence[Any]) -> None:
        """The types of the next statement's parameters."""
        self._types = tuple(types)

    def execute(self, text: str, *parameters: Any) -> Cursor:
        """Run one statement; parameters one by one or as a sequence."""
        given = parameters[0] if len(parameters) == 1 and _is_row(parameters[0]) else parameters
        module = self._session.module
        module.keep(text, given, self._types)
        self._types = ()
        if any(each.unread for each in self._session.cursors if each is not self):
            what = "sent while an answer on its connection was not read to its end"
            module.problems.append(Problem("busy-connection", what, text))
        self._answer(text, tuple(given))
        return self

    def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        types = self._types
        for row in rows:
            self._types = types
            self.execute(text, *row)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        row = next(self._rows, None)
        self.unread = self.unread and row is not None
        return row

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rest of the rows."""
        self.unread = False
        return list(self._rows)

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        """The next rows."""
        rows = [row for row, _ in zip(self._rows, range(size), strict=False)]
        self.unread = self.unread and len(rows) == size
        return rows

    def nextset(self) -> bool:
        """There is never another."""
        return False

    def close(self) -> None:
        """Drop what was not read."""
        self.unread = False
        if self in self._session.cursors:
            self._session.cursors.remove(self)

    def _answer(self, text: str, parameters: tuple[Any, ...]) -> None:
        self.unread, self.description, self.rowcount = False, None, -1
        for pattern, answer in _ANSWERS:
            if found := pattern.search(text):
                self._take(answer(self._session, found))
                return
        self._check_identity(text)
        self._session.begin()
        try:
            ran = self._session.database.execute(self._translated(text), parameters)
            rows = ran.fetchall()
        except sqlite3.Error as error:
            raise _as_server(error) from error
        self.rowcount = ran.rowcount
        if ran.description is not None:
            self._take(rows, [name for name, *_ in ran.description])

    def _translated(self, text: str) -> str:
        """For sqlite; the tables are made in the collation that the database pretends to have."""
        sql = translate(text)
        if text.lstrip().startswith("CREATE TABLE"):
            sql = sql.replace(BINARY, self._session.module.settings.collation)
        return sql

    def _take(self, rows: Sequence[Sequence[Any]] | None, names: Sequence[str] = ()) -> None:
        if rows is None:
            return
        width = len(names) or max((len(row) for row in rows), default=1)
        columns = list(names) or [""] * width
        self.description = [(name, None, None, None, None, None, None) for name in columns]
        self._rows = iter([tuple(row) for row in rows])
        self.unread = True

    def _check_identity(self, text: str) -> None:
        """An identity column takes a value only where the session said so, and then it must get one."""
        found = re.match(r"INSERT INTO experiments \(([^)]*)\)", text)
        if found is None:
            return
        given = "experiment_id" in found[1]
        if given != (self._session.identity_insert == "experiments"):
            raise _server_error(ProgrammingError, "23000", "IDENTITY_INSERT is set otherwise", 544)


Answer = Sequence[Sequence[Any]] | None
Answering = Callable[["Session", re.Match[str]], Answer]


def _isolate(session: Session, found: re.Match[str]) -> Answer:
    session.isolation = found[1]
    return None


def _identity(session: Session, found: re.Match[str]) -> Answer:
    session.identity_insert = found[1] if found[2] == "ON" else None
    return None


def _lock(session: Session, _: re.Match[str]) -> Answer:
    session.begin()
    return [(0,)]


def _tables(session: Session, _: re.Match[str]) -> Answer:
    session.begin()
    known = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    return session.database.execute(known).fetchall()


def _key_column(session: Session, _: re.Match[str]) -> Answer:
    session.begin()
    there = session.database.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'metrics'"
    ).fetchone()
    settings = session.module.settings
    return [(settings.collation, settings.kind, settings.code_page)] if there else []


def _said(*rows: Sequence[Any]) -> Answering:
    return lambda _session, _found: rows


def _isolation(session: Session, _: re.Match[str]) -> Answer:
    return [(session.isolation,)]


def _done(_session: Session, _: re.Match[str]) -> Answer:
    return None


def _snapshots(session: Session, _: re.Match[str]) -> Answer:
    session.begin()
    return [(int(session.module.settings.snapshots),)]


_ANSWERING: Mapping[str, Answering] = {
    r"SERVERPROPERTY\('ProductVersion'\)": _said(("16.0.4135.4",)),
    r"schema_name\(\)": _said(("dbo",)),
    r"fn_listextendedproperty": _said((1,)),
    r"test max support": _said(("test max support",)),
    r"FROM sys\.system_views": _said(("dm_exec_sessions",)),
    r"FROM sys\.dm_exec_sessions": _isolation,
    r"^SET TRANSACTION ISOLATION LEVEL (.+)$": _isolate,
    r"^SET IDENTITY_INSERT (\w+) (ON|OFF)$": _identity,
    r"^SET LOCK_TIMEOUT \d+$": _done,
    r"sp_getapplock": _lock,
    r"sys\.databases": _snapshots,
    r"sys\.columns": _key_column,
    r"INFORMATION_SCHEMA.{1,3}TABLES": _tables,
}
"""What is answered without sqlite, by a mark of the statement."""

_ANSWERS = [(re.compile(mark), answer) for mark, answer in _ANSWERING.items()]


def _as_server(error: sqlite3.Error) -> Exception:
    """What SQL Server would have said."""
    words = str(error)
    if words.startswith("UNIQUE constraint"):
        return _server_error(IntegrityError, "23000", "Violation of a unique key", 2627)
    if UNITS in words.lower():
        return _server_error(DataError, "22001", "String data would be truncated", 2628)
    if words.startswith("FOREIGN KEY constraint"):
        return _server_error(IntegrityError, "23000", "The statement conflicted", 547)
    return StandInError(f"the stand-in's sqlite says: {words}")


def _server_error(kind: type[Error], state: str, words: str, number: int) -> Error:
    told = f"[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{words}."
    return kind(state, f"[{state}] {told} ({number}) (SQLExecDirectW)")


def _is_row(value: object) -> bool:
    return isinstance(value, tuple | list)


def _units(text: str | None) -> int | None:
    return None if text is None else len(text.encode("utf-16-le")) // 2


def _bytes(text: str | None) -> int | None:
    return None if text is None else len(text.encode("utf-16-le"))


def _compare_units(one: str, other: str) -> int:
    """By UTF-16 units, the shorter text as if spaces followed it."""
    width = max(len(one), len(other))
    first, second = one.ljust(width), other.ljust(width)
    if first.isascii() and second.isascii():
        return (first > second) - (first < second)
    return _compare_bytes(first.encode("utf-16-be"), second.encode("utf-16-be"))


def _compare_bytes(first: bytes, second: bytes) -> int:
    width = max(len(first), len(second))
    first += b"\0 " * ((width - len(first)) // 2)
    second += b"\0 " * ((width - len(second)) // 2)
    return (first > second) - (first < second)


def _compare_folded(one: str, other: str) -> int:
    return _compare_units(one.casefold(), other.casefold())
