"""Each rule of T-SQL finds the statement that breaks it, and lets the right one pass."""

from __future__ import annotations

from typing import Any

import pytest
from sqlglot import exp

from storeproof.conformance.sessions import SQL_SERVER
from storeproof.conformance.tsql import Statement, judge
from storeproof.conformance.tsql_schema import cascades, key_widths, keys
from storeproof.conformance.tsql_stand_in import SQL_VARCHAR, SQL_WVARCHAR, Sent


def sent(text: str, *parameters: Any, types: tuple[Any, ...] = ()) -> Sent:
    return Sent(text, parameters, types)


def rules_broken_by(*statements: Sent) -> set[str]:
    return {finding.rule for finding in judge(statements)}


def create(text: str) -> exp.Create:
    (tree,) = Statement(sent(text)).trees
    assert isinstance(tree, exp.Create)
    return tree


def values(rows: int) -> Sent:
    return sent(f"INSERT INTO t (a) VALUES {', '.join(['(1)'] * rows)}")


def parameters(count: int) -> Sent:
    return sent(f"SELECT a FROM t WHERE b IN ({', '.join('?' * count)})", *range(count))


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("parses", sent("SELECT FROM WHERE")),
        ("parses", sent("SELECT `a` FROM t")),
        ("parses", sent("ANALYZE t")),
        ("foreign-words", sent("SELECT a FROM t LIMIT 3")),
        ("foreign-words", sent("SELECT a || b FROM t")),
        ("foreign-words", sent("SELECT a FROM t WHERE b = true")),
        ("foreign-words", sent("SELECT a FROM t WHERE b ILIKE 'x'")),
        ("foreign-words", sent("SELECT a FROM t ORDER BY a NULLS LAST")),
        ("foreign-words", sent("SELECT a FROM t FOR UPDATE")),
        ("foreign-words", sent("INSERT INTO t (a) VALUES (1) RETURNING a")),
        ("foreign-words", sent("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING")),
        ("reserved-words", sent("SELECT t.key FROM t")),
        ("reserved-words", sent("SELECT a FROM user")),
        ("reserved-words", sent("SELECT a FROM t WHERE plan = 1")),
        ("conditions", sent("SELECT a FROM t WHERE is_nan")),
        ("conditions", sent("SELECT a FROM t WHERE NOT is_nan")),
        ("conditions", sent("SELECT a FROM t WHERE b = 1 AND is_nan")),
        ("conditions", sent("SELECT CASE WHEN is_nan THEN 1 ELSE 0 END FROM t")),
        ("conditions", sent("SELECT a > 1 FROM t")),
        ("conditions", sent("SELECT a FROM t ORDER BY a IS NULL")),
        ("conditions", sent("SELECT a FROM t WHERE (a IS NULL) = 1")),
        ("conditions", sent("CREATE TABLE t (a BIT, CHECK (a))")),
        ("ordering", sent("SELECT a FROM t OFFSET 3 ROWS")),
        ("ordering", sent("SELECT a FROM t ORDER BY a, a DESC")),
        ("ordering", sent("SELECT a FROM t ORDER BY ?", 1)),
        ("ordering", sent("SELECT DISTINCT a FROM t ORDER BY b")),
        ("ordering", sent("SELECT a FROM (SELECT a FROM t ORDER BY a) AS u")),
        ("one-result", sent("SELECT a FROM t; SELECT b FROM t")),
        ("one-result", sent("UPDATE t SET a = 1; SELECT b FROM t")),
        ("counts-restored", sent("SET NOCOUNT ON; SELECT a FROM t")),
        ("parameter-count", parameters(2100)),
        ("parameter-count", sent("SELECT a FROM t WHERE b = ?")),
        ("row-count", values(1001)),
        ("unicode-text", sent("SELECT a FROM t WHERE b = ?", "x", types=((SQL_VARCHAR, 0, 0),))),
        ("unicode-text", sent("SELECT a FROM t WHERE b = 'é'")),
        ("type-sizes", sent("CREATE TABLE t (a NVARCHAR(4001))")),
        ("type-sizes", sent("SELECT CAST(a AS VARCHAR(8001)) FROM t")),
    ],
    ids=lambda value: value.text[:60] if isinstance(value, Sent) else value,
)
def test_a_bad_statement_is_found(rule: str, bad: Sent) -> None:
    assert rule in rules_broken_by(bad)


