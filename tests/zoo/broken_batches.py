"""Stores that break one rule of batches each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wrapper import Wrapper, breaks

from storeproof.stores.entities import Metric, Param, Tag
from storeproof.stores.errors import StoreError, invalid


@breaks("BATCH-LIMITS")
class LargerBatchesInParts(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        points = list(metrics)
        for start in range(0, len(points) - 1000, 1000):
            super().log_batch(run_id, points[start : start + 1000])
        super().log_batch(run_id, points[-1000:], params, tags)


@breaks("BATCH-LIMITS")
class EachKindCountedAlone(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, metrics)
        super().log_batch(run_id, (), params, tags)


@breaks("BATCH-LIMITS")
class NotQuite1000(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if len(metrics) >= 1000:
            raise invalid("Fewer than 1000 metrics are allowed.")
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("BATCH-LIMITS")
class Only999Written(Wrapper):
    """As where a statement takes no more variables."""

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics[:999], params, tags, name)


@breaks("BATCH-LIMITS")
class EmptyBatchRefused(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if not (metrics or params or tags):
            raise invalid("The batch is empty.")
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("BATCH-VALIDATE")
class WrittenUntilTheBadEntry(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        for metric in metrics:
            super().log_batch(run_id, metrics=[metric])
        super().log_batch(run_id, (), params, tags)


@breaks("BATCH-VALIDATE")
class BadTagsFoundLast(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, metrics, params)
        super().log_batch(run_id, tags=tags)


@breaks("BATCH-VALIDATE")
class BadEntriesLeftOut(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        good = [tag for tag in tags if isinstance(tag.value, str)]
        super().log_batch(run_id, metrics, params, good)


@breaks("BATCH-ATOMIC")
class WrittenUntilTheChangedParam(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        for key, value in params.items():
            super()._log_batch(run_id, (), {key: value}, {}, None)
        super()._log_batch(run_id, metrics, {}, tags, name)


@breaks("BATCH-ATOMIC")
class HalfOfTheMetricsStays(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        half = len(metrics) // 2
        super()._log_batch(run_id, metrics[:half], {}, {}, None)
        super()._log_batch(run_id, metrics[half:], params, tags, name)


@breaks("BATCH-ATOMIC")
class RenamedAllTheSame(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        before = self._get_run(run_id).info.run_name
        try:
            super()._log_batch(run_id, metrics, params, tags, name)
        except StoreError:
            if name is not None:
                self._update_run_info(run_id, None, None, name)
                super()._log_batch(run_id, (), {}, {"mlflow.runName": before}, None)
            raise


@breaks("BATCH-PARAM-TWICE")
class LastParamWins(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        last = {param.key: param for param in params}
        super().log_batch(run_id, metrics, list(last.values()), tags)


@breaks("BATCH-PARAM-TWICE")
class TheSameParamTwiceIsOne(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, metrics, list(dict.fromkeys(params)), tags)


@breaks("BATCH-TAG-TWICE")
class FirstTagWins(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, metrics, params, list(tags)[::-1])


@breaks("BATCH-TAG-TWICE")
class TagTwiceRefused(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        labels = list(tags)
        if len({tag.key for tag in labels}) < len(labels):
            raise invalid("The batch gives a tag twice.")
        super().log_batch(run_id, metrics, params, labels)


@breaks("BATCH-TAG-TWICE")
class FirstRunNameWins(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        labels = list(tags)
        names = [tag for tag in labels if tag.key == "mlflow.runName"]
        super().log_batch(run_id, metrics, params, [*labels, *names[:1]])


@breaks("BATCH-EQUALS-SINGLES")
class BatchDoesNotRename(Wrapper):
    def set_tag(self, run_id: str, tag: Tag) -> None:
        super().log_batch(run_id, tags=[tag])

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        others = [tag for tag in tags if tag.key != "mlflow.runName"]
        super().log_batch(run_id, metrics, params, others)


@breaks("BATCH-EQUALS-SINGLES")
class BatchRefusesLongParams(Wrapper):
    def log_param(self, run_id: str, param: Param) -> None:
        super().log_batch(run_id, params=[param])

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        settings = list(params)
        if any(isinstance(each.value, str) and len(each.value) > 6000 for each in settings):
            raise invalid("The value is too long.")
        super().log_batch(run_id, metrics, settings, tags)


@breaks("BATCH-EQUALS-SINGLES")
class BatchKeepsOnePointOfAKey(Wrapper):
    def log_metric(self, run_id: str, metric: Metric) -> None:
        super().log_batch(run_id, [metric])

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        last = {metric.key: metric for metric in metrics}
        super().log_batch(run_id, list(last.values()), params, tags)
