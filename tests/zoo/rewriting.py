"""Bases for broken stores: one that writes other keys or texts than it was given, one that reads others back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wrapper import Wrapper

from storeproof.stores.entities import Metric, Run, Tag
from storeproof.stores.search.query import Query


class Rewriting(Wrapper):
    """Writes `key(k)` for each key and `text(v)` for each value, by every way in."""

    def key(self, key: str) -> str:
        return key

    def text(self, text: str) -> str:
        return text

    def point(self, metric: Metric) -> Metric:
        return metric

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        points = [replace(self.point(each), key=self.key(each.key)) for each in metrics]
        super()._log_batch(run_id, points, self._all(params), self._all(tags), name)

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        return super()._create_run(experiment_id, user_id, start_time, self._all(tags), name)

    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        return super()._create_experiment(name, artifact_location, self._all(tags), moment)

    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        super()._set_experiment_tag(experiment_id, Tag(self.key(tag.key), self.text(tag.value)))

    def _all(self, entries: Mapping[str, str]) -> dict[str, str]:
        return {
            key if key == "mlflow.runName" else self.key(key): self.text(value)
            for key, value in entries.items()
        }


class Misreading(Wrapper):
    """Gives `shown(run)` for each run that is read."""

    def shown(self, run: Run) -> Run:
        return run

    def _get_run(self, run_id: str) -> Run:
        return self.shown(super()._get_run(run_id))

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return [self.shown(run) for run in super()._search_runs(experiment_ids, query)]
