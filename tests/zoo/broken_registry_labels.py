"""Stores that break one rule of aliases, or of tags in the registry, each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from registered import Registered, Showing
from wrapper import breaks

from storeproof.stores.entities import ModelVersion, RegisteredModel, Tag
from storeproof.stores.errors import StoreError, invalid, missing

# Aliases


class Aliasing(Registered):
    """Sets aliases without the contract's checks, where `unchecked(alias)`."""

    def unchecked(self, alias: str) -> bool:
        return False

    def set_registered_model_alias(self, name: str, alias: str, version: int) -> None:
        if self.unchecked(alias):
            self.base.set_alias(name, alias, version)
        else:
            super().set_registered_model_alias(name, alias, version)


@breaks("REG-ALIAS")
class LatestTaken(Aliasing):
    def unchecked(self, alias: str) -> bool:
        return alias == "latest"


@breaks("REG-ALIAS")
class NumbersOfVersionsTaken(Aliasing):
    def unchecked(self, alias: str) -> bool:
        return re.fullmatch("v[0-9]{2,}", alias) is not None


@breaks("REG-ALIAS")
class DotsTaken(Aliasing):
    def unchecked(self, alias: str) -> bool:
        return "." in alias


@breaks("REG-ALIAS")
class LongAliasesTaken(Aliasing):
    def unchecked(self, alias: str) -> bool:
        return len(alias) == 256


@breaks("REG-ALIAS")
class LineEndsTaken(Aliasing):
    """A pattern whose $ matches before a line end."""

    def unchecked(self, alias: str) -> bool:
        return re.match(r"^[\w-]+$", alias) is not None and alias.endswith("\n")


