"""Experiments: the default one, creation, names and ids."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Needs, Probe
from storeproof.conformance.suite.values import (
    DIFFERENT_NAMES,
    FOUR_BYTES,
    NASTY_NAMES,
    RESEMBLING_IDS,
    UNKNOWN_IDS,
)
from storeproof.stores import LifecycleStage, Tag, TrackingStore, ViewType

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def own_place(probe: Probe) -> None:
    """Go on only in a place that no other test uses."""
    if probe.place.shared:
        raise Needs("a store of its own", "others write to this one")


# The default experiment


@clause("EXP-DEFAULT")
def test_an_empty_store_has_one_experiment_with_id_0_named_default(probe: Probe) -> None:
    """Make it when the store is opened, not with the first run."""
    own_place(probe)
    found = probe.see(probe.store.search_experiments(ViewType.ALL))
    found.items.each("experiment_id").equals(["0"])
    found.items.each("name").equals(["Default"])
    found.items.each("lifecycle_stage").equals([LifecycleStage.ACTIVE])
    probe.see(probe.store.get_experiment("0")).name.equals("Default")
    probe.see(probe.store.get_experiment_by_name("Default")).experiment_id.equals("0")


@clause("EXP-DEFAULT")
def test_opening_again_makes_no_second_default_experiment(probe: Probe) -> None:
    own_place(probe)
    found = probe.see(probe.reopen().search_experiments(ViewType.ALL))
    found.items.each("experiment_id").equals(["0"])


@clause("EXP-DEFAULT")
def test_runs_can_be_created_in_the_default_experiment(probe: Probe) -> None:
    """Id "0" counts as a missing value where it is tested for truth after a conversion."""
    own_place(probe)
    run = probe.store.create_run("0")
    probe.see(run).info.experiment_id.equals("0")
    probe.see(probe.store.get_run(run.info.run_id)).info.experiment_id.equals("0")


@clause("EXP-DELETE-DEFAULT")
def test_the_default_experiment_can_be_deleted_and_restored(probe: Probe) -> None:
    own_place(probe)
    probe.may_refuse().delete_experiment("0")
    if probe.refusal is not None:
        probe.varies("EXP-DELETE-DEFAULT", "refused")
    else:
        probe.see(probe.store.get_experiment("0")).lifecycle_stage.equals(LifecycleStage.DELETED)
        probe.store.restore_experiment("0")
    probe.see(probe.store.get_experiment("0")).lifecycle_stage.equals(LifecycleStage.ACTIVE)


@clause("EXP-DELETE-DEFAULT")
def test_opening_again_makes_no_new_default_for_a_deleted_one(probe: Probe) -> None:
    own_place(probe)
    probe.may_refuse().delete_experiment("0")
    if probe.refusal is not None:
        probe.varies("EXP-DELETE-DEFAULT", "refused")
    found = probe.see(probe.reopen().search_experiments(ViewType.ALL))
    found.items.each("experiment_id").equals(["0"])


# Creation


@clause("EXP-CREATE")
def test_every_field_given_is_read_back_by_id_and_by_name(probe: Probe) -> None:
    name = probe.name("plan")
    made = probe.store.create_experiment(name, "s3://bucket/plan", [Tag("a", "1"), Tag("b/c", "")])
    for read in (probe.store.get_experiment(made), probe.store.get_experiment_by_name(name)):
        seen = probe.see(read)
        seen.experiment_id.equals(made)
        seen.name.equals(name)
        seen.artifact_location.equals("s3://bucket/plan")
        seen.lifecycle_stage.equals(LifecycleStage.ACTIVE)
        seen.tags.equals({"a": "1", "b/c": ""})


@clause("EXP-CREATE")
def test_an_experiment_created_with_a_name_alone_has_no_tags(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name())
    probe.see(probe.store.get_experiment(made)).tags.equals({})


@clause("EXP-CREATE")
def test_the_id_is_text(probe: Probe) -> None:
    """A number that leaks out of an integer column breaks clients that compare ids."""
    probe.see(probe.store.create_experiment(probe.name())).matches(r".+")


@clause("EXP-CREATE")
def test_each_experiment_has_a_new_id(probe: Probe) -> None:
    """The id of a deleted experiment is not given out again."""
    first = probe.store.create_experiment(probe.name("first"))
    probe.store.delete_experiment(first)
    second = probe.store.create_experiment(probe.name("second"))
    probe.see(second).differs(first)
    probe.see(probe.store.get_experiment(first)).name.equals(probe.name("first"))
    probe.see(probe.store.get_experiment(second)).name.equals(probe.name("second"))


@clause("EXP-CREATE")
def test_the_store_opened_again_has_the_experiment(probe: Probe) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name, "s3://bucket/kept", [Tag("a", "1")])
    seen = probe.see(probe.reopen().get_experiment(made))
    seen.name.equals(name)
    seen.artifact_location.equals("s3://bucket/kept")
    seen.tags.equals({"a": "1"})


# Names


@clause("EXP-NAME-LENGTH")
def test_a_name_of_one_character_is_accepted(probe: Probe) -> None:
    for _ in range(100):
        # Another test may have left the character in a shared place.
        name = chr(0x4E00 + secrets.randbelow(20_000))
        if probe.store.get_experiment_by_name(name) is None:
            break
    probe.begin()
    made = probe.store.create_experiment(name)
    probe.see(probe.store.get_experiment(made)).name.equals(name)


@clause("EXP-NAME-LENGTH")
@pytest.mark.parametrize("character", ["x", "é", FOUR_BYTES], ids=["ascii", "accent", "4-byte"])
def test_a_name_of_256_characters_is_accepted_and_read_back_whole(
    probe: Probe, character: str
) -> None:
    """Characters are counted, not bytes and not UTF-16 units."""
    name = probe.name().ljust(256, character)
    made = probe.store.create_experiment(name)
    probe.see(probe.store.get_experiment(made)).name.equals(name)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


@clause("EXP-NAME-LENGTH")
def test_names_of_256_characters_that_differ_in_the_last_are_two(probe: Probe) -> None:
    name = probe.name().ljust(255, "x")
    first = probe.store.create_experiment(f"{name}a")
    second = probe.store.create_experiment(f"{name}b")
    probe.see(probe.store.get_experiment_by_name(f"{name}a")).experiment_id.equals(first)
    probe.see(probe.store.get_experiment_by_name(f"{name}b")).experiment_id.equals(second)


@clause("EXP-NAME-LENGTH")
def test_the_empty_name_is_refused(probe: Probe) -> None:
    probe.refused("INVALID_PARAMETER_VALUE").create_experiment("")


@clause("EXP-NAME-LENGTH")
@pytest.mark.parametrize("length", [501, 5_000, 100_000])
def test_a_name_of_more_than_500_characters_is_refused(probe: Probe, length: int) -> None:
    name = probe.name().ljust(length, "x")
    probe.refused("INVALID_PARAMETER_VALUE").create_experiment(name)


@clause("EXP-NAME-LENGTH")
@pytest.mark.parametrize("length", [257, 500])
def test_a_name_of_257_to_500_characters_is_refused_or_kept_whole(
    probe: Probe, length: int
) -> None:
    name = probe.name().ljust(length, "x")
    probe.may_refuse("INVALID_PARAMETER_VALUE").create_experiment(name)
    if probe.refusal is not None:
        return
    probe.varies("EXP-NAME-LENGTH", "kept-whole")
    probe.see(probe.store.get_experiment_by_name(name)).name.equals(name)


@clause("EXP-NAME-UNIQUE")
def test_the_name_of_an_active_experiment_is_taken(probe: Probe) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name, "s3://bucket/first", [Tag("a", "1")])
    probe.refused("RESOURCE_ALREADY_EXISTS").create_experiment(name, "s3://bucket/second")
    kept = probe.see(probe.store.get_experiment_by_name(name))
    kept.experiment_id.equals(made)
    kept.artifact_location.equals("s3://bucket/first")
    kept.tags.equals({"a": "1"})


@clause("EXP-NAME-UNIQUE")
def test_a_deleted_experiment_keeps_its_name(probe: Probe) -> None:
    """Otherwise it could not be restored."""
    name = probe.name()
    made = probe.store.create_experiment(name)
    probe.store.delete_experiment(made)
    probe.refused("RESOURCE_ALREADY_EXISTS").create_experiment(name)
    probe.store.restore_experiment(made)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


@clause("EXP-NAME-EXACT")
@pytest.mark.parametrize("difference", DIFFERENT_NAMES)
def test_names_that_differ_are_different_names(probe: Probe, difference: str) -> None:
    """Databases fold case, accents and width unless the collation is binary."""
    first, second = map(probe.name, DIFFERENT_NAMES[difference])
    one = probe.store.create_experiment(first)
    probe.see(probe.store.get_experiment_by_name(second)).equals(None)
    two = probe.store.create_experiment(second)
    probe.see(probe.store.get_experiment_by_name(first)).experiment_id.equals(one)
    found = probe.see(probe.store.get_experiment_by_name(second))
    found.experiment_id.equals(two)
    found.name.equals(second)


@clause("EXP-NAME-EXACT", "TEXT-DISTINCT")
@pytest.mark.parametrize("padded", ["{} ", " {}"], ids=["trailing", "leading"])
def test_a_name_with_a_space_more_is_another_name(probe: Probe, padded: str) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name)
    longer = padded.format(name)
    probe.see(probe.store.get_experiment_by_name(longer)).equals(None)
    store = probe.may_refuse("INVALID_PARAMETER_VALUE") if longer.endswith(" ") else probe.store
    store.create_experiment(longer)
    if probe.refusal is not None:
        probe.varies("TEXT-DISTINCT", "padded-refused")
    else:
        probe.see(probe.store.get_experiment_by_name(longer)).name.equals(longer)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


@clause("EXP-NAME-ANY")
@pytest.mark.parametrize("what", NASTY_NAMES)
def test_a_name_may_hold_nasty_characters(probe: Probe, what: str) -> None:
    """They stand at the beginning of one name and at the end of another."""
    text = NASTY_NAMES[what]
    for name in probe.cases((probe.name(text), f"{text}{probe.name()}")):
        made = probe.store.create_experiment(name)
        probe.see(probe.store.get_experiment(made)).name.equals(name)
        probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


@clause("EXP-NAME-ANY")
@given(text=st.text(_CHARACTERS, max_size=240))
def test_a_name_may_hold_any_characters(probe: Probe, text: str) -> None:
    probe.begin()
    name = probe.name(f"{text}.")  # trailing spaces are the business of TEXT-DISTINCT
    made = probe.store.create_experiment(name)
    probe.see(probe.store.get_experiment(made)).name.equals(name)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


# Looking for what is not there


@clause("EXP-BY-NAME-MISSING")
def test_a_name_never_given_is_none(probe: Probe) -> None:
    probe.see(probe.store.get_experiment_by_name(probe.name("missing"))).equals(None)


@clause("EXP-BY-NAME-MISSING")
def test_names_that_no_experiment_can_have_are_none(probe: Probe) -> None:
    """A name that cannot exist is simply missing; only writing it is an error."""
    for name in probe.cases(("", "x" * 501, "x" * 100_000)):
        probe.see(probe.store.get_experiment_by_name(name)).equals(None)


@clause("EXP-BY-NAME-MISSING")
def test_patterns_parts_and_ids_are_not_names(probe: Probe) -> None:
    name = probe.name("plan")
    made = probe.store.create_experiment(name)
    others = [f"{name[:-1]}%", f"{name[:-1]}_", f"{name[:-1]}*", name[:-1], f"{name}n", made]
    for wrong in probe.cases(others):
        probe.see(probe.store.get_experiment_by_name(wrong)).equals(None)


_OPERATIONS: dict[str, Callable[[TrackingStore, str, str], object]] = {
    "get": lambda store, unissued, _: store.get_experiment(unissued),
    "rename": lambda store, unissued, name: store.rename_experiment(unissued, name),
    "delete": lambda store, unissued, _: store.delete_experiment(unissued),
    "restore": lambda store, unissued, _: store.restore_experiment(unissued),
    "tag": lambda store, unissued, _: store.set_experiment_tag(unissued, Tag("seen", "yes")),
    "create a run": lambda store, unissued, _: store.create_run(unissued),
}
"""Every operation that takes an experiment's id; the last argument is a name that is free."""


