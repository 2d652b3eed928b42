"""Stores that break one rule of views, or of experiments named twice, each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wrapper import Wrapper, breaks

from storeproof.stores.entities import LifecycleStage, Page, Run, ViewType
from storeproof.stores.errors import StoreError
from storeproof.stores.search.query import Query, experiment_query

DEFAULT = 1000

# Views


@breaks("SEARCH-VIEWS")
class AllIsActiveOnly(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        seen = ViewType.ACTIVE_ONLY if query.view is ViewType.ALL else query.view
        return super()._search_runs(experiment_ids, replace(query, view=seen))


@breaks("SEARCH-VIEWS")
class DeletedRunsAreActive(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        seen = ViewType.ALL if query.view is ViewType.ACTIVE_ONLY else query.view
        return super()._search_runs(experiment_ids, replace(query, view=seen))


@breaks("SEARCH-VIEWS")
class StageOfTheExperiment(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        fitting = [each for each in experiment_ids if query.view.admits(self._stage(each))]
        return super()._search_runs(fitting, replace(query, view=ViewType.ALL))

    def _stage(self, experiment_id: str) -> LifecycleStage:
        try:
            return self._get_experiment(experiment_id).lifecycle_stage
        except StoreError:
            return LifecycleStage.ACTIVE


@breaks("SEARCH-VIEWS")
class EveryRunFoundIsActive(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, query)
        stage = LifecycleStage.ACTIVE
        return [replace(run, info=replace(run.info, lifecycle_stage=stage)) for run in found]


@breaks("SEARCH-VIEWS")
class FiltersForgetTheView(Wrapper):
    """Its "WHERE view AND filter OR ..." lacks a bracket."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        seen = ViewType.ALL if query.filter else query.view
        return super()._search_runs(experiment_ids, replace(query, view=seen))


# Experiments named twice, or unknown


@breaks("SEARCH-EXPERIMENTS-TWICE")
class OnceForEachMention(Wrapper):
    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        given = list(experiment_ids)
        page = super().search_runs(given, view, max_results, page_token, filter_string, order_by)
        items = [run for run in page.items for _ in range(given.count(run.info.experiment_id))]
        return Page(tuple(items), page.token)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class UnknownExperimentIsAnError(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        for each in experiment_ids:
            self._get_experiment(each)
        return super()._search_runs(experiment_ids, query)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class NoExperimentMeansAll(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        known = self._search_experiments(experiment_query(ViewType.ALL))
        every = [each.experiment_id for each in known]
        return super()._search_runs(experiment_ids or every, query)


@breaks("SEARCH-EXPERIMENTS-TWICE")
class IdsReadAsNumbers(Wrapper):
    """A cast that takes a text for the number it begins with."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        numbers = {each.strip().partition(".")[0] for each in experiment_ids}
        return super()._search_runs(sorted(numbers), query)
