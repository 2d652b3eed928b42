"""Bases for broken stores: one that hears another question than was asked, and two that answer by themselves."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from wrapper import Wrapper

from storeproof.stores.entities import Experiment, Page, Run, ViewType
from storeproof.stores.search import reading
from storeproof.stores.search.like import ilike, like
from storeproof.stores.search.meaning import experiment_test, run_test
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Comparison, Filter, Kind, Operator

SIGNS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}
DEFAULT = 1000
EVERYTHING = 1_000_000

T = TypeVar("T")


class Rephrasing(Wrapper):
    """Asks `heard(filter)` and `ordered(terms)` in place of what it was asked."""

    def heard(self, filter_string: str | None) -> str | None:
        return filter_string

    def ordered(self, order_by: list[str]) -> list[str]:
        return order_by

    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        terms = self.ordered(list(order_by or ()))
        return super().search_runs(
            experiment_ids, view, max_results, page_token, self.heard(filter_string), terms
        )

    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Experiment]:
        terms = self.ordered(list(order_by or ()))
        return super().search_experiments(
            view, max_results, page_token, self.heard(filter_string), terms
        )


class Answering(Wrapper):
    """Finds runs by looking at all of them: those that `fits`, each comparison by `holds`, in the order of `key`.

    By itself `holds` asks `passes` about the `value` of the comparison's field.
    """

    def fits(self, terms: Filter, run: Run) -> bool:
        return all(self.holds(each, run) for each in terms)

    def holds(self, comparison: Comparison, run: Run) -> bool:
        return run_test((comparison,))(run)

    def key(self, query: Query[Run], run: Run) -> Any:
        return query.order.key(run)

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        every = super()._search_runs(
            experiment_ids, replace(query, filter=(), limit=EVERYTHING, after=None)
        )
        found = [run for run in every if self.fits(query.filter, run)]
        return part(query, sorted(found, key=lambda run: self.key(query, run)))


class Comparing(Answering):
    """Compares by `passes(comparison, value)` what `value` reads; None is missing."""

    def value(self, comparison: Comparison, run: Run) -> Any:
        return reading.of_run(comparison.field)(run)

    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value)

    def holds(self, comparison: Comparison, run: Run) -> bool:
        if comparison.field.kind is Kind.DATASET:
            read = reading.of_dataset(comparison.field)
            return any(self.passes(comparison, read(each)) for each in run.inputs)
        return self.passes(comparison, self.value(comparison, run))


class AnsweringExperiments(Wrapper):
    """Finds experiments by looking at all of them: those of which each comparison `holds`, in the order of `key`."""

    def holds(self, comparison: Comparison, experiment: Experiment) -> bool:
        return experiment_test((comparison,))(experiment)

    def key(self, query: Query[Experiment], experiment: Experiment) -> Any:
        return query.order.key(experiment)

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        every = super()._search_experiments(replace(query, filter=(), limit=EVERYTHING, after=None))
        found = [each for each in every if all(self.holds(term, each) for term in query.filter)]
        return part(query, sorted(found, key=lambda each: self.key(query, each)))


def part(query: Query[T], found: Sequence[T]) -> Sequence[T]:
    """Of things in any order, those that the query's page begins with: behind its place, wherever that is."""
    places = [query.order.place(each) for each in found]
    start = places.index(query.after) + 1 if query.after in places else 0
    return found[start : start + query.limit]


def good_test(comparison: Comparison, value: Any) -> bool:
    """What the comparison makes of a value that is there; one that is missing never passes."""
    wanted, sign = comparison.value, comparison.operator
    if value is None:
        return False
    if isinstance(wanted, tuple):
        return (value in wanted) is (sign is Operator.IN)
    if isinstance(wanted, Decimal):
        number = float(wanted) if comparison.field.kind is Kind.METRIC else wanted
        return bool(SIGNS[sign](value, number))
    if sign in (Operator.LIKE, Operator.ILIKE):
        return (like if sign is Operator.LIKE else ilike)(wanted)(value)
    return bool(SIGNS[sign](value, wanted))
