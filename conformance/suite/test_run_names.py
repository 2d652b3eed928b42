"""Runs: the name and the tag mlflow.runName, which are one value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.values import DIFFERENT_NAMES, NASTY_NAMES
from storeproof.stores import Tag, TrackingStore, ViewType

NAME_TAG = "mlflow.runName"

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def see_named(probe: Probe, run: str, name: str) -> None:
    """The run's name and its tag are `name`, when read by id and when searched."""
    read = probe.store.get_run(run)
    found = probe.store.search_runs([read.info.experiment_id], ViewType.ALL)
    for seen in (probe.see(read), probe.see(found).items[_position(found.items, run)]):
        seen.info.run_name.equals(name)
        seen.tags[NAME_TAG].equals(name)


def _position(runs: tuple[object, ...], run: str) -> int:
    ids = [getattr(getattr(each, "info", None), "run_id", None) for each in runs]
    return ids.index(run) if run in ids else len(ids)


@clause("RUN-NAME")
def test_the_name_given_is_also_the_tag(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment(), run_name="plan")
    probe.see(made).tags[NAME_TAG].equals("plan")
    see_named(probe, made.info.run_id, "plan")


@clause("RUN-NAME")
def test_the_tag_given_is_also_the_name(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment(), tags=[Tag(NAME_TAG, "plan")])
    probe.see(made).info.run_name.equals("plan")
    see_named(probe, made.info.run_id, "plan")


@clause("RUN-NAME")
def test_a_name_and_a_tag_that_agree_are_accepted(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment(), tags=[Tag(NAME_TAG, "plan")], run_name="plan")
    see_named(probe, made.info.run_id, "plan")


@clause("RUN-NAME")
@pytest.mark.parametrize(
    "other", ["another", "PLAN", "plan ", "plän"], ids=["word", "case", "space", "accent"]
)
def test_a_name_and_a_tag_that_disagree_are_refused(probe: Probe, other: str) -> None:
    """Whichever of the two were kept, the other would be lost without a word."""
    parent = probe.experiment()
    probe.refused("INVALID_PARAMETER_VALUE").create_run(
        parent, tags=[Tag(NAME_TAG, other)], run_name="plan"
    )
    probe.see(probe.store.search_runs([parent], ViewType.ALL)).items.equals(())


@clause("RUN-NAME")
def test_a_missing_name_is_generated(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment())
    probe.see(made).info.run_name.matches(r"(?s).+")
    see_named(probe, made.info.run_id, made.info.run_name)


_RENAMINGS: dict[str, Callable[[TrackingStore, str, str], object]] = {
    "update_run_info": lambda store, run, name: store.update_run_info(run, run_name=name),
    "set_tag": lambda store, run, name: store.set_tag(run, Tag(NAME_TAG, name)),
    "log_batch": lambda store, run, name: store.log_batch(
        run, tags=[Tag("a", "1"), Tag(NAME_TAG, name)]
    ),
}
"""Every operation that gives a run another name."""


@clause("RUN-NAME")
@pytest.mark.parametrize("way", _RENAMINGS)
def test_setting_either_later_sets_both(probe: Probe, way: str) -> None:
    """Put the pair behind one function: one of the ways in writes only one of them."""
    parent = probe.experiment()
    run, other = probe.run(parent), probe.run(parent)
    _RENAMINGS[way](probe.store, run, "second")
    see_named(probe, run, "second")
    see_named(probe, other, "first")


@clause("RUN-NAME", "TEXT-ROUNDTRIP")
@pytest.mark.parametrize("way", _RENAMINGS)
def test_name_and_tag_keep_nasty_characters(probe: Probe, way: str) -> None:
    experiment = probe.experiment()
    for name in probe.cases(NASTY_NAMES.values()):
        run = probe.run(experiment)
        _RENAMINGS[way](probe.store, run, name)
        see_named(probe, run, name)


@clause("RUN-NAME")
@given(name=st.text(_CHARACTERS, min_size=1, max_size=200))
def test_a_name_of_any_characters_is_also_the_tag(probe: Probe, name: str) -> None:
    probe.begin()
    made = probe.store.create_run(probe.experiment(), run_name=name)
    see_named(probe, made.info.run_id, name)


@clause("RUN-NAME")
@pytest.mark.parametrize("way", _RENAMINGS)
def test_names_that_differ_slightly_replace_each_other(probe: Probe, way: str) -> None:
    """A comparison that folds case sees no change and writes nothing."""
    experiment = probe.experiment()
    for first, second in probe.cases(DIFFERENT_NAMES.values()):
        run = probe.run(experiment)
        _RENAMINGS[way](probe.store, run, first)
        _RENAMINGS[way](probe.store, run, second)
        see_named(probe, run, second)


@clause("RUN-NAME", "TEXT-NO-CUT")
@pytest.mark.parametrize("way", _RENAMINGS)
def test_a_long_name_is_refused_or_whole_in_both_places(probe: Probe, way: str) -> None:
    """A tag may be longer than the column of the name: refuse it then, or keep both whole."""
    experiment = probe.experiment()
    for length in probe.cases((250, 251, 1000, 5000)):
        run = probe.run(experiment)
        name = "n" * (length - 4) + "-end"
        _RENAMINGS[way](probe.may_refuse("INVALID_PARAMETER_VALUE"), run, name)
        see_named(probe, run, name if probe.refusal is None else "first")


@clause("RUN-TAG-KEYS", "RUN-NAME")
def test_of_a_name_tag_given_twice_the_last_is_the_name(probe: Probe) -> None:
    tags = [Tag(NAME_TAG, "first"), Tag(NAME_TAG, "last")]
    made = probe.store.create_run(probe.experiment(), tags=tags)
    see_named(probe, made.info.run_id, "last")
