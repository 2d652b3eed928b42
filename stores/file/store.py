"""The file store: the contract over folders and files as MLflow lays them out (FILE-*)."""

from __future__ import annotations

import errno
import os
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from storeproof.stores import locations, paging, validation
from storeproof.stores.contract import (
    DEFAULT_EXPERIMENT_ID,
    DEFAULT_EXPERIMENT_NAME,
    now,
)
from storeproof.stores.entities import (
    MODELS_TAG,
    RUN_NAME_TAG,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
    Tag,
)
from storeproof.stores.errors import StoreError, denied, invalid, unavailable
from storeproof.stores.file import meta
from storeproof.stores.file.experiments import Experiments
from storeproof.stores.file.layout import META, TRASH, Layout
from storeproof.stores.file.removal import Removal
from storeproof.stores.file.runs import OpenRun, Runs
from storeproof.stores.file.searching import search_experiments, search_runs
from storeproof.stores.keeping import KeepingStore
from storeproof.stores.logged_models import with_model
from storeproof.stores.points import history_place
from storeproof.stores.refusals import deleted_experiment, deleted_run, no_tag
from storeproof.stores.removing import Chosen, DeletedExperiment, DeletedRun
from storeproof.stores.search.query import Query

P = ParamSpec("P")
R = TypeVar("R")

_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


def _storage_error(error: OSError) -> StoreError:
    where = f" at {error.filename}" if error.filename else ""
    what = error.strerror or type(error).__name__
    if error.errno in _DENIED:
        return denied(f"The file store may not be read or written{where}: {what}.")
    return unavailable(f"The file store failed{where}: {what}.")


