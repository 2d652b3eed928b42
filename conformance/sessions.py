"""A store's sessions as its server sees them, and what such a session is set to; one object per engine."""

from __future__ import annotations

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError


class Unseen(Exception):
    """The sessions cannot be seen here; the reason is the argument."""


class Sessions(ABC):
    """The sessions of one database."""

    settings_query: ClassVar[str]
    """Gives rows of a name and a value: what the session that asks is set to."""
    passing: ClassVar[frozenset[str]] = frozenset()
    """Settings that are none: they change by themselves."""
    cipher_query: ClassVar[str | None] = None
    """Gives the cipher of the connection that asks, in its last column; nothing or "" in plain text."""

    begin: ClassVar[str]
    lock: ClassVar[str | None] = None
    """What takes the row of the run :run, within a transaction."""
    idling: ClassVar[str | None] = None
    """Has the server end the session that says it when it was idle for a second."""
    one_writer: ClassVar[bool] = False
    """The engine lets one writer in at a time and ends no session."""
    names_last: ClassVar[bool] = True
    """No two sessions have the same id, one after the other."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def close(self) -> None:
        """Close what was opened to look."""

    @abstractmethod
    def ids(self) -> set[int]:
        """The ids of the sessions, without the one that asks."""

    def kill(self, sessions: Collection[int]) -> None:
        """End sessions at the server; one that is gone already is no error."""

    @contextmanager
    def holding(self, run_id: str) -> Iterator[None]:
        """Keep every writer of a run waiting."""
        with self.connected() as connection:
            connection.exec_driver_sql(self.begin)
            if self.lock is not None:
                connection.execute(text(self.lock), {"run": run_id})
            try:
                yield
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def settings(self, dbapi_connection: Any) -> dict[str, str]:
        """What a session is set to, asked over its own connection."""
        return {
            str(name): str(value)
            for name, value in ask(dbapi_connection, self.settings_query)
            if str(name) not in self.passing
        }

    def tell(self, dbapi_connection: Any, statement: str) -> None:
        """Have a session do a statement."""
        cursor = dbapi_connection.cursor()
        cursor.execute(statement)
        cursor.close()
        dbapi_connection.commit()

    def cipher(self, dbapi_connection: Any) -> str:
        """The cipher of a connection as its server names it; "" in plain text."""
        if self.cipher_query is None:
            return ""
        found = ask(dbapi_connection, self.cipher_query)
        return str(found[0][-1] or "") if found else ""

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection past the store, on which every statement commits itself."""
        engine = create_engine(
            self.uri,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        with engine.connect() as connection:
            yield connection


class _OnServer(Sessions):
    ids_query: ClassVar[str]
    kill_statement: ClassVar[str]

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._stack = ExitStack()
        self._observer = self._stack.enter_context(self.connected())

    def ids(self) -> set[int]:
        return {int(row[0]) for row in self._observer.exec_driver_sql(self.ids_query)}

    def kill(self, sessions: Collection[int]) -> None:
        for each in sessions:
            try:
                self._observer.exec_driver_sql(self.kill_statement.format(each))
            except DBAPIError:
                if each in self.ids():
                    raise

    def close(self) -> None:
        self._stack.close()


class _PostgreSQL(_OnServer):
    ids_query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    begin = "BEGIN"
    lock = "SELECT 1 FROM runs WHERE run_uuid = :run FOR UPDATE"
    kill_statement = "SELECT pg_terminate_backend({})"
    settings_query = "SELECT name, setting FROM pg_settings"
    idling = "SET idle_session_timeout = 1000"
    cipher_query = "SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


class _MySQL(_OnServer):
    ids_query = (
        "SELECT id FROM information_schema.processlist "
        "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )
    kill_statement = "KILL {}"
    begin = "START TRANSACTION"
    lock = "SELECT 1 FROM runs WHERE run_uuid = :run FOR UPDATE"
    settings_query = "SHOW SESSION VARIABLES"
    passing = frozenset(
        {
            *("timestamp", "rand_seed1", "rand_seed2", "last_insert_id", "identity", "insert_id"),
            *("warning_count", "error_count", "pseudo_thread_id", "statement_id", "last_gtid"),
            *("in_transaction", "gtid_executed", "gtid_binlog_pos", "gtid_current_pos"),
            # Of the server, which somebody else may change.
            *("ssl_ca", "ssl_cert", "ssl_key"),
        }
    )
    idling = "SET SESSION wait_timeout = 1"
    cipher_query = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"


class _SqlServer(_OnServer):
    ids_query = (
        "SELECT session_id FROM sys.dm_exec_sessions "
        "WHERE database_id = DB_ID() AND is_user_process = 1 AND session_id <> @@SPID"
    )
    begin = "BEGIN TRANSACTION"
    lock = "SELECT 1 FROM runs WITH (UPDLOCK, HOLDLOCK) WHERE run_uuid = :run"
    kill_statement = "KILL {}"
    settings_query = (
        "SELECT s.name, s.value FROM sys.dm_exec_sessions CROSS APPLY (VALUES "
        "('transaction_isolation_level', CAST(transaction_isolation_level AS nvarchar(128))), "
        "('lock_timeout', CAST(lock_timeout AS nvarchar(128))), "
        "('deadlock_priority', CAST(deadlock_priority AS nvarchar(128))), "
        "('language', language), ('date_format', date_format), "
        "('date_first', CAST(date_first AS nvarchar(128))), "
        "('text_size', CAST(text_size AS nvarchar(128))), "
        "('quoted_identifier', CAST(quoted_identifier AS nvarchar(128))), "
        "('arithabort', CAST(arithabort AS nvarchar(128))), "
        "('ansi_nulls', CAST(ansi_nulls AS nvarchar(128))), "
        "('ansi_padding', CAST(ansi_padding AS nvarchar(128))), "
        "('ansi_warnings', CAST(ansi_warnings AS nvarchar(128)))"
        ") AS s (name, value) WHERE session_id = @@SPID"
    )
    cipher_query = "SELECT encrypt_option FROM sys.dm_exec_connections WHERE session_id = @@SPID"

    def cipher(self, dbapi_connection: Any) -> str:
        found = super().cipher(dbapi_connection)
        return "" if found == "FALSE" else found


class _Sqlite(Sessions):
    """A file has no server: its sessions are the process's open files, where the system shows them."""

    one_writer = True
    names_last = False  # a file's number is given again
    pragmas: ClassVar = (
        *("busy_timeout", "cache_size", "defer_foreign_keys", "foreign_keys", "journal_mode"),
        *("ignore_check_constraints", "locking_mode", "query_only", "read_uncommitted"),
        *("recursive_triggers", "secure_delete", "synchronous", "temp_store", "writable_schema"),
    )

    def ids(self) -> set[int]:
        opened = Path("/proc/self/fd")
        if not opened.is_dir():
            raise Unseen("the system does not show which files the process has open")
        path = os.path.realpath(str(make_url(self.uri).database))
        return {int(each.name) for each in opened.iterdir() if _leads_to(each, path)}

    @contextmanager
    def holding(self, run_id: str) -> Iterator[None]:
        # In a process of its own: sqlite closes a file only when nobody in the process locks it.
        del run_id
        command = [sys.executable, "-c", _HOLDER, str(make_url(self.uri).database)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            try:
                yield
            finally:
                holder.communicate()

    def settings(self, dbapi_connection: Any) -> dict[str, str]:
        return {name: str(ask(dbapi_connection, f"PRAGMA {name}")) for name in self.pragmas}


SQL_SERVER = _SqlServer
"""For those who judge its statements without a server."""

_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""

_ENGINES: dict[str, Callable[[str], Sessions]] = {
    "sqlite": _Sqlite,
    "postgresql": _PostgreSQL,
    "mysql": _MySQL,
    "mariadb": _MySQL,
    "mssql": _SqlServer,
}


def sessions_of(engine: str, uri: str) -> Sessions:
    """The sessions of the database at `uri`."""
    return _ENGINES[engine](uri)


def ask(dbapi_connection: Any, query: str) -> list[tuple[Any, ...]]:
    """What a query gives, over a driver's own connection."""
    cursor = dbapi_connection.cursor()
    try:
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]
    finally:
        cursor.close()


def _leads_to(link: Path, path: str) -> bool:
    try:
        return str(link.readlink()) == path
    except OSError:
        return False
