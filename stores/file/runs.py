"""The runs of a store: finding, locking, reading and writing one run's folder (RUN-*)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from storeproof.stores.entities import RUN_NAME_TAG, LifecycleStage, Metric, Run, RunInfo
from storeproof.stores.errors import StoreError, missing, unavailable
from storeproof.stores.file import atomic, journal, locks, meta, points
from storeproof.stores.file.batch import Batch
from storeproof.stores.file.cache import Bounded, ParsedFiles, stamp_of
from storeproof.stores.file.content import EVERYTHING, Content, Folder, Parts
from storeproof.stores.file.entries import Histories
from storeproof.stores.file.inputs import Inputs
from storeproof.stores.file.junk import BrokenEntryError, report
from storeproof.stores.file.layout import (
    ARTIFACTS,
    LOCK,
    META,
    METRICS,
    PARAMS,
    TAGS,
    ExperimentPlace,
    Layout,
    is_run_id,
    run_ids,
)
from storeproof.stores.file.sidecar import Sidecar
from storeproof.stores.file.slots import Slot, slot
from storeproof.stores.refusals import no_run

T = TypeVar("T")

Read = Callable[[str, Content, Folder], T]
"""Reads a run's folder with what is remembered of it."""

_ATTEMPTS = 20
_CACHED_METAS = 100_000
_CACHED_HOMES = 200_000
_CACHED_ENTRIES = 500_000
_CACHED_POINTS = 300_000


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run whose lock is held."""

    path: str
    meta: meta.RunMeta
    aside: Sidecar

    def batch(self) -> Batch:
        """An empty batch of changes."""
        return Batch(self.path, self.aside)

    def make(self, batch: Batch) -> None:
        """Make the changes of a batch, all or none (BATCH-ATOMIC)."""
        journal.make(self.path, batch.changes())

    def changed_meta(self, **changes: object) -> str:
        """The text of the run's meta.yaml with other values."""
        return meta.dump(meta.changed(self.meta.document, **changes))


