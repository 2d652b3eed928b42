"""The rules of SQL Server's language and engine that can be told from a statement's text.

Each rule is a function that yields what it finds wrong; RULES names them. They are a net,
not the engine: a statement that passes has not been run.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ErrorLevel, SqlglotError

from storeproof.conformance.results import Problem
from storeproof.conformance.tsql_schema import cascades, declared_size, key_widths
from storeproof.conformance.tsql_sqlite import SOME
from storeproof.conformance.tsql_stand_in import SQL_VARCHAR, Sent

PARAMETERS = 2099
"""Of 2100 one is the driver's own."""
ROWS = 1000
BATCH_BYTES = 65_536 * 4096

_ADMINISTRATION = re.compile(
    r"SET (TRANSACTION ISOLATION LEVEL (READ COMMITTED|SNAPSHOT|SERIALIZABLE|REPEATABLE READ)"
    r"|IDENTITY_INSERT \S+ (ON|OFF)|LOCK_TIMEOUT \d+)"
    r"|BEGIN TRANSACTION|COMMIT|ALTER TABLE \w+ ADD CHECK \([^;]+\)"
)
"""Statements that sqlglot has no grammar for and that are right as they are."""

_KINDS = (
    exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Alter, exp.Drop,
    exp.Set, exp.Declare, exp.Execute,
)  # fmt: skip

_FOREIGN = ("LIMIT", "RETURNING", "ILIKE", "NULLS", "CONFLICT", "REGEXP", "USING")
"""Words of other dialects."""

RESERVED = frozenset(
    """ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE
    CASE CHECK CHECKPOINT CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS
    CONTAINSTABLE CONTINUE CONVERT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP
    CURRENT_USER CURSOR DATABASE DBCC DEALLOCATE DECLARE DEFAULT DELETE DENY DESC DISK DISTINCT
    DISTRIBUTED DOUBLE DROP DUMP ELSE END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT EXTERNAL
    FETCH FILE FILLFACTOR FOR FOREIGN FREETEXT FREETEXTTABLE FROM FULL FUNCTION GOTO GRANT GROUP
    HAVING HOLDLOCK IDENTITY IDENTITYCOL IDENTITY_INSERT IF IN INDEX INNER INSERT INTERSECT INTO IS
    JOIN KEY KILL LEFT LIKE LINENO LOAD MERGE NATIONAL NOCHECK NONCLUSTERED NOT NULL NULLIF OF OFF
    OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET OPENXML OPTION OR ORDER OUTER OVER PERCENT
    PIVOT PLAN PRECISION PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ READTEXT RECONFIGURE
    REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK ROWCOUNT ROWGUIDCOL
    RULE SAVE SCHEMA SECURITYAUDIT SELECT SESSION_USER SET SETUSER SHUTDOWN SOME STATISTICS
    SYSTEM_USER TABLE TABLESAMPLE TEXTSIZE THEN TO TOP TRAN TRANSACTION TRIGGER TRUNCATE TRY_CONVERT
    TSEQUAL UNION UNIQUE UNPIVOT UPDATE UPDATETEXT USE USER VALUES VARYING VIEW WAITFOR WHEN WHERE
    WHILE WITH WITHIN WRITETEXT""".split()
)
"""T-SQL's reserved words; as a name they must stand in brackets."""

_log = logging.getLogger("sqlglot")


@dataclass
class Statement:
    """A statement to be judged."""

    sent: Sent

    @property
    def text(self) -> str:
        """The batch as it is sent."""
        return self.sent.text

    @cached_property
    def tokens(self) -> list[Token]:
        """Its words; none where even they cannot be told."""
        try:
            return sqlglot.tokenize(self.text, read="tsql")
        except SqlglotError:
            return []

    @cached_property
    def trees(self) -> list[exp.Expr]:
        """Its statements; none where it cannot be parsed."""
        if _ADMINISTRATION.fullmatch(self.text.strip()):
            return []
        before = _log.level
        _log.setLevel(logging.ERROR)  # the rules say what they find, once
        try:
            known = SOME.sub("", self.text)
            parsed = sqlglot.parse(known, read="tsql", error_level=ErrorLevel.RAISE)
        except SqlglotError as error:
            self.complaint = str(error).splitlines()[0]
            return []
        finally:
            _log.setLevel(before)
        return [tree for tree in parsed if tree is not None]

    complaint: str = ""

    def all(self, *kinds: type[exp.Expr]) -> Iterator[Any]:
        """Every part of these kinds."""
        for tree in self.trees:
            yield from tree.find_all(*kinds)


