"""Stores that break one rule of metrics each."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rewriting import Misreading, Rewriting
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Metric, Param, Run, Tag
from storeproof.stores.errors import invalid, missing
from storeproof.stores.paging import Place
from storeproof.stores.points import history_place, latest_rank


class Relogging(Wrapper):
    """Logs `given(metric)` for each point, as it comes in, before anything is checked."""

    def given(self, metric: Metric) -> Metric:
        return metric

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, [self.given(each) for each in metrics], params, tags)


# Numbers


@breaks("METRIC-LOG")
class SinglePrecision(Rewriting):
    def point(self, metric: Metric) -> Metric:
        try:
            (value,) = struct.unpack("f", struct.pack("f", metric.value))
        except OverflowError:
            value = math.copysign(3.4028234663852886e38, metric.value)
        return replace(metric, value=value)


@breaks("METRIC-LOG")
class FifteenDigits(Rewriting):
    def point(self, metric: Metric) -> Metric:
        return replace(metric, value=float(f"{metric.value:.15g}"))


@breaks("METRIC-LOG")
class TimestampsThroughADouble(Rewriting):
    def point(self, metric: Metric) -> Metric:
        return replace(metric, timestamp=min(int(float(metric.timestamp)), 2**63 - 1))


@breaks("METRIC-LOG")
class StepsOf32Bits(Rewriting):
    def point(self, metric: Metric) -> Metric:
        return replace(metric, step=(metric.step + 2**31) % 2**32 - 2**31)


@breaks("METRIC-TYPES")
class BoolsAreNumbers(Relogging):
    def given(self, metric: Metric) -> Metric:
        return replace(metric, value=metric.value + 0)


@breaks("METRIC-TYPES")
class TextsAreNumbers(Relogging):
    def given(self, metric: Metric) -> Metric:
        value: Any = metric.value
        return replace(metric, value=float(value)) if isinstance(value, str) and value else metric


@breaks("METRIC-TYPES")
class FractionsOfTimestampsCut(Relogging):
    def given(self, metric: Metric) -> Metric:
        timestamp: Any = metric.timestamp
        fraction = isinstance(timestamp, float) and math.isfinite(timestamp)
        return replace(metric, timestamp=int(timestamp)) if fraction else metric


@breaks("METRIC-TYPES")
class StepsWrapAround(Relogging):
    def given(self, metric: Metric) -> Metric:
        if type(metric.step) is not int:
            return metric
        return replace(metric, step=(metric.step + 2**63) % 2**64 - 2**63)


@breaks("METRIC-TYPES")
class LargeIntegersCrash(Relogging):
    def given(self, metric: Metric) -> Metric:
        return replace(metric, value=metric.value * 1.0) if type(metric.value) is int else metric


@breaks("METRIC-TYPES")
class OnlyIntsAndFloats(Relogging):
    def given(self, metric: Metric) -> Metric:
        if type(metric.value) not in (int, float):
            raise invalid("The value must be an int or a float.")
        return metric


@breaks("METRIC-TYPES")
class RefusedAndWritten(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        points = list(metrics)
        if any(type(point.timestamp) is float for point in points):
            super().log_batch(run_id, [replace(point, timestamp=0) for point in points])
        super().log_batch(run_id, points, params, tags)


# NaN and infinity


@breaks("METRIC-NAN")
class NanIsZeroInTheHistory(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, limit, after)
        return [replace(each, value=0.0) if math.isnan(each.value) else each for each in found]


@breaks("METRIC-NAN")
class NanIsZeroInTheLatest(Misreading):
    def shown(self, run: Run) -> Run:
        metrics = {
            key: replace(each, value=0.0) if math.isnan(each.value) else each
            for key, each in run.metrics.items()
        }
        return replace(run, metrics=metrics)


@breaks("METRIC-NAN")
class NanIsMissingInSearches(Misreading):
    def _get_run(self, run_id: str) -> Run:
        return self.good._get_run(run_id)

    def shown(self, run: Run) -> Run:
        metrics = {key: each for key, each in run.metrics.items() if not math.isnan(each.value)}
        return replace(run, metrics=metrics)


@breaks("METRIC-INF")
class InfinityRefused(Relogging):
    def given(self, metric: Metric) -> Metric:
        if isinstance(metric.value, float) and math.isinf(metric.value):
            raise invalid("Infinity cannot be kept.")
        return metric


@breaks("METRIC-INF")
class InfinityIsNan(Relogging):
    def given(self, metric: Metric) -> Metric:
        infinite = isinstance(metric.value, float) and math.isinf(metric.value)
        return replace(metric, value=math.nan) if infinite else metric


# The same point again


@breaks("METRIC-DUP")
class SamePointRefused(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if set(metrics) & _points(self, run_id, metrics):
            raise invalid("The point exists.")
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("METRIC-DUP")
class SamePointDropsItsNeighbours(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        kept = [] if set(metrics) & _points(self, run_id, metrics) else metrics
        super()._log_batch(run_id, kept, params, tags, name)


def _points(store: Wrapper, run_id: str, metrics: Sequence[Metric]) -> set[Metric]:
    keys = {metric.key for metric in metrics}
    return {point for key in keys for point in store._get_metric_history(run_id, key, None, None)}


# The latest point


class LatestBy(Misreading):
    """Shows as the latest of a key the point of the largest `rank`, given also its place in order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: dict[tuple[str, str], list[Metric]] = {}

    def rank(self, metric: Metric, place: int) -> Any:
        raise NotImplementedError

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, params, tags, name)
        for metric in metrics:
            self.arrived.setdefault((run_id, metric.key), []).append(metric)

    def shown(self, run: Run) -> Run:
        latest = {}
        for key in run.metrics:
            points = list(enumerate(self.arrived[run.info.run_id, key]))
            latest[key] = max(points, key=lambda each: self.rank(each[1], each[0]))[1]
        return replace(run, metrics=latest)


