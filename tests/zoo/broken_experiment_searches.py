"""Stores that break one rule of searches for experiments each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from answering import DEFAULT, EVERYTHING, AnsweringExperiments, good_test
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Experiment, Page, ViewType
from storeproof.stores.errors import StoreError
from storeproof.stores.search import reading
from storeproof.stores.search.parser import parse_filter
from storeproof.stores.search.query import Query, experiment_query
from storeproof.stores.search.tree import Comparison, Kind, Operator
from storeproof.stores.search.vocabulary import EXPERIMENTS
from storeproof.stores.sql.tracking import SqlStore


@breaks("SEARCH-EXP")
class FiltersIgnored(Wrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        return super()._search_experiments(replace(query, filter=()))


@breaks("SEARCH-EXP")
class OrdersIgnored(Wrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        return super()._search_experiments(replace(query, order=experiment_query().order))


@breaks("SEARCH-EXP")
class FiltersForgetTheView(Wrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        view = ViewType.ALL if query.filter else query.view
        return super()._search_experiments(replace(query, view=view))


@breaks("SEARCH-EXP")
class NotUnderstoodIsPassedOver(Wrapper):
    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Experiment]:
        try:
            parse_filter(filter_string, EXPERIMENTS)
        except StoreError:
            filter_string = None
        return super().search_experiments(view, max_results, page_token, filter_string, order_by)


@breaks("SEARCH-EXP")
class OnceForEachTag(Wrapper):
    """A join in place of EXISTS."""

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        found = super()._search_experiments(query)
        if not any(comparison.field.kind is Kind.TAG for comparison in query.filter):
            return found
        return [each for each in found for _ in each.tags]


@breaks("SEARCH-EXP")
class OldestFirst(Wrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        if query.order.columns[0] != experiment_query().order.columns[0]:
            return super()._search_experiments(query)
        order = experiment_query(order_by=["creation_time"]).order
        return super()._search_experiments(replace(query, order=order))


@breaks("SEARCH-EXP")
class LastUpdatedFirst(AnsweringExperiments):
    def key(self, query: Query[Experiment], experiment: Experiment) -> Any:
        if query.order.columns == experiment_query().order.columns:
            return -(experiment.creation_time or 0) // 1000, experiment.name
        return super().key(query, experiment)


@breaks("SEARCH-EXP")
class IdsOrderedAsTexts(AnsweringExperiments):
    def __init__(self) -> None:
        super().__init__()
        self.good.close()
        self.good = SqlStore(f"sqlite:///{Path(self._folder.name) / 'store.db'}")

    def key(self, query: Query[Experiment], experiment: Experiment) -> Any:
        first = query.order.columns[0]
        if first.field.name != "experiment_id":
            return super().key(query, experiment)
        turned = [-ord(character) for character in experiment.experiment_id.ljust(20)]
        return turned if first.descending else experiment.experiment_id


@breaks("SEARCH-EXP")
class NamesOrderedInAnyCase(AnsweringExperiments):
    def key(self, query: Query[Experiment], experiment: Experiment) -> Any:
        return super().key(query, replace(experiment, name=experiment.name.lower()))


class Comparing(AnsweringExperiments):
    """Compares by `passes(comparison, value)`; None is missing."""

    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value)

    def holds(self, comparison: Comparison, experiment: Experiment) -> bool:
        return self.passes(comparison, reading.of_experiment(comparison.field)(experiment))


@breaks("SEARCH-EXP")
class MissingTagsAreUnequal(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value) or (
            value is None and comparison.operator is Operator.NE
        )


@breaks("SEARCH-EXP")
class NamesComparedInAnyCase(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if isinstance(value, str) and isinstance(wanted, str):
            return good_test(replace(comparison, value=wanted.lower()), value.lower())
        return good_test(comparison, value)


@breaks("SEARCH-EXP")
class TimesInSeconds(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value // 1000 if isinstance(value, int) else value)


@breaks("SEARCH-EXP")
class FractionsAreCut(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if not isinstance(wanted, str | tuple) and abs(wanted) < 10**30:
            comparison = replace(comparison, value=wanted.to_integral_value(rounding="ROUND_DOWN"))
        return good_test(comparison, value)


@breaks("SEARCH-EXP")
class BeyondInt64IsACrash(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if not isinstance(wanted, str | tuple) and abs(wanted) >= 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return good_test(comparison, value)


@breaks("SEARCH-EXP")
class LastUpdateIsTheCreation(AnsweringExperiments):
    def key(self, query: Query[Experiment], experiment: Experiment) -> Any:
        return super().key(query, replace(experiment, last_update_time=experiment.creation_time))


@breaks("SEARCH-EXP")
class PagesOfEverything(Wrapper):
    """The filter is taken after the page is cut."""

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        fitting = super()._search_experiments(replace(query, limit=EVERYTHING, after=None))
        return [
            each
            for each in super()._search_experiments(replace(query, filter=()))
            if each in fitting
        ]
