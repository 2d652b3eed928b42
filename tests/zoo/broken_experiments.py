"""Stores that break one rule of experiments each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from wrapper import Wrapper, breaks

from storeproof.stores.contract import now
from storeproof.stores.entities import Experiment, LifecycleStage, Run, Tag, ViewType
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.refusals import name_taken, no_experiment
from storeproof.stores.search.query import Query, experiment_query, run_query


def is_deleted(experiment: Experiment) -> bool:
    return experiment.lifecycle_stage is LifecycleStage.DELETED


@breaks("EXP-DEFAULT")
class DefaultNamedOtherwise(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.good._rename_experiment("0", "default", now())


@breaks("EXP-DEFAULT")
class NoDefault(Wrapper):
    def _get_experiment(self, experiment_id: str) -> Experiment:
        if experiment_id == "0":
            raise no_experiment(experiment_id)
        return super()._get_experiment(experiment_id)

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        found = super()._search_experiments(query)
        return [each for each in found if each.experiment_id != "0"]


@breaks("EXP-CREATE")
class TagsOfCreateLost(Wrapper):
    def _create_experiment(
        self,
        name: str,
        artifact_location: str | None,
        tags: Mapping[str, str],
        moment: int,
    ) -> str:
        return super()._create_experiment(name, artifact_location, {}, moment)


@breaks("EXP-CREATE")
class IdIsANumber(Wrapper):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        return int(super().create_experiment(name, artifact_location, tags))  # type: ignore[return-value]

    def get_experiment(self, experiment_id: str) -> Experiment:
        return super().get_experiment(str(experiment_id))


@breaks("EXP-NAME-LENGTH")
class NameCutAt250(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        return super()._create_experiment(name[:250], artifact_location, tags, moment)


@breaks("EXP-NAME-LENGTH")
class NameCountedInBytes(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        if len(name.encode()) > 256:
            raise invalid("The name is too long.")
        return super()._create_experiment(name, artifact_location, tags, moment)


@breaks("EXP-NAME-LENGTH")
class EmptyName(Wrapper):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        if name == "":
            return self._create_experiment("", artifact_location, {}, now())
        return super().create_experiment(name, artifact_location, tags)


@breaks("EXP-NAME-UNIQUE")
class DeletionFreesTheName(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        owner = self._get_experiment_by_name(name)
        if owner is not None and is_deleted(owner):
            self._restore_experiment(owner.experiment_id, moment)
            self._rename_experiment(owner.experiment_id, f"{name} of old", moment)
            self._delete_experiment(owner.experiment_id, moment)
        return super()._create_experiment(name, artifact_location, tags, moment)


@breaks("EXP-NAME-UNIQUE")
class TakenNameGivesTheOtherId(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        owner = self._get_experiment_by_name(name)
        if owner is not None:
            return owner.experiment_id
        return super()._create_experiment(name, artifact_location, tags, moment)


@breaks("EXP-NAME-EXACT")
class NamesFoundInAnyCase(Wrapper):
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        for each in self._search_experiments(experiment_query(ViewType.ALL)):
            if each.name.casefold() == name.casefold():
                return each
        return None


@breaks("EXP-NAME-EXACT")
class NamesUniqueWithoutAccents(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        if self._get_experiment_by_name(name.replace("é", "e")) is not None:
            raise name_taken(name)
        return super()._create_experiment(name, artifact_location, tags, moment)


@breaks("EXP-NAME-ANY")
class NamesOfThreeBytes(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        kept = "".join(each if each <= "\uffff" else "?" for each in name)
        return super()._create_experiment(kept, artifact_location, tags, moment)


@breaks("EXP-NAME-ANY")
class NamesPastedIntoStatements(Wrapper):
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        if "'" in name:
            raise RuntimeError("syntax error")
        return super()._get_experiment_by_name(name)


@breaks("EXP-ID-UNKNOWN")
class IdsReadAsNumbers(Wrapper):
    def _get_experiment(self, experiment_id: str) -> Experiment:
        with suppress(ValueError):
            experiment_id = str(int(experiment_id))
        return super()._get_experiment(experiment_id)


@breaks("EXP-ID-UNKNOWN")
class IdsForcedToNumbers(Wrapper):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        super()._delete_experiment(str(int(experiment_id)), moment)


@breaks("EXP-BY-NAME-MISSING")
class MissingNameIsAnError(Wrapper):
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        found = super()._get_experiment_by_name(name)
        if found is None:
            raise no_experiment(name)
        return found


@breaks("EXP-BY-NAME-MISSING")
class NamesArePatterns(Wrapper):
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        if name.endswith("%"):
            for each in self._search_experiments(experiment_query(ViewType.ALL)):
                if each.name.startswith(name[:-1]):
                    return each
        return super()._get_experiment_by_name(name)


@breaks("EXP-TIMES")
class TimesInSeconds(Wrapper):
    def _get_experiment(self, experiment_id: str) -> Experiment:
        found = super()._get_experiment(experiment_id)
        return replace(found, creation_time=(found.creation_time or 0) // 1000)


@breaks("EXP-TIMES")
class RenameMovesNoTime(Wrapper):
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        before = self._get_experiment(experiment_id).last_update_time
        super()._rename_experiment(experiment_id, name, before or moment)


@breaks("EXP-RENAME")
class RenameLosesTheTags(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.renamed: set[str] = set()

    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        super()._rename_experiment(experiment_id, name, moment)
        self.renamed.add(experiment_id)

    def _get_experiment(self, experiment_id: str) -> Experiment:
        found = super()._get_experiment(experiment_id)
        return replace(found, tags={}) if experiment_id in self.renamed else found


@breaks("EXP-RENAME")
class OwnNameIsTaken(Wrapper):
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        if self._get_experiment_by_name(name) is not None:
            raise name_taken(name)
        super()._rename_experiment(experiment_id, name, moment)


@breaks("EXP-RENAME")
class DeletedExperimentRenamed(Wrapper):
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        deleted = is_deleted(self._get_experiment(experiment_id))
        if deleted:
            self._restore_experiment(experiment_id, moment)
        super()._rename_experiment(experiment_id, name, moment)
        if deleted:
            self._delete_experiment(experiment_id, moment)


@breaks("EXP-DELETE")
class DeletionForgetsTheRuns(Wrapper):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        runs = self._search_runs([experiment_id], run_query(ViewType.ACTIVE_ONLY))
        super()._delete_experiment(experiment_id, moment)
        for run in runs:
            self._restore_run(run.info.run_id)


@breaks("EXP-DELETE")
class SecondDeletionSucceeds(Wrapper):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        with suppress(StoreError):
            super()._delete_experiment(experiment_id, moment)


@breaks("EXP-RESTORE")
class RestoringForgetsTheRuns(Wrapper):
    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        super()._restore_experiment(experiment_id, moment)
        for run in self._search_runs([experiment_id], run_query(ViewType.ALL)):
            self._delete_run(run.info.run_id, moment)


@breaks("EXP-RESTORE")
class RestoringLeavesEarlierDeletions(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.deleted: dict[str, Sequence[Run]] = {}

    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        runs = self._search_runs([experiment_id], run_query(ViewType.DELETED_ONLY))
        super()._delete_experiment(experiment_id, moment)
        self.deleted[experiment_id] = runs

    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        super()._restore_experiment(experiment_id, moment)
        for run in self.deleted[experiment_id]:
            self._delete_run(run.info.run_id, moment)


@breaks("EXP-RESTORE")
class ActiveExperimentRestored(Wrapper):
    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        if is_deleted(self._get_experiment(experiment_id)):
            super()._restore_experiment(experiment_id, moment)


@breaks("EXP-ARTIFACT")
class LocationCutAt256(Wrapper):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        location = None if artifact_location is None else artifact_location[:256]
        return super().create_experiment(name, location, tags)


@breaks("EXP-ARTIFACT")
class LocationNormalised(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        location = None if artifact_location is None else artifact_location.rstrip("/")
        return super()._create_experiment(name, location, tags, moment)


@breaks("EXP-TAG")
class ExperimentTagKeepsItsFirstValue(Wrapper):
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        first = self._get_experiment(experiment_id).tags.get(tag.key, tag.value)
        super()._set_experiment_tag(experiment_id, Tag(tag.key, first))


@breaks("EXP-TAG")
class ExperimentTagCut(Wrapper):
    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        value = tag.value[:5000] if isinstance(tag.value, str) else tag.value
        super().set_experiment_tag(experiment_id, Tag(tag.key, value))


@breaks("EXP-TAG")
class DeletedExperimentTagged(Wrapper):
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        deleted = is_deleted(self._get_experiment(experiment_id))
        if deleted:
            self._restore_experiment(experiment_id, now())
        super()._set_experiment_tag(experiment_id, tag)
        if deleted:
            self._delete_experiment(experiment_id, now())


@breaks("EXP-ATOMIC")
class TagsCheckedAfterTheInsert(Wrapper):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        made = super().create_experiment(name, artifact_location)
        for tag in tags:
            self.set_experiment_tag(made, tag)
        return made