@breaks("METRIC-LATEST")
class LatestByArrival(LatestBy):
    def rank(self, metric: Metric, place: int) -> int:
        return place


@breaks("METRIC-LATEST")
class LatestByTimestamp(LatestBy):
    def rank(self, metric: Metric, place: int) -> tuple[int, int]:
        return metric.timestamp, metric.step


@breaks("METRIC-LATEST")
class LatestByStepAlone(LatestBy):
    def rank(self, metric: Metric, place: int) -> tuple[int, int]:
        return metric.step, place


@breaks("METRIC-LATEST")
class LatestWithoutItsValue(LatestBy):
    """Points of one step and timestamp: the last to arrive."""

    def rank(self, metric: Metric, place: int) -> tuple[int, int, int]:
        return metric.step, metric.timestamp, place


@breaks("METRIC-LATEST")
class LargestValueIsTheLatest(LatestBy):
    def rank(self, metric: Metric, place: int) -> tuple[bool, float]:
        return not math.isnan(metric.value), metric.value


@breaks("METRIC-LATEST")
class NanIsTheLatest(LatestBy):
    def rank(self, metric: Metric, place: int) -> tuple[object, ...]:
        return (math.isnan(metric.value), *latest_rank(metric))


@breaks("METRIC-LATEST")
class NumbersNeverReplaceNan(LatestBy):
    """Every comparison with NaN is false."""

    def shown(self, run: Run) -> Run:
        latest = {}
        for key in run.metrics:
            best, *others = self.arrived[run.info.run_id, key]
            for point in others:
                if (point.step, point.timestamp, point.value) > (
                    best.step,
                    best.timestamp,
                    best.value,
                ):
                    best = point
            latest[key] = best
        return replace(run, metrics=latest)


@breaks("METRIC-LATEST")
class LastOfABatchIsItsLatest(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        last = {metric.key: metric for metric in metrics}
        super()._log_batch(run_id, list(last.values()), params, tags, name)


# The history


@breaks("METRIC-HISTORY")
class OnePointForEachStep(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, limit, after)
        return list({point.step: point for point in found}.values())


@breaks("METRIC-HISTORY")
class HistoryEndsAt1000(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        return super()._get_metric_history(run_id, key, limit or 1000, after)


@breaks("METRIC-HISTORY")
class UnknownKeyIsMissing(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        if key not in self._get_run(run_id).metrics:
            raise missing("The run has no such metric.")
        return super()._get_metric_history(run_id, key, limit, after)


@breaks("METRIC-HISTORY")
class HistoryOfTheLatestAlone(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        self._get_run(run_id)
        latest = self._get_run(run_id).metrics.get(key)
        if latest is None or (after is not None and history_place(latest) <= after):
            return []
        return [latest]


@breaks("METRIC-HISTORY-PAGE")
class PagesBehindATimestamp(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, None, None)
        rest = [each for each in found if after is None or (each.timestamp,) > after[:1]]
        return rest[:limit]


@breaks("METRIC-HISTORY-PAGE")
class PageSizeIgnored(Wrapper):
    def get_metric_history(
        self,
        run_id: str,
        key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> Any:
        return super().get_metric_history(run_id, key)
