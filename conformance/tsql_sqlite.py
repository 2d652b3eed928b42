"""From the T-SQL that the store sends to what sqlite understands, so that a statement can have an effect and an answer.

This proves nothing about SQL Server: it only lets the store walk all its ways with right
rows in its hands. What has no equivalent is refused, never guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import ErrorLevel

UNITS = "utf16_units"
"""The function of the connection that counts as NVARCHAR(n) does."""

SOME = re.compile(r"(?<=^DELETE) TOP \((\d+)\)(?= FROM)")
"""T-SQL that sqlglot does not know: a DELETE of so many rows."""

_CLUSTERING = re.compile(r"\bPRIMARY KEY (?:NONCLUSTERED|CLUSTERED)\b")


@lru_cache(maxsize=4096)
def translate(text: str) -> str:
    """One statement for sqlite, its parameters by their number: ?1, ?2 ...

    Raises sqlglot's errors for what is no T-SQL, or has no equivalent.
    """
    most = SOME.search(text)
    numbered = _numbered(_CLUSTERING.sub("PRIMARY KEY", SOME.sub("", text)))
    tree = sqlglot.parse_one(numbered, read="tsql", error_level=ErrorLevel.RAISE)
    tree = tree.transform(_node)
    if isinstance(tree, exp.Update):
        _without_own_table(tree)
    sql = tree.sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    if most is not None:
        some = sql.replace("DELETE", "SELECT rowid", 1)
        table = tree.this.sql(dialect="sqlite")
        sql = f"DELETE FROM {table} WHERE rowid IN ({some} LIMIT {most[1]})"  # noqa: S608 - its own words
    return re.sub(r"@p(\d+)\b", r"?\1", sql)


def _numbered(text: str) -> str:
    """Parameters by number: sqlite puts a limit last that T-SQL puts first."""
    parts: list[str] = []
    end = 0
    for token in sqlglot.tokenize(text, read="tsql"):
        if token.token_type is TokenType.PLACEHOLDER:
            parts += [text[end : token.start], f"@p{len(parts) // 2 + 1}"]
            end = token.end + 1
    return "".join([*parts, text[end:]])


def _node(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Values() if node.args.get("alias") and node.args["alias"].columns:
            return _named_values(node)
        case exp.ColumnDef():
            return _column(node)
        case exp.National():
            return exp.Literal.string(node.name)
        case exp.Add():  # of texts: the store adds no numbers
            left, right = (each.transform(_node) for each in (node.left, node.right))
            return exp.DPipe(this=left, expression=right)
        case exp.Returning():
            for column in node.find_all(exp.Column):
                column.set("table", None)
        case exp.DataType() if node.is_type(*exp.DataType.TEXT_TYPES):
            return exp.DataType.build("text")
    return node


def _named_values(values: exp.Values) -> exp.Expr:
    """Sqlite names the columns of VALUES itself: column1, column2 ..."""
    alias = values.args["alias"]
    columns = [
        exp.alias_(exp.column(f"column{number}"), name.copy())
        for number, name in enumerate(alias.columns, 1)
    ]
    inner = values.copy()
    inner.set("expressions", [row.transform(_node) for row in inner.expressions])
    inner.set("alias", exp.TableAlias(this=exp.to_identifier("rows_given")))
    return exp.select(*columns).from_(inner).subquery(alias.this.copy())


def _column(column: exp.ColumnDef) -> exp.Expr:
    """The limit of NVARCHAR(n) as a check; IDENTITY is what an integer primary key is anyway."""
    kind = column.args["kind"]
    constraints = [
        each
        for each in column.args["constraints"]
        if not isinstance(each.kind, exp.AutoIncrementColumnConstraint)
    ]
    sizes = [part.this for part in kind.expressions]
    if kind.is_type(exp.DataType.Type.NVARCHAR) and sizes and sizes[0].is_int:
        counted = exp.func(UNITS, exp.column(column.this.copy()), dialect="sqlite")
        check = exp.CheckColumnConstraint(this=exp.LTE(this=counted, expression=sizes[0].copy()))
        constraints.append(exp.ColumnConstraint(kind=check))
    column.set("constraints", constraints)
    return column


def _without_own_table(update: exp.Update) -> None:
    """T-SQL names the table that is changed in FROM once more, sqlite must not."""
    source = update.args.get("from_")
    if source is None:
        return
    own = source.this
    if isinstance(own, exp.Table) and own.name == update.this.name:
        others = [join.this for join in own.args.get("joins") or ()]
        update.set("from_", exp.From(this=others[0]) if others else None)
