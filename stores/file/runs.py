"""The runs of a store: finding, locking, reading and writing one run's folder (RUN-*)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from storeproof.stores.entities import RUN_NAME_TAG, LifecycleStage, Run, RunInfo
from storeproof.stores.errors import missing, unavailable
from storeproof.stores.file import atomic, entries, journal, locks, meta, points
from storeproof.stores.file.batch import Batch
from storeproof.stores.file.cache import Bounded, ParsedFiles
from storeproof.stores.file.entries import LatestPoints, Texts
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

_ATTEMPTS = 20
_CACHED_METAS = 100_000
_CACHED_HOMES = 200_000
_CACHED_ENTRIES = 500_000


@dataclass(slots=True)
class _Content:
    """What is remembered of what was logged to a run."""

    params: Texts = field(default_factory=Texts)
    tags: Texts = field(default_factory=Texts)
    metrics: LatestPoints = field(default_factory=LatestPoints)
    aside: Sidecar = field(default_factory=Sidecar)
    guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def weight(self) -> int:
        """How many entries are held, and one for the run."""
        parts = (self.params, self.tags, self.metrics, self.aside)
        return 1 + sum(part.entries for part in parts)


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
        self._contents: Bounded[_Content] = Bounded(_CACHED_ENTRIES)

    # Reading

    def get(self, run_id: str) -> Run:
        """The run as it is between two writes; no_run()."""
        return self._between_writes(run_id, self._read)

    def history(self, run_id: str, key: str) -> list[points.Point]:
        """The points of a metric, each once, in the order of the history; no_run()."""

        def read(path: str, run_id: str) -> set[points.Point]:
            aside = self._content(run_id).aside
            aside.refresh(path)
            found = set(aside.metrics.get(key, ()))
            if slot(f"{path}/{METRICS}", key) is Slot.FILE:
                found.update(entries.history(f"{path}/{METRICS}/{key}"))
            return found

        return sorted(self._between_writes(run_id, read))

    def infos_of(self, experiment_id: str) -> list[RunInfo]:
        """What the runs of an experiment are; none of an unknown one."""
        for _ in range(_ATTEMPTS):
            place = self._layout.experiment(experiment_id)
            if place is None:
                return []
            found = self.infos(place)
            if os.path.isdir(place.path):
                return found
        raise unavailable(f"Experiment {experiment_id} is moved too often to be read; try again.")

    def infos(self, place: ExperimentPlace) -> list[RunInfo]:
        """What the runs in an experiment's folder are; broken ones are reported and left out (FILE-JUNK)."""
        found = []
        for run_id in run_ids(place.path):
            path = f"{place.path}/{run_id}"
            try:
                found.append(self._metas.read(f"{path}/{META}").info)
            except BrokenEntryError as broken:
                report(broken.path, broken.why)
            except FileNotFoundError:
                if os.path.isdir(path):
                    report(path, "is left out: it has no meta.yaml")
            else:
                self._homes.put(run_id, place.experiment_id)
        return found

    def _read(self, path: str, run_id: str) -> Run:
        info = self._meta(path).info
        content = self._content(run_id)
        with content.guard:
            content.aside.refresh(path)
            tags = {**content.aside.tags, **content.tags.read(f"{path}/{TAGS}")}
            params = {**content.aside.params, **content.params.read(f"{path}/{PARAMS}")}
            latest = content.metrics.read(f"{path}/{METRICS}")
            for key, point in content.aside.latest.items():
                latest[key] = max(point, latest.get(key, point), key=points.rank)
        self._contents.put(run_id, content, content.weight)
        if not info.run_name and RUN_NAME_TAG in tags:
            info = replace(info, run_name=tags[RUN_NAME_TAG])
        return Run(info, params, entries.metrics_of(latest), tags)

    def _between_writes(self, run_id: str, read: Callable[[str, str], T]) -> T:
        """What `read(path, run_id)` finds while nobody writes the run and its folder stays where it is."""
        for _ in range(_ATTEMPTS):
            path = self._find(run_id)
            lock = f"{path}/{LOCK}"
            try:
                with locks.shared(lock) as locked:
                    if not journal.pending(path):
                        found = read(path, run_id)
                        # A run that only MLflow wrote has no lock file until we write it.
                        if locked == os.path.exists(lock) and os.path.exists(f"{path}/{META}"):
                            return found
                        continue
                with locks.exclusive(lock):
                    journal.finish(path)
            except FileNotFoundError:
                continue  # moved to the trash or back
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
                aside = self._content(run_id).aside
                aside.refresh(path)
                yield OpenRun(path, known, aside)
                return
        raise unavailable(f"Run {run_id} is moved too often to be written; try again.")

    def reread(self, run: OpenRun) -> Run:
        """The run as it is now."""
        return self._read(run.path, run.meta.info.run_id)

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
        for info in self.infos(place):
            if info.lifecycle_stage is not stage:
                try:
                    self._stamp(f"{place.path}/{info.run_id}", stage, moment)
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

    def _content(self, run_id: str) -> _Content:
        content = self._contents.get(run_id)
        if content is None:
            content = _Content()
            self._contents.put(run_id, content)
        return content
