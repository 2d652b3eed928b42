"""MySQL and MariaDB, through PyMySQL or mysqlclient."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Delete,
    Engine,
    Insert,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    and_,
    cast,
    collate,
    delete,
    event,
    func,
    literal_column,
    text,
    type_coerce,
)
from sqlalchemy.dialects.mysql import insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

from storeproof.stores.errors import StoreError, denied, invalid, unavailable
from storeproof.stores.sql import tables, watch
from storeproof.stores.sql.dialects.base import (
    CONNECT_TIMEOUT,
    PATIENCE,
    Failure,
    Upserting,
    capital,
    need_database,
    server_place,
    setting,
    value_columns,
)

# Strict: no text is cut and no number bent without an error, whatever the server's default
# (TEXT-NO-CUT). Zero is an id like any other (EXP-DEFAULT).
_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', "
    f"SESSION innodb_lock_wait_timeout = {PATIENCE // 2}, "
    f"SESSION lock_wait_timeout = {PATIENCE}"
)

_LONGEST_SORTED = 32_768  # bytes; a tag has 32000 at most
_SORTED_TOGETHER = 20  # a sort must have room for so many rows
_SORT = "storeproof_sort_buffer"

_COLLATIONS = ("utf8mb4_0900_bin", "utf8mb4_nopad_bin", "utf8mb4_bin")
"""Exact ones, those that see trailing spaces first (TEXT-DISTINCT)."""

_TLS = {
    "MLFLOW_MYSQL_SSL_CA": "ca",
    "MLFLOW_MYSQL_SSL_CERT": "cert",
    "MLFLOW_MYSQL_SSL_KEY": "key",
}

_LOST = (2006, 2013)
_LOGINS = (1045, 1698)

_FAILURES = {
    **dict.fromkeys((1062, 1586), Failure.TAKEN),
    **dict.fromkeys((1205, 1213, 1020, 1412, 3058), Failure.CONTENDED),
    **dict.fromkeys(
        (
            1040,
            1041,
            1053,
            1037,
            1021,
            1114,
            1129,
            *(1156, 1157, 1158, 1159, 1160, 1161),  # packets that do not come through
            1203,
            1226,
            1317,
            1927,
            3024,
            3169,
            4031,
        ),
        Failure.UNAVAILABLE,
    ),
    **dict.fromkeys((2002, 2003, 2005, 2006, 2013, 2014, 2055), Failure.UNAVAILABLE),
    **dict.fromkeys((1044, 1130, 1142, 1143, 1227, 1290, 1792, 1836, 3159), Failure.DENIED),
    # Wrong, expired, locked.
    **dict.fromkeys((1045, 1698, 1820, 1862, 3118, 4151), Failure.LOGIN),
    **dict.fromkeys(
        (1153, 1264, 1265, 1267, 1270, 1271, 1366, 1406, 1690, 3854, 3988), Failure.UNFIT
    ),
    **dict.fromkeys((1049, 2026), Failure.ADDRESS),
}


class MySQL(Upserting):
    """A database of a MySQL server."""

    title = "MySQL"
    extra = "mysql"
    drivers: ClassVar = {"pymysql": "pymysql", "mysqldb": "MySQLdb"}
    oldest = (5, 7)  # the first whose keys hold 3072 bytes of themselves
    transactional_ddl = False
    # One snapshot for all statements of a read. A write begins with a locking read, which
    # sees the newest rows, and its snapshot is made after it.
    isolation_level = "REPEATABLE READ"

    def __init__(self) -> None:
        super().__init__()
        self._tls: frozenset[str] = frozenset()
        """What of TLS was asked for: ca, cert, key."""

    def descriptor(self, dbapi_connection: Any) -> int | None:
        """PyMySQL has a socket of Python's, mysqlclient tells its library's; of an open connection."""
        if not dbapi_connection.open:
            return None
        line = getattr(dbapi_connection, "_sock", dbapi_connection)
        return int(line.fileno())

    def check_address(self, url: URL) -> None:
        """A database must be named."""
        need_database(self.title, url)

    def place(self, url: URL) -> str:
        """Database, host and port."""
        return server_place(self.title, url)

    def needs(self, connection: Connection) -> tuple[str, tuple[int, ...]]:
        """Of MySQL or MariaDB, whichever answers: an address may call both mysql."""
        answers = MariaDB if getattr(connection.dialect, "is_mariadb", False) else MySQL
        return answers.title, answers.oldest

    def connect_args(self, url: URL) -> dict[str, Any]:
        """Character set, session, time limit and TLS (TLS-MYSQL)."""
        arguments: dict[str, Any] = {
            "charset": "utf8mb4",
            "connect_timeout": CONNECT_TIMEOUT,
            "init_command": _SESSION,
        }
        if url.get_driver_name() == "pymysql":
            arguments["read_timeout"] = CONNECT_TIMEOUT  # its other limit ends before the handshake
        else:
            # mysqlclient's other limit ends with the login, after which it asks on before it gives
            # a connection to watch. This one is of each read, and stays.
            arguments["read_timeout"] = int(watch.SILENCE)
        arguments = {name: value for name, value in arguments.items() if name not in url.query}
        files = {part: _file(name) for name, part in _TLS.items() if setting(name)}
        self._tls = frozenset(files)
        if files and url.get_driver_name() == "pymysql":
            arguments |= {f"ssl_{part}": path for part, path in files.items()}
            arguments["ssl_verify_cert"] = "ca" in files  # PyMySQL does not of itself
        elif files:
            arguments |= {"ssl": files, "ssl_mode": "VERIFY_CA" if "ca" in files else "REQUIRED"}
        return arguments

    def prepare_session(self, dbapi_connection: Any) -> None:
        """Time for long statements, after a handshake with little; TLS where it was asked for."""
        dbapi_connection._read_timeout = None  # noqa: SLF001 - PyMySQL has no other way
        if not self._tls:
            return
        with dbapi_connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
            found = cursor.fetchone()
        if not found or not found[1]:
            dbapi_connection.close()
            raise denied(
                f"The {self.title} server offers no TLS, which {', '.join(_TLS)} ask for; "
                "turn it on there, or unset them."
            )

    def prepare_engine(self, engine: Engine) -> None:
        """A statement that sorts texts sorts them whole."""
        event.listen(engine, "before_cursor_execute", _sort_whole, retval=True)

    def login_refusal(self, error: Exception, place: str) -> StoreError | None:
        """That the server may have wanted another certificate (TLS-MYSQL)."""
        if not self._tls:
            return None
        number = error.args[0] if error.args else None
        if "cert" not in self._tls and number in _LOGINS:
            return denied(
                f"{capital(place)} refuses the login; check the user and the password, and whether "
                "it wants a client certificate, which MLFLOW_MYSQL_SSL_CERT and _KEY name."
            )
        if "cert" in self._tls and "ALERT" in str(error):
            return denied(
                f"{capital(place)} does not accept the certificate that MLFLOW_MYSQL_SSL_CERT names; "
                "give one that is valid and of an authority that the server knows."
            )
        if "cert" in self._tls and number in _LOST:
            return unavailable(
                f"{capital(place)} ended the connection when TLS was agreed on; try again, and check "
                "whether it accepts the certificate that MLFLOW_MYSQL_SSL_CERT names."
            )
        return None

    def sorting(self, statement: Select[Any], texts: int) -> Select[Any]:
        """Sorted by all of its bytes, of which the server else takes the first 1024 (SEARCH-ORDER)."""
        room = texts * _LONGEST_SORTED * _SORTED_TOGETHER
        return statement.execution_options(**{_SORT: room})

    def lock_schema(self, connection: Connection) -> None:
        """A named lock of the session: DDL commits, so a transaction's lock would not hold."""
        got = connection.execute(
            text("SELECT GET_LOCK(:name, :patience)"),
            {"name": _lock_name(connection), "patience": PATIENCE},
        ).scalar()
        if got != 1:
            raise unavailable("Another process is making the schema of this database; try again.")

    def unlock_schema(self, connection: Connection) -> None:
        """Give the named lock back; a lost connection has done so."""
        if not connection.invalidated:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _lock_name(connection)})

    def claim(self, connection: Connection) -> None:
        """The tables' collation is the database's: MLflow's later tables take that, and refer to them (MIG-CHAIN)."""
        with suppress(DBAPIError):  # the account may lack the right
            connection.execute(
                text(f"ALTER DATABASE CHARACTER SET utf8mb4 COLLATE {_exact(connection)}")
            )

    def ddl(self, connection: Connection) -> MetaData:
        """The tables in the most exact collation of the server, whatever the database's default is."""
        collation = _exact(connection)
        copy = MetaData()
        prefix = connection.dialect.name
        for table in tables.metadata.sorted_tables:
            made = table.to_metadata(copy)
            made.kwargs[f"{prefix}_engine"] = "InnoDB"
            made.kwargs[f"{prefix}_charset"] = "utf8mb4"
            made.kwargs[f"{prefix}_collate"] = collation
        # MLflow's revisions leave two checks of this column where DDL cannot name them.
        copy.tables[tables.metrics.name].append_constraint(CheckConstraint("is_nan IN (0, 1)"))
        return copy

    def code_points(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """As bytes of UTF-8, which are ordered as code points, whatever the column's character set is."""
        return type_coerce(cast(_unicode(value), LargeBinary()), String())

    def is_key(self, column: ColumnElement[str], key: ColumnElement[str]) -> ColumnElement[bool]:
        """By the column's index, and exactly."""
        return and_(column == key, self.is_exactly(column, key))

    def characters(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """In a collation that every server has; LIKE heeds trailing spaces in it."""
        return collate(_unicode(value), "utf8mb4_bin")

    @classmethod
    def overwriting(cls, table: Table) -> Insert:
        """ON DUPLICATE KEY UPDATE of the values."""
        statement = insert(table)
        return statement.on_duplicate_key_update(
            {name: statement.inserted[name] for name in value_columns(table)}
        )

    @classmethod
    def ignoring(cls, table: Table) -> Insert:
        """ON DUPLICATE KEY UPDATE of nothing: INSERT IGNORE would ignore bad values too."""
        unchanged = next(iter(table.primary_key.columns))
        return insert(table).on_duplicate_key_update({unchanged.name: unchanged})

    def deleting(self, table: Table, where: ColumnElement[bool], most: int) -> Delete:
        """DELETE has a LIMIT here."""
        limits = {"mysql_limit": most, "mariadb_limit": most}  # by what the address says
        return delete(table).where(where).with_dialect_options(**limits)

    def failure(self, error: BaseException) -> Failure:
        """By the server's and the client's error numbers."""
        if "CERTIFICATE" in str(error):
            return Failure.ADDRESS  # trying again will not make it trusted
        number = error.args[0] if error.args else None
        if isinstance(number, int) and number in _FAILURES:
            return _FAILURES[number]
        if type(error).__name__ == "InterfaceError":
            return Failure.UNAVAILABLE
        if type(error).__name__ == "InternalError" and not isinstance(number, int):
            return Failure.UNAVAILABLE  # PyMySQL's own, of packets that are out of their sequence
        if type(error).__name__ == "DataError":
            return Failure.UNFIT
        return Failure.DEFECT


class MariaDB(MySQL):
    """A database of a MariaDB server, by an address that says so; mysql: reaches it as well."""

    title = "MariaDB"
    oldest = (10, 2)


def _exact(connection: Connection) -> str:
    """The most exact collation of the server."""
    names = text("SELECT collation_name FROM information_schema.collations")
    offered = set(connection.execute(names).scalars())
    return next(name for name in _COLLATIONS if name in offered)


def _sort_whole(
    connection: Connection,
    _cursor: Any,
    statement: str,
    parameters: Any,
    context: Any,
    _many: bool,
) -> tuple[str, Any]:
    """With the settings of a sort for this one statement: the session's stay as they are (POOL-CLEAN)."""
    room = context.execution_options.get(_SORT)
    if room is None:
        return statement, parameters
    if getattr(connection.dialect, "is_mariadb", False):
        settings = f"max_sort_length = {_LONGEST_SORTED}, sort_buffer_size = {room}"
        return f"SET STATEMENT {settings} FOR {statement}", parameters
    hint = f"/*+ SET_VAR(max_sort_length = {_LONGEST_SORTED}) SET_VAR(sort_buffer_size = {room}) */"
    return statement.replace("SELECT", f"SELECT {hint}", 1), parameters


def _unicode(value: ColumnElement[str]) -> ColumnElement[str]:
    return func.convert(value.op("USING")(literal_column("utf8mb4")), type_=String())


def _file(name: str) -> str:
    path = setting(name) or ""
    if not Path(path).is_file():
        raise invalid(f"{name} names {path!r}, which is no file; correct or unset it.")
    return path


def _lock_name(connection: Connection) -> str:
    """A lock's name holds for the whole server and has at most 64 characters."""
    database = connection.engine.url.database or ""
    return f"storeproof.{hashlib.sha256(database.encode()).hexdigest()[:32]}"
