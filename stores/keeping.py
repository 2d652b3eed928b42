"""The contract of a store that keeps things itself: its pages begin behind the place of the last thing seen.

So that what is added between two pages moves nothing (SEARCH-PAGES-STABLE). A store that asks
another one, over http, hands on that one's pages instead.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from storeproof.stores import paging, validation
from storeproof.stores.entities import (
    Experiment,
    Metric,
    ModelVersion,
    Page,
    RegisteredModel,
    Run,
)
from storeproof.stores.points import history_place
from storeproof.stores.registry import Registry
from storeproof.stores.removing import RemovingStore
from storeproof.stores.search.order import is_place
from storeproof.stores.search.query import Query

T = TypeVar("T")


class KeepingStore(RemovingStore):
    """A RemovingStore whose primitives give parts of an answer, of which it makes pages."""

    @abstractmethod
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        """The part of the answer that the query asks for, in its order."""

    @abstractmethod
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        """The part of the answer that the query asks for, in its order; ids are distinct and sorted."""

    @abstractmethod
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: paging.Place | None
    ) -> Sequence[Metric]:
        """At most `limit` points behind `after` in the order of history_place(); no_run()."""

    def _page_of_experiments(self, query: Query[Experiment]) -> Page[Experiment]:
        question = _question(query, "experiments")
        part = _part(query, question)
        return _page(part, question, self._search_experiments(part))

    def _page_of_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Page[Run]:
        question = _question(query, "runs", experiment_ids)
        part = _part(query, question)
        return _page(part, question, self._search_runs(experiment_ids, part))

    def _page_of_history(
        self, run_id: str, key: str, limit: int | None, page_token: str | None
    ) -> Page[Metric]:
        question = ("history", run_id, key)
        after = _history_place(paging.decode(question, page_token))
        found = self._get_metric_history(run_id, key, None if limit is None else limit + 1, after)
        if limit is None or len(found) <= limit:
            return Page(tuple(found))
        page = tuple(found[:limit])
        return Page(page, paging.encode(question, history_place(page[-1])))


class KeepingRegistry(Registry):
    """A Registry whose primitives give parts of an answer, of which it makes pages."""

    @abstractmethod
    def search_models(self, query: Query[RegisteredModel]) -> Sequence[RegisteredModel]:
        """The part of the answer that the query asks for, in its order."""

    @abstractmethod
    def search_versions(self, query: Query[ModelVersion]) -> Sequence[ModelVersion]:
        """The part of the answer that the query asks for, in its order."""

    def page_of_models(self, query: Query[RegisteredModel]) -> Page[RegisteredModel]:
        """A page, and the place where the next begins."""
        question = _question(query, "registered models")
        part = _part(query, question)
        return _page(part, question, self.search_models(part))

    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        """A page, and the place where the next begins."""
        question = _question(query, "model versions")
        part = _part(query, question)
        return _page(part, question, self.search_versions(part))


def _question(query: Query[T], *asked: object) -> Sequence[object]:
    """What a page token belongs to."""
    return (*asked, query.view, query.filter, query.order.columns)


def _part(query: Query[T], question: Sequence[object]) -> Query[T]:
    """The query from its token on, for one item more than the page holds."""
    after = paging.decode(question, query.page_token)
    if after is not None and not is_place(query.order.columns, after):
        raise paging.bad_token()
    return replace(query, limit=query.limit + 1, after=after)


def _page(query: Query[T], question: Sequence[object], found: Sequence[T]) -> Page[T]:
    page = tuple(found[: query.limit - 1])
    place = query.order.place(page[-1]) if len(found) == query.limit else None
    return Page(page, paging.encode(question, place))


def _history_place(place: paging.Place | None) -> paging.Place | None:
    """A place that history_place() can give; any other is of a token that was made up."""
    match place:
        case None:
            return None
        case (int() as timestamp, int() as step, 0 | 1, float() as value):
            fits = all(
                validation.INT64_MIN <= each <= validation.INT64_MAX for each in (timestamp, step)
            )
            if fits and math.isfinite(value):
                return place
    raise paging.bad_token()
