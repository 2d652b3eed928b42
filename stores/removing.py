"""The contract of a store that removes for good what is deleted (GC-*, HARD-DELETE).

What is said here is for gc.py, which chooses, removes artifacts first, and tells of its progress.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storeproof.stores import refusals
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import LifecycleStage

AT_ONCE = 500
"""The most runs that a store lists or removes at once."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of what is deleted: what all of these allow; None allows everything (GC-SCOPE).

    `until` is the latest time of deletion in ms; what has no such time is older than nothing
    (GC-OLDER).
    """

    run_ids: Sequence[str] | None = None
    experiment_ids: Sequence[str] | None = None
    until: int | None = None

    def reached(self, deleted_time: int | None) -> bool:
        """Whether something was deleted early enough."""
        return self.until is None or (deleted_time is not None and deleted_time <= self.until)


EVERYTHING = Chosen()


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A deleted run; `deleted_time` in ms, None where a version before there was one deleted it."""

    run_id: str
    experiment_id: str
    artifact_uri: str
    deleted_time: int | None


@dataclass(frozen=True, slots=True)
class DeletedExperiment:
    """A deleted experiment; its time of deletion is that of its last change, for it takes none since.

    `is_needed` says that it holds a run that is active, or not deleted early enough.
    """

    experiment_id: str
    name: str
    deleted_time: int | None
    is_needed: bool


class RemovingStore(TrackingStore):
    """A TrackingStore that can remove for good. Ids are strings of any shape; unknown ones are passed over."""

    @abstractmethod
    def stages_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """The stages of those of these runs that are there, AT_ONCE at most."""

    @abstractmethod
    def stages_of_experiments(self, experiment_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """The stages of those of these experiments that are there, AT_ONCE at most."""

    @abstractmethod
    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        """The deleted runs that are chosen, in parts of AT_ONCE at most, each as it is when it is asked for."""

    @abstractmethod
    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        """The deleted experiments that are chosen; `chosen.run_ids` is no matter here."""

    @abstractmethod
    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """Remove, with all that is logged to them, those that are deleted and were so at `until`; their ids.

        AT_ONCE at most. That they are still deleted is seen in the unit that takes them away:
        a run that was restored meanwhile stays whole. Interrupted, it is finished by
        finish_removal().
        """

    @abstractmethod
    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """Remove, with tags and datasets, those that are deleted, were so at `until`, and hold no run; their ids."""

    @abstractmethod
    def finish_removal(self) -> None:
        """Remove what an interrupted remove_runs() or remove_experiments() left (GC-IDEMPOTENT)."""

    def _hard_delete_run(self, run_id: str) -> None:
        if not self.remove_runs([run_id], None):
            known = self.stages_of_runs([run_id])
            raise refusals.active_run(run_id) if known else refusals.no_run(run_id)

    def _hard_delete_experiment(self, experiment_id: str) -> None:
        stage = self.stages_of_experiments([experiment_id]).get(experiment_id)
        if stage is None:
            raise refusals.no_experiment(experiment_id)
        found = self.deleted_experiments(Chosen(experiment_ids=[experiment_id]))
        if any(not each.is_needed for each in found):
            for runs in self.deleted_runs(Chosen(experiment_ids=[experiment_id])):
                self.remove_runs([each.run_id for each in runs], None)
            if self.remove_experiments([experiment_id], None):
                return
        raise refusals.active_experiment(experiment_id)
