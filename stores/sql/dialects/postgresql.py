"""PostgreSQL, through psycopg2 or psycopg 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    Connection,
    Delete,
    Insert,
    String,
    Table,
    Text,
    bindparam,
    collate,
    delete,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.engine import URL
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from storeproof.stores.sql.dialects.base import (
    CONNECT_TIMEOUT,
    PATIENCE,
    Failure,
    Row,
    Upserting,
    need_database,
    server_place,
    value_columns,
)

_SCHEMA_LOCK = 0x73746F7265  # "store"

_FAILURES = {
    "23505": Failure.TAKEN,
    "40001": Failure.CONTENDED,
    "40P01": Failure.CONTENDED,
    "55P03": Failure.CONTENDED,
    "25006": Failure.DENIED,
    "42501": Failure.DENIED,
    "3D000": Failure.ADDRESS,
    "54000": Failure.UNFIT,
}
_CLASSES = {
    "08": Failure.UNAVAILABLE,
    "53": Failure.UNAVAILABLE,
    "57": Failure.UNAVAILABLE,
    "22": Failure.UNFIT,
    "28": Failure.LOGIN,
}
# A refused login carries no code, only the server's words; where they are of another
# language, it counts as unavailable.
_REFUSALS = (
    ("too many connections", Failure.UNAVAILABLE),
    ("authentication failed", Failure.LOGIN),
    ("no password supplied", Failure.LOGIN),
    ("no pg_hba.conf entry", Failure.DENIED),
    ("permission denied", Failure.DENIED),
    ("received invalid response", Failure.ADDRESS),  # another kind of server listens there
    # Trying again will not make it trusted.
    ("certificate verify failed", Failure.ADDRESS),
    ("server certificate for", Failure.ADDRESS),
    ("certificate file", Failure.ADDRESS),
    ("private key file", Failure.ADDRESS),
    ("server does not support SSL", Failure.ADDRESS),
    ('database "', Failure.ADDRESS),
    ('role "', Failure.LOGIN),
)


class PostgreSQL(Upserting):
    """A database of a PostgreSQL server."""

    title = "PostgreSQL"
    extra = "postgresql"
    drivers: ClassVar = {"psycopg2": "psycopg2", "psycopg": "psycopg"}
    oldest = (10,)
    isolation_level = "READ COMMITTED"

    def descriptor(self, dbapi_connection: Any) -> int | None:
        """Both drivers tell it, of an open connection."""
        return None if dbapi_connection.closed else int(dbapi_connection.fileno())

    def check_address(self, url: URL) -> None:
        """A database must be named."""
        need_database(self.title, url)

    def place(self, url: URL) -> str:
        """Database, host and port."""
        return server_place(self.title, url)

    def connect_args(self, url: URL) -> dict[str, Any]:
        """Time limits for a host that does not answer, unless the address has its own."""
        limits = {
            "connect_timeout": CONNECT_TIMEOUT,
            "tcp_user_timeout": PATIENCE * 1000,
        }
        return {name: value for name, value in limits.items() if name not in url.query}

    def prepare_session(self, dbapi_connection: Any) -> None:
        """A lock that another session never gives back must not hold a call for ever."""
        with dbapi_connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{PATIENCE // 2}s'")
        dbapi_connection.commit()

    def begin(self, connection: Connection, *, write: bool) -> None:
        """A read's statements all see one snapshot; a write's see what it waited for."""
        if not write:
            connection.execution_options(isolation_level="REPEATABLE READ")

    def lock_schema(self, connection: Connection) -> None:
        """An advisory lock of this database, held to the end of the transaction."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})

    def code_points(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """The collation "C" is the order of code points."""
        return collate(value, "C")

    def replaced(
        self, value: ColumnElement[str], characters: Mapping[str, str]
    ) -> ColumnElement[str]:
        """In one pass."""
        if not characters:
            return value
        old, new = "".join(characters), "".join(characters.values())
        return func.translate(value, old, new, type_=value.type)

    @classmethod
    def inserting(cls, table: Table) -> Insert:
        """One array per column: a statement of one text and few parameters, whatever the number of rows."""
        return _from_arrays(table)

    @classmethod
    def overwriting(cls, table: Table) -> Insert:
        """ON CONFLICT DO UPDATE."""
        statement = _from_arrays(table)
        return statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in value_columns(table)},
        )

    @classmethod
    def ignoring(cls, table: Table) -> Insert:
        """ON CONFLICT DO NOTHING, for the primary key only."""
        return _from_arrays(table).on_conflict_do_nothing(
            index_elements=list(table.primary_key.columns)
        )

    def execute(
        self, connection: Connection, statement: Insert, table: Table, rows: Sequence[Row]
    ) -> None:
        """All rows in one round trip."""
        if rows:
            names = [column.name for column in table.columns]
            arrays = map(list, zip(*rows, strict=True))
            connection.execute(statement, dict(zip(names, arrays, strict=True)))

    def deleting(self, table: Table, where: ColumnElement[bool], most: int) -> Delete:
        """By the rows' places, as an array, which every version looks up one by one."""
        place: ColumnElement[Any] = literal_column("ctid")
        some = select(place).select_from(table).where(where).limit(most)
        return delete(table).where(place == func.any(func.array(some.scalar_subquery())))

    def failure(self, error: BaseException) -> Failure:
        """By SQLSTATE; without one the connection was lost or never made."""
        code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        if code:
            return _FAILURES.get(code) or _CLASSES.get(code[:2], Failure.DEFECT)
        if type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout"):
            words = str(error)
            for mark, failure in _REFUSALS:
                if mark in words:
                    return failure
            return Failure.UNAVAILABLE
        return Failure.DEFECT


def _from_arrays(table: Table) -> PostgresInsert:
    names = [column.name for column in table.columns]
    arrays = (bindparam(column.name, type_=ARRAY(_sent_as(column))) for column in table.columns)
    given = func.unnest(*arrays).table_valued(*names).render_derived(name="given")
    return insert(table).from_select(names, select(*(given.c[name] for name in names)))


def _sent_as(column: Column[Any]) -> TypeEngine[Any]:
    """Text without a length: a cast to varchar(n) would cut it without a word (TEXT-NO-CUT)."""
    return Text() if isinstance(column.type, String) else column.type
