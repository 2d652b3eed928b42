"""What the store sends to each engine, as far as it can be told without one; SQL Server above all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, bindparam, create_mock_engine, select
from sqlalchemy.dialects import mssql, mysql, sqlite
from sqlalchemy.dialects.mssql.pyodbc import MSDialect_pyodbc
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import make_url

from storeproof.conformance.tsql_stand_in import Settings, StandIn
from storeproof.stores import ErrorCode, StoreError
from storeproof.stores.search.query import experiment_query
from storeproof.stores.sql import tables, watch
from storeproof.stores.sql.dialects import DIALECTS
from storeproof.stores.sql.dialects import mssql as sql_server
from storeproof.stores.sql.dialects.base import Dialect, Failure
from storeproof.stores.sql.dialects.postgresql import PostgreSQL
from storeproof.stores.sql.experiments import Experiments
from storeproof.stores.sql.fields import EXPERIMENT_FIELDS
from storeproof.stores.sql.labels import Labels
from storeproof.stores.sql.runs import Runs
from storeproof.stores.sql.searching import Translation

COMPILERS: dict[str, Callable[[], Any]] = {
    "sqlite": sqlite.dialect,
    "postgresql": PGDialect_psycopg2,
    "mysql": mysql.dialect,
    "mariadb": mysql.dialect,
    "mssql": lambda: MSDialect_pyodbc(paramstyle="qmark"),
}


def compiled(statement: ClauseElement, engine: str = "mssql") -> str:
    return " ".join(str(statement.compile(dialect=COMPILERS[engine]())).split())


def runs_of(dialect: Dialect) -> Runs:
    return Runs(dialect, Experiments(dialect, "/artifacts"), Labels(dialect))


@pytest.fixture
def ddl() -> str:
    """The schema in T-SQL."""
    statements: list[str] = []
    engine = create_mock_engine(
        "mssql+pyodbc://", lambda each, *_a, **_k: statements.append(compiled(each))
    )
    tables.metadata.create_all(engine, checkfirst=False)
    return "\n".join(statements)


# SQL Server


def test_text_is_unicode_in_an_exact_collation(ddl: str) -> None:
    assert " VARCHAR" not in ddl
    assert ddl.count("NVARCHAR") == ddl.count("COLLATE Latin1_General_100_BIN2")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        pytest.param(tables.params.c.key, "NVARCHAR(500)", id="250-characters-beyond-the-plane"),
        pytest.param(tables.experiments.c.name, "NVARCHAR(512)", id="names"),
        pytest.param(tables.tags.c.value, "NVARCHAR(max)", id="more-than-a-page"),
        pytest.param(tables.metrics.c.value, "FLOAT(53)", id="double"),
    ],
)
def test_columns_hold_what_the_clauses_ask(column: Any, kind: str) -> None:
    assert column.type.compile(dialect=mssql.dialect()).startswith(kind)


def test_keys_wider_than_900_bytes_are_not_clustered(ddl: str) -> None:
    for name in ("metric_pk", "param_pk", "tag_pk", "latest_metric_pk", "experiment_tag_pk"):
        assert f"CONSTRAINT {name} PRIMARY KEY NONCLUSTERED" in ddl


def test_experiment_ids_are_issued_by_the_server(ddl: str) -> None:
    assert "experiment_id INTEGER NOT NULL IDENTITY" in ddl


def test_writers_of_a_run_wait_for_each_other() -> None:
    statement = DIALECTS["mssql"]().locked(select(tables.runs.c.run_uuid), tables.runs)
    assert compiled(statement).endswith("FROM runs WITH (ROWLOCK, UPDLOCK, HOLDLOCK)")


def test_creators_of_runs_do_not_wait_for_each_other() -> None:
    statement = DIALECTS["mssql"]().locked(
        select(tables.experiments.c.name), tables.experiments, shared=True
    )
    assert compiled(statement).endswith("FROM experiments WITH (ROWLOCK, HOLDLOCK)")


def test_points_are_added_where_they_are_not_there() -> None:
    statement = sql_server._ignoring(
        tables.metrics, [("k", 1.0, 2, "r", 3, False)], "Latin1_General_CI_AS"
    )
    assert compiled(statement) == (
        "INSERT INTO metrics ([key], value, timestamp, run_uuid, step, is_nan) "
        "SELECT given.[key], given.value, given.timestamp, given.run_uuid, given.step, given.is_nan "
        "FROM (VALUES (?, ?, ?, ?, ?, ?)) AS given ([key], value, timestamp, run_uuid, step, is_nan) "
        "WHERE NOT (EXISTS (SELECT * FROM metrics "
        "WHERE metrics.[key] = (given.[key] COLLATE Latin1_General_CI_AS) "
        "AND metrics.timestamp = given.timestamp AND metrics.step = given.step "
        "AND metrics.run_uuid = (given.run_uuid COLLATE Latin1_General_CI_AS) "
        "AND metrics.value = given.value AND metrics.is_nan = given.is_nan))"
    )


def test_rows_that_are_there_are_overwritten_together() -> None:
    statement = sql_server._overwriting(
        tables.tags, [("a", "1", "r"), ("b", "2", "r")], "Latin1_General_100_BIN2"
    )
    assert compiled(statement) == (
        "UPDATE tags SET value=given.value "
        "FROM tags, (VALUES (?, ?, ?), (?, ?, ?)) AS given ([key], value, run_uuid) "
        "WHERE tags.[key] = (given.[key] COLLATE Latin1_General_100_BIN2) "
        "AND tags.run_uuid = (given.run_uuid COLLATE Latin1_General_100_BIN2)"
    )


@pytest.mark.parametrize("table", [tables.metrics, tables.latest_metrics, tables.tags])
def test_no_statement_has_more_parameters_or_rows_than_the_server_takes(table: Any) -> None:
    rows = [tuple("x" for _ in table.columns)] * 3000
    parts = list(sql_server._parts(table, rows))
    assert sum(map(len, parts)) == 3000
    assert all(len(part) <= 1000 and len(part) * len(table.columns) < 2100 for part in parts)


def test_a_page_is_limited_as_the_engine_can() -> None:
    searched = Translation(EXPERIMENT_FIELDS, DIALECTS["mssql"]())
    statement = select(tables.experiments.c.experiment_id)
    query = replace(experiment_query(), limit=3, after=(0, -5, 0, 7))
    assert compiled(searched.asked(statement, query)).startswith("SELECT TOP ")


def test_an_odbc_driver_is_found_where_the_address_names_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql_server, "odbc_driver", lambda: "Found Driver")
    dialect = DIALECTS["mssql"]()
    chosen = dialect.address(make_url("mssql+pyodbc://u:p@host/db"))
    named = dialect.address(make_url("mssql+pyodbc://u:p@host/db?driver=Mine"))
    assert (chosen.query["driver"], named.query["driver"]) == ("Found Driver", "Mine")


def test_sql_server_is_asked_for_the_encryption_that_the_address_names() -> None:
    address = "mssql+pyodbc://u:p@host/db?driver=Mine&Encrypt=yes&TrustServerCertificate=no"
    url = sql_server.SqlServer().address(make_url(address))
    ((text,), _) = MSDialect_pyodbc(paramstyle="qmark").create_connect_args(url)
    assert {"Encrypt=yes", "TrustServerCertificate=no"} <= set(text.split(";"))


def test_text_that_a_varchar_column_would_change_is_never_sent() -> None:
    dialect = sql_server.SqlServer()
    dialect._encoding = "cp1252"
    send: Any = dialect._check_text
    send(None, None, "INSERT", ("é", 1, None))
    with pytest.raises(UnicodeEncodeError):
        send(None, None, "INSERT", [("é", 1), ("日", 2)])


# Every engine


@pytest.mark.parametrize("engine", list(DIALECTS))
def test_the_order_of_runs_does_not_depend_on_the_collation(engine: str) -> None:
    column = DIALECTS[engine]().code_points(tables.runs.c.run_uuid)
    exact = {
        "sqlite": "runs.run_uuid",
        "postgresql": 'runs.run_uuid COLLATE "C"',
        "mysql": "CAST(convert(runs.run_uuid USING utf8mb4) AS BINARY)",
        "mariadb": "CAST(convert(runs.run_uuid USING utf8mb4) AS BINARY)",
        "mssql": "runs.run_uuid COLLATE Latin1_General_100_BIN2",
    }
    assert compiled(column, engine) == exact[engine]


@pytest.mark.parametrize("engine", list(DIALECTS))
def test_a_metric_is_sought_by_its_exact_key(engine: str) -> None:
    condition = DIALECTS[engine]().is_key(tables.metrics.c.key, bindparam("wanted"))
    assert compiled(condition, engine)


class DriverError(Exception):
    """An exception with the marks that a driver gives its own."""

    def __init__(self, *arguments: object, **marks: object) -> None:
        super().__init__(*arguments)
        self.__dict__.update(marks)


ODBC = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"


def odbc(state: str, words: str, number: int, source: str = ODBC) -> DriverError:
    """An error as pyodbc words it."""
    return DriverError(state, f"[{state}] {source}{words}. ({number}) (SQLExecDirectW)")


TERMINATED = f"; [23000] {ODBC}The statement has been terminated. (3621)"
UNIX = "[unixODBC][Driver Manager]"


@pytest.mark.parametrize(
    ("engine", "error", "failure"),
    [
        ("sqlite", DriverError("locked", sqlite_errorcode=5), Failure.CONTENDED),
        ("sqlite", DriverError("locked", sqlite_errorcode=261), Failure.CONTENDED),
        ("sqlite", DriverError("unique", sqlite_errorcode=2067), Failure.TAKEN),
        ("sqlite", DriverError("key", sqlite_errorcode=1555), Failure.TAKEN),
        ("sqlite", DriverError("readonly", sqlite_errorcode=8), Failure.DENIED),
        ("sqlite", DriverError("no database", sqlite_errorcode=26), Failure.ADDRESS),
        ("sqlite", DriverError("full", sqlite_errorcode=13), Failure.UNAVAILABLE),
        ("sqlite", OverflowError("too large"), Failure.UNFIT),
        ("postgresql", DriverError("unique", pgcode="23505"), Failure.TAKEN),
        ("postgresql", DriverError("deadlock", pgcode="40P01"), Failure.CONTENDED),
        ("postgresql", DriverError("serialization", sqlstate="40001"), Failure.CONTENDED),
        ("postgresql", DriverError("shutdown", pgcode="57P01"), Failure.UNAVAILABLE),
        ("postgresql", DriverError("read-only", pgcode="25006"), Failure.DENIED),
        ("postgresql", DriverError("too long", pgcode="22001"), Failure.UNFIT),
        ("mysql", DriverError(1062, "Duplicate entry"), Failure.TAKEN),
        ("mysql", DriverError(1213, "Deadlock found"), Failure.CONTENDED),
        ("mysql", DriverError(1205, "Lock wait timeout"), Failure.CONTENDED),
        ("mysql", DriverError(2013, "Lost connection"), Failure.UNAVAILABLE),
        ("mysql", DriverError(1040, "Too many connections"), Failure.UNAVAILABLE),
        ("mysql", DriverError(1290, "--read-only"), Failure.DENIED),
        ("mysql", DriverError(1406, "Data too long"), Failure.UNFIT),
        ("mysql", DriverError(1366, "Incorrect string value"), Failure.UNFIT),
        ("mysql", DriverError(2003, "(SSL: CERTIFICATE_VERIFY_FAILED)"), Failure.ADDRESS),
        ("mssql", odbc("23000", "Violation of UNIQUE KEY", 2627), Failure.TAKEN),
        ("mssql", odbc("23000", "Cannot insert duplicate key", 2601), Failure.TAKEN),
        ("mssql", odbc("40001", "Deadlock victim", 1205), Failure.CONTENDED),
        ("mssql", odbc("HYT00", "Lock request time out", 1222), Failure.CONTENDED),
        ("mssql", odbc("42000", "Snapshot update conflict", 3960), Failure.CONTENDED),
        ("mssql", odbc("22001", "String would be truncated", 2628), Failure.UNFIT),
        ("mssql", odbc("42000", "Index entry of 1710 bytes", 1946), Failure.UNFIT),
        ("mssql", odbc("25000", "Database is read-only", 3906), Failure.DENIED),
        ("mssql", odbc("28000", "Login failed", 18456), Failure.DENIED),
        ("mssql", odbc("42000", "Cannot open database", 4060), Failure.ADDRESS),
        ("mssql", odbc("42000", "The log is full", 9002), Failure.UNAVAILABLE),
        ("mssql", odbc("HY000", "Session killed", 596), Failure.UNAVAILABLE),
        ("mssql", odbc("08S01", "Link failure", 10054), Failure.UNAVAILABLE),
        ("mssql", odbc("HYT00", "Login timeout expired", 0), Failure.UNAVAILABLE),
        ("mssql", odbc("08001", "certificate verify failed", -1), Failure.ADDRESS),
        ("mssql", odbc("01000", "Can't open lib 'X'", 0, UNIX), Failure.ADDRESS),
        ("mssql", odbc("IM002", "No such data source", 0, UNIX), Failure.ADDRESS),
        ("mssql", odbc("42000", "Incorrect syntax", 102), Failure.DEFECT),
    ],
)
def test_a_drivers_error_is_known(engine: str, error: Exception, failure: Failure) -> None:
    assert DIALECTS[engine]().failure(error) is failure


@pytest.mark.parametrize(
    "name", ["(1205)", "a certificate", "(1205) (SQLExecDirectW)", "(1205); [40001] (1222)"]
)
def test_a_name_that_the_server_quotes_is_not_taken_for_its_error_number(name: str) -> None:
    told = odbc("23000", f"The duplicate key value is ({name})", 2627)
    error = DriverError(told.args[0], told.args[1] + TERMINATED)
    assert DIALECTS["mssql"]().failure(error) is Failure.TAKEN


# PostgreSQL


def test_rows_go_as_arrays_whose_text_no_cast_can_cut() -> None:
    statement = PostgreSQL.ignoring(tables.metrics)
    assert compiled(statement, "postgresql") == (
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) "
        "SELECT given.key, given.value, given.timestamp, given.run_uuid, given.step, given.is_nan "
        "FROM unnest(%(key)s::TEXT[], %(value)s::FLOAT(53)[], %(timestamp)s::BIGINT[], "
        "%(run_uuid)s::TEXT[], %(step)s::BIGINT[], %(is_nan)s::BOOLEAN[]) "
        "AS given(key, value, timestamp, run_uuid, step, is_nan) "
        "ON CONFLICT (key, timestamp, step, run_uuid, value, is_nan) DO NOTHING"
    )


# MySQL


@pytest.mark.parametrize(
    "variable", ["MLFLOW_MYSQL_SSL_CA", "MLFLOW_MYSQL_SSL_CERT", "MLFLOW_MYSQL_SSL_KEY"]
)
def test_a_tls_file_that_is_not_there_is_refused_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "/no/such/file")
    with pytest.raises(StoreError) as caught:
        DIALECTS["mysql"]().connect_args(make_url("mysql+pymysql://host/db"))
    assert caught.value.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert variable in caught.value.message


def test_a_certificate_authority_is_used_to_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_MYSQL_SSL_CA", __file__)
    arguments = DIALECTS["mysql"]().connect_args(make_url("mysql+pymysql://host/db"))
    assert (arguments["ssl_ca"], arguments["ssl_verify_cert"]) == (__file__, True)


def test_no_text_is_cut_whatever_the_servers_default() -> None:
    arguments = DIALECTS["mysql"]().connect_args(make_url("mysql+pymysql://host/db"))
    assert "STRICT_ALL_TABLES" in arguments["init_command"]


# Servers that say no more (CONN-DOWN)


def test_each_statement_to_sql_server_has_a_limit(tmp_path: Path) -> None:
    session = StandIn(Settings(str(tmp_path / "stand-in.db"))).connect()
    DIALECTS["mssql"]().prepare_session(session)
    assert {session.timeout, session.cursor().timeout} == {watch.SILENCE}


def test_mysqlclient_asks_nothing_without_a_limit_before_it_can_be_watched() -> None:
    arguments = DIALECTS["mysql"]().connect_args(make_url("mysql+mysqldb://host/db"))
    assert arguments["read_timeout"] == watch.SILENCE


class MysqlclientConnection:
    """As far as the watch is concerned."""

    def __init__(self, descriptor: int | None) -> None:
        self.open = int(descriptor is not None)
        self._descriptor = descriptor

    def fileno(self) -> int:
        if self._descriptor is None:
            raise RuntimeError("the connection is closed")
        return self._descriptor


@pytest.mark.parametrize("descriptor", [7, None])
def test_a_connection_of_mysqlclient_is_watched_while_it_is_open(descriptor: int | None) -> None:
    assert DIALECTS["mysql"]().descriptor(MysqlclientConnection(descriptor)) == descriptor
