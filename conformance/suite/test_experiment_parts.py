"""Experiments: their artifact location, their tags, and that a refused creation leaves nothing."""

from __future__ import annotations

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.values import BAD_TAGS, FOUR_BYTES
from storeproof.stores import Tag

# Artifact location


@clause("EXP-ARTIFACT")
@pytest.mark.parametrize(
    "location",
    ["s3://bucket/a b/ü?q=1#x%20", f"/data/{FOUR_BYTES}", "relative/place/", "dbfs:/x//y/"],
)
def test_the_location_given_is_kept_as_it_is(probe: Probe, location: str) -> None:
    """No normalising, no encoding, no slash added or taken."""
    made = probe.store.create_experiment(probe.name(), location)
    probe.see(probe.store.get_experiment(made)).artifact_location.equals(location)


@clause("EXP-ARTIFACT")
def test_without_a_location_it_is_the_id_below_the_root(probe: Probe) -> None:
    for name in probe.cases((probe.name("first"), probe.name("second"))):
        made = probe.store.create_experiment(name)
        location = probe.see(probe.store.get_experiment(made)).artifact_location
        location.ends_with(f"/{made}")
        location.differs(f"/{made}")


def location_of(length: int) -> str:
    """A location of `length` characters whose end shows whether it was cut."""
    return "s3://bucket/".ljust(length - 4, "x") + "/end"


@clause("EXP-ARTIFACT")
def test_a_location_of_256_characters_is_kept_whole(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name(), location_of(256))
    probe.see(probe.store.get_experiment(made)).artifact_location.equals(location_of(256))


@clause("EXP-ARTIFACT")
def test_locations_of_257_to_2048_characters_are_all_kept_whole_or_all_refused(
    probe: Probe,
) -> None:
    """All are refused on a schema of 256 characters, which the store must ask for itself."""
    refused = []
    for length in (257, 2048):
        name = probe.name(str(length))
        probe.may_refuse("INVALID_PARAMETER_VALUE").create_experiment(name, location_of(length))
        if probe.refusal is not None:
            refused.append(length)
        else:
            made = probe.see(probe.store.get_experiment_by_name(name))
            made.artifact_location.equals(location_of(length))
    if refused == [2048]:
        probe.refused("INVALID_PARAMETER_VALUE").create_experiment(probe.name(), location_of(257))


@clause("EXP-ARTIFACT")
@pytest.mark.parametrize("length", [2049, 100_000])
def test_a_location_of_more_than_2048_characters_is_refused(probe: Probe, length: int) -> None:
    probe.refused("INVALID_PARAMETER_VALUE").create_experiment(probe.name(), location_of(length))


# Tags of experiments


@clause("EXP-TAG")
def test_set_experiment_tag_adds_and_overwrites_one_tag(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name(), tags=[Tag("a", "1"), Tag("b", "2")])
    probe.store.set_experiment_tag(made, Tag("b", "changed"))
    probe.store.set_experiment_tag(made, Tag("c/d", ""))
    expected = {"a": "1", "b": "changed", "c/d": ""}
    probe.see(probe.store.get_experiment(made)).tags.equals(expected)
    probe.see(probe.reopen().get_experiment(made)).tags.equals(expected)


@clause("EXP-TAG")
def test_a_tag_of_one_experiment_is_not_on_another(probe: Probe) -> None:
    made, other = probe.experiment(), probe.experiment()
    probe.store.set_experiment_tag(other, Tag("a", "other"))
    probe.store.set_experiment_tag(made, Tag("a", "1"))
    probe.see(probe.store.get_experiment(other)).tags.equals({"a": "other"})


@clause("EXP-TAG")
def test_a_deleted_experiment_takes_no_tag(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name(), tags=[Tag("a", "1")])
    probe.store.delete_experiment(made)
    for key in ("a", "b"):
        probe.refused("INVALID_PARAMETER_VALUE").set_experiment_tag(made, Tag(key, "2"))
    probe.see(probe.store.get_experiment(made)).tags.equals({"a": "1"})


@clause("EXP-TAG")
@pytest.mark.parametrize("what", BAD_TAGS)
def test_a_tag_against_the_rules_is_refused(probe: Probe, what: str) -> None:
    made = probe.experiment()
    probe.refused("INVALID_PARAMETER_VALUE").set_experiment_tag(made, BAD_TAGS[what])
    probe.see(probe.store.get_experiment(made)).tags.equals({})


@clause("EXP-TAG")
@pytest.mark.parametrize("character", ["x", FOUR_BYTES], ids=["ascii", "4-byte"])
def test_a_tag_of_5000_characters_with_a_key_of_250_is_kept_whole(
    probe: Probe, character: str
) -> None:
    tag = Tag("ключ".ljust(250, "k"), character * 5000)
    made = probe.store.create_experiment(probe.name(), tags=[tag])
    probe.see(probe.store.get_experiment(made)).tags.equals({tag.key: tag.value})
    other = probe.experiment()
    probe.store.set_experiment_tag(other, tag)
    probe.see(probe.store.get_experiment(other)).tags.equals({tag.key: tag.value})


@clause("EXP-TAG")
@pytest.mark.parametrize("length", [5001, 8001, 100_000])
def test_a_longer_tag_is_refused_and_never_cut(probe: Probe, length: int) -> None:
    tag = Tag("a", "x" * length)
    made = probe.store.create_experiment(probe.name(), tags=[Tag("a", "1")])
    probe.may_refuse("INVALID_PARAMETER_VALUE").set_experiment_tag(made, tag)
    if probe.refusal is not None:
        probe.see(probe.store.get_experiment(made)).tags.equals({"a": "1"})
    else:
        probe.varies("EXP-TAG", "higher-limit")
        probe.see(probe.store.get_experiment(made)).tags.equals({"a": tag.value})


# Refused creation


def see_it_free(probe: Probe, name: str) -> None:
    """No experiment has the name, and it can be had."""
    probe.see(probe.store.get_experiment_by_name(name)).equals(None)
    made = probe.store.create_experiment(name)
    probe.see(probe.store.get_experiment(made)).tags.equals({})


@clause("EXP-ATOMIC")
@pytest.mark.parametrize("what", BAD_TAGS)
def test_a_create_refused_for_a_tag_leaves_nothing(probe: Probe, what: str) -> None:
    """The bad tag comes last, behind good ones that may have been written already."""
    name = probe.name()
    tags = [Tag("good", "1"), Tag("better", "2"), BAD_TAGS[what]]
    probe.refused("INVALID_PARAMETER_VALUE").create_experiment(name, "s3://bucket/x", tags)
    see_it_free(probe, name)


@clause("EXP-ATOMIC")
def test_a_create_refused_for_its_location_leaves_nothing(probe: Probe) -> None:
    name = probe.name()
    location = location_of(100_000)
    probe.refused("INVALID_PARAMETER_VALUE").create_experiment(name, location, [Tag("a", "1")])
    see_it_free(probe, name)


@clause("EXP-ATOMIC")
def test_a_create_refused_for_its_name_leaves_nothing(probe: Probe) -> None:
    """Neither the tags on the experiment that has the name, nor another experiment of the name."""
    name = probe.name("taken")
    made = probe.store.create_experiment(name, tags=[Tag("a", "1")])
    probe.refused("RESOURCE_ALREADY_EXISTS").create_experiment(name, tags=[Tag("b", "2")])
    probe.see(probe.store.get_experiment(made)).tags.equals({"a": "1"})
    probe.store.rename_experiment(made, probe.name("renamed"))
    see_it_free(probe, name)
