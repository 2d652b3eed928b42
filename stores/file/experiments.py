"""The experiments of a store, and the store's lock: every change of an experiment is made under it (EXP-*).

Deleting and restoring touch many files. They are written into the store's journal first,
and whoever comes next finishes them if they were interrupted (FILE-CRASH).
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from storeproof.stores import locations
from storeproof.stores.entities import Experiment, LifecycleStage, Tag
from storeproof.stores.errors import invalid, missing, unavailable
from storeproof.stores.file import atomic, journal, locks, meta
from storeproof.stores.file.batch import Batch
from storeproof.stores.file.cache import Bounded, ParsedFiles
from storeproof.stores.file.entries import Texts
from storeproof.stores.file.junk import BrokenEntryError, report
from storeproof.stores.file.layout import (
    JOURNAL,
    LOCK,
    META,
    TAGS,
    ExperimentPlace,
    Layout,
)
from storeproof.stores.file.runs import Runs
from storeproof.stores.file.sidecar import Sidecar
from storeproof.stores.refusals import deleted_experiment, name_taken, no_experiment

_ATTEMPTS = 20
_CACHED = 100_000
_ID_DIGITS = 18

_STAGE = "new"
_DELETE = "delete"
_RESTORE = "restore"


@dataclass(slots=True)
class _Labels:
    """What is remembered of an experiment's tags."""

    tags: Texts = field(default_factory=Texts)
    aside: Sidecar = field(default_factory=Sidecar)

    def read(self, path: str) -> dict[str, str]:
        """The tags as they are now."""
        self.aside.refresh(path)
        return {**self.aside.tags, **self.tags.read(f"{path}/{TAGS}")}


