"""Stores that break one rule of deletion for good each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wrapper import Wrapper, breaks

from storeproof.stores.artifacts import Artifacts
from storeproof.stores.contract import now
from storeproof.stores.entities import LifecycleStage, ViewType
from storeproof.stores.errors import StoreError
from storeproof.stores.gc import collect, duration, plan
from storeproof.stores.removing import EVERYTHING, Chosen, DeletedExperiment, DeletedRun

Ids = Sequence[str] | None


class Collecting(Wrapper):
    """A store with a gc of its own, which keeps every rule."""

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        what = plan(self, run_ids, experiment_ids, older_than)
        return list(collect(self, what, self.artifacts()).kept)

    def artifacts(self) -> Artifacts:
        return Artifacts()


@breaks("GC-SCOPE")
class RunIdsIgnored(Collecting):
    """Issue 13254."""

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        plan(self, run_ids, experiment_ids, older_than)
        return super().gc(None, experiment_ids, older_than)


@breaks("GC-SCOPE")
class SelectorsJoinedByOr(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if run_ids is None or experiment_ids is None:
            return super().gc(run_ids, experiment_ids, older_than)
        return super().gc(run_ids, None, older_than) + super().gc(None, experiment_ids, older_than)


@breaks("GC-SCOPE")
class IdsOverruleTheAge(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        named = run_ids is not None or experiment_ids is not None
        return super().gc(run_ids, experiment_ids, None if named else older_than)


@breaks("GC-SCOPE")
class ActiveRunsGoWithTheirExperiment(Wrapper):
    """As MLflow's gc has it."""

    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        found = super().deleted_experiments(chosen)
        return [replace(each, is_needed=False) for each in found]

    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        for page in [self.search_runs(experiment_ids, ViewType.ACTIVE_ONLY)]:
            for run in page.items:
                self.good._delete_run(run.info.run_id, now())
                self.good.remove_runs([run.info.run_id], None)
        return super().remove_experiments(experiment_ids, until)


@breaks("GC-SCOPE")
class DeletedRunsOfActiveExperimentsStay(Wrapper):
    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        for part in super().deleted_runs(chosen):
            parents = self.stages_of_experiments([each.experiment_id for each in part])
            yield [each for each in part if parents[each.experiment_id] is LifecycleStage.DELETED]


@breaks("GC-CHECK-FIRST")
class CheckedOneByOne(Collecting):
    """What comes before the bad one is gone."""

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if run_ids is None:
            return super().gc(run_ids, experiment_ids, older_than)
        kept = []
        for each in run_ids:
            kept += super().gc([each], experiment_ids, older_than)
        return kept


