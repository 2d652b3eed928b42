"""The stand-in for SQL Server keeps what it is given, and answers as the server would where the store depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlglot.errors import SqlglotError

from storeproof.conformance import tsql_stand_in as stand_in
from storeproof.conformance.tsql_sqlite import translate
from storeproof.conformance.tsql_stand_in import BINARY, FOLDING, Session, Settings, StandIn

TABLE = f"CREATE TABLE t (a NVARCHAR(3) COLLATE {BINARY} NOT NULL, CONSTRAINT k PRIMARY KEY (a))"


@pytest.fixture
def module(tmp_path: Path) -> StandIn:
    return StandIn(Settings(str(tmp_path / "stand-in.db")))


@pytest.fixture
def session(module: StandIn) -> Session:
    made = module.connect()
    made.cursor().execute(TABLE)
    return made


def rows(session: Session, text: str, *parameters: Any) -> list[Any]:
    return session.cursor().execute(text, *parameters).fetchall()


def add(session: Session, *texts: str) -> None:
    for text in texts:
        session.cursor().execute("INSERT INTO t (a) VALUES (?)", text)


def test_what_was_sent_is_kept_once_for_each_way_it_was_typed(
    module: StandIn, session: Session
) -> None:
    for value in ("a", "b", 1):
        rows(session, "SELECT a FROM t WHERE a = ?", value)
    kept = [each for each in module.sent.values() if each.text.startswith("SELECT")]
    assert [each.parameters for each in kept] == [("a",), (1,)]


def test_text_is_compared_as_if_spaces_followed_the_shorter(session: Session) -> None:
    add(session, "a ")
    assert rows(session, "SELECT a FROM t WHERE a = ?", "a") == [("a ",)]


def test_a_key_that_differs_in_trailing_spaces_is_there_already(session: Session) -> None:
    add(session, "a")
    with pytest.raises(stand_in.IntegrityError) as caught:
        add(session, "a ")
    assert "(2627)" in caught.value.args[1]


def test_text_is_ordered_by_its_utf_16_units(session: Session) -> None:
    add(session, "\ufffd", "\U0001d11e", "z")
    assert rows(session, "SELECT a FROM t ORDER BY a") == [("z",), ("\U0001d11e",), ("\ufffd",)]


def test_a_folding_collation_takes_one_case_for_the_other(session: Session) -> None:
    add(session, "A")
    assert rows(session, f"SELECT a FROM t WHERE a = (? COLLATE {FOLDING})", "a") == [("A",)]
    assert rows(session, "SELECT a FROM t WHERE a = ?", "a") == []


def test_text_wider_than_its_column_is_refused(session: Session) -> None:
    add(session, "abc")
    with pytest.raises(stand_in.DataError):
        add(session, "a\U0001d11ez")  # four units


def test_an_identity_takes_a_value_only_where_that_was_said(session: Session) -> None:
    session.cursor().execute("CREATE TABLE experiments (experiment_id INTEGER NOT NULL IDENTITY)")
    with pytest.raises(stand_in.ProgrammingError):
        session.cursor().execute("INSERT INTO experiments (experiment_id) VALUES (?)", 0)
    session.cursor().execute("SET IDENTITY_INSERT experiments ON")
    session.cursor().execute("INSERT INTO experiments (experiment_id) VALUES (?)", 0)
    assert rows(session, "SELECT experiment_id FROM experiments") == [(0,)]


def test_an_answer_left_unread_is_told(module: StandIn, session: Session) -> None:
    add(session, "a", "b")
    first = session.cursor()
    first.execute("SELECT a FROM t")
    first.fetchone()
    rows(session, "SELECT a FROM t")
    assert [problem.rule for problem in module.problems] == ["busy-connection"]


def test_a_rollback_undoes_and_ends_open_answers(module: StandIn, session: Session) -> None:
    session.commit()
    add(session, "a")
    session.cursor().execute("SELECT a FROM t")
    session.rollback()
    assert rows(session, "SELECT a FROM t") == []
    assert module.problems == []


def test_what_sqlite_has_no_word_for_is_refused_and_not_guessed(session: Session) -> None:
    with pytest.raises(SqlglotError):
        rows(session, "SELECT a FROM t FOR XML AUTO")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("SELECT TOP 3 [key] FROM t WHERE a = ?", 'SELECT "key" FROM t WHERE a = ?1 LIMIT 3'),
        ("SELECT a FROM t WITH (UPDLOCK) WHERE b = '?'", "SELECT a FROM t WHERE b = '?'"),
        ("SELECT TOP (?) a FROM t WHERE b = ?", "SELECT a FROM t WHERE b = ?2 LIMIT ?1"),
        (
            "INSERT INTO t (a) OUTPUT inserted.a VALUES (?)",
            "INSERT INTO t (a) VALUES (?1) RETURNING a",
        ),
        (
            "UPDATE t SET a=given.a FROM t, (VALUES (?, ?)) AS given (k, a) WHERE t.k = given.k",
            "UPDATE t SET a = given.a FROM (SELECT column1 AS k, column2 AS a "
            "FROM (VALUES (?1, ?2)) AS rows_given) AS given WHERE t.k = given.k",
        ),
    ],
)
def test_a_statement_keeps_its_meaning_in_sqlite(given: str, expected: str) -> None:
    assert translate(given) == expected
