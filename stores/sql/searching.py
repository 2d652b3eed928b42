"""From the trees of the search language to SQL (SEARCH-*): the condition of a filter, the keys of an order.

However many comparisons a filter has, there is one subquery for each table that it looks
into, and never a join for each: engines limit how many tables a statement may join (SEARCH-MANY).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql import visitors

from storeproof.stores.paging import Place
from storeproof.stores.search.exact import on_doubles, on_integers
from storeproof.stores.search.order import MISSING, NAN, VALUE, Column
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Comparison, Filter, Kind, Operator
from storeproof.stores.search.vocabulary import Holds
from storeproof.stores.sql.dialects.base import Dialect
from storeproof.stores.sql.fields import Entries, Fields, Uses
from storeproof.stores.sql.tables import given

Condition = ColumnElement[bool]

_CHAIN = 50
"""Conditions that are joined in one chain; sqlite takes no chain of 1000."""

_NUMERIC: dict[Operator, Callable[[ColumnElement[Any], Any], Condition]] = {
    Operator.EQ: lambda value, bound: value == bound,
    Operator.NE: lambda value, bound: value != bound,
    Operator.LT: lambda value, bound: value < bound,
    Operator.LE: lambda value, bound: value <= bound,
    Operator.GT: lambda value, bound: value > bound,
    Operator.GE: lambda value, bound: value >= bound,
}


@dataclass(frozen=True)
class _Key:
    """A key of an order: `rank` ascends always, `value` in the key's direction; without a rank none is missing."""

    value: ColumnElement[Any]
    rank: ColumnElement[int] | None
    descending: bool


class Translation:
    """What trees mean in SQL, over the rows of one searchable thing."""

    def __init__(self, fields: Fields, dialect: Dialect) -> None:
        self._fields = fields
        self._dialect = dialect

    def asked(self, statement: Select[Any], query: Query[Any]) -> Select[Any]:
        """The part of the statement's rows that the query asks for, but for its view, in its order."""
        keys = tuple(map(self._key, query.order.columns))
        statement = statement.where(self._condition(query.filter))
        if query.after is not None:
            statement = statement.where(_behind(keys, query.after))
        statement = statement.order_by(*_order_by(keys))
        if any(map(self._is_long, query.order.columns)):
            texts = sum(column.holds is Holds.TEXT for column in query.order.columns)
            statement = self._dialect.sorting(statement, texts)
        statement = statement.limit(query.limit)
        many = len(query.filter) > self._dialect.most_bound
        return _written_out(statement) if many else statement

    def _is_long(self, column: Column) -> bool:
        """Whether texts of over 1000 bytes may be sorted."""
        short = column.field.kind is Kind.ATTRIBUTE and column.field.name not in self._fields.long
        return column.holds is Holds.TEXT and not short

    # Filters

    def _condition(self, tree: Filter) -> Condition:
        """What holds of the rows that the filter finds."""
        conditions: list[Condition] = []
        kept: dict[Kind, dict[str, list[Comparison]]] = {}
        for each in tree:
            if each.field.kind is Kind.ATTRIBUTE:
                conditions.append(self._of_attribute(each))
            else:
                kept.setdefault(each.field.kind, {}).setdefault(each.field.name, []).append(each)
        for kind, by_key in kept.items():
            if kind is Kind.DATASET:
                uses = [each for comparisons in by_key.values() for each in comparisons]
                conditions.append(self._of_uses(uses))
            else:
                conditions.append(self._of_entries(self._fields.entries[kind], by_key))
        return _all(conditions)

    def _of_attribute(self, comparison: Comparison) -> Condition:
        value = self._fields.attributes[comparison.field.name]
        if not isinstance(comparison.value, Decimal):
            return self._of_text(value, comparison)
        answer = on_integers(comparison.operator, comparison.value)
        if isinstance(answer, bool):
            return value.is_not(None) if answer else false()
        operator, bound = answer
        return _NUMERIC[operator](value, bound)

    def _of_entries(self, entries: Entries, by_key: dict[str, list[Comparison]]) -> Condition:
        """As many of the keys wanted have a row that fits as there are keys: each has one row at most (SEARCH-MISSING)."""
        fitting = [
            _all(
                [
                    self._dialect.is_key(entries.key, given(key)),
                    *(self._of_entry(entries, each) for each in comparisons),
                ]
            )
            for key, comparisons in by_key.items()
        ]
        if len(fitting) == 1:
            return exists(select(literal(1)).where(entries.of_owner, fitting[0]))
        rows = select(func.count()).select_from(entries.table)
        count = rows.where(entries.of_owner, _any(fitting))
        return count.scalar_subquery() == len(fitting)

    def _of_entry(self, entries: Entries, comparison: Comparison) -> Condition:
        if not isinstance(comparison.value, Decimal):
            return self._of_text(entries.value, comparison)
        answer = on_doubles(comparison.operator, comparison.value)
        if isinstance(answer, bool):
            return true() if answer else false()
        operator, bound = answer
        plain = _NUMERIC[operator](entries.value, bound)
        if entries.is_nan is None:
            return plain
        # NaN matches != and nothing else (SEARCH-NAN).
        return (
            or_(entries.is_nan, plain)
            if operator is Operator.NE
            else and_(not_(entries.is_nan), plain)
        )

    def _of_uses(self, comparisons: Sequence[Comparison]) -> Condition:
        """Each comparison is answered by some use of a dataset; two may be by two uses."""
        uses = self._uses()
        fitting = [self._of_text(uses.parts[each.field.name], each) for each in comparisons]
        if len(fitting) == 1:
            return exists(
                select(literal(1)).select_from(uses.source).where(uses.of_owner, fitting[0])
            )
        some = [func.max(case((each, 1), else_=0)) == 1 for each in fitting]
        answered = select(case((_all(some), 1), else_=0)).select_from(uses.source)
        return answered.where(uses.of_owner).scalar_subquery() == 1

    def _uses(self) -> Uses:
        if self._fields.uses is None:
            raise AssertionError(f"{self._fields.entity.plural} use no datasets")
        return self._fields.uses

    def _of_text(self, value: ColumnElement[str], comparison: Comparison) -> Condition:
        wanted = comparison.value
        if isinstance(wanted, tuple):
            listed = self._dialect.is_one_of(value, wanted)
            if comparison.operator is Operator.IN:
                return listed
            return and_(value.is_not(None), not_(listed))
        assert isinstance(wanted, str)  # numbers are told apart before
        match comparison.operator:
            case Operator.LIKE:
                return self._dialect.like(value, wanted)
            case Operator.ILIKE:
                return self._dialect.ilike(value, wanted)
            case Operator.NE:
                return not_(self._dialect.is_exactly(value, given(wanted)))
            case _:
                return self._dialect.is_exactly(value, given(wanted))

    # Orders

    def _key(self, column: Column) -> _Key:
        field = column.field
        if field.kind is Kind.ATTRIBUTE:
            value = self._fields.attributes[field.name]
            missing = field.name in self._fields.nullable
            rank = case((value.is_(None), MISSING), else_=VALUE) if missing else None
            return _Key(self._sorted(value, column), rank, column.descending)
        entries = self._fields.entries[field.kind]
        value = self._sorted(entries.value, column)
        place: ColumnElement[int] = literal(VALUE)
        if entries.is_nan is not None:
            # NaN has one place, whatever stands in its column.
            value = case((entries.is_nan, null()), else_=value)
            place = case((entries.is_nan, NAN), else_=VALUE)
        return _Key(
            self._entry(entries, field.name, value),
            func.coalesce(self._entry(entries, field.name, place), MISSING),
            column.descending,
        )

    def _entry(self, entries: Entries, key: str, wanted: ColumnElement[Any]) -> ColumnElement[Any]:
        """Something of the row with this key, NULL where there is none."""
        return (
            select(wanted)
            .where(entries.of_owner, self._dialect.is_key(entries.key, given(key)))
            .scalar_subquery()
        )

    def _sorted(self, value: ColumnElement[Any], column: Column) -> ColumnElement[Any]:
        return self._dialect.code_points(value) if column.holds is Holds.TEXT else value


