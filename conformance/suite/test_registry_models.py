"""Registered models: names, renaming, deletion (REG-MODEL)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.registering import (
    SOURCE,
    WRONG_TAGS,
    model,
    moved,
    sees_no_model,
    sees_no_version,
    version,
)
from storeproof.conformance.suite.values import DIFFERENT_NAMES, FOUR_BYTES, NASTY_NAMES
from storeproof.stores import Tag, TrackingStore

NAMES = [name for name in NASTY_NAMES.values() if not {"/", ":"} & set(name)]


@clause("REG-MODEL")
def test_a_model_is_read_back(probe: Probe) -> None:
    name = probe.name("-model")
    made = probe.see(probe.store.create_registered_model(name, [Tag("k", "v")], "said"))
    found = probe.see(probe.store.get_registered_model(name))
    for answer in (made, found):
        answer.name.equals(name)
        answer.tags.equals({"k": "v"})
        answer.description.equals("said")
        answer.aliases.equals({})
        answer.latest_versions.equals(())
    found.creation_timestamp.equals(made.creation_timestamp)


@clause("REG-MODEL")
@pytest.mark.parametrize("character", ["n", FOUR_BYTES])
def test_a_name_has_up_to_256_characters(probe: Probe, character: str) -> None:
    """Characters, not bytes."""
    name = probe.name("").ljust(256, character)
    probe.store.create_registered_model(name)
    probe.see(probe.store.get_registered_model(name)).name.equals(name)


@clause("REG-MODEL")
def test_a_longer_name_is_refused(probe: Probe) -> None:
    for length in probe.cases((257, 500, 5000)):
        name = probe.name("").ljust(length, "n")
        probe.refused("INVALID_PARAMETER_VALUE").create_registered_model(name)


@clause("REG-MODEL")
def test_an_empty_name_and_one_with_a_slash_or_a_colon_are_refused(probe: Probe) -> None:
    """An address such as models:/name/1 could not be read."""
    known = model(probe)
    for name in probe.cases(("", "{}/x", "/{}", "{}:x", "{}:", "models:/{}/1")):
        full = name.format(probe.token)
        probe.refused("INVALID_PARAMETER_VALUE").create_registered_model(full)
        probe.refused("INVALID_PARAMETER_VALUE").rename_registered_model(known, full)
        probe.see(probe.store.get_registered_model(known)).name.equals(known)


@clause("REG-MODEL")
def test_a_taken_name_is_refused_and_the_first_model_stays(probe: Probe) -> None:
    name = model(probe, tags={"k": "first"})
    version(probe, name)
    probe.refused("RESOURCE_ALREADY_EXISTS").create_registered_model(name, [Tag("k", "second")])
    found = probe.see(probe.store.get_registered_model(name))
    found.tags.equals({"k": "first"})
    found.latest_versions.length().equals(1)


@clause("REG-MODEL")
def test_a_refused_model_leaves_nothing(probe: Probe) -> None:
    name = probe.name("-model")
    for bad in probe.cases(WRONG_TAGS):
        tags = [Tag("a", "x"), bad]
        probe.refused("INVALID_PARAMETER_VALUE").create_registered_model(name, tags)
        sees_no_model(probe, name)


# Names are exact


@clause("REG-MODEL", "TEXT-DISTINCT")
def test_names_that_differ_are_two_models(probe: Probe) -> None:
    """A unique key joins names that its collation does not tell apart."""
    for number, pair in enumerate(probe.cases(DIFFERENT_NAMES.values())):
        first, second = (probe.name(f"{number}{text}") for text in pair)
        probe.store.create_registered_model(first, [Tag("k", "first")])
        sees_no_model(probe, second)
        probe.store.create_registered_model(second, [Tag("k", "second")])
        probe.see(probe.store.get_registered_model(first)).tags.equals({"k": "first"})
        probe.see(probe.store.get_registered_model(second)).tags.equals({"k": "second"})


@clause("REG-MODEL", "TEXT-DISTINCT")
@pytest.mark.parametrize("padded", ["{} ", " {}"], ids=["trailing", "leading"])
def test_a_name_with_a_space_more_is_another_model(probe: Probe, padded: str) -> None:
    name = model(probe)
    longer = padded.format(name)
    sees_no_model(probe, longer)
    store = probe.may_refuse("INVALID_PARAMETER_VALUE") if longer.endswith(" ") else probe.store
    store.create_registered_model(longer)
    if probe.refusal is not None:
        probe.varies("TEXT-DISTINCT", "padded-refused")
    else:
        probe.see(probe.store.get_registered_model(longer)).name.equals(longer)
    probe.see(probe.store.get_registered_model(name)).name.equals(name)


@clause("REG-MODEL")
def test_a_name_may_hold_nasty_characters(probe: Probe) -> None:
    for text in probe.cases(NAMES):
        name = probe.name(text)
        probe.store.create_registered_model(name)
        probe.see(probe.store.get_registered_model(name)).name.equals(name)
        version(probe, name)
        probe.see(probe.store.get_model_version(name, 1)).name.equals(name)


# What is missing

_OPERATIONS: dict[str, Callable[[TrackingStore, str], object]] = {
    "get": lambda store, name: store.get_registered_model(name),
    "rename": lambda store, name: store.rename_registered_model(name, f"{name}-new"),
    "update": lambda store, name: store.update_registered_model(name, "said"),
    "delete": lambda store, name: store.delete_registered_model(name),
    "latest versions": lambda store, name: store.get_latest_versions(name),
    "tag": lambda store, name: store.set_registered_model_tag(name, Tag("k", "v")),
    "alias": lambda store, name: store.set_registered_model_alias(name, "champion", 1),
    "create a version": lambda store, name: store.create_model_version(name, SOURCE),
}


@clause("REG-MODEL")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_a_missing_model_is_refused(probe: Probe, operation: str) -> None:
    """Also one whose name is like that of a model that is there."""
    name = model(probe)
    version(probe, name)
    for missing in probe.cases((probe.name("missing"), f"{name}%", name.upper(), name[:-1])):
        _OPERATIONS[operation](probe.refused("RESOURCE_DOES_NOT_EXIST"), missing)
        probe.see(probe.store.get_registered_model(name)).tags.equals({})


# Changes


@clause("REG-MODEL")
def test_a_description_is_changed_and_nothing_else(probe: Probe) -> None:
    name = model(probe, tags={"k": "v"})
    version(probe, name)
    answer = probe.see(probe.store.update_registered_model(name, "said"))
    answer.description.equals("said")
    found = probe.see(probe.store.get_registered_model(name))
    found.description.equals("said")
    found.tags.equals({"k": "v"})
    found.latest_versions.length().equals(1)


def furnished(probe: Probe) -> str:
    """The name of a model with tags, an alias, two versions with tags in a stage each, and a deleted one."""
    name = model(probe, "-furnished", {"k": "v", "l": ""})
    for number in (1, 2, 3):
        version(probe, name, {"n": str(number)})
    moved(probe, name, 1, "Production")
    probe.store.set_registered_model_alias(name, "champion", 1)
    probe.store.delete_model_version(name, 3)
    return name


@clause("REG-MODEL")
@pytest.mark.parametrize("new", ["{}-new", "é{}"], ids=["longer", "another script"])
def test_a_renamed_model_keeps_its_versions_tags_and_aliases(probe: Probe, new: str) -> None:
    """A child table without ON UPDATE CASCADE keeps the old name, or stops the renaming."""
    name = furnished(probe)
    renamed = new.format(name)
    probe.see(probe.store.rename_registered_model(name, renamed)).name.equals(renamed)
    found = probe.see(probe.store.get_registered_model(renamed))
    found.name.equals(renamed)
    found.tags.equals({"k": "v", "l": ""})
    found.aliases.equals({"champion": 1})
    for number in (1, 2):
        kept = probe.see(probe.store.get_model_version(renamed, number))
        kept.name.equals(renamed)
        kept.tags.equals({"n": str(number)})
    probe.see(probe.store.get_model_version(renamed, 1)).current_stage.equals("Production")
    probe.see(probe.store.get_model_version_by_alias(renamed, "champion")).version.equals(1)
    sees_no_version(probe, renamed, 3)


@clause("REG-MODEL")
def test_the_case_of_a_name_can_be_changed(probe: Probe) -> None:
    name = furnished(probe)
    other = name.swapcase()
    probe.store.rename_registered_model(name, other)
    probe.see(probe.store.get_registered_model(other)).name.equals(other)
    probe.see(probe.store.get_model_version(other, 2)).tags.equals({"n": "2"})
    sees_no_model(probe, name)


@clause("REG-MODEL")
def test_the_old_name_is_free_after_a_renaming(probe: Probe) -> None:
    name = furnished(probe)
    probe.store.rename_registered_model(name, f"{name}-new")
    sees_no_model(probe, name)
    sees_no_version(probe, name, 1)
    probe.store.create_registered_model(name)
    found = probe.see(probe.store.get_registered_model(name))
    found.tags.equals({})
    found.aliases.equals({})
    found.latest_versions.equals(())


@clause("REG-MODEL")
def test_a_renaming_to_a_taken_name_is_refused_and_changes_nothing(probe: Probe) -> None:
    name, other = furnished(probe), model(probe, "-other", {"k": "other"})
    probe.refused("RESOURCE_ALREADY_EXISTS").rename_registered_model(name, other)
    probe.see(probe.store.get_registered_model(name)).aliases.equals({"champion": 1})
    probe.see(probe.store.get_registered_model(other)).tags.equals({"k": "other"})
    sees_no_version(probe, other, 1)


# Deletion


@clause("REG-MODEL")
def test_a_deleted_model_is_gone_with_all_that_belonged_to_it(probe: Probe) -> None:
    """A new model of that name inherits rows that were left behind."""
    name = furnished(probe)
    probe.store.delete_registered_model(name)
    sees_no_model(probe, name)
    sees_no_version(probe, name, 1)
    mine = f"name = '{name}'"
    probe.see(probe.store.search_registered_models(filter_string=mine)).items.equals(())
    probe.see(probe.store.search_model_versions(filter_string=mine)).items.equals(())
    probe.store.create_registered_model(name)
    found = probe.see(probe.store.get_registered_model(name))
    found.tags.equals({})
    found.aliases.equals({})
    found.latest_versions.equals(())
    version(probe, name)
    probe.see(probe.store.get_model_version(name, 1)).tags.equals({})


@clause("REG-MODEL")
def test_a_deletion_leaves_other_models_alone(probe: Probe) -> None:
    name, other = model(probe, "-gone"), furnished(probe)
    version(probe, name)
    probe.store.delete_registered_model(name)
    found = probe.see(probe.store.get_registered_model(other))
    found.tags.equals({"k": "v", "l": ""})
    found.aliases.equals({"champion": 1})
    probe.see(probe.store.get_model_version(other, 2)).tags.equals({"n": "2"})


@clause("REG-MODEL")
def test_a_deleted_model_cannot_be_deleted_again(probe: Probe) -> None:
    name = model(probe)
    probe.store.delete_registered_model(name)
    probe.refused("RESOURCE_DOES_NOT_EXIST").delete_registered_model(name)


@clause("REG-FILE")
def test_a_file_store_refuses_every_registry_call(probe: Probe) -> None:
    """Without a registry of any kind MLflow's client ends in an error that tells nobody what to do."""
    name = probe.name("-model")
    probe.may_refuse("NOT_IMPLEMENTED").create_registered_model(name)
    if probe.refusal is None:
        probe.varies("REG-FILE", "implemented")
        return
    tag: Any = Tag("k", "v")
    calls: dict[str, tuple[Any, ...]] = {
        "get_registered_model": (name,),
        "search_registered_models": (),
        "rename_registered_model": (name, f"{name}-new"),
        "update_registered_model": (name, "said"),
        "delete_registered_model": (name,),
        "get_latest_versions": (name,),
        "set_registered_model_tag": (name, tag),
        "delete_registered_model_tag": (name, "k"),
        "set_registered_model_alias": (name, "champion", 1),
        "delete_registered_model_alias": (name, "champion"),
        "get_model_version_by_alias": (name, "champion"),
        "create_model_version": (name, SOURCE),
        "get_model_version": (name, 1),
        "get_model_version_download_uri": (name, 1),
        "search_model_versions": (),
        "update_model_version": (name, 1, "said"),
        "transition_model_version_stage": (name, 1, "Staging"),
        "delete_model_version": (name, 1),
        "set_model_version_tag": (name, 1, tag),
        "delete_model_version_tag": (name, 1, "k"),
    }
    for method in probe.cases(calls):
        getattr(probe.refused("NOT_IMPLEMENTED"), method)(*calls[method])
