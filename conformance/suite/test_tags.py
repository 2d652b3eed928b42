"""Tags of runs: setting, long values, deletion, and values that are no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.values import FOUR_BYTES
from storeproof.stores import Tag, TrackingStore

TRUNCATE = "MLFLOW_TRUNCATE_LONG_VALUES"

_WAYS: dict[str, Callable[[TrackingStore, str, Tag], object]] = {
    "set_tag": lambda store, run, tag: store.set_tag(run, tag),
    "log_batch": lambda store, run, tag: store.log_batch(run, tags=[tag]),
}
"""The two operations that set tags of a run that is there."""


def tags_of(probe: Probe, run: str) -> Seen:
    """All tags of the run."""
    return probe.see(probe.store.get_run(run)).tags


def named(**tags: str) -> dict[str, str]:
    """These tags and the one that every run of the probe's has."""
    return {"mlflow.runName": "first", **tags}


# Setting


@clause("TAG-SET")
@pytest.mark.parametrize("way", _WAYS)
def test_set_tag_adds_and_overwrites_one_tag(probe: Probe, way: str) -> None:
    """An upsert that keeps the old value is INSERT IGNORE, or ON CONFLICT DO NOTHING."""
    run = probe.run(tags=[Tag("a", "1"), Tag("b", "2")])
    for key, value in (("b", "longer than before"), ("b", "3"), ("c", "4"), ("c", "4")):
        _WAYS[way](probe.store, run, Tag(key, value))
    tags_of(probe, run).equals(named(a="1", b="3", c="4"))
    probe.see(probe.reopen().get_run(run)).tags.equals(named(a="1", b="3", c="4"))


@clause("TAG-SET")
@pytest.mark.parametrize("way", _WAYS)
def test_an_empty_value_is_a_value(probe: Probe, way: str) -> None:
    """An empty text is not None and does not delete the tag; on a new tag and over an old one."""
    run = probe.run(tags=[Tag("a", "1")])
    _WAYS[way](probe.store, run, Tag("a", ""))
    _WAYS[way](probe.store, run, Tag("b", ""))
    tags_of(probe, run).equals(named(a="", b=""))


@clause("TAG-SET")
def test_a_tag_of_one_run_is_not_on_another(probe: Probe) -> None:
    experiment = probe.experiment()
    run, other = probe.run(experiment), probe.run(experiment, [Tag("a", "other")])
    probe.store.set_tag(run, Tag("a", "1"))
    probe.store.set_tag(run, Tag("b", "2"))
    tags_of(probe, other).equals(named(a="other"))


@clause("TAG-SET")
def test_a_search_shows_the_tags_that_are_there(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment, [Tag("a", "1"), Tag("gone", "1")])
    probe.store.set_tag(run, Tag("a", "2"))
    probe.store.delete_tag(run, "gone")
    probe.see(probe.store.search_runs([experiment])).items[0].tags.equals(named(a="2"))


@clause("TAG-SET")
def test_values_that_look_like_something_else_stay_text(probe: Probe) -> None:
    experiment = probe.experiment()
    for value in probe.cases(("1", "1.0", "null", "None", "true", "NaN", "[]", '{"a": 1}', " ")):
        run = probe.run(experiment)
        probe.store.set_tag(run, Tag("a", value))
        tags_of(probe, run)["a"].equals(value)


# Long values


def long_value(length: int, character: str = "x") -> str:
    """A value of `length` characters that differ along the way, so that a cut shows where it was."""
    return "".join(f"{position}{character}" for position in range(length))[:length]


@clause("TAG-LONG")
@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("character", ["x", FOUR_BYTES], ids=["ascii", "4-byte"])
def test_5000_characters_are_kept_whole(probe: Probe, way: str, character: str) -> None:
    run = probe.run()
    _WAYS[way](probe.store, run, Tag("a", long_value(5000, character)))
    tags_of(probe, run)["a"].equals(long_value(5000, character))


def longest_kept(probe: Probe, run: str) -> int:
    """The store's limit: 8000 characters, or 5000 on schemas before f5a4f2784254."""
    probe.setting(TRUNCATE, None)
    probe.may_refuse("INVALID_PARAMETER_VALUE").set_tag(run, Tag("limit", long_value(8000)))
    if probe.refusal is not None:
        return 5000
    kept = probe.store.get_run(run).tags.get("limit")
    return 5000 if kept == long_value(5000) else 8000


@clause("TAG-LONG")
@pytest.mark.parametrize("character", ["x", FOUR_BYTES], ids=["ascii", "4-byte"])
def test_8000_characters_are_kept_whole_unless_the_schema_is_older(
    probe: Probe, character: str
) -> None:
    """Only a schema from before revision f5a4f2784254 has room for no more than 5000."""
    run = probe.run()
    limit = longest_kept(probe, run)
    probe.store.set_tag(run, Tag("a", long_value(limit, character)))
    tags_of(probe, run)["a"].equals(long_value(limit, character))


