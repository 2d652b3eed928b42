"""Stores that break one rule of registered models and their versions each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from broken_files import FileWrapper
from registered import Registered, Showing, Tags
from wrapper import breaks

from storeproof.stores.entities import ModelVersion, Page, RegisteredModel, Stage, Tag
from storeproof.stores.errors import ErrorCode, StoreError, exists, invalid, missing
from storeproof.stores.registry import Registry

# A file store's refusal


@breaks("REG-FILE")
class RegistryCallsFail(FileWrapper):
    def _registry(self) -> Registry:
        raise StoreError(ErrorCode.INTERNAL_ERROR, "There is no registry.")


@breaks("REG-FILE")
class RegistryCallsAreInvalid(FileWrapper):
    def _registry(self) -> Registry:
        raise invalid("There is no registry.")


@breaks("REG-FILE")
class SearchesFindNothing(FileWrapper):
    def search_registered_models(self, *_: Any, **__: Any) -> Page[RegisteredModel]:
        return Page(())


@breaks("REG-FILE")
class TagsAreDropped(FileWrapper):
    def set_model_version_tag(self, name: str, version: int, tag: Tag) -> None:
        pass


# Models


class Creating(Registered):
    """Creates models without the contract's checks, where `unchecked(name)`."""

    def unchecked(self, name: str) -> bool:
        return False

    def create_registered_model(
        self, name: str, tags: Iterable[Tag] = (), description: str | None = None
    ) -> RegisteredModel:
        if isinstance(name, str) and self.unchecked(name):
            return self.base.create_model(name, {}, description)
        return super().create_registered_model(name, tags, description)


@breaks("REG-MODEL")
class SlashesTaken(Creating):
    def unchecked(self, name: str) -> bool:
        return "/" in name


@breaks("REG-MODEL")
class LongNamesTaken(Creating):
    def unchecked(self, name: str) -> bool:
        return len(name) > 256


@breaks("REG-MODEL")
class NamesCountedInBytes(Registered):
    def create_model(self, name: str, tags: Tags, description: str | None) -> RegisteredModel:
        if len(name.encode()) > 256:
            raise invalid("The name is too long.")
        return self.base.create_model(name, tags, description)


@breaks("REG-MODEL")
class RenamedToAnything(Registered):
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        return self.base.rename_model(name, new_name)


@breaks("REG-MODEL")
class TakenIsGivenBack(Registered):
    def create_model(self, name: str, tags: Tags, description: str | None) -> RegisteredModel:
        with suppress(StoreError):
            return self.base.get_model(name)
        return self.base.create_model(name, tags, description)


@breaks("REG-MODEL")
class NamesInAnyCase(Registered):
    def __init__(self) -> None:
        super().__init__()
        self.folded: dict[str, str] = {}

    def create_model(self, name: str, tags: Tags, description: str | None) -> RegisteredModel:
        if name.casefold() in self.folded:
            raise exists("There is such a model.")
        self.folded[name.casefold()] = name
        return self.base.create_model(name, tags, description)


@breaks("REG-MODEL")
class DescriptionLost(Showing):
    def seen_model(self, model: RegisteredModel) -> RegisteredModel:
        return replace(model, description=None)


@breaks("REG-MODEL")
class MissingIsInvalid(Registered):
    def get_model(self, name: str) -> RegisteredModel:
        try:
            return self.base.get_model(name)
        except StoreError as error:
            raise invalid("There is no such model.") from error


@breaks("REG-MODEL")
class RenamedWithoutAliases(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        renamed = self.base.rename_model(name, new_name)
        self.execute("DELETE FROM registered_model_aliases WHERE name = :name", name=new_name)
        return renamed


@breaks("REG-MODEL")
class RenamedWithoutTags(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        renamed = self.base.rename_model(name, new_name)
        self.execute("DELETE FROM registered_model_tags WHERE name = :name", name=new_name)
        return renamed


@breaks("REG-MODEL")
class RenamedWithoutTagsOfVersions(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        renamed = self.base.rename_model(name, new_name)
        self.execute("DELETE FROM model_version_tags WHERE name = :name", name=new_name)
        return renamed


@breaks("REG-MODEL")
class RenamedOverAnother(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        self.base.get_model(name)
        if name != new_name:
            with suppress(StoreError):
                self.base.delete_model(new_name)
        return self.base.rename_model(name, new_name)


@breaks("REG-MODEL")
class OldNameStaysTaken(Registered):
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        renamed = self.base.rename_model(name, new_name)
        with suppress(StoreError):
            self.base.create_model(name, {}, None)
        return renamed


@breaks("REG-MODEL")
class TagsOutliveTheirModel(Registered):
    def __init__(self) -> None:
        super().__init__()
        self.left: dict[str, Tags] = {}

    def delete_model(self, name: str) -> None:
        self.left[name] = self.base.get_model(name).tags
        self.base.delete_model(name)

    def create_model(self, name: str, tags: Tags, description: str | None) -> RegisteredModel:
        return self.base.create_model(name, {**self.left.get(name, {}), **tags}, description)


@breaks("REG-MODEL")
class DeletedAgainWithoutAWord(Registered):
    def delete_model(self, name: str) -> None:
        with suppress(StoreError):
            self.base.delete_model(name)


@breaks("REG-MODEL")
class DeletesAllThatBeginLikeIt(Registered):
    def delete_model(self, name: str) -> None:
        self.base.delete_model(name)
        self.execute("DELETE FROM registered_model_tags")


# Versions


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
