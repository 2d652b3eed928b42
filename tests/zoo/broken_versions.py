"""Stores that break one rule of the versions of registered models, or of their stages, each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from registered import Registered, Showing
from wrapper import breaks

from storeproof.stores.entities import ModelVersion, RegisteredModel, Stage, Tag
from storeproof.stores.errors import ErrorCode, StoreError, exists, invalid, missing


@breaks("REG-VERSION")
class NumbersOfWhatIsLeft(Registered):
    def delete_version(self, name: str, version: int) -> None:
        self.base.delete_version(name, version)
        self.execute("DELETE FROM model_versions WHERE current_stage = 'Deleted_Internal'")


@breaks("REG-VERSION")
class NumbersForgottenByARenaming(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        self.execute("DELETE FROM model_versions WHERE current_stage = 'Deleted_Internal'")
        return self.base.rename_model(name, new_name)


class Numbering(Registered):
    """Gives a new version the number `wanted`, where that is more than the next."""

    def wanted(self, name: str) -> int:
        return 1

    def create_version(self, name: str, *given: Any) -> ModelVersion:
        made: ModelVersion = self.base.create_version(name, *given)
        while made.version < self.wanted(name):
            self.base.delete_version(name, made.version)
            made = self.base.create_version(name, *given)
        return made


@breaks("REG-VERSION")
class OneCountForAll(Numbering):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def create_version(self, name: str, *given: Any) -> ModelVersion:
        made = super().create_version(name, *given)
        self.count = made.version
        return made

    def wanted(self, name: str) -> int:
        return self.count + 1


@breaks("REG-VERSION")
class CountedFrom2(Numbering):
    def wanted(self, name: str) -> int:
        return 2


@breaks("REG-VERSION")
class NumbersAsText(Registered):
    """The largest text is "9" for ever, and 10 is taken after the first time."""

    def create_version(self, name: str, *given: Any) -> ModelVersion:
        latest = self.base.latest_versions(name, tuple(Stage))
        if any(each.version >= 10 for each in latest):
            raise exists("Version 10 is there.")
        made: ModelVersion = self.base.create_version(name, *given)
        return made


@breaks("REG-VERSION")
class RunForgotten(Showing):
    def seen(self, version: ModelVersion) -> ModelVersion:
        return replace(version, run_id=None)


@breaks("REG-VERSION")
class LinkForgotten(Showing):
    def seen(self, version: ModelVersion) -> ModelVersion:
        return replace(version, run_link=None)


@breaks("REG-VERSION")
class DeletedVersionsAreRead(Registered):
    def __init__(self) -> None:
        super().__init__()
        self.gone: dict[tuple[str, int], ModelVersion] = {}

    def delete_version(self, name: str, version: int) -> None:
        self.gone[name, version] = self.base.get_version(name, version)
        self.base.delete_version(name, version)

    def get_version(self, name: str, version: int) -> ModelVersion:
        gone = self.gone.get((name, version))
        return self.base.get_version(name, version) if gone is None else gone


@breaks("REG-VERSION")
class DeletedVersionsTakeTags(Registered):
    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        self.base.get_model(name)
        with suppress(StoreError):
            self.base.set_version_tag(name, version, tag)


@breaks("REG-VERSION")
class DeletesTheTagsOfAll(Registered):
    def delete_version(self, name: str, version: int) -> None:
        self.base.delete_version(name, version)
        self.execute("DELETE FROM model_version_tags WHERE name = :name", name=name)


@breaks("REG-VERSION")
class RefusedVersionsStay(Registered):
    def create_model_version(self, name: str, source: str, *given: Any, **named: Any) -> Any:
        try:
            return super().create_model_version(name, source, *given, **named)
        except StoreError as error:
            if error.code is ErrorCode.INVALID_PARAMETER_VALUE:
                self.base.create_version(name, source, None, {}, None, None)
            raise


@breaks("REG-VERSION")
class DescribesAllVersions(Registered):
    def update_version(self, name: str, version: int, description: str | None) -> ModelVersion:
        changed = self.base.update_version(name, version, description)
        self.execute(
            "UPDATE model_versions SET description = :said WHERE name = :name",
            said=description,
            name=name,
        )
        return changed


# Stages


class Moving(Registered):
    """Looks at the stage as it was named."""

    def named(self, stage: Any) -> Any:
        return stage

    def transition_model_version_stage(
        self, name: str, version: int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        return super().transition_model_version_stage(
            name, version, self.named(stage), archive_existing_versions
        )


@breaks("REG-STAGE")
class StagesInOneCase(Moving):
    def named(self, stage: Any) -> Any:
        if stage not in list(Stage):
            raise invalid("There is no such stage.")
        return stage


@breaks("REG-STAGE")
class AnythingIsAStage(Moving):
    def named(self, stage: Any) -> Any:
        known = [each.lower() for each in Stage]
        return stage if str(stage).lower() in known else Stage.ARCHIVED


@breaks("REG-STAGE")
class StagesCutAtSpaces(Moving):
    def named(self, stage: Any) -> Any:
        return stage.strip() if isinstance(stage, str) else stage


@breaks("REG-STAGE")
class NewVersionsAreInStaging(Registered):
    def create_version(self, name: str, *given: Any) -> ModelVersion:
        made = self.base.create_version(name, *given)
        return self.base.move_version(name, made.version, Stage.STAGING, archive=False)


class Archiving(Registered):
    """Archives `others(name, version, stage)` as an SQL condition says."""

    others = ""
    always = False

    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        moved = self.base.move_version(name, version, stage, archive=False)
        if archive or self.always:
            self.execute(
                f"UPDATE model_versions SET current_stage = 'Archived' WHERE {self.others}",
                name=name,
                version=version,
                stage=stage.value,
            )
        return moved


@breaks("REG-STAGE")
class ArchivesOtherModels(Archiving):
    others = "current_stage = :stage AND NOT (name = :name AND version = :version)"


@breaks("REG-STAGE")
class ArchivesOtherStages(Archiving):
    others = "name = :name AND version != :version AND :stage = :stage"


@breaks("REG-STAGE")
class ArchivesItselfToo(Archiving):
    others = "name = :name AND current_stage = :stage AND :version = :version"


@breaks("REG-STAGE")
class ArchivesNothing(Archiving):
    others = "name = :name AND version = :version AND :stage = ''"


@breaks("REG-STAGE")
class ArchivesUnasked(Archiving):
    others = "name = :name AND version != :version AND current_stage = :stage"
    always = True


@breaks("REG-STAGE")
class ArchivesOlderOnes(Archiving):
    others = "name = :name AND version < :version AND current_stage = :stage"


@breaks("REG-STAGE")
class ArchivesDeletedOnesBack(Archiving):
    others = (
        "name = :name AND version != :version "
        "AND (current_stage = :stage OR current_stage = 'Deleted_Internal')"
    )


@breaks("REG-STAGE")
class ArchivesForAMissingVersion(Registered):
    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        if archive:
            self.execute(
                "UPDATE model_versions SET current_stage = 'Archived' "
                "WHERE name = :name AND version != :version AND current_stage = :stage",
                name=name,
                version=version,
                stage=stage.value,
            )
        return self.base.move_version(name, version, stage, archive=archive)


@breaks("REG-STAGE")
class LatestIsTheLastThatCame(Registered):
    def __init__(self) -> None:
        super().__init__()
        self.came: dict[tuple[str, Stage], int] = {}

    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        self.came[name, stage] = version
        return self.base.move_version(name, version, stage, archive=archive)

    def latest_versions(self, name: str, stages: Sequence[Stage]) -> Sequence[ModelVersion]:
        found = self.base.latest_versions(name, stages)
        numbers = [self.came.get((name, each.current_stage), each.version) for each in found]
        return [self.base.get_version(name, number) for number in numbers]


@breaks("REG-STAGE")
class ModelsShowOneLatestVersion(Showing):
    def seen_model(self, model: RegisteredModel) -> RegisteredModel:
        return replace(model, latest_versions=model.latest_versions[-1:])


@breaks("REG-STAGE")
class UnknownStagesHaveNoVersions(Registered):
    def get_latest_versions(self, name: str, stages: Any = None) -> tuple[ModelVersion, ...]:
        known = [each.lower() for each in Stage]
        wanted = None if stages is None else [each for each in stages if each.lower() in known]
        if wanted == []:
            raise missing("There are no such versions.")
        return super().get_latest_versions(name, wanted)