# Language


def parses(statement: Statement) -> Iterator[str]:
    """It is T-SQL."""
    if not statement.trees and statement.complaint:
        yield statement.complaint
    for tree in statement.trees:
        if not isinstance(tree, _KINDS):
            yield f"{tree.sql()[:60]!r} is no statement that is known"


def foreign_words(statement: Statement) -> Iterator[str]:
    """No LIMIT, ||, true, RETURNING, ILIKE, NULLS LAST, ON CONFLICT, FOR UPDATE."""
    for token in statement.tokens:
        if token.token_type in (TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.IDENTIFIER):
            continue
        if token.token_type is TokenType.DPIPE:
            yield "'||' joins no text here; '+' or CONCAT does"
        elif token.text.upper() in _FOREIGN:
            yield f"{token.text.upper()} is a word of another dialect"
    for found in statement.all(exp.Boolean):
        yield f"{found.sql()} is not known here"
    for one, next_ in pairwise(statement.tokens):
        if one.text.upper() == "FOR" and next_.text.upper() in ("UPDATE", "SHARE"):
            yield "FOR UPDATE is not known here; a table hint is"


def reserved_words(statement: Statement) -> Iterator[str]:
    """A name that is a reserved word stands in brackets."""
    for name in statement.all(exp.Identifier):
        if name.args.get("quoted") or name.name.upper() not in RESERVED:
            continue
        argument = name.name.upper() == "DEFAULT" and isinstance(name.parent.parent, exp.Func)
        if not argument:
            yield f"{name.name} is reserved; write [{name.name}]"


def conditions(statement: Statement) -> Iterator[str]:
    """A flag is no condition and a condition is no value: SQL Server has no boolean type."""
    for place in _condition_places(statement):
        if not _is_condition(place):
            yield f"{place.sql('tsql')} is a value where a condition must be"
    for value in _values(statement):
        if _is_condition(value):
            yield f"{value.sql('tsql')} is a condition where a value must be"


def _condition_places(statement: Statement) -> Iterator[exp.Expr]:
    for holder in statement.all(exp.Where, exp.Having, exp.CheckColumnConstraint, exp.Not):
        yield holder.this
    for joined in statement.all(exp.And, exp.Or):
        yield from (joined.left, joined.right)
    for case in statement.all(exp.Case):
        if case.this is None:
            yield from (branch.this for branch in case.args["ifs"])


def _is_condition(node: exp.Expr) -> bool:
    inner = node.unnest()
    if isinstance(inner, exp.Escape):
        inner = inner.this
    return isinstance(inner, exp.Predicate | exp.Connector | exp.Not)


def _values(statement: Statement) -> Iterator[exp.Expr]:
    for select in statement.all(exp.Select):
        yield from (each.unalias() for each in select.expressions if not _is_assignment(each))
    for ordered in statement.all(exp.Ordered):
        yield ordered.this
    for compared in statement.all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE):
        yield from (compared.left, compared.right)
    for branch in statement.all(exp.If):
        yield branch.args["true"]


def ordering(statement: Statement) -> Iterator[str]:
    """OFFSET needs ORDER BY, a subquery's ORDER BY needs TOP, and nothing is ordered by twice or by a constant."""
    for select in statement.all(exp.Select):
        order, limited = select.args.get("order"), select.args.get("limit")
        offset = select.args.get("offset")
        if order is None:
            if offset is not None or isinstance(limited, exp.Fetch):
                yield "OFFSET and FETCH need ORDER BY"
            continue
        if select.parent is not None and limited is None and offset is None:
            yield "ORDER BY in a subquery needs TOP or OFFSET"
        keys = [each.this for each in order.expressions]
        texts = [key.sql("tsql") for key in keys]
        yield from (f"ordered by {key} twice" for key in set(texts) if texts.count(key) > 1)
        for key in keys:
            if isinstance(key.unnest(), exp.Literal | exp.Placeholder | exp.Null):
                yield f"{key.sql('tsql')} is a constant to order by"
        if select.args.get("distinct"):
            shown = {
                name
                for each in select.expressions
                for name in (each.alias, each.unalias().sql("tsql"))
            }
            yield from (
                f"{key} is ordered by and not in the list of SELECT DISTINCT"
                for key in texts
                if key not in shown
            )


