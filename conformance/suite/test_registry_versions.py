"""Versions of registered models: numbers and stages (REG-VERSION, REG-STAGE)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.registering import (
    SOURCE,
    WRONG_TAGS,
    model,
    moved,
    sees_no_version,
    sees_stages,
    version,
)
from storeproof.stores import Tag, TrackingStore

STAGES = ("None", "Staging", "Production", "Archived")
SPELLINGS = {
    spelling: stage
    for stage in STAGES
    for spelling in (stage, stage.lower(), stage.upper(), stage.swapcase())
}
BAD_STAGES = ("", " ", "bogus", "prod", "Production ", "Deleted_Internal", "active", "%", "1")


# Numbers


@clause("REG-VERSION")
def test_versions_count_from_1(probe: Probe) -> None:
    name = model(probe)
    for number in (1, 2, 3):
        probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(number)


@clause("REG-VERSION")
def test_each_model_counts_its_own_versions(probe: Probe) -> None:
    one, other = model(probe, "-one"), model(probe, "-other")
    for number in (1, 2):
        probe.see(probe.store.create_model_version(one, SOURCE)).version.equals(number)
        probe.see(probe.store.create_model_version(other, SOURCE)).version.equals(number)


@clause("REG-VERSION")
def test_numbers_go_beyond_9(probe: Probe) -> None:
    """As text, 9 is the largest."""
    name = model(probe)
    for number in range(1, 13):
        probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(number)


@clause("REG-VERSION")
def test_a_version_is_read_back(probe: Probe) -> None:
    name = model(probe)
    run, tags = "0" * 32, [Tag("k", "v"), Tag("l", "")]
    made = probe.see(
        probe.store.create_model_version(name, SOURCE, run, tags, "https://run", "said")
    )
    found = probe.see(probe.store.get_model_version(name, 1))
    for answer in (made, found):
        answer.name.equals(name)
        answer.version.equals(1)
        answer.source.equals(SOURCE)
        answer.run_id.equals(run)
        answer.run_link.equals("https://run")
        answer.description.equals("said")
        answer.status.equals("READY")
        answer.tags.equals({"k": "v", "l": ""})
        answer.aliases.equals(())


@clause("REG-VERSION")
def test_a_versions_files_are_where_its_source_says(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    probe.see(probe.store.get_model_version_download_uri(name, 1)).equals(SOURCE)


@clause("REG-VERSION")
@pytest.mark.parametrize("gone", [(3,), (1,), (2, 3), (1, 2, 3)], ids=str)
def test_a_deleted_number_is_not_given_again(probe: Probe, gone: tuple[int, ...]) -> None:
    """max(version) + 1 over what is left gives the number of the newest again."""
    name = model(probe)
    for _ in range(3):
        version(probe, name)
    for number in gone:
        probe.store.delete_model_version(name, number)
    probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(4)
    probe.store.delete_model_version(name, 4)
    probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(5)


@clause("REG-VERSION")
def test_a_deleted_number_is_not_given_again_after_a_renaming(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    version(probe, name)
    probe.store.delete_model_version(name, 2)
    renamed = probe.store.rename_registered_model(name, f"{name}-new").name
    probe.see(probe.store.create_model_version(renamed, SOURCE)).version.equals(3)


@clause("REG-VERSION")
def test_a_deleted_number_is_not_given_again_by_a_store_that_is_opened_again(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    probe.store.delete_model_version(name, 1)
    again = probe.reopen()
    probe.see(again.create_model_version(name, SOURCE)).version.equals(2)


@clause("REG-VERSION")
def test_a_deletion_leaves_the_other_versions_alone(probe: Probe) -> None:
    name = model(probe)
    for number in (1, 2, 3):
        version(probe, name, {"n": str(number)})
    probe.store.set_registered_model_alias(name, "champion", 3)
    probe.store.delete_model_version(name, 2)
    for number in (1, 3):
        probe.see(probe.store.get_model_version(name, number)).tags.equals({"n": str(number)})
    probe.see(probe.store.get_registered_model(name)).aliases.equals({"champion": 3})


@clause("REG-VERSION")
def test_a_refused_version_leaves_nothing(probe: Probe) -> None:
    name = model(probe)
    for bad in probe.cases(WRONG_TAGS):
        tags = [Tag("a", "x"), bad]
        probe.refused("INVALID_PARAMETER_VALUE").create_model_version(name, SOURCE, tags=tags)
        sees_no_version(probe, name, 1)
    probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(1)


@clause("REG-VERSION")
def test_a_description_is_changed_and_nothing_else(probe: Probe) -> None:
    name = model(probe)
    version(probe, name, {"k": "v"})
    version(probe, name)
    moved(probe, name, 1, "Staging")
    probe.see(probe.store.update_model_version(name, 1, "said")).description.equals("said")
    found = probe.see(probe.store.get_model_version(name, 1))
    found.description.equals("said")
    found.source.equals(SOURCE)
    found.tags.equals({"k": "v"})
    found.current_stage.equals("Staging")
    probe.see(probe.store.get_model_version(name, 2)).description.is_one_of((None, ""))


_OPERATIONS: dict[str, Callable[[TrackingStore, str, int], object]] = {
    "get": lambda store, name, number: store.get_model_version(name, number),
    "get its place": lambda store, name, number: store.get_model_version_download_uri(name, number),
    "update": lambda store, name, number: store.update_model_version(name, number, "said"),
    "move": lambda store, name, number: store.transition_model_version_stage(
        name, number, "Staging"
    ),
    "delete": lambda store, name, number: store.delete_model_version(name, number),
    "tag": lambda store, name, number: store.set_model_version_tag(name, number, Tag("k", "v")),
    "alias": lambda store, name, number: store.set_registered_model_alias(name, "a", number),
}


@clause("REG-VERSION")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_a_missing_version_is_refused(probe: Probe, operation: str) -> None:
    name = model(probe)
    version(probe, name)
    for number in probe.cases((2, 0, 10, 2**31 - 1)):
        _OPERATIONS[operation](probe.refused("RESOURCE_DOES_NOT_EXIST"), name, number)
        sees_stages(probe, name, {1: "None"})


@clause("REG-VERSION")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_a_deleted_version_is_missing(probe: Probe, operation: str) -> None:
    """MLflow keeps its row: whoever reads the table without regard to that finds it again."""
    name = model(probe)
    version(probe, name, {"k": "v"})
    probe.store.delete_model_version(name, 1)
    _OPERATIONS[operation](probe.refused("RESOURCE_DOES_NOT_EXIST"), name, 1)
    probe.see(probe.store.get_registered_model(name)).latest_versions.equals(())
    probe.see(probe.store.get_latest_versions(name)).equals(())


# Stages


@clause("REG-STAGE")
def test_a_new_version_is_in_no_stage(probe: Probe) -> None:
    name = model(probe)
    probe.see(probe.store.create_model_version(name, SOURCE)).current_stage.equals("None")


@clause("REG-STAGE")
def test_a_stage_is_named_in_any_case(probe: Probe) -> None:
    """Stored as given, the same stage reads differently later."""
    name = model(probe)
    version(probe, name)
    for spelling, stage in probe.cases(SPELLINGS.items()):
        moved(probe, name, 1, "Staging" if stage == "None" else "None")
        answer = probe.store.transition_model_version_stage(name, 1, spelling)
        probe.see(answer).current_stage.equals(stage)
        sees_stages(probe, name, {1: stage})


@clause("REG-STAGE")
def test_anything_else_is_no_stage(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    moved(probe, name, 1, "Staging")
    for bad in probe.cases(BAD_STAGES):
        store = probe.refused("INVALID_PARAMETER_VALUE")
        store.transition_model_version_stage(name, 1, bad)
        sees_stages(probe, name, {1: "Staging"})


@clause("REG-STAGE")
@pytest.mark.parametrize("stage", ["Staging", "Production", "production"])
def test_the_others_of_a_stage_are_archived(probe: Probe, stage: str) -> None:
    """Those of other stages, of other models, and the version that is moved are not."""
    name, other = model(probe), model(probe, "-other")
    elsewhere = "Staging" if stage.title() == "Production" else "Production"
    for _ in range(6):
        version(probe, name)
        version(probe, other)
    for number in (1, 2, 4, 5):
        moved(probe, name, number, stage)
        moved(probe, other, number, stage)
    moved(probe, name, 3, elsewhere)
    moved(probe, name, 4, stage, archive=True)
    kept = stage.title()
    sees_stages(
        probe,
        name,
        {1: "Archived", 2: "Archived", 3: elsewhere, 4: kept, 5: "Archived", 6: "None"},
    )
    sees_stages(probe, other, {1: kept, 2: kept, 4: kept, 5: kept})


@clause("REG-STAGE")
def test_the_others_of_a_stage_stay_where_nothing_else_is_said(probe: Probe) -> None:
    name = model(probe)
    for number in (1, 2):
        version(probe, name)
        moved(probe, name, number, "Production")
    sees_stages(probe, name, {1: "Production", 2: "Production"})


@clause("REG-STAGE")
def test_a_move_of_a_missing_version_archives_nothing(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    moved(probe, name, 1, "Production")
    store = probe.refused("RESOURCE_DOES_NOT_EXIST")
    store.transition_model_version_stage(name, 2, "Production", True)
    sees_stages(probe, name, {1: "Production"})


@clause("REG-STAGE")
def test_deleted_versions_are_not_archived_back(probe: Probe) -> None:
    name = model(probe)
    for _ in range(2):
        version(probe, name)
    moved(probe, name, 1, "Production")
    probe.store.delete_model_version(name, 1)
    moved(probe, name, 2, "Production", archive=True)
    sees_no_version(probe, name, 1)
    probe.see(probe.store.get_latest_versions(name)).each("version").equals([2])


@clause("REG-STAGE")
def test_the_latest_version_of_each_stage_has_the_largest_number(probe: Probe) -> None:
    """Not the one that came there last."""
    name = model(probe)
    for _ in range(11):
        version(probe, name)
    for number in (10, 9, 2):
        moved(probe, name, number, "Production")
    moved(probe, name, 1, "Staging")
    everything = probe.see(probe.store.get_latest_versions(name))
    everything.each("version").is_some_order_of([1, 10, 11])
    found = probe.see(probe.store.get_registered_model(name)).latest_versions
    found.each("version").is_some_order_of([1, 10, 11])
    some = probe.see(probe.store.get_latest_versions(name, ["production", "Archived"]))
    some.each("version").equals([10])
    some.each("current_stage").equals(["Production"])


@clause("REG-STAGE")
def test_latest_versions_of_what_is_no_stage_are_refused(probe: Probe) -> None:
    name = model(probe)
    version(probe, name)
    for bad in probe.cases(BAD_STAGES):
        probe.refused("INVALID_PARAMETER_VALUE").get_latest_versions(name, ["Staging", bad])
