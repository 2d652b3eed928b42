"""The base of the broken stores, and the register of which rule each of them breaks.

A `Wrapper` is the contract in front of a good store, in a folder of its own that goes
with it. A broken store overrides what it breaks and leaves the rest to `super()`: a public
method where the breach is in the arguments, a primitive (leading underscore, called with
values already checked) where it is in what is kept. `self.good` is the good store behind;
its primitives take what the contract would have refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from storeproof.stores.entities import (
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
    Tag,
)
from storeproof.stores.file.store import FileStore
from storeproof.stores.keeping import KeepingStore
from storeproof.stores.paging import Place
from storeproof.stores.removing import Chosen, DeletedExperiment, DeletedRun
from storeproof.stores.search.query import Query

ZOO: dict[str, list[type[Wrapper]]] = {}
"""The broken stores by the clause that each breaks."""

B = TypeVar("B", bound="Wrapper")


def breaks(slug: str) -> Callable[[type[B]], type[B]]:
    """Register a broken store under the one clause that it breaks."""

    def register(broken: type[B]) -> type[B]:
        ZOO.setdefault(slug, []).append(broken)
        return broken

    return register


class Wrapper(KeepingStore):
    """A store that keeps every rule, because a good store does the work."""

    kinds = frozenset({"other", "served"})  # it can be reached for gc

    caught_by: ClassVar[str] = ""
    """The beginning of the name of a test that must catch the broken store; empty: any of the clause's."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="storeproof-zoo-")
        root = Path(self._folder.name)
        self.folder = root / "mlruns"
        self.good: KeepingStore = FileStore(str(self.folder), str(root / "artifacts"))

    def close(self) -> None:
        self.good.close()
        self._folder.cleanup()

    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        return self.good._create_experiment(name, artifact_location, tags, moment)

    def _get_experiment(self, experiment_id: str) -> Experiment:
        return self.good._get_experiment(experiment_id)

    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        return self.good._get_experiment_by_name(name)

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        return self.good._search_experiments(query)

    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        self.good._rename_experiment(experiment_id, name, moment)

    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        self.good._delete_experiment(experiment_id, moment)

    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        self.good._restore_experiment(experiment_id, moment)

    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        self.good._set_experiment_tag(experiment_id, tag)

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        return self.good._create_run(experiment_id, user_id, start_time, tags, name)

    def _get_run(self, run_id: str) -> Run:
        return self.good._get_run(run_id)

    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        return self.good._update_run_info(run_id, status, end_time, name)

    def _delete_run(self, run_id: str, moment: int) -> None:
        self.good._delete_run(run_id, moment)

    def _restore_run(self, run_id: str) -> None:
        self.good._restore_run(run_id)

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return self.good._search_runs(experiment_ids, query)

    def _delete_tag(self, run_id: str, key: str) -> None:
        self.good._delete_tag(run_id, key)

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        self.good._log_batch(run_id, metrics, params, tags, name)

    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        return self.good._get_metric_history(run_id, key, limit, after)

    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Mapping[str, Sequence[Metric]]:
        return self.good._get_metric_history_bulk(run_ids, key, limit)

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        self.good._log_inputs(run_id, uses)

    def _record_logged_model(self, run_id: str, model: str) -> None:
        self.good._record_logged_model(run_id, model)

    def stages_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        return self.good.stages_of_runs(run_ids)

    def stages_of_experiments(self, experiment_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        return self.good.stages_of_experiments(experiment_ids)

    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        return self.good.deleted_runs(chosen)

    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        return self.good.deleted_experiments(chosen)

    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        return self.good.remove_runs(run_ids, until)

    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        return self.good.remove_experiments(experiment_ids, until)

    def finish_removal(self) -> None:
        self.good.finish_removal()