@breaks("GC-CHECK-FIRST")
class UnknownIdsPassedOver(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if run_ids is not None:
            run_ids = list(self.stages_of_runs(run_ids))
        return super().gc(run_ids, experiment_ids, older_than)


@breaks("GC-CHECK-FIRST")
class ActiveExperimentsPassedOver(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        stages = self.stages_of_experiments(experiment_ids or ())
        active = [each for each in stages if stages[each] is LifecycleStage.ACTIVE]
        if experiment_ids is not None:
            experiment_ids = [each for each in experiment_ids if each not in active]
        return super().gc(run_ids, experiment_ids, older_than)


@breaks("GC-COMPLETE")
class DatasetsOfExperimentsStay(Wrapper):
    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        for each in experiment_ids:
            kept = self.folder / ".trash" / each / "datasets"
            if kept.is_dir():
                shutil.copytree(kept, self.folder / f"left-{each}")
        return super().remove_experiments(experiment_ids, until)


@breaks("GC-COMPLETE")
class FoldersOfRunsStay(Wrapper):
    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        for each in run_ids:
            for folder in list(self.folder.glob(f"**/{each}")):
                shutil.copytree(folder, self.folder / "left" / each)
        return super().remove_runs(run_ids, until)


@breaks("GC-COMPLETE")
class DatasetsOfAllRunsGoWithOne(Wrapper):
    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        for each in run_ids:
            for folder in list(self.folder.glob(f"**/{each}")):
                shutil.rmtree(folder.parent / "datasets", ignore_errors=True)
        return super().remove_runs(run_ids, until)


@breaks("EXP-NAME-UNIQUE")
class NamesStayTaken(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()

    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        self.taken |= {self.get_experiment(each).name for each in experiment_ids}
        return super().remove_experiments(experiment_ids, until)

    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        if name in self.taken:
            name = next(each.name for each in self.search_experiments(ViewType.ALL).items)
        return super()._create_experiment(name, artifact_location, tags, moment)


@breaks("GC-ARTIFACTS")
class ArtifactsStay(Collecting):
    def artifacts(self) -> Artifacts:
        class Nothing(Artifacts):
            def remove(self, run_id: str, artifact_uri: str) -> None:
                if artifact_uri.startswith("nowhere"):
                    super().remove(run_id, artifact_uri)

        return Nothing()


@breaks("GC-ARTIFACTS")
class RunsGoThoughTheirArtifactsStay(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        kept = super().gc(run_ids, experiment_ids, older_than)
        self.remove_runs(kept, None)
        return kept


@breaks("GC-ARTIFACTS")
class RunsStayUnnamed(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        super().gc(run_ids, experiment_ids, older_than)
        return []


@breaks("GC-ARTIFACTS")
class NoArtifactsIsAnError(Collecting):
    """Issue 7558."""

    def artifacts(self) -> Artifacts:
        class Strict(Artifacts):
            def remove(self, run_id: str, artifact_uri: str) -> None:
                if artifact_uri.startswith("/"):
                    Path(artifact_uri).stat()
                super().remove(run_id, artifact_uri)

        return Strict()


@breaks("GC-ARTIFACTS")
class LinksAreFollowed(Collecting):
    def artifacts(self) -> Artifacts:
        class Following(Artifacts):
            def remove(self, run_id: str, artifact_uri: str) -> None:
                if Path(artifact_uri).is_symlink():
                    shutil.rmtree(Path(artifact_uri).resolve())
                super().remove(run_id, artifact_uri)

        return Following()


@breaks("GC-ARTIFACTS")
class TheWholeRootGoes(Collecting):
    def artifacts(self) -> Artifacts:
        class Whole(Artifacts):
            def remove(self, run_id: str, artifact_uri: str) -> None:
                super().remove(run_id, artifact_uri)
                shutil.rmtree(Path(artifact_uri).parent.parent, ignore_errors=True)

        return Whole()


@breaks("GC-IDEMPOTENT")
class TheSecondTimeFails(Collecting):
    def __init__(self) -> None:
        super().__init__()
        self.done = False

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if self.done:
            raise FileNotFoundError("what is to be removed")
        self.done = True
        return super().gc(run_ids, experiment_ids, older_than)


@breaks("GC-IDEMPOTENT")
class TriedIsDone(Collecting):
    """A run that was among the selected once is not looked at again."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: set[str] = set()

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        fresh = None if run_ids is None else [each for each in run_ids if each not in self.tried]
        self.tried |= set(run_ids or ())
        return super().gc(fresh, experiment_ids, older_than)


@breaks("GC-OLDER")
class DurationsAreSearchedFor(Collecting):
    """Not matched as a whole."""

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        found = re.search(r"\d+[dhms]", older_than or "")
        return super().gc(run_ids, experiment_ids, older_than and found and found[0])


@breaks("GC-OLDER")
class FractionsAreCut(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if older_than is not None:
            duration(older_than)
            older_than = re.sub(r"\.\d+", "", older_than)
            older_than = re.sub(r"0\.?d0\.?h", "0d", older_than)
        return super().gc(run_ids, experiment_ids, older_than)


@breaks("GC-OLDER")
class MinutesAreMonths(Collecting):
    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        if older_than is not None and re.fullmatch(r"[\d.]+m", older_than):
            older_than = f"{float(older_than[:-1]) * 1e6:f}d"
        return super().gc(run_ids, experiment_ids, older_than)


@breaks("GC-OLDER")
class TheStartCounts(Collecting):
    """Compares with the start of a run."""

    def gc(self, run_ids: Ids, experiment_ids: Ids, older_than: str | None) -> list[str]:
        kept = super().gc(run_ids, experiment_ids, older_than)
        if older_than is not None and run_ids is not None:
            limit = now() - duration(older_than)
            started = {
                each: self.get_run(each).info.start_time or 0
                for each in self.stages_of_runs(run_ids)
            }
            self.remove_runs([each for each in started if started[each] <= limit], None)
        return kept


@breaks("HARD-DELETE")
class MissingRunsAreNoError(Wrapper):
    def _hard_delete_run(self, run_id: str) -> None:
        self.remove_runs([run_id], None)


@breaks("HARD-DELETE")
class MissingExperimentsAreInvalid(Wrapper):
    def _hard_delete_experiment(self, experiment_id: str) -> None:
        try:
            super()._hard_delete_experiment(experiment_id)
        except StoreError:
            self.good._rename_experiment("0", "Default", now())


@breaks("HARD-DELETE")
class RemovedRunsAreOnlyHidden(Wrapper):
    """A call that does not look at the list of the hidden finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[str] = set()

    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        found = {
            run.run_id
            for part in self.good.deleted_runs(replace(EVERYTHING, run_ids=run_ids))
            for run in part
        }
        fresh = sorted(found - self.hidden)
        self.hidden |= set(fresh)
        return fresh