def _primitive(
    method: Callable[Concatenate[FileStore, P], R],
) -> Callable[Concatenate[FileStore, P], R]:
    """A primitive that begins with nothing left unfinished and speaks of the disk in StoreErrors."""

    @wraps(method)
    def call(self: FileStore, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            self._experiments.settle()
            return method(self, *args, **kwargs)
        except OSError as error:
            raise _storage_error(error) from error

    return call


class FileStore(KeepingStore):
    """A store in the folder `root`, which MLflow's own file store can read and write at the same time.

    An empty or missing folder is made a store (EXP-DEFAULT). `artifact_root` is where
    experiments without a location of their own keep artifacts, by default the folder
    itself. Raises StoreError: INVALID_PARAMETER_VALUE if `root` cannot be a folder,
    PERMISSION_DENIED if it must not be made, read or written.
    """

    def __init__(self, root: str, artifact_root: str | None = None) -> None:
        validation.text(root, "The store's folder")
        path = Path(os.path.abspath(root))
        layout = Layout(str(path))
        self._layout = layout
        self._runs = Runs(layout)
        self._experiments = Experiments(
            layout,
            locations.absolute(artifact_root) if artifact_root else path.as_uri(),
            self._runs,
        )
        self._removal = Removal(layout, self._experiments, self._runs)
        try:
            path.mkdir(parents=True, exist_ok=True)
            os.scandir(path).close()
            self._begin()
            self._experiments.report_misnamed()
        except (FileExistsError, NotADirectoryError):
            raise invalid(f"{path} is a file or below one; a file store needs a folder.") from None
        except OSError as error:
            if error.errno in _DENIED:
                raise _storage_error(error) from error
            raise invalid(f"{path} cannot be a file store: {error.strerror}.") from error

    def _begin(self) -> None:
        """Make what an empty store has (EXP-DEFAULT); a store that was emptied but for others is left so."""
        if next(self._layout.experiments(), None) is not None:
            return
        with self._experiments.locked():
            if next(self._layout.experiments(), None) is None:
                Path(self._layout.root, TRASH).mkdir(exist_ok=True)
                self._experiments.create(
                    DEFAULT_EXPERIMENT_NAME, None, {}, now(), DEFAULT_EXPERIMENT_ID
                )

    def close(self) -> None:
        """Nothing is held between calls."""

    # Experiments

    @_primitive
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        with self._experiments.locked():
            return self._experiments.create(name, artifact_location, tags, moment)

    @_primitive
    def _get_experiment(self, experiment_id: str) -> Experiment:
        return self._experiments.get(experiment_id)

    @_primitive
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        found = self._experiments.named(name)
        return None if found is None else self._experiments.get(found.experiment_id)

    @_primitive
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        return search_experiments(self._experiments, query)

    @_primitive
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        with self._experiments.locked():
            self._experiments.rename(experiment_id, name, moment)

    @_primitive
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        with self._experiments.locked():
            self._experiments.delete(experiment_id, moment)

    @_primitive
    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        with self._experiments.locked():
            self._experiments.restore(experiment_id, moment)

    @_primitive
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        with self._experiments.locked():
            self._experiments.set_tag(experiment_id, tag)

    # Runs

    @_primitive
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        with self._experiments.locked():
            place, parent = self._experiments.find(experiment_id)
            if parent.lifecycle_stage is LifecycleStage.DELETED:
                raise deleted_experiment(experiment_id)
            run_id = uuid.uuid4().hex
            info = RunInfo(
                run_id=run_id,
                experiment_id=experiment_id,
                run_name=name,
                user_id=user_id,
                status=RunStatus.RUNNING,
                start_time=start_time,
                end_time=None,
                lifecycle_stage=LifecycleStage.ACTIVE,
                artifact_uri=locations.of_run(parent.artifact_location, run_id),
            )
            with self._experiments.staged(f"{place.path}/{run_id}") as stage:
                self._runs.prepare(stage, info, tags)
        return Run(info, tags=dict(tags))

    @_primitive
    def _get_run(self, run_id: str) -> Run:
        return self._runs.get(run_id)

    @_primitive
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        changes: dict[str, object] = {}
        if status is not None:
            changes["status"] = meta.status_number(status)
        if end_time is not None:
            changes["end_time"] = end_time
        if name is not None:
            changes["run_name"] = name
        with self._runs.writing(run_id) as run:
            _refuse_deleted(run)
            if changes:
                batch = run.batch()
                batch.tags({} if name is None else {RUN_NAME_TAG: name})
                batch.put(META, run.changed_meta(**changes))
                run.make(batch)
            return self._runs.reread(run).info

    @_primitive
    def _delete_run(self, run_id: str, moment: int) -> None:
        self._set_stage(run_id, LifecycleStage.DELETED, moment)

    @_primitive
    def _restore_run(self, run_id: str) -> None:
        self._set_stage(run_id, LifecycleStage.ACTIVE, None)

    def _set_stage(self, run_id: str, stage: LifecycleStage, moment: int | None) -> None:
        # Under the store's lock too, so that a run that its experiment took to the trash stays as it is.
        with self._experiments.locked(), self._runs.writing(run_id) as run:
            if run.meta.info.lifecycle_stage is not stage:
                batch = run.batch()
                text = run.changed_meta(lifecycle_stage=stage.value, deleted_time=moment)
                batch.put(META, text)
                run.make(batch)

    @_primitive
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return search_runs(self._runs, experiment_ids, query)

    # What is logged to a run

    @_primitive
    def _delete_tag(self, run_id: str, key: str) -> None:
        with self._runs.writing(run_id) as run:
            _refuse_deleted(run)
            batch = run.batch()
            if not batch.remove_tag(key):
                raise no_tag(run_id, key)
            run.make(batch)

    @_primitive
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        with self._runs.writing(run_id) as run:
            _refuse_deleted(run)
            batch = run.batch()
            batch.params(run_id, params)
            batch.metrics(metrics)
            batch.tags(tags)
            if name is not None:
                batch.put(META, run.changed_meta(run_name=name))
            run.make(batch)

    @_primitive
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: paging.Place | None
    ) -> Sequence[Metric]:
        found = self._runs.history(run_id, key)
        start = 0 if after is None else bisect_right(found, after, key=history_place)
        return found[start:] if limit is None else found[start : start + limit]

    @_primitive
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Mapping[str, Sequence[Metric]]:
        return {run_id: self._runs.history(run_id, key)[:limit] for run_id in run_ids}

    @_primitive
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        with self._runs.writing(run_id) as run:
            _refuse_deleted(run)
            batch = run.batch()
            batch.uses(uses)
            run.make(batch)

    @_primitive
    def _record_logged_model(self, run_id: str, model: str) -> None:
        with self._runs.writing(run_id) as run:
            _refuse_deleted(run)
            batch = run.batch()
            batch.tags({MODELS_TAG: with_model(batch.tag(MODELS_TAG), model)})
            run.make(batch)

    # Removal for good

    @_primitive
    def stages_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """See RemovingStore."""
        return self._removal.stages_of_runs(run_ids)

    @_primitive
    def stages_of_experiments(self, experiment_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """See RemovingStore."""
        return self._removal.stages_of_experiments(experiment_ids)

    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        """See RemovingStore."""
        parts = self._removal.deleted_runs(chosen)
        while (part := self._next(parts)) is not None:
            yield part

    @_primitive
    def _next(self, parts: Iterator[Sequence[DeletedRun]]) -> Sequence[DeletedRun] | None:
        return next(parts, None)

    @_primitive
    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        """See RemovingStore."""
        return self._removal.deleted_experiments(chosen)

    @_primitive
    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """See RemovingStore."""
        return self._removal.remove_runs(run_ids, until)

    @_primitive
    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """See RemovingStore."""
        return self._removal.remove_experiments(experiment_ids, until)

    @_primitive
    def finish_removal(self) -> None:
        """See RemovingStore."""
        self._removal.finish()


def _refuse_deleted(run: OpenRun) -> None:
    if run.meta.info.lifecycle_stage is LifecycleStage.DELETED:
        raise deleted_run(run.meta.info.run_id)
