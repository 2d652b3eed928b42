"""Stores that break one rule of searches without a filter each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from wrapper import Wrapper, breaks

from storeproof.stores.entities import Experiment, LifecycleStage, Page, Run, ViewType
from storeproof.stores.errors import StoreError
from storeproof.stores.paging import Place

DEFAULT = 1000

# Views


@breaks("SEARCH-VIEWS")
class AllIsActiveOnly(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        seen = ViewType.ACTIVE_ONLY if view is ViewType.ALL else view
        return super()._search_runs(experiment_ids, seen, limit, after)


@breaks("SEARCH-VIEWS")
class DeletedRunsAreActive(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        seen = ViewType.ALL if view is ViewType.ACTIVE_ONLY else view
        return super()._search_runs(experiment_ids, seen, limit, after)


@breaks("SEARCH-VIEWS")
class StageOfTheExperiment(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        fitting = [each for each in experiment_ids if view.admits(self._stage(each))]
        return super()._search_runs(fitting, ViewType.ALL, limit, after)

    def _stage(self, experiment_id: str) -> LifecycleStage:
        try:
            return self._get_experiment(experiment_id).lifecycle_stage
        except StoreError:
            return LifecycleStage.ACTIVE


@breaks("SEARCH-VIEWS")
class EveryRunFoundIsActive(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, view, limit, after)
        stage = LifecycleStage.ACTIVE
        return [replace(run, info=replace(run.info, lifecycle_stage=stage)) for run in found]


# Experiments named twice, or unknown


@breaks("SEARCH-EXPERIMENTS-TWICE")
class OnceForEachMention(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
    ) -> Page[Run]:
        given = list(experiment_ids)
        page = super().search_runs(given, view, max_results, page_token)
        items = [run for run in page.items for _ in range(given.count(run.info.experiment_id))]
        return Page(tuple(items), page.token)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class UnknownExperimentIsAnError(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        for each in experiment_ids:
            self._get_experiment(each)
        return super()._search_runs(experiment_ids, view, limit, after)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class NoExperimentMeansAll(Wrapper):
    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        every = [each.experiment_id for each in self._search_experiments(ViewType.ALL, 1000, None)]
        return super()._search_runs(experiment_ids or every, view, limit, after)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class IdsReadAsNumbers(Wrapper):
    """A cast that takes a text for the number it begins with."""

    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        numbers = {each.strip().partition(".")[0] for each in experiment_ids}
        return super()._search_runs(sorted(numbers), view, limit, after)


# Pages


@breaks("SEARCH-PAGES")
class TokenOnAFullLastPage(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
    ) -> Page[Run]:
        if page_token == "end":
            return Page(())
        page = super().search_runs(experiment_ids, view, max_results, page_token)
        full = page.token is None and len(page.items) == max_results
        return Page(page.items, "end") if full else page


@breaks("SEARCH-PAGES")
class TiesBetweenPagesLost(Wrapper):
    """Continues behind the last start time, not behind the last run."""

    def _search_runs(
        self, experiment_ids: Sequence[str], view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, view, 100_000, after)
        if after is not None:
            found = [run for run in found if run.info.start_time != -int(after[0] or 0)]
        return found[:limit]


@breaks("SEARCH-PAGES")
class LastOfAPageRepeated(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
    ) -> Page[Run]:
        given = list(experiment_ids)
        start = max(0, int(page_token or 0))
        page = super().search_runs(given, view, 50_000)
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
    ) -> Page[Run]:
        size: Any = max_results
        number = min(50_000, max(1, size)) if isinstance(size, int) else size
        return super().search_runs(experiment_ids, view, number, page_token)


@breaks("SEARCH-PAGES")
class BadTokenBeginsAgain(Wrapper):
    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
    ) -> Page[Experiment]:
        try:
            return super().search_experiments(view, max_results, page_token)
        except StoreError:
            return super().search_experiments(view, max_results)


@breaks("SEARCH-PAGES")
class ExperimentsOfOneMillisecondLost(Wrapper):
    def _search_experiments(
        self, view: ViewType, limit: int, after: Place | None
    ) -> Sequence[Experiment]:
        found = super()._search_experiments(view, 100_000, after)
        return found[1 if after is not None else 0 :][:limit]


@breaks("SEARCH-PAGES-STABLE")
class TokensCountRows(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
    ) -> Page[Run]:
        start = int(page_token or 0)
        page = super().search_runs(experiment_ids, view, 50_000)
        end = start + max_results
        return Page(page.items[start:end], str(end) if len(page.items) > end else None)