@clause("TAG-LONG")
@pytest.mark.parametrize("setting", [None, "true"], ids=["unset", "true"])
@pytest.mark.parametrize("way", _WAYS)
def test_a_longer_value_is_cut_to_the_limit(probe: Probe, way: str, setting: str | None) -> None:
    """Cut by characters: a slice of the encoded bytes can split one."""
    run = probe.run()
    limit = longest_kept(probe, run)
    probe.setting(TRUNCATE, setting)
    values = (long_value(limit + 1), long_value(limit + 1, FOUR_BYTES), long_value(100_000))
    for number, value in enumerate(probe.cases(values)):
        key = f"a{number}"
        _WAYS[way](probe.may_refuse("INVALID_PARAMETER_VALUE"), run, Tag(key, value))
        if probe.refusal is None:
            tags_of(probe, run)[key].equals(value[:limit])
        else:
            probe.varies("TAG-LONG", "always-refused")
            tags_of(probe, run).lacks(key)


@clause("TAG-LONG")
def test_a_longer_value_given_to_create_run_is_cut_too(probe: Probe) -> None:
    experiment = probe.experiment()
    limit = longest_kept(probe, probe.run(experiment))
    value = long_value(limit + 1)
    made = probe.may_refuse("INVALID_PARAMETER_VALUE").create_run(
        experiment, tags=[Tag("a", value)]
    )
    if probe.refusal is None:
        tags_of(probe, made.info.run_id)["a"].equals(value[:limit])
    else:
        probe.varies("TAG-LONG", "always-refused")


@clause("TAG-LONG")
@pytest.mark.parametrize("way", _WAYS)
def test_a_longer_value_is_refused_where_cutting_is_off(probe: Probe, way: str) -> None:
    """MLFLOW_TRUNCATE_LONG_VALUES is read at each call, not once."""
    run = probe.run(tags=[Tag("a", "before")])
    limit = longest_kept(probe, run)
    probe.setting(TRUNCATE, "false")
    for length in probe.cases((limit + 1, 100_000)):
        tag = Tag("a", long_value(length))
        _WAYS[way](probe.refused("INVALID_PARAMETER_VALUE"), run, tag)
        tags_of(probe, run)["a"].equals("before")


# Deletion


@clause("TAG-DELETE")
def test_delete_tag_removes_that_tag_alone(probe: Probe) -> None:
    """A file store that removes a folder takes "a/b" away with "a"."""
    run = probe.run(tags=[Tag(key, key) for key in ("a", "A", "a/b", "ab", "b")])
    probe.store.delete_tag(run, "a")
    tags_of(probe, run).equals(named(**{key: key for key in ("A", "a/b", "ab", "b")}))
    probe.store.delete_tag(run, "a/b")
    tags_of(probe, run).equals(named(A="A", ab="ab", b="b"))


@clause("TAG-DELETE")
def test_delete_tag_leaves_other_runs_alone(probe: Probe) -> None:
    experiment = probe.experiment()
    run, other = (probe.run(experiment, [Tag("a", "1")]) for _ in range(2))
    probe.store.delete_tag(run, "a")
    tags_of(probe, other).equals(named(a="1"))


@clause("TAG-DELETE")
@pytest.mark.parametrize("key", ["b", "A", "a ", "a/b", "_"])
def test_the_deletion_of_a_missing_key_is_refused(probe: Probe, key: str) -> None:
    """Look at the number of deleted rows, and at how keys are compared."""
    run = probe.run(tags=[Tag("a", "1")])
    probe.refused("RESOURCE_DOES_NOT_EXIST").delete_tag(run, key)
    tags_of(probe, run).equals(named(a="1"))


@clause("TAG-DELETE")
def test_a_tag_is_not_deleted_twice(probe: Probe) -> None:
    run = probe.run(tags=[Tag("a", "1")])
    probe.store.delete_tag(run, "a")
    probe.refused("RESOURCE_DOES_NOT_EXIST").delete_tag(run, "a")


@clause("TAG-DELETE")
def test_a_deleted_tag_can_be_set_again(probe: Probe) -> None:
    run = probe.run(tags=[Tag("a", "1")])
    probe.store.delete_tag(run, "a")
    probe.store.set_tag(run, Tag("a", "2"))
    tags_of(probe, run).equals(named(a="2"))


# Values that are no text

NO_TEXT: list[Any] = [1, 0, 1.5, float("nan"), True, False, None, b"x", ["x"], {"x": "y"}, ("x",)]


@clause("TAG-TYPES")
@pytest.mark.parametrize("way", _WAYS)
def test_a_value_that_is_not_a_string_is_refused(probe: Probe, way: str) -> None:
    """str() would make "None" of None, and a text that nobody wrote of a number."""
    run = probe.run(tags=[Tag("a", "before")])
    for value in probe.cases(NO_TEXT):
        for key in ("a", "b"):
            _WAYS[way](probe.refused("INVALID_PARAMETER_VALUE"), run, Tag(key, value))
        tags_of(probe, run).equals(named(a="before"))


@clause("TAG-TYPES")
def test_a_create_with_a_value_that_is_not_a_string_is_refused(probe: Probe) -> None:
    experiment = probe.experiment()
    for value in probe.cases(NO_TEXT):
        tags = [Tag("a", value)]
        probe.refused("INVALID_PARAMETER_VALUE").create_run(experiment, tags=tags)
        probe.refused("INVALID_PARAMETER_VALUE").create_experiment(probe.name(), tags=tags)
        probe.see(probe.store.search_runs([experiment])).items.equals(())