class Runs:
    """Every run below the root."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._metas = ParsedFiles(meta.parse_run, _CACHED_METAS)
        self._homes: Bounded[str] = Bounded(_CACHED_HOMES)
        self._contents: Bounded[Content] = Bounded(_CACHED_ENTRIES)
        self._histories = Histories(_CACHED_POINTS)
        self._inputs = Inputs()

    # Reading

    def get(self, run_id: str, path: str | None = None, parts: Parts = EVERYTHING) -> Run:
        """The run, or these parts of it, as it is between two writes; no_run(). `path` is where it was seen."""

        def read(path: str, content: Content, folder: Folder) -> Run:
            return self._read(path, content, folder, parts)

        return self._between_writes(run_id, path, read)

    def history(self, run_id: str, key: str) -> Sequence[Metric]:
        """The points of a metric, each once, in the order of the history; no_run()."""

        def read(path: str, content: Content, _: Folder) -> Sequence[Metric]:
            metrics = f"{path}/{METRICS}"
            more = content.aside.metrics.get(key, ())
            if slot(metrics, key) is Slot.FILE:
                return self._histories.read(f"{metrics}/{key}", key, more)
            return points.in_order(key, more)

        return self._between_writes(run_id, None, read)

    def info(self, run_id: str) -> RunInfo | None:
        """What a run is, without what was logged to it; None if it is not there or cannot be read."""
        try:
            return self._meta(self._find(run_id)).info
        except (FileNotFoundError, StoreError):
            return None

    def seen_in(self, experiment_id: str) -> list[tuple[str, RunInfo]]:
        """The folders of an experiment's runs, and what the runs are; none of an unknown experiment."""
        for _ in range(_ATTEMPTS):
            place = self._layout.experiment(experiment_id)
            if place is None:
                return []
            found = self.seen_at(place.path)
            if os.path.isdir(place.path):
                return found
        raise unavailable(f"Experiment {experiment_id} is moved too often to be read; try again.")

    def seen_at(self, experiment: str) -> list[tuple[str, RunInfo]]:
        """The runs in an experiment's folder; broken ones are reported and left out (FILE-JUNK)."""
        experiment_id = os.path.basename(experiment)
        found = []
        for run_id in run_ids(experiment):
            path = f"{experiment}/{run_id}"
            try:
                found.append((path, self._metas.read(f"{path}/{META}").info))
            except BrokenEntryError as broken:
                report(broken.path, broken.why)
            except FileNotFoundError:
                if os.path.isdir(path):
                    report(path, f"is left out: it has no {META}")
            else:
                if self._homes.get(run_id) != experiment_id:
                    self._homes.put(run_id, experiment_id)
        return found

    def _read(self, path: str, content: Content, folder: Folder, parts: Parts) -> Run:
        info = self._meta(path).info
        params, metrics, tags = content.logged(path, parts)
        inputs = self._inputs.read(path) if parts.inputs and folder.inputs else ()
        weight = content.weight
        if weight != content.kept_weight:
            content.kept_weight = weight
            self._contents.put(info.run_id, content, weight)
        if not info.run_name and RUN_NAME_TAG in tags:
            info = replace(info, run_name=tags[RUN_NAME_TAG])
        return Run(info, params, metrics, tags, inputs)

    def _between_writes(self, run_id: str, path: str | None, read: Read[T]) -> T:
        """What `read` finds while nobody writes the run and its folder stays where it is; first at `path`, if given."""
        content = self._content(run_id)
        for _ in range(_ATTEMPTS):
            seen, path = path, None
            place = seen or self._find(run_id)
            try:
                found = _at_rest(place, content, read)
                if found is None:
                    found = _under_lock(place, content, read)
            except FileNotFoundError:
                continue  # moved to the trash or back
            if found is not None:
                return found
        raise unavailable(f"Run {run_id} is moved too often to be read; try again.")

    # Writing

    @contextmanager
    def writing(self, run_id: str) -> Iterator[OpenRun]:
        """The run with its lock held and no write of others unfinished; no_run()."""
        for _ in range(_ATTEMPTS):
            path = self._find(run_id)
            with ExitStack() as stack:
                try:
                    stack.enter_context(locks.exclusive(f"{path}/{LOCK}"))
                    journal.finish(path)
                    known = self._meta(path)
                except FileNotFoundError:
                    continue  # moved to the trash or back
                content = self._content(run_id)
                with content.guard:
                    content.aside.refresh(path)
                yield OpenRun(path, known, content.aside)
                return
        raise unavailable(f"Run {run_id} is moved too often to be written; try again.")

    def reread(self, run: OpenRun) -> Run:
        """The run as it is now."""
        content = self._content(run.meta.info.run_id)
        with content.guard:
            return self._read(run.path, content, content.look(run.path), EVERYTHING)

    def prepare(self, path: str, info: RunInfo, tags: Mapping[str, str]) -> None:
        """Fill the empty folder `path` with a run that begins. Nobody looks into it yet."""
        for name in (PARAMS, METRICS, TAGS, ARTIFACTS):
            os.mkdir(f"{path}/{name}")
        Path(path, LOCK).touch()
        batch = Batch(path, Sidecar())
        batch.tags(tags)
        batch.put(META, meta.dump(meta.new_run(info)))
        journal.make_unseen(path, batch.changes())

    def set_stage(self, place: ExperimentPlace, stage: LifecycleStage, moment: int | None) -> None:
        """Give all runs of an experiment this stage, those that do not have it this time of deletion."""
        for path, info in self.seen_at(place.path):
            if info.lifecycle_stage is not stage:
                try:
                    self._stamp(path, stage, moment)
                except BrokenEntryError as broken:
                    report(broken.path, broken.why)  # broken since it was listed

    def _stamp(self, path: str, stage: LifecycleStage, moment: int | None) -> None:
        with locks.exclusive(f"{path}/{LOCK}"):
            journal.finish(path)
            document = self._metas.read(f"{path}/{META}").document
            text = meta.dump(
                meta.changed(document, lifecycle_stage=stage.value, deleted_time=moment)
            )
            atomic.put(path, META, text.encode())

    # Finding

    def _find(self, run_id: str) -> str:
        """The path of the run's folder; no_run()."""
        if not is_run_id(run_id):
            raise no_run(run_id)
        home = self._homes.get(run_id)
        place = None if home is None else self._layout.experiment(home)
        if place is not None and os.path.exists(f"{place.path}/{run_id}/{META}"):
            return f"{place.path}/{run_id}"
        broken: BrokenEntryError | None = None
        for place in self._layout.experiments():
            path = f"{place.path}/{run_id}"
            try:
                self._metas.read(f"{path}/{META}")
            except FileNotFoundError:
                continue
            except BrokenEntryError as error:
                broken = error
                continue
            self._homes.put(run_id, place.experiment_id)
            return path
        if broken is not None:
            raise missing(f"Run {run_id} cannot be read: {broken}.")
        raise no_run(run_id)

    def _meta(self, path: str) -> meta.RunMeta:
        try:
            return self._metas.read(f"{path}/{META}")
        except BrokenEntryError as broken:
            raise missing(f"The run cannot be read: {broken}.") from None

    def _content(self, run_id: str) -> Content:
        content = self._contents.get(run_id)
        if content is None:
            content = Content()
            self._contents.put(run_id, content)
        return content


def _at_rest(path: str, content: Content, read: Read[T]) -> T | None:
    """What `read` finds without the lock; None if a writer was here not long ago, or came meanwhile.

    Whoever writes sets the time of the run's folder first (journal.py). So if it was left
    alone for a while, and has the same time after the reading, no change began meanwhile.
    """
    with content.guard:
        folder = content.look(path)
        if not folder.settled or folder.journal or not content.has_all_aside(path, folder):
            return None
        found = read(path, content, folder)
        if stamp_of(os.stat(path)) == folder.stamp:
            return found
        content.forget()  # it may be half of a batch
    return None


def _under_lock(path: str, content: Content, read: Read[T]) -> T | None:
    """What `read` finds while the lock keeps writers away; None if it is to be tried again."""
    lock = f"{path}/{LOCK}"
    with locks.shared(lock) as locked:
        if not journal.pending(path):
            with content.guard:
                content.aside.refresh(path)
                found = read(path, content, content.look(path))
                # A run that only MLflow wrote has no lock file until we write it.
                if locked == os.path.exists(lock) and os.path.exists(f"{path}/{META}"):
                    return found
                content.forget()
            return None
    with locks.exclusive(lock):
        journal.finish(path)
    return None