def one_result(statement: Statement) -> Iterator[str]:
    """A batch gives one result set, and none of counts before it."""
    answers = [tree for tree in statement.trees if _gives_rows(tree)]
    if len(answers) > 1:
        yield f"{len(answers)} result sets"
    if answers and len(statement.trees) > 1 and "NOCOUNT ON" not in statement.text:
        yield "the counts of the statements before the answer come as results of their own"


def _gives_rows(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Select):
        return not any(_is_assignment(each) for each in tree.expressions)
    return tree.args.get("returning") is not None


def _is_assignment(projection: exp.Expr) -> bool:
    """SELECT @name = value answers with nothing."""
    return isinstance(projection, exp.EQ) and isinstance(projection.left, exp.Parameter)


def counts_restored(statement: Statement) -> Iterator[str]:
    """A session's setting is put back in the batch that changes it (POOL-CLEAN)."""
    if "NOCOUNT ON" in statement.text and not statement.text.rstrip().endswith("NOCOUNT OFF"):
        yield "SET NOCOUNT ON is not put back"


# Limits


def parameter_count(statement: Statement) -> Iterator[str]:
    """At most 2100 parameters, the driver's own among them, and as many values."""
    count = sum(token.token_type is TokenType.PLACEHOLDER for token in statement.tokens)
    if count > PARAMETERS:
        yield f"{count} parameters; {PARAMETERS} are allowed"
    if count != len(statement.sent.parameters):
        yield f"{count} parameters and {len(statement.sent.parameters)} values"


def row_count(statement: Statement) -> Iterator[str]:
    """At most 1000 rows in VALUES."""
    for values in statement.all(exp.Values):
        if len(values.expressions) > ROWS:
            yield f"{len(values.expressions)} rows in VALUES; {ROWS} are allowed"


def length(statement: Statement) -> Iterator[str]:
    """A batch has at most 65536 packets of 4096 bytes."""
    if 2 * len(statement.text) > BATCH_BYTES:
        yield f"{len(statement.text)} characters"


def unicode_text(statement: Statement) -> Iterator[str]:
    """Text is bound as NVARCHAR, and written with N where it is not ASCII: else it becomes question marks."""
    for value, kind in zip(statement.sent.parameters, statement.sent.types, strict=False):
        bound = kind[0] if isinstance(kind, tuple) else kind
        if isinstance(value, str) and bound == SQL_VARCHAR:
            yield f"{value[:40]!r} is bound as VARCHAR"
    for literal in statement.all(exp.Literal):
        if literal.is_string and not literal.this.isascii():
            yield f"{literal.this[:40]!r} has no N before it"


def type_sizes(statement: Statement) -> Iterator[str]:
    """NVARCHAR(n) holds at most 4000 units, VARCHAR(n) 8000 bytes; beyond that stands max."""
    for kind in statement.all(exp.DataType):
        size = declared_size(kind)
        if size is None:
            continue
        most = {"NVARCHAR": 4000, "NCHAR": 4000, "VARCHAR": 8000, "CHAR": 8000}.get(kind.this.value)
        if most is not None and size > most:
            yield f"{kind.sql('tsql')} is wider than {most}"


RULES: Sequence[Callable[[Statement], Iterable[str]]] = (
    parses,
    foreign_words,
    reserved_words,
    conditions,
    ordering,
    one_result,
    counts_restored,
    parameter_count,
    row_count,
    length,
    unicode_text,
    type_sizes,
)
"""The rules for one statement by itself."""


def judge(sent: Iterable[Sent]) -> list[Problem]:
    """What is wrong with these statements, each by itself and the schema as a whole."""
    statements = [Statement(each) for each in sent]
    found = [
        Problem(_name(rule), what, statement.text)
        for statement in statements
        for rule in RULES
        for what in rule(statement)
    ]
    creates = [create for statement in statements for create in statement.all(exp.Create)]
    found += [
        Problem(_name(rule), what, "") for rule in (key_widths, cascades) for what in rule(creates)
    ]
    return list(dict.fromkeys(found))


def _name(rule: Callable[..., object]) -> str:
    return rule.__name__.replace("_", "-")
