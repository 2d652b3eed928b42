"""Stores that break one rule each of histories in pages or in bulk, or of the list of models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wrapper import Wrapper, breaks

from storeproof.stores.entities import MODELS_TAG, Metric, Tag
from storeproof.stores.errors import StoreError
from storeproof.stores.paging import Place
from storeproof.stores.points import history_place

Histories = Mapping[str, Sequence[Metric]]

# Pages


class Paging(Wrapper):
    """Continues behind the `part` of a place."""

    part = slice(None)

    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, None, None)
        if after is not None:
            last: Any = after[self.part]
            found = [each for each in found if history_place(each)[self.part] > last]
        return found[:limit]


@breaks("METRIC-HISTORY-PAGE")
class PagesBehindAStep(Paging):
    part = slice(2)


@breaks("METRIC-HISTORY-PAGE")
class PagesBehindAValue(Paging):
    part = slice(2, None)


@breaks("METRIC-HISTORY-PAGE")
class NothingBehindNan(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, limit, after)
        return found if after is None or not after[2] else []


@breaks("METRIC-HISTORY-PAGE")
class PlacesAreDoubles(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        if after is None:
            return super()._get_metric_history(run_id, key, limit, None)
        found = super()._get_metric_history(run_id, key, None, None)
        last: Any = tuple(map(float, after))  # type: ignore[arg-type]
        return [each for each in found if tuple(map(float, history_place(each))) > last][:limit]


# In bulk


@breaks("METRIC-BULK")
class LimitOverTheWholeAnswer(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        given = {}
        for run, points in super()._get_metric_history_bulk(run_ids, key, limit).items():
            given[run] = points[:limit]
            limit = None if limit is None else limit - len(given[run])
        return given


@breaks("METRIC-BULK")
class TheLastPointsOfTheLimit(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        whole = super()._get_metric_history_bulk(run_ids, key, None)
        return {run: points[-(limit or 0) :] for run, points in whole.items()}


@breaks("METRIC-BULK")
class BulkEndsAt1000(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        return super()._get_metric_history_bulk(run_ids, key, limit or 1000)


@breaks("METRIC-BULK")
class BulkByStep(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        whole = super()._get_metric_history_bulk(run_ids, key, None)
        return {
            run: sorted(points, key=lambda point: point.step)[:limit]
            for run, points in whole.items()
        }


@breaks("METRIC-BULK")
class EveryMetricOfTheRun(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        found = super()._get_metric_history_bulk(run_ids, key, limit)
        others = super()._get_metric_history_bulk(run_ids, "other", limit)
        return {run: [*found[run], *others[run]] for run in run_ids}


@breaks("RUN-MISSING")
class MissingRunsHaveEmptyHistoriesInBulk(Wrapper):
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Histories:
        given: dict[str, Sequence[Metric]] = {}
        for run in run_ids:
            try:
                given |= super()._get_metric_history_bulk([run], key, limit)
            except StoreError:
                given[run] = ()
        return given


# Models


class Listing(Wrapper):
    """Sets the tag to what `longer` makes of it and of another model."""

    def longer(self, models: list[Any], model: Any) -> str:
        return json.dumps([*models, model])

    def _record_logged_model(self, run_id: str, model: str) -> None:
        models = json.loads(self._get_run(run_id).tags.get(MODELS_TAG, "[]"))
        self.good.set_tag(run_id, Tag(MODELS_TAG, self.longer(models, json.loads(model))))


@breaks("MODEL-RECORD")
class CutInTheMiddle(Listing):
    """The tag is cut like any other."""


@breaks("MODEL-RECORD")
class OnlyTheLastModel(Listing):
    def longer(self, models: list[Any], model: Any) -> str:
        return json.dumps([model])


@breaks("MODEL-RECORD")
class NewestFirst(Listing):
    def longer(self, models: list[Any], model: Any) -> str:
        return json.dumps([model, *models])


@breaks("MODEL-RECORD")
class EachModelOnce(Listing):
    def longer(self, models: list[Any], model: Any) -> str:
        return json.dumps(models if model in models else [*models, model])


@breaks("MODEL-RECORD")
class OneModelIsNoList(Listing):
    def longer(self, models: list[Any], model: Any) -> str:
        return json.dumps([*models, model] if models else model)

    def _record_logged_model(self, run_id: str, model: str) -> None:
        known = json.loads(self._get_run(run_id).tags.get(MODELS_TAG, "[]"))
        if isinstance(known, dict):
            self.good.set_tag(run_id, Tag(MODELS_TAG, json.dumps([known])))
        super()._record_logged_model(run_id, model)


@breaks("MODEL-RECORD")
class ARefusedModelEmptiesTheList(Wrapper):
    def _record_logged_model(self, run_id: str, model: str) -> None:
        try:
            super()._record_logged_model(run_id, model)
        except StoreError:
            self.good.set_tag(run_id, Tag(MODELS_TAG, "[]"))
            raise


@breaks("MODEL-RECORD")
class TooLongIsDroppedWithoutAWord(Wrapper):
    def _record_logged_model(self, run_id: str, model: str) -> None:
        if len(model) < 8000:
            super()._record_logged_model(run_id, model)


@breaks("MODEL-RECORD")
class OldModelsMakeRoom(Wrapper):
    def _record_logged_model(self, run_id: str, model: str) -> None:
        models = json.loads(self._get_run(run_id).tags.get(MODELS_TAG, "[]"))
        while models and len(json.dumps([*models, json.loads(model)])) > 8000:
            models = models[1:]
            self.good.set_tag(run_id, Tag(MODELS_TAG, json.dumps(models)))
        super()._record_logged_model(run_id, model)


@breaks("RUN-DELETED-WRITES")
class DeletedRunsTakeModels(Wrapper):
    def _record_logged_model(self, run_id: str, model: str) -> None:
        deleted = self._get_run(run_id).info.deleted_time
        if deleted is not None:
            self._restore_run(run_id)
        super()._record_logged_model(run_id, model)
        if deleted is not None:
            self._delete_run(run_id, deleted)