class Experiments:
    """Every experiment below the root."""

    def __init__(self, layout: Layout, artifact_root: str, runs: Runs) -> None:
        self._layout = layout
        self._artifact_root = artifact_root
        self._runs = runs
        self._metas = ParsedFiles(meta.parse_experiment, _CACHED)
        self._labels: Bounded[_Labels] = Bounded(_CACHED)

    # The store's lock

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store's lock, with no deletion or restoration of others unfinished."""
        lock = f"{self._layout.work}/{LOCK}"
        if not os.path.isdir(self._layout.work):
            os.makedirs(self._layout.work, exist_ok=True)
        with locks.exclusive(lock):
            self._finish()
            yield

    def settle(self) -> None:
        """Finish a deletion or restoration that was interrupted, or wait for one that is not done."""
        if journal.pending(self._layout.work):
            with self.locked():
                pass

    @contextmanager
    def staged(self, target: str) -> Iterator[str]:
        """An empty folder that appears as `target` by one rename when it is filled. Needs the store's lock."""
        stage = f"{self._layout.work}/{_STAGE}"
        if os.path.exists(stage):
            shutil.rmtree(stage)  # left by a process that was killed
        os.mkdir(stage)
        yield stage
        os.rename(stage, target)

    # Reading

    def get(self, experiment_id: str) -> Experiment:
        """The experiment with its tags; no_experiment()."""
        for _ in range(_ATTEMPTS):
            place, bare = self.find(experiment_id)
            whole = self.with_tags(place, bare)
            if os.path.exists(f"{place.path}/{META}"):
                return whole
        raise unavailable(f"Experiment {experiment_id} is moved too often to be read; try again.")

    def find(self, experiment_id: str) -> tuple[ExperimentPlace, Experiment]:
        """The place of an experiment, and the experiment without its tags; no_experiment()."""
        try:
            found = self._find(experiment_id)
        except BrokenEntryError as broken:
            raise missing(f"Experiment {experiment_id} cannot be read: {broken}.") from None
        if found is None:
            raise no_experiment(experiment_id)
        return found

    def all(self) -> list[tuple[ExperimentPlace, Experiment]]:
        """Every experiment without its tags; broken ones are reported and left out (FILE-JUNK)."""
        found = []
        for place in self._layout.experiments():
            try:
                found.append(self._find(place.experiment_id))
            except BrokenEntryError as broken:
                report(broken.path, broken.why)
        return [each for each in found if each is not None]

    def named(self, name: str) -> Experiment | None:
        """The experiment of this name, without its tags."""
        return next((each for _, each in self.all() if each.name == name), None)

    def with_tags(self, place: ExperimentPlace, bare: Experiment) -> Experiment:
        """The experiment with its tags."""
        labels = self._labels.get(place.experiment_id)
        if labels is None:
            labels = _Labels()
            self._labels.put(place.experiment_id, labels)
        return replace(bare, tags=labels.read(place.path))

    def report_misnamed(self) -> None:
        """Report the folders that would be experiments if their names were plain numbers (FILE-JUNK)."""
        for path in self._layout.misnamed():
            report(path, "is left out: an experiment's folder is named by a plain number")

    # Writing; all of it needs the store's lock

    def create(
        self,
        name: str,
        location: str | None,
        tags: Mapping[str, str],
        moment: int,
        experiment_id: str | None = None,
    ) -> str:
        """Make an experiment, with a new id if none is given; name_taken()."""
        if self.named(name) is not None:
            raise name_taken(name)
        new_id = self._new_id() if experiment_id is None else experiment_id
        chosen = locations.below(self._artifact_root, new_id) if location is None else location
        with self.staged(f"{self._layout.root}/{new_id}") as stage:
            batch = Batch(stage, Sidecar())
            batch.tags(tags)
            batch.put(META, meta.dump(meta.new_experiment(new_id, name, chosen, moment)))
            journal.make_unseen(stage, batch.changes())
        return new_id

    def rename(self, experiment_id: str, name: str, moment: int) -> None:
        """Change the name; no_experiment(), deleted_experiment(), name_taken()."""
        place = self._active(experiment_id)
        other = self.named(name)
        if other is not None and other.experiment_id != experiment_id:
            raise name_taken(name)
        self._rewrite(place, name=name, last_update_time=moment)

    def set_tag(self, experiment_id: str, tag: Tag) -> None:
        """Set a tag; no_experiment(), deleted_experiment()."""
        place = self._active(experiment_id)
        aside = Sidecar()
        aside.refresh(place.path)
        batch = Batch(place.path, aside)
        batch.tags({tag.key: tag.value})
        # In this order each change is harmless without the next: the layout's tag is the one read.
        journal.make_unseen(place.path, batch.changes())

    def delete(self, experiment_id: str, moment: int) -> None:
        """Delete an active experiment and its runs; else no_experiment()."""
        _, known = self.find(experiment_id)
        if known.lifecycle_stage is LifecycleStage.DELETED:
            raise no_experiment(experiment_id)
        self._move(_DELETE, experiment_id, moment, f"{self._layout.trash}/{experiment_id}")

    def restore(self, experiment_id: str, moment: int) -> None:
        """Restore a deleted experiment and its runs; else no_experiment()."""
        _, known = self.find(experiment_id)
        if known.lifecycle_stage is LifecycleStage.ACTIVE:
            raise no_experiment(experiment_id)
        self._move(_RESTORE, experiment_id, moment, f"{self._layout.root}/{experiment_id}")

    def _active(self, experiment_id: str) -> ExperimentPlace:
        place, known = self.find(experiment_id)
        if known.lifecycle_stage is LifecycleStage.DELETED:
            raise deleted_experiment(experiment_id)
        return place

    def _find(self, experiment_id: str) -> tuple[ExperimentPlace, Experiment] | None:
        for _ in range(_ATTEMPTS):
            place = self._layout.experiment(experiment_id)
            if place is None:
                return None
            try:
                return place, self._bare(place)
            except FileNotFoundError:
                if os.path.isdir(place.path):
                    raise BrokenEntryError(place.path, f"has no {META}") from None
        raise unavailable(f"Experiment {experiment_id} is moved too often to be read; try again.")

    def _bare(self, place: ExperimentPlace) -> Experiment:
        known = self._metas.read(f"{place.path}/{META}").experiment
        if place.trashed and known.lifecycle_stage is LifecycleStage.ACTIVE:
            return replace(known, lifecycle_stage=LifecycleStage.DELETED)
        return known

    def _rewrite(self, place: ExperimentPlace, **changes: object) -> None:
        document = self._metas.read(f"{place.path}/{META}").document
        text = meta.dump(meta.changed(document, **changes))
        atomic.put(place.path, META, text.encode())

    def _new_id(self) -> str:
        """A random number of 18 digits, as MLflow takes them, that is not in use."""
        while True:
            candidate = str(uuid.uuid4().int)[:_ID_DIGITS]
            if self._layout.experiment(candidate) is None and candidate[0] != "0":
                return candidate

    # Deletion and restoration

    def _move(self, action: str, experiment_id: str, moment: int, target: str) -> None:
        place, _ = self.find(experiment_id)
        if place.path != target and os.path.lexists(target):
            raise invalid(f"{target} is in the way of experiment {experiment_id}; remove it first.")
        note = json.dumps([action, experiment_id, moment])
        atomic.put(self._layout.work, JOURNAL, note.encode())
        self._finish()

    def _finish(self) -> None:
        path = f"{self._layout.work}/{JOURNAL}"
        data = atomic.content_of(path)
        if data is None:
            return
        try:
            action, experiment_id, moment = json.loads(data)
        except (ValueError, TypeError):
            # It was renamed into place whole, so only a crash of the machine can have damaged it.
            report(path, "is no journal and is dropped")
        else:
            self._carry_out(action, experiment_id, moment)
        os.remove(path)

    def _carry_out(self, action: str, experiment_id: str, moment: int) -> None:
        """Every step may have been taken already. Runs are only written while they are in the root."""
        place = self._layout.experiment(experiment_id)
        if place is None:
            return  # removed by hand since
        home = ExperimentPlace(experiment_id, f"{self._layout.root}/{experiment_id}", trashed=False)
        if action == _DELETE:
            if not place.trashed:
                self._runs.set_stage(home, LifecycleStage.DELETED, moment)
                self._stamp(home, LifecycleStage.DELETED, moment)
                Path(self._layout.trash).mkdir(exist_ok=True)
                os.rename(home.path, f"{self._layout.trash}/{experiment_id}")
        else:
            if place.trashed:
                os.rename(place.path, home.path)
            self._runs.set_stage(home, LifecycleStage.ACTIVE, None)
            self._stamp(home, LifecycleStage.ACTIVE, moment)

    def _stamp(self, home: ExperimentPlace, stage: LifecycleStage, moment: int) -> None:
        try:
            self._rewrite(home, lifecycle_stage=stage.value, last_update_time=moment)
        except BrokenEntryError as broken:
            report(broken.path, broken.why)  # broken since the journal was written: nothing to save