def unknown(probe: Probe) -> TrackingStore:
    """The store's methods, which must refuse an id that was never issued."""
    return probe.refused("RESOURCE_DOES_NOT_EXIST", INVALID_PARAMETER_VALUE="invalid-shape")


@clause("EXP-ID-UNKNOWN")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_an_unknown_id_of_any_shape_is_refused(probe: Probe, operation: str) -> None:
    """Handed to an integer column as it came, an id makes the driver raise errors of its own."""
    for unissued in probe.cases(UNKNOWN_IDS):
        _OPERATIONS[operation](unknown(probe), unissued, probe.name())


@clause("EXP-ID-UNKNOWN")
@given(text=st.text(max_size=60).filter(lambda text: not (text.isascii() and text.isdigit())))
def test_an_id_of_any_characters_is_refused(probe: Probe, text: str) -> None:
    probe.begin()
    unknown(probe).get_experiment(text)


@clause("EXP-ID-UNKNOWN")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_an_id_that_resembles_one_is_not_that_experiment(probe: Probe, operation: str) -> None:
    """int() reads " 1", "01" and digits of other scripts as 1; databases fold case."""
    name = probe.name()
    witness = probe.store.create_experiment(name)
    stage = LifecycleStage.ACTIVE
    if operation == "restore":
        probe.store.delete_experiment(witness)
        stage = LifecycleStage.DELETED
    for resembling in probe.cases(RESEMBLING_IDS.values()):
        _OPERATIONS[operation](unknown(probe), resembling(witness), probe.name("other"))
        seen = probe.see(probe.store.get_experiment(witness))
        seen.name.equals(name)
        seen.tags.equals({})
        seen.lifecycle_stage.equals(stage)