@breaks("REG-ALIAS")
class ShortAliasesOnly(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        if len(alias) > 250:
            raise invalid("The alias is too long.")
        self.base.set_alias(name, alias, version)


@breaks("REG-ALIAS")
class BeginningWithVRefused(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        if re.match("v[0-9]", alias):
            raise invalid("The alias is reserved.")
        self.base.set_alias(name, alias, version)


@breaks("REG-ALIAS")
class AliasesStayWhereTheyAre(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        if alias not in self.base.get_model(name).aliases:
            self.base.set_alias(name, alias, version)


@breaks("REG-ALIAS")
class OneAliasPerVersion(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        self.base.get_version(name, version)
        for known, target in self.base.get_model(name).aliases.items():
            if target == version:
                self.base.delete_alias(name, known)
        self.base.set_alias(name, alias, version)


@breaks("REG-ALIAS")
class AliasesInAnyCase(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        known = self.base.get_model(name).aliases
        same = next((each for each in known if each.lower() == alias.lower()), alias)
        self.base.set_alias(name, same, version)


@breaks("REG-ALIAS")
class MissingVersionsTakeAliases(Registered):
    def set_alias(self, name: str, alias: str, version: int) -> None:
        self.base.get_model(name)
        with suppress(StoreError):
            self.base.set_alias(name, alias, version)


@breaks("REG-ALIAS")
class MissingAliasIsTheLatest(Registered):
    def get_by_alias(self, name: str, alias: str) -> ModelVersion:
        try:
            return self.base.get_by_alias(name, alias)
        except StoreError:
            newest = self.base.get_model(name).latest_versions
            if not newest:
                raise
            return newest[-1]


@breaks("REG-ALIAS")
class MissingAliasCannotBeDeleted(Registered):
    def delete_alias(self, name: str, alias: str) -> None:
        if alias not in self.base.get_model(name).aliases:
            raise missing("There is no such alias.")
        self.base.delete_alias(name, alias)


@breaks("REG-ALIAS")
class DeletionTakesAllAliasesOfTheVersion(Registered):
    def delete_alias(self, name: str, alias: str) -> None:
        known = self.base.get_model(name).aliases
        for each, target in known.items():
            if target == known.get(alias):
                self.base.delete_alias(name, each)


@breaks("REG-ALIAS")
class DeletedForEveryModel(Registered):
    def delete_alias(self, name: str, alias: str) -> None:
        self.base.delete_alias(name, alias)
        self.execute("DELETE FROM registered_model_aliases WHERE alias = :alias", alias=alias)


@breaks("REG-ALIAS")
class AliasesOutliveTheirVersion(Showing):
    def __init__(self) -> None:
        super().__init__()
        self.left: dict[str, dict[str, int]] = {}

    def delete_version(self, name: str, version: int) -> None:
        aliases = self.base.get_version(name, version).aliases
        self.base.delete_version(name, version)
        self.left.setdefault(name, {}).update(dict.fromkeys(aliases, version))

    def seen_model(self, model: RegisteredModel) -> RegisteredModel:
        return replace(model, aliases={**self.left.get(model.name, {}), **model.aliases})


@breaks("REG-ALIAS")
class VersionsDoNotShowTheirAliases(Showing):
    def seen(self, version: ModelVersion) -> ModelVersion:
        return replace(version, aliases=())


# Tags


class Tagging(Registered):
    """Sets `given(tag)` in place of a tag, before anything is checked; None sets nothing."""

    def given(self, tag: Any) -> Tag | None:
        return tag  # type: ignore[no-any-return]

    def set_registered_model_tag(self, name: str, tag: Tag) -> None:
        if (given := self.given(tag)) is not None:
            super().set_registered_model_tag(name, given)

    def set_model_version_tag(self, name: str, version: int, tag: Tag) -> None:
        if (given := self.given(tag)) is not None:
            super().set_model_version_tag(name, version, given)


@breaks("REG-TAG")
class ValuesCutAt4999(Tagging):
    def given(self, tag: Any) -> Tag | None:
        return Tag(tag.key, tag.value[:4999]) if isinstance(tag.value, str) else tag


@breaks("REG-TAG")
class LongValuesCut(Tagging):
    def given(self, tag: Any) -> Tag | None:
        return Tag(tag.key, tag.value[:5000]) if isinstance(tag.value, str) else tag


@breaks("REG-TAG")
class ValuesCountedInBytes(Tagging):
    def given(self, tag: Any) -> Tag | None:
        if isinstance(tag.value, str) and len(tag.value.encode(errors="replace")) > 5000:
            raise invalid("The value is too long.")
        return tag  # type: ignore[no-any-return]


@breaks("REG-TAG")
class EmptyValuesAreDropped(Tagging):
    def given(self, tag: Any) -> Tag | None:
        return tag if tag.value != "" else None


@breaks("REG-TAG")
class AnyKeyTaken(Registered):
    def set_registered_model_tag(self, name: str, tag: Tag) -> None:
        self.base.set_model_tag(name, tag)


@breaks("REG-TAG")
class AnyKeyOfVersionsTaken(Registered):
    def set_model_version_tag(self, name: str, version: int, tag: Tag) -> None:
        self.base.set_version_tag(name, version, tag)


@breaks("REG-TAG")
class FirstValueStays(Registered):
    def set_model_tag(self, name: str, tag: Tag) -> None:
        if tag.key not in self.base.get_model(name).tags:
            self.base.set_model_tag(name, tag)


@breaks("REG-TAG")
class SecondValueIsRefused(Registered):
    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        if tag.key in self.base.get_version(name, version).tags:
            raise invalid("The tag is there.")
        self.base.set_version_tag(name, version, tag)


@breaks("REG-TAG")
class VersionsShareTags(Registered):
    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        self.base.set_version_tag(name, version, tag)
        for other in (1, 2):
            with suppress(StoreError):
                self.base.set_version_tag(name, other, tag)


@breaks("REG-TAG")
class VersionsShowTheTagsOfTheirModel(Showing):
    def seen(self, version: ModelVersion) -> ModelVersion:
        return replace(version, tags={**self.base.get_model(version.name).tags, **version.tags})


@breaks("REG-TAG")
class DeletionOfTagsDoesNothing(Registered):
    def delete_model_tag(self, name: str, key: str) -> None:
        self.base.get_model(name)


@breaks("REG-TAG")
class DeletesTagsInAnyCase(Registered):
    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        for each in self.base.get_version(name, version).tags:
            if each.lower() == key.lower():
                self.base.delete_version_tag(name, version, each)


@breaks("REG-TAG")
class DeletesTagsOfAllVersions(Registered):
    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        for each in (1, 2, version):
            with suppress(StoreError):
                self.base.delete_version_tag(name, each, key)


@breaks("REG-TAG")
class FirstOfAKeyGivenTwice(Registered):
    def create_registered_model(
        self, name: str, tags: Iterable[Tag] = (), description: str | None = None
    ) -> RegisteredModel:
        return super().create_registered_model(name, list(tags)[::-1], description)
