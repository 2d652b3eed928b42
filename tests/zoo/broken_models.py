"""Stores that break one rule of registered models each, and file stores that do not refuse them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from broken_files import FileWrapper
from registered import Registered, Showing, Tags
from wrapper import breaks

from storeproof.stores.entities import Page, RegisteredModel, Tag
from storeproof.stores.errors import ErrorCode, StoreError, exists, invalid
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
