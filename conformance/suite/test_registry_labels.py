"""Aliases of registered models, and tags of models and versions (REG-ALIAS, REG-TAG)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.registering import SOURCE, WRONG_TAGS, model, moved, version
from storeproof.conformance.suite.values import FOUR_BYTES, NASTY_TEXTS
from storeproof.stores import Tag

GOOD_ALIASES = (
    *("champion", "Champion-2", "under_score", "a", "7", "-", "_", "v", "v1a", "1v", "version1"),
    *("latest-one", "the_latest", "vv1", "a" * 255),
)
BAD_ALIASES = (
    *("", " ", "a b", "a/b", "a.b", "a:b", "a@b", "a%", "a\n", "latest", "v1", "v12", "v0"),
    *("v99999999999", "a" * 256, "\0"),
)


def pointing(probe: Probe, name: str, aliases: Mapping[str, int]) -> None:
    """The model has these aliases, wherever one looks."""
    probe.see(probe.store.get_registered_model(name)).aliases.equals(dict(aliases))
    for alias, number in aliases.items():
        found = probe.see(probe.store.get_model_version_by_alias(name, alias))
        found.name.equals(name)
        found.version.equals(number)
        found.aliases.contains(alias)


def sees_no_alias(probe: Probe, name: str, alias: str) -> None:
    """The model has no such alias."""
    probe.refused(
        "INVALID_PARAMETER_VALUE",
        clause="REG-ALIAS",
        RESOURCE_DOES_NOT_EXIST="missing-alias-not-found",
    ).get_model_version_by_alias(name, alias)


def two_versions(probe: Probe) -> str:
    """The name of a new model with two versions."""
    made = model(probe)
    version(probe, made)
    version(probe, made)
    return made


# Aliases


@clause("REG-ALIAS")
def test_an_alias_points_to_a_version(probe: Probe) -> None:
    name = two_versions(probe)
    for alias in probe.cases(GOOD_ALIASES):
        probe.store.set_registered_model_alias(name, alias, 2)
        found = probe.see(probe.store.get_model_version_by_alias(name, alias))
        found.version.equals(2)
        found.source.equals(SOURCE)
        found.aliases.contains(alias)
        probe.see(probe.store.get_registered_model(name)).aliases[alias].equals(2)


@clause("REG-ALIAS")
def test_anything_else_is_no_alias(probe: Probe) -> None:
    """An address such as models:/name@alias could not be read, or means a version already."""
    name = two_versions(probe)
    for alias in probe.cases(BAD_ALIASES):
        store = probe.refused("INVALID_PARAMETER_VALUE")
        store.set_registered_model_alias(name, alias, 1)
        probe.see(probe.store.get_registered_model(name)).aliases.equals({})


@clause("REG-ALIAS")
def test_an_alias_that_is_set_again_moves(probe: Probe) -> None:
    name = two_versions(probe)
    for number in (1, 2, 2, 1):
        probe.store.set_registered_model_alias(name, "champion", number)
        pointing(probe, name, {"champion": number})
    probe.see(probe.store.get_model_version(name, 2)).aliases.equals(())
    probe.see(probe.store.get_model_version(name, 1)).aliases.equals(("champion",))


@clause("REG-ALIAS")
def test_several_aliases_may_point_to_one_version(probe: Probe) -> None:
    name = two_versions(probe)
    for alias in ("b", "a", "c"):
        probe.store.set_registered_model_alias(name, alias, 1)
    pointing(probe, name, {"a": 1, "b": 1, "c": 1})
    seen = probe.see(probe.store.get_model_version(name, 1))
    seen.aliases.is_some_order_of(["a", "b", "c"])


@clause("REG-ALIAS")
def test_models_have_aliases_of_their_own(probe: Probe) -> None:
    name = two_versions(probe)
    other = model(probe, "-other")
    version(probe, other)
    probe.store.set_registered_model_alias(name, "champion", 2)
    probe.store.set_registered_model_alias(other, "champion", 1)
    probe.store.delete_registered_model_alias(other, "champion")
    pointing(probe, name, {"champion": 2})
    sees_no_alias(probe, other, "champion")


@clause("REG-ALIAS", "TEXT-DISTINCT")
def test_aliases_that_differ_in_case_are_two(probe: Probe) -> None:
    name = two_versions(probe)
    probe.store.set_registered_model_alias(name, "champion", 1)
    sees_no_alias(probe, name, "Champion")
    probe.store.set_registered_model_alias(name, "Champion", 2)
    pointing(probe, name, {"champion": 1, "Champion": 2})


@clause("REG-ALIAS")
def test_an_alias_of_a_missing_version_is_refused_and_stays_where_it_was(probe: Probe) -> None:
    name = two_versions(probe)
    probe.store.set_registered_model_alias(name, "champion", 1)
    probe.store.delete_model_version(name, 2)
    for missing in probe.cases((2, 3, 0)):
        store = probe.refused("RESOURCE_DOES_NOT_EXIST")
        store.set_registered_model_alias(name, "champion", missing)
        probe.refused("RESOURCE_DOES_NOT_EXIST").set_registered_model_alias(name, "b", missing)
        pointing(probe, name, {"champion": 1})


@clause("REG-ALIAS")
def test_a_missing_alias_cannot_be_read(probe: Probe) -> None:
    name = two_versions(probe)
    probe.store.set_registered_model_alias(name, "champion", 1)
    for missing in probe.cases(("other", "champ", "champion-", "champio_", "%")):
        sees_no_alias(probe, name, missing)


@clause("REG-ALIAS")
def test_an_alias_is_deleted(probe: Probe) -> None:
    name = two_versions(probe)
    for alias, number in (("a", 1), ("b", 1), ("c", 2)):
        probe.store.set_registered_model_alias(name, alias, number)
    probe.store.delete_registered_model_alias(name, "b")
    pointing(probe, name, {"a": 1, "c": 2})
    sees_no_alias(probe, name, "b")
    probe.see(probe.store.get_model_version(name, 1)).aliases.equals(("a",))


@clause("REG-ALIAS")
def test_a_missing_alias_can_be_deleted(probe: Probe) -> None:
    name = two_versions(probe)
    probe.store.set_registered_model_alias(name, "champion", 1)
    for _ in range(2):
        probe.store.delete_registered_model_alias(name, "other")
    pointing(probe, name, {"champion": 1})


@clause("REG-ALIAS")
def test_the_aliases_of_a_deleted_version_are_gone(probe: Probe) -> None:
    """Left behind, they point nowhere."""
    name = two_versions(probe)
    for alias, number in (("a", 1), ("b", 2), ("c", 2)):
        probe.store.set_registered_model_alias(name, alias, number)
    probe.store.delete_model_version(name, 2)
    pointing(probe, name, {"a": 1})
    sees_no_alias(probe, name, "b")


@clause("REG-ALIAS")
def test_a_stage_leaves_aliases_alone(probe: Probe) -> None:
    name = two_versions(probe)
    probe.store.set_registered_model_alias(name, "champion", 1)
    moved(probe, name, 2, "Production")
    moved(probe, name, 1, "Production", archive=True)
    pointing(probe, name, {"champion": 1})


# Tags


class Owner:
    """A model, or a version of one."""

    def __init__(self, probe: Probe, name: str, number: int | None) -> None:
        self.probe = probe
        self.name = name
        self.number = number

    def set(self, key: str, value: str) -> None:
        """Set a tag."""
        tag = Tag(key, value)
        if self.number is None:
            self.probe.store.set_registered_model_tag(self.name, tag)
        else:
            self.probe.store.set_model_version_tag(self.name, self.number, tag)

    def refuses(self, tag: Tag) -> None:
        """A tag that is refused."""
        store = self.probe.refused("INVALID_PARAMETER_VALUE")
        if self.number is None:
            store.set_registered_model_tag(self.name, tag)
        else:
            store.set_model_version_tag(self.name, self.number, tag)

    def delete(self, key: str) -> None:
        """Delete a tag."""
        if self.number is None:
            self.probe.store.delete_registered_model_tag(self.name, key)
        else:
            self.probe.store.delete_model_version_tag(self.name, self.number, key)

    def has(self, tags: Mapping[str, str]) -> None:
        """It has these tags and no others."""
        self._tags().equals(tags)

    def shows(self, key: str, value: str) -> None:
        """It has this tag, among others."""
        self._tags()[key].equals(value)

    def _tags(self) -> Seen:
        if self.number is None:
            return self.probe.see(self.probe.store.get_registered_model(self.name)).tags
        found = self.probe.store.get_model_version(self.name, self.number)
        return self.probe.see(found).tags


OWNERS = pytest.mark.parametrize("kind", ["model", "version"])


def owner_of(probe: Probe, kind: str) -> Owner:
    """A new model, or a version of one, without tags."""
    return Owner(probe, two_versions(probe), 2 if kind == "version" else None)


@clause("REG-TAG")
@OWNERS
def test_a_tag_is_set_and_overwritten(probe: Probe, kind: str) -> None:
    """An insert that should be an upsert fails the second time."""
    owner = owner_of(probe, kind)
    owner.set("k", "first")
    owner.set("l", "")
    owner.has({"k": "first", "l": ""})
    for value in ("second", "second", ""):
        owner.set("k", value)
        owner.has({"k": value, "l": ""})


@clause("REG-TAG")
@OWNERS
def test_a_tag_is_deleted(probe: Probe, kind: str) -> None:
    owner = owner_of(probe, kind)
    owner.set("k", "v")
    owner.set("K", "w")
    owner.delete("k")
    owner.has({"K": "w"})
    owner.set("k", "again")
    owner.has({"K": "w", "k": "again"})


@clause("REG-TAG")
@pytest.mark.parametrize("character", ["x", FOUR_BYTES])
@OWNERS
def test_a_value_has_up_to_5000_characters(probe: Probe, kind: str, character: str) -> None:
    owner = owner_of(probe, kind)
    owner.set("k", character * 5000)
    owner.has({"k": character * 5000})


@clause("REG-TAG")
@OWNERS
def test_a_longer_value_is_refused_and_the_old_one_stays(probe: Probe, kind: str) -> None:
    owner = owner_of(probe, kind)
    owner.set("k", "v")
    for length in probe.cases((5001, 8000, 8001)):
        owner.refuses(Tag("k", "x" * length))
        owner.has({"k": "v"})


@clause("REG-TAG")
@OWNERS
def test_bad_keys_are_refused(probe: Probe, kind: str) -> None:
    owner = owner_of(probe, kind)
    for bad in probe.cases(WRONG_TAGS):
        owner.refuses(bad)
        owner.has({})


@clause("REG-TAG", "TEXT-ROUNDTRIP")
@OWNERS
def test_values_are_read_back_equal(probe: Probe, kind: str) -> None:
    owner = owner_of(probe, kind)
    for number, text in enumerate(probe.cases(NASTY_TEXTS.values())):
        owner.set(f"k{number}", text)
        owner.shows(f"k{number}", text)


@clause("REG-TAG", "TEXT-DISTINCT")
@OWNERS
def test_keys_that_differ_are_two_tags(probe: Probe, kind: str) -> None:
    owner = owner_of(probe, kind)
    tags = {"k": "1", "K": "2", "k/k": "3", "é": "4", "e": "5"}
    for key, value in tags.items():
        owner.set(key, value)
    owner.has(tags)


@clause("REG-TAG")
def test_models_and_versions_have_tags_of_their_own(probe: Probe) -> None:
    """Without the version in their key, versions share tags."""
    name = two_versions(probe)
    owners: Iterable[Owner] = [Owner(probe, name, number) for number in (None, 1, 2)]
    other = Owner(probe, model(probe, "-other", {"k": "other"}), None)
    for each in owners:
        each.set("k", str(each.number))
    for each in owners:
        each.has({"k": str(each.number)})
    Owner(probe, name, 1).delete("k")
    Owner(probe, name, 1).has({})
    Owner(probe, name, 2).has({"k": "2"})
    other.has({"k": "other"})


@clause("REG-TAG")
def test_of_a_key_given_twice_the_last_wins(probe: Probe) -> None:
    tags = [Tag("k", "first"), Tag("l", "x"), Tag("k", "second")]
    name = probe.store.create_registered_model(probe.name("-model"), tags).name
    probe.store.create_model_version(name, SOURCE, tags=tags)
    Owner(probe, name, None).has({"k": "second", "l": "x"})
    Owner(probe, name, 1).has({"k": "second", "l": "x"})
