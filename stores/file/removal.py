"""What is deleted goes for good: its folder is taken out of the store by one rename, then emptied (HARD-DELETE).

Whatever stands in the folder REMOVED of the store's work folder is in nobody's way: an
interrupted removal leaves it there, and finish() removes the rest (GC-IDEMPOTENT).
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from storeproof.stores.entities import LifecycleStage, RunInfo
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.file.experiments import Experiments
from storeproof.stores.file.layout import Layout, run_ids
from storeproof.stores.file.runs import Runs
from storeproof.stores.removing import AT_ONCE, Chosen, DeletedExperiment, DeletedRun

REMOVED = "removed"


class Removal:
    """What a folder's store does to remove for good."""

    def __init__(self, layout: Layout, experiments: Experiments, runs: Runs) -> None:
        self._layout = layout
        self._experiments = experiments
        self._runs = runs

    # What is there

    def stages_of_runs(self, wanted: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """By id, of those that are there and can be read."""
        found = {each: self._runs.info(each) for each in wanted}
        return {each: info.lifecycle_stage for each, info in found.items() if info is not None}

    def stages_of_experiments(self, wanted: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """By id, of those that are there and can be read."""
        known = {each.experiment_id: each.lifecycle_stage for _, each in self._experiments.all()}
        return {each: known[each] for each in wanted if each in known}

    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        """Experiment by experiment."""
        if chosen.run_ids is not None:
            infos = map(self._runs.info, dict.fromkeys(chosen.run_ids))
            yield from _parts(chosen, [each for each in infos if each is not None])
            return
        for place in list(self._layout.experiments()):
            if chosen.experiment_ids is None or place.experiment_id in chosen.experiment_ids:
                seen = self._runs.seen_in(place.experiment_id)
                yield from _parts(chosen, [info for _, info in seen])

    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        """In the order of their ids."""
        found = [
            DeletedExperiment(
                each.experiment_id,
                each.name,
                each.last_update_time,
                self._is_needed(place.path, chosen),
            )
            for place, each in self._experiments.all()
            if each.lifecycle_stage is LifecycleStage.DELETED
            and chosen.reached(each.last_update_time)
            and (chosen.experiment_ids is None or each.experiment_id in chosen.experiment_ids)
        ]
        return sorted(found, key=lambda each: int(each.experiment_id))

    def _is_needed(self, path: str, chosen: Chosen) -> bool:
        """Whether a folder of a run is there that will not go; one that cannot be read is not known to."""
        going = {info.run_id for _, info in self._runs.seen_at(path) if _is_deleted(info, chosen)}
        return not going.issuperset(run_ids(path))

    # Removal

    def remove_runs(self, wanted: Sequence[str], until: int | None) -> Sequence[str]:
        """Under the store's lock, as restoring is; the folders are emptied without it."""
        chosen = Chosen(until=until)
        with self._experiments.locked():
            taken = {each: path for each in wanted if (path := self._take_run(each, chosen))}
        self._empty(taken.values())
        return list(taken)

    def _take_run(self, run_id: str, chosen: Chosen) -> str | None:
        try:
            with self._runs.writing(run_id) as run:
                if not _is_deleted(run.meta.info, chosen):
                    return None
        except StoreError as error:
            if error.code is not ErrorCode.RESOURCE_DOES_NOT_EXIST:
                raise
            return None
        # Its stage stays what it is while the store is locked, and it takes no writes.
        return self._take(run.path)

    def remove_experiments(self, wanted: Sequence[str], until: int | None) -> Sequence[str]:
        """The folders of those that hold no run, with all that is in them."""
        chosen = Chosen(until=until)
        with self._experiments.locked():
            taken = {
                each.experiment_id: self._take(place.path)
                for place, each in self._experiments.all()
                if each.experiment_id in wanted
                and each.lifecycle_stage is LifecycleStage.DELETED
                and chosen.reached(each.last_update_time)
                and not run_ids(place.path)
            }
        self._empty(taken.values())
        return list(taken)

    def finish(self) -> None:
        """Remove what an interrupted removal left."""
        folder = f"{self._layout.work}/{REMOVED}"
        with suppress(FileNotFoundError):
            self._empty([f"{folder}/{each}" for each in os.listdir(folder)])

    def _take(self, path: str) -> str:
        folder = f"{self._layout.work}/{REMOVED}"
        os.makedirs(folder, exist_ok=True)
        target = f"{folder}/{uuid.uuid4().hex}"
        os.rename(path, target)
        return target

    def _empty(self, paths: Iterable[str]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):  # another who finishes was quicker
                if os.path.islink(path):
                    os.unlink(path)
                else:
                    shutil.rmtree(path)


def _is_deleted(info: RunInfo, chosen: Chosen) -> bool:
    return info.lifecycle_stage is LifecycleStage.DELETED and chosen.reached(info.deleted_time)


def _parts(chosen: Chosen, infos: Sequence[RunInfo]) -> Iterator[Sequence[DeletedRun]]:
    """Those that are chosen."""
    found = [
        DeletedRun(info.run_id, info.experiment_id, info.artifact_uri, info.deleted_time)
        for info in infos
        if _is_deleted(info, chosen)
        and (chosen.experiment_ids is None or info.experiment_id in chosen.experiment_ids)
    ]
    return (found[first : first + AT_ONCE] for first in range(0, len(found), AT_ONCE))
