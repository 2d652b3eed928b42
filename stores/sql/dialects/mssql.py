"""SQL Server, through pyodbc."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Delete,
    Engine,
    Select,
    String,
    Table,
    Update,
    Values,
    and_,
    bindparam,
    cast,
    collate,
    column,
    delete,
    event,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
    values,
)
from sqlalchemy.dialects.mssql import NVARCHAR
from sqlalchemy.engine import URL
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.dml import Insert

from storeproof.stores.errors import unavailable
from storeproof.stores.odbc import odbc_driver
from storeproof.stores.sql import watch
from storeproof.stores.sql.dialects.base import (
    BOUND_TEXTS,
    CONNECT_TIMEOUT,
    ESCAPE,
    PATIENCE,
    Dialect,
    Failure,
    Row,
    named,
    server_place,
    value_columns,
)
from storeproof.stores.sql.tables import BINARY_COLLATION

_PARAMETERS = 2000  # of 2100, with room for the rest of a statement
_ROWS = 1000

_SNAPSHOTS = text("SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()")
_COLUMN = text(
    "SELECT c.collation_name, t.name, "
    "CAST(COLLATIONPROPERTY(c.collation_name, 'CodePage') AS int) "
    "FROM sys.columns AS c JOIN sys.types AS t ON t.user_type_id = c.user_type_id "
    "WHERE c.object_id = OBJECT_ID(N'metrics') AND c.name = N'key'"
)
_UTF8 = 65001

# Reading a catalogue view begins the transaction that the lock belongs to; DECLARE and EXEC do not.
_SCHEMA_LOCK = text(
    "SET NOCOUNT ON; DECLARE @got int; SELECT @got = COUNT(*) FROM sys.schemas; "
    "EXEC @got = sp_getapplock @Resource = N'storeproof.schema', "
    "@LockMode = N'Exclusive', @LockOwner = N'Transaction', "
    "@LockTimeout = :patience; SELECT @got; SET NOCOUNT OFF"
).bindparams(bindparam("patience", PATIENCE * 1000, literal_execute=True))

_FAILURES = {
    **dict.fromkeys((2601, 2627), Failure.TAKEN),
    **dict.fromkeys((1205, 1222, 3958, 3960, 3961), Failure.CONTENDED),
    # The connection or the session was ended.
    **dict.fromkeys(
        (64, 233, 596, 6005, 10053, 10054, 10060, 10061, 17142, 17809), Failure.UNAVAILABLE
    ),
    # No room: locks, memory, disk, log.
    **dict.fromkeys((701, 802, 1101, 1105, 1204, 8645, 9002), Failure.UNAVAILABLE),
    # The database starts, is restored, is taken by one user, is moved.
    **dict.fromkeys((921, 922, 924, 927, 942, 976, 983, 18401), Failure.UNAVAILABLE),
    # Azure's.
    **dict.fromkeys((10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920), Failure.UNAVAILABLE),
    **dict.fromkeys((229, 230, 262, 297, 300, 916, 978, 3906, 3908), Failure.DENIED),
    **dict.fromkeys((18452, 18456, 18470, 18486, 18487, 18488, 40615), Failure.DENIED),
    **dict.fromkeys((220, 1946, 2628, 8114, 8115, 8152), Failure.UNFIT),
    **dict.fromkeys((911, 4060, 4064), Failure.ADDRESS),
}
# "[23000] words (2627) (SQLExecDirectW); [23000] more words (3621)": the words may quote anything,
# a key that looks like a number too; the first number is the last one with a function behind it.
_NUMBER = re.compile(r".*\((-?\d+)\) \(SQL\w+\)", re.DOTALL)

_STATES = {
    "08": Failure.UNAVAILABLE,
    "HYT": Failure.UNAVAILABLE,
    "22": Failure.UNFIT,
    "28": Failure.DENIED,
    "40": Failure.CONTENDED,
    "IM": Failure.ADDRESS,
}


class SqlServer(Dialect):
    """A database of a SQL Server."""

    title = "SQL Server"
    extra = "mssql"
    drivers: ClassVar = {"pyodbc": "pyodbc"}
    # 2016 is the first whose keys hold 1700 bytes; Azure's, which do, call themselves 12 as 2014
    # does, which refuses a longer key when it meets one.
    oldest = (12,)
    isolation_level = "READ COMMITTED"
    binds = _PARAMETERS
    most_bound = 300  # a comparison binds up to six values

    def __init__(self) -> None:
        self._snapshots = False
        self._collation = BINARY_COLLATION
        self._encoding: str | None = None

    def place(self, url: URL) -> str:
        """Database, host and port, or the data source's name."""
        return server_place(self.title, url)

    def address(self, url: URL) -> URL:
        """With an ODBC driver, where the address names none and is no data source's name."""
        if not url.host or not url.database or {"driver", "odbc_connect"} & url.query.keys():
            return url
        return url.update_query_dict({"driver": odbc_driver()})

    def connect_args(self, url: URL) -> dict[str, Any]:
        """A time limit for the login."""
        del url
        return {"timeout": CONNECT_TIMEOUT}

    def prepare_engine(self, engine: Engine) -> None:
        """No second pool below ours (POOL-CLEAN), and no text that would come back as question marks."""
        driver: Any = engine.dialect.dbapi
        driver.pooling = False
        event.listen(engine, "before_cursor_execute", self._check_text)

    def _check_text(
        self, _connection: Connection, _cursor: Any, _statement: str, parameters: Any, *_rest: Any
    ) -> None:
        """Refuse what a `varchar` column of MLflow's would change without a word (TEXT-ROUNDTRIP)."""
        if self._encoding is None:
            return
        for row in parameters if isinstance(parameters, list) else [parameters]:
            for value in row:
                if isinstance(value, str):
                    value.encode(self._encoding)

    def prepare_session(self, dbapi_connection: Any) -> None:
        """Neither a lock that another session never gives back nor a frozen server may hold a call for ever.

        ODBC tells no socket that could be cut, so the driver's own limit has to do. It is of each
        statement, up to its answer, and not of the call; it does not hold for a commit, a rollback
        and rows that are still to come, and its driver may wait for the server to confirm the end.
        """
        dbapi_connection.timeout = int(watch.SILENCE)  # of cursors made from here on
        cursor = dbapi_connection.cursor()
        cursor.execute(f"SET LOCK_TIMEOUT {PATIENCE * 1000 // 2}")
        cursor.close()
        dbapi_connection.commit()

    def begin(self, connection: Connection, *, write: bool) -> None:
        """A read sees one state where the database allows snapshots."""
        if not write and self._snapshots:
            connection.execution_options(isolation_level="SNAPSHOT")

    def locked(self, statement: Select[Any], table: Table, *, shared: bool = False) -> Select[Any]:
        """Table hints: SQL Server has no FOR UPDATE."""
        hint = "WITH (ROWLOCK, HOLDLOCK)" if shared else "WITH (ROWLOCK, UPDLOCK, HOLDLOCK)"
        return statement.with_hint(table, hint, "mssql")

    def adopt(self, connection: Connection) -> None:
        """Learn what the owner decided: whether snapshots are allowed, and what MLflow's own columns hold."""
        self._snapshots = connection.execute(_SNAPSHOTS).scalar() == 1
        found = connection.execute(_COLUMN).first()
        if found is not None:
            self._collation, kind, code_page = found
            bytewise = kind == "varchar" and code_page != _UTF8
            self._encoding = f"cp{code_page}" if bytewise else None

    def lock_schema(self, connection: Connection) -> None:
        """An application lock of this database, held to the end of the transaction."""
        got = connection.execute(_SCHEMA_LOCK).scalar()
        if got is None or got < 0:
            raise unavailable("Another process is making the schema of this database; try again.")

    def code_points(self, value: ColumnElement[str]) -> ColumnElement[str]:
        """A binary collation: by UTF-16 units, which for the ASCII of run ids is by code point."""
        return collate(value, BINARY_COLLATION)

    def is_exactly(
        self, value: ColumnElement[str], wanted: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """In a binary collation, and as long: a comparison takes no heed of trailing spaces."""
        return and_(self.code_points(value) == wanted, _size(value) == _size(wanted))

    def is_key(self, column: ColumnElement[str], key: ColumnElement[str]) -> ColumnElement[bool]:
        """By the column's index, and exactly."""
        return and_(column == key, self.is_exactly(column, key))

    def is_one_of(self, value: ColumnElement[str], texts: Sequence[str]) -> ColumnElement[bool]:
        """With the length of each, as in is_exactly()."""
        given = values(
            column("text", NVARCHAR(None)),
            name="listed",
            literal_binds=len(texts) > BOUND_TEXTS,
        ).data([(text,) for text in texts])
        return exists(select(literal(1)).where(self.is_exactly(value, given.c.text)))

    def escaped(self, pattern: str) -> str:
        """A bracket begins a class of characters here."""
        return super().escaped(pattern).replace("[", f"{ESCAPE}[")

    def replaced(
        self, value: ColumnElement[str], characters: Mapping[str, str]
    ) -> ColumnElement[str]:
        """But for characters that MLflow's own columns cannot hold."""
        kept = {old: new for old, new in characters.items() if self._holds(old)}
        return super().replaced(value, kept)

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self._encoding or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def put(
        self, connection: Connection, table: Table, fresh: Sequence[Row], changed: Sequence[Row]
    ) -> None:
        """An INSERT of what is new and an UPDATE of what is there: MERGE is slower and no safer."""
        if fresh:
            connection.execute(insert(table), named(table, fresh))
        for part in _parts(table, changed):
            connection.execute(_overwriting(table, part, self._collation))

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """An INSERT of those rows whose key is not there."""
        for part in _parts(table, rows):
            connection.execute(_ignoring(table, part, self._collation))

    def deleting(self, table: Table, where: ColumnElement[bool], most: int) -> Delete:
        """DELETE has a TOP here."""
        return delete(table).where(where).prefix_with(f"TOP ({most})")

    def failure(self, error: BaseException) -> Failure:
        """By the server's error number, which the driver writes into its words, or by SQLSTATE."""
        if not error.args:
            return Failure.DEFECT
        state, words = str(error.args[0]), str(error.args[-1])
        if state.startswith("08") and "certificate" in words:
            return Failure.ADDRESS  # trying again will not make it trusted
        if state.startswith(("01", "IM")) and "[Driver Manager]" in words:
            return Failure.ADDRESS  # there is no such ODBC driver or data source
        found = _NUMBER.match(words)
        if found and int(found[1]) in _FAILURES:
            return _FAILURES[int(found[1])]
        return next(
            (failure for mark, failure in _STATES.items() if state.startswith(mark)),
            Failure.DEFECT,
        )


def _size(text: ColumnElement[str]) -> ColumnElement[int]:
    """Its bytes in UTF-16, trailing spaces included."""
    return func.datalength(cast(text, NVARCHAR(None)), type_=BigInteger())


def _parts(table: Table, rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    size = min(_ROWS, _PARAMETERS // len(table.columns))
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _given(table: Table, rows: Sequence[Row]) -> Values:
    """The rows as a table of the statement."""
    columns = [column(each.name, each.type) for each in table.columns]
    return values(*columns, name="given").data(list(rows))


def _same_key(table: Table, given: Values, collation: str) -> ColumnElement[bool]:
    """Given values have the database's collation, the columns perhaps another: it must be said which counts."""
    return and_(
        *(
            each == collate(given.c[each.name], collation)
            if isinstance(each.type, String)
            else each == given.c[each.name]
            for each in table.primary_key.columns
        )
    )


def _overwriting(table: Table, rows: Sequence[Row], collation: str) -> Update:
    given = _given(table, rows)
    return (
        update(table)
        .values({name: given.c[name] for name in value_columns(table)})
        .where(_same_key(table, given, collation))
    )


def _ignoring(table: Table, rows: Sequence[Row], collation: str) -> Insert:
    given = _given(table, rows)
    there = exists().where(_same_key(table, given, collation)).correlate(given)
    names = [each.name for each in table.columns]
    return insert(table).from_select(
        names, select(*(given.c[name] for name in names)).where(~there)
    )
