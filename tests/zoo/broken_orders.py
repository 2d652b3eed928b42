"""Stores that break one rule of the order of runs each, or of the pages of an order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from answering import EVERYTHING, Answering, Rephrasing, part
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Run
from storeproof.stores.errors import StoreError
from storeproof.stores.search import reading
from storeproof.stores.search.order import Column
from storeproof.stores.search.parser import parse_order_by
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Kind
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS

DEFAULT = 1000


class Ordering(Answering):
    """Orders by `rank(value, descending)` and then `text` or the number, for each column in turn."""

    ranks = ((0, 1, 2), (0, 1, 2))
    """Of a value, of NaN and of what is missing; ascending and descending."""

    def text(self, text: str) -> Any:
        return text

    def number(self, number: float) -> Any:
        return number

    def read(self, column: Column, run: Run) -> Any:
        return reading.of_run(column.field)(run)

    def key(self, query: Query[Run], run: Run) -> Any:
        return tuple(self._place(column, run) for column in query.order.columns)

    def _place(self, column: Column, run: Run) -> Any:
        value = self.read(column, run)
        ranks = self.ranks[column.descending]
        if value is None:
            return ranks[2], Turned(0, False)
        if value != value:
            return ranks[1], Turned(0, False)
        shown = self.text(value) if isinstance(value, str) else self.number(value)
        return ranks[0], Turned(shown, column.descending)


class Turned:
    """A value that sorts the other way round where it is descending."""

    def __init__(self, value: Any, descending: bool) -> None:
        self.value = value
        self.descending = descending

    def __lt__(self, other: Turned) -> bool:
        return bool(other.value < self.value if self.descending else self.value < other.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Turned) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


# NaN and what is missing


@breaks("SEARCH-ORDER")
class NanFirstInDesc(Ordering):
    """PostgreSQL's own NaN is the largest number."""

    ranks = ((0, 1, 2), (1, 0, 2))


@breaks("SEARCH-ORDER")
class MissingFirstInDesc(Ordering):
    """PostgreSQL's NULLs."""

    ranks = ((0, 1, 2), (1, 2, 0))


@breaks("SEARCH-ORDER")
class MissingFirstInAsc(Ordering):
    """The NULLs of the other engines."""

    ranks = ((1, 2, 0), (0, 1, 2))


@breaks("SEARCH-ORDER")
class MissingBeforeNan(Ordering):
    ranks = ((0, 2, 1), (0, 2, 1))


@breaks("SEARCH-ORDER")
class NanIsZero(Ordering):
    def read(self, column: Column, run: Run) -> Any:
        value = super().read(column, run)
        return 0.0 if isinstance(value, float) and math.isnan(value) else value


@breaks("SEARCH-ORDER")
class RunsEndAtZero(Ordering):
    def read(self, column: Column, run: Run) -> Any:
        value = super().read(column, run)
        return 0 if value is None and column.field.name == "end_time" else value


@breaks("SEARCH-ORDER")
class MissingTextIsEmpty(Ordering):
    def read(self, column: Column, run: Run) -> Any:
        value = super().read(column, run)
        return "" if value is None and column.field.kind in (Kind.PARAM, Kind.TAG) else value


# Values


@breaks("SEARCH-ORDER")
class TextsInAnyCase(Ordering):
    def text(self, text: str) -> Any:
        return text.lower()


@breaks("SEARCH-ORDER")
class CaseDecidesLast(Ordering):
    """As a collation of a language does."""

    def text(self, text: str) -> Any:
        return text.lower(), text.swapcase()


@breaks("SEARCH-ORDER")
class TextsByUtf16Units(Ordering):
    def text(self, text: str) -> Any:
        return text.encode("utf-16-be")


@breaks("SEARCH-ORDER")
class TextsPaddedWithSpaces(Ordering):
    def text(self, text: str) -> Any:
        return text.ljust(6000)


@breaks("SEARCH-ORDER")
class TextsCutAt1024(Ordering):
    def text(self, text: str) -> Any:
        return text[:1024]


@breaks("SEARCH-ORDER")
class NumbersAsTexts(Ordering):
    def number(self, number: float) -> Any:
        return str(number)