def _order_by(keys: Iterable[_Key]) -> Iterator[ColumnElement[Any]]:
    """The ORDER BY of an order."""
    for key in keys:
        if key.rank is not None:
            yield key.rank
        yield key.value.desc() if key.descending else key.value


def _behind(keys: Sequence[_Key], place: Place) -> Condition:
    """The rows that stand behind a place of the order, which has a rank and a value for each key (SEARCH-PAGES-STABLE)."""
    condition: Condition = false()
    parts = list(zip(keys, place[::2], place[1::2], strict=True))
    for key, rank, value in reversed(parts):
        if rank == VALUE:
            bound: Any = given(value) if isinstance(value, str) else value
            later = key.value < bound if key.descending else key.value > bound
            condition = or_(later, and_(key.value == bound, condition))
        if key.rank is not None:
            condition = or_(key.rank > rank, and_(key.rank == rank, condition))
    return condition


def _written_out(statement: Select[Any]) -> Select[Any]:
    """The statement with its values written into it, for more comparisons than an engine binds values of."""

    def write(bound: BindParameter[Any]) -> None:
        bound.literal_execute = True

    return visitors.cloned_traverse(statement, {}, {"bindparam": write})


def _all(conditions: Sequence[Condition]) -> Condition:
    """All of them, in chains of chains."""
    while len(conditions) > _CHAIN:
        conditions = [_link(and_(*each)) for each in _chains(conditions)]
    return and_(true(), *conditions)


def _any(conditions: Sequence[Condition]) -> Condition:
    while len(conditions) > _CHAIN:
        conditions = [_link(or_(*each)) for each in _chains(conditions)]
    return or_(false(), *conditions)


def _link(chain: Condition) -> Condition:
    """A chain as one condition: SQLAlchemy would melt it into the next, with or without parentheses."""
    return case((chain, 1), else_=0) == 1


def _chains(conditions: Sequence[Condition]) -> Iterator[Sequence[Condition]]:
    return (conditions[start : start + _CHAIN] for start in range(0, len(conditions), _CHAIN))
