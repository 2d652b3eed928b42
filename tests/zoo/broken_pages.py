"""Stores that break one rule of pages each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from answering import DEFAULT, EVERYTHING, Answering, part
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Experiment, Page, Run, ViewType
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.search.query import Query


@breaks("SEARCH-PAGES")
class TokenOnAFullLastPage(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        if page_token == "end":
            return Page(())
        page = super().search_runs(
            experiment_ids, view, max_results, page_token, filter_string, order_by
        )
        full = page.token is None and len(page.items) == max_results
        return Page(page.items, "end") if full else page


@breaks("SEARCH-PAGES")
class TiesBetweenPagesLost(Wrapper):
    """Continues behind the last of its value, not behind the last run."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        after = query.after
        if after is None:
            return super()._search_runs(experiment_ids, query)
        found = super()._search_runs(experiment_ids, replace(query, limit=100_000))
        return [run for run in found if query.order.place(run)[:2] != after[:2]][: query.limit]


@breaks("SEARCH-PAGES")
class LastOfAPageRepeated(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        start = max(0, int(page_token or 0))
        page = super().search_runs(experiment_ids, view, 50_000, None, filter_string, order_by)
        items = page.items[max(0, start - 1) : start + max_results]
        rest = len(page.items) > start + max_results
        return Page(items, str(start + max_results) if rest else None)


@breaks("SEARCH-PAGES")
class AnyPageSize(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        size: Any = max_results
        number = min(50_000, max(1, size)) if isinstance(size, int) else size
        return super().search_runs(
            experiment_ids, view, number, page_token, filter_string, order_by
        )


@breaks("SEARCH-PAGES")
class BadTokenBeginsAgain(Wrapper):
    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Experiment]:
        try:
            return super().search_experiments(
                view, max_results, page_token, filter_string, order_by
            )
        except StoreError:
            return super().search_experiments(view, max_results, None, filter_string, order_by)


@breaks("SEARCH-PAGES")
class ExperimentsOfOneMillisecondLost(Wrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        found = super()._search_experiments(replace(query, limit=100_000))
        return found[1 if query.after is not None else 0 :][: query.limit]


# Pages of a filter and an order


@breaks("SEARCH-PAGES")
class NothingBehindNan(Wrapper):
    """A comparison with NaN is never true."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        if query.after is not None and query.after[0] == 1:
            return []
        return super()._search_runs(experiment_ids, query)


@breaks("SEARCH-PAGES")
class NothingBehindWhatIsMissing(Wrapper):
    """A comparison with NULL is never true."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        if query.after is not None and 2 in query.after[::2]:
            return []
        return super()._search_runs(experiment_ids, query)


@breaks("SEARCH-PAGES")
class FilteredAfterThePageIsCut(Answering):
    """The page is filled first, and what does not fit is taken out of it."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = Wrapper._search_runs(self, experiment_ids, replace(query, filter=()))
        return [run for run in found if self.fits(query.filter, run)]


@breaks("SEARCH-PAGES")
class OrderedAfterThePageIsCut(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        every = super()._search_runs(experiment_ids, replace(query, limit=EVERYTHING, after=None))
        by_start = sorted(every, key=lambda run: run.info.start_time or 0)
        return sorted(part(query, by_start), key=query.order.key)


class Counting(Wrapper):
    """Gives tokens that count the runs before, for any question."""

    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        if page_token and not page_token.isdecimal():
            raise invalid("The page token is no number.")
        start = int(page_token or 0)
        super().search_runs(experiment_ids, view, max_results, None, filter_string, order_by)
        page = super().search_runs(experiment_ids, view, 50_000, None, filter_string, order_by)
        end = start + max_results
        return Page(page.items[start:end], str(end) if len(page.items) > end else None)


@breaks("SEARCH-PAGES")
class TokensOfAnyQuestion(Counting):
    pass


@breaks("SEARCH-PAGES-STABLE")
class TokensCountRowsOfAnyOrder(Counting):
    pass