@breaks("SEARCH-ORDER")
class TimesAsDoubles(Ordering):
    def number(self, number: float) -> Any:
        return float(number)


@breaks("SEARCH-ORDER")
class FirstValueOfTheMetric(Ordering):
    def read(self, column: Column, run: Run) -> Any:
        if column.field.kind is not Kind.METRIC or column.field.name not in run.metrics:
            return super().read(column, run)
        history = self._get_metric_history(run.info.run_id, column.field.name, None, None)
        return history[0].value


# Terms and ties


@breaks("SEARCH-ORDER")
class OrdersIgnored(Rephrasing):
    def ordered(self, order_by: list[str]) -> list[str]:
        parse_order_by(order_by, RUNS)
        return []


@breaks("SEARCH-ORDER")
class OnlyTheFirstTermCounts(Rephrasing):
    def ordered(self, order_by: list[str]) -> list[str]:
        return order_by[:1]


@breaks("SEARCH-ORDER")
class SameFieldTwiceIsACrash(Rephrasing):
    """As in SQL Server, unless the repetition is left out."""

    def ordered(self, order_by: list[str]) -> list[str]:
        fields = [term.field for term in parse_order_by(order_by, RUNS)]
        if len(fields) > len(set(fields)):
            raise RuntimeError("A column has been specified more than once in the order by list.")
        return order_by


@breaks("SEARCH-ORDER")
class NotUnderstoodIsPassedOver(Rephrasing):
    def ordered(self, order_by: list[str]) -> list[str]:
        return [term for term in order_by if self.understood(term)]

    def understood(self, term: str) -> bool:
        for entity in (RUNS, EXPERIMENTS):
            try:
                parse_order_by([term], entity)
            except StoreError:
                continue
            return True
        return False


class Tying(Answering):
    """Orders equals by `tie(run)`."""

    def tie(self, run: Run) -> Any:
        return 0

    def key(self, query: Query[Run], run: Run) -> Any:
        columns = query.order.columns
        named = [each for each in columns if each.field.name not in ("start_time", "run_id")]
        place = super().key(query, run)[: 2 * len(named)] if len(columns) > 1 else ()
        return (*place, self.tie(run))


@breaks("SEARCH-ORDER")
class LatestIdFirst(Tying):
    def tie(self, run: Run) -> Any:
        return -(run.info.start_time or 0), -int(run.info.run_id, 16)


@breaks("SEARCH-ORDER")
class EarliestStartFirst(Tying):
    def tie(self, run: Run) -> Any:
        return run.info.start_time, run.info.run_id


@breaks("SEARCH-ORDER")
class EqualsById(Tying):
    def tie(self, run: Run) -> Any:
        return run.info.run_id


@breaks("SEARCH-ORDER")
class DescTurnsEqualsToo(Wrapper):
    """The ascending answer, read backwards."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        first = query.order.columns[0]
        if not first.descending or first.field.name == "start_time":
            return super()._search_runs(experiment_ids, query)
        found = super()._search_runs(experiment_ids, replace(query, limit=EVERYTHING, after=None))
        values = [query.order.place(run)[:2] for run in found]
        turned = sorted(range(len(found)), key=lambda index: (values.index(values[index]), -index))
        return part(query, [found[index] for index in turned])


@breaks("SEARCH-ORDER")
class EachExperimentByItself(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, query)
        return sorted(found, key=lambda run: run.info.experiment_id)


# Runs that are lost or repeated


@breaks("SEARCH-ORDER")
class RunsWithoutTheKeyDropped(Answering):
    """An inner join."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        fields = [column.field for column in query.order.columns]
        keyed = [each for each in fields if each.kind is not Kind.ATTRIBUTE]
        found = super()._search_runs(experiment_ids, query)
        return [
            run for run in found if all(reading.of_run(each)(run) is not None for each in keyed)
        ]


@breaks("SEARCH-ORDER")
class OnceForEachPoint(Wrapper):
    """A join with the history in place of the latest values."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        field = query.order.columns[0].field
        found = super()._search_runs(experiment_ids, query)
        if field.kind is not Kind.METRIC:
            return found
        return [
            run
            for run in found
            for _ in self._get_metric_history(run.info.run_id, field.name, None, None) or [None]
        ]