@pytest.mark.parametrize(
    "good",
    [
        sent("SELECT TOP 3 t.[key] FROM t WITH (ROWLOCK, UPDLOCK) WHERE t.is_nan = 1"),
        sent("SELECT a FROM t ORDER BY a OFFSET 3 ROWS FETCH FIRST 5 ROWS ONLY"),
        sent("SELECT DISTINCT a FROM t ORDER BY a"),
        sent("SELECT a FROM (SELECT TOP 3 a FROM t ORDER BY a) AS u"),
        sent("SELECT a FROM t ORDER BY CASE WHEN (a IS NULL) THEN ? ELSE -a END", 1),
        sent("SELECT 'LIMIT || `true`' FROM t"),
        sent("SELECT a FROM t WHERE b = N'é'"),
        sent("SELECT a FROM t WHERE b = ?", "é", types=((SQL_WVARCHAR, None, None),)),
        sent(
            "SET NOCOUNT ON; DECLARE @n int; SELECT @n = COUNT(*) FROM t; SELECT @n; SET NOCOUNT OFF"
        ),
        sent("INSERT INTO t (a) OUTPUT inserted.a VALUES (1)"),
        sent("SET TRANSACTION ISOLATION LEVEL SNAPSHOT"),
        sent("SET IDENTITY_INSERT t ON"),
        sent("CREATE TABLE t (a NVARCHAR(4000), b NVARCHAR(max), CHECK (a IN ('x', 'y')))"),
        parameters(2099),
        values(1000),
    ],
    ids=lambda value: value.text[:60],
)
def test_a_good_statement_passes(good: Sent) -> None:
    assert judge([good]) == []


# The schema


def wide(units: int, kind: str) -> exp.Create:
    return create(f"CREATE TABLE t (a NVARCHAR({units}), CONSTRAINT k {kind} (a))")


@pytest.mark.parametrize(
    ("kind", "most"), [("PRIMARY KEY", 450), ("PRIMARY KEY NONCLUSTERED", 850), ("UNIQUE", 850)]
)
def test_a_key_holds_so_many_units_of_two_bytes(kind: str, most: int) -> None:
    assert list(key_widths([wide(most, kind)])) == []
    assert len(list(key_widths([wide(most + 1, kind)]))) == 1


def test_an_index_is_as_wide_as_all_its_columns() -> None:
    table = create("CREATE TABLE t (a NVARCHAR(800), b BIGINT, c NVARCHAR(100))")
    index = create("CREATE INDEX i ON t (a, b, c)")
    assert len(list(key_widths([table, index]))) == 1


def test_a_clustered_index_is_as_narrow_as_a_clustered_key() -> None:
    table = create("CREATE TABLE t (a NVARCHAR(500))")
    assert len(list(key_widths([table, create("CREATE CLUSTERED INDEX i ON t (a)")]))) == 1
    assert len(list(key_widths([table, create("CREATE INDEX i ON t (a)")]))) == 0


def test_text_without_a_limit_is_no_key() -> None:
    table = create("CREATE TABLE t (a NVARCHAR(max), CONSTRAINT k PRIMARY KEY NONCLUSTERED (a))")
    assert len(list(key_widths([table]))) == 1


def test_keys_are_told_with_their_columns_in_order() -> None:
    table = create("CREATE TABLE t (a INT, b INT, CONSTRAINT k PRIMARY KEY NONCLUSTERED ([b], a))")
    (key,) = keys(table)
    assert (key.name, key.columns, key.clustered) == ("k", ("b", "a"), False)


def child(name: str, *parents: str) -> exp.Create:
    links = ", ".join(
        f"FOREIGN KEY({parent}) REFERENCES {parent} (id) ON DELETE CASCADE" for parent in parents
    )
    return create(f"CREATE TABLE {name} (id INT, {links})")


def test_one_cascading_path_to_each_table_is_allowed() -> None:
    assert list(cascades([child("b", "a"), child("c", "a"), child("d", "b")])) == []


@pytest.mark.parametrize(
    "tables",
    [
        [child("b", "a"), child("c", "a", "b")],
        [child("b", "a"), child("c", "a"), child("d", "b", "c")],
        [child("a", "b"), child("b", "a")],
        [child("a", "a")],
    ],
    ids=["short cut", "diamond", "cycle", "itself"],
)
def test_more_than_one_cascading_path_is_found(tables: list[exp.Create]) -> None:
    assert list(cascades(tables))


def test_the_statements_that_look_at_sessions_are_right() -> None:
    """They run where a SQL Server is at hand (POOL-*)."""
    asked = (SQL_SERVER.ids_query, SQL_SERVER.settings_query, SQL_SERVER.cipher_query)
    locked = sent(str(SQL_SERVER.lock).replace(":run", "?"), "0" * 32)
    statements = [locked, *(sent(text) for text in (*asked, SQL_SERVER.begin))]
    assert rules_broken_by(*statements) == set()
