"""Filters on the datasets that runs used."""

from __future__ import annotations

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.datasets import dataset, use, user_of
from storeproof.conformance.suite.searching import add, finds
from storeproof.conformance.suite.values import DIFFERENT_NAMES, FOUR_BYTES
from storeproof.stores import DatasetInput


def users(probe: Probe) -> str:
    """An experiment of runs "upper" and "lower", each with a dataset, and of one "without" any."""
    experiment = probe.experiment()
    user_of(probe, experiment, "upper", use("Train", "AbC", "Fit"))
    user_of(probe, experiment, "lower", use("train", "abc", "eval"))
    add(probe, experiment, "without")
    return experiment


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize(
    ("part", "value", "other"),
    [("name", "Train", "train"), ("digest", "AbC", "abc"), ("context", "Fit", "eval")],
    ids=["name", "digest", "context"],
)
def test_runs_are_found_by_their_dataset(probe: Probe, part: str, value: str, other: str) -> None:
    """A list that is put into lower case, as IN was once, loses what has capitals."""
    experiment = users(probe)
    comparisons = {
        f"= '{value}'": ["upper"],
        f"= '{other}'": ["lower"],
        f"= '{value.upper()}'": [],
        f"!= '{value}'": ["lower"],
        f"!= '{other}'": ["upper"],
        f"LIKE '{value[0]}%'": ["upper"],
        "LIKE '%'": ["upper", "lower"],
        f"LIKE '{value.upper()}'": [],
        f"ILIKE '%{value[1:].upper()}'": ["upper"] if part == "context" else ["upper", "lower"],
        f"IN ('{value}')": ["upper"],
        f"IN ('none', '{value}')": ["upper"],
        f"IN ('{value}', '{other}')": ["upper", "lower"],
        f"IN ('{value.upper()}', 'none')": [],
        f"NOT IN ('{value}')": ["lower"],
        f"NOT IN ('none', '{other}')": ["upper"],
        "NOT IN ('none')": ["upper", "lower"],
        f"NOT IN ('{value}', '{other}')": [],
        f"in ('{other}')": ["lower"],
        f"not in ('{other}')": ["upper"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"dataset.{part} {comparison}", names)


@clause("SEARCH-GRAMMAR")
def test_a_dataset_is_one_comparison_among_others(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, value in (("a", "x"), ("b", "y"), ("c", "x")):
        run = add(probe, experiment, name, params={"p": value})
        if name != "c":
            probe.store.log_inputs(run, [use("train", name, "fit")])
    filters = {
        "dataset.name = 'train' AND params.p = 'x'": ["a"],
        "params.p = 'x' AND dataset.name = 'train'": ["a"],
        "dataset.name = 'train' AND dataset.digest = 'b' AND dataset.context = 'fit'": ["b"],
        "dataset.digest IN ('a', 'b') AND params.p != 'y'": ["a"],
        "params.p = 'x'": ["a", "c"],
        "dataset.name = 'train' AND dataset.digest = 'none'": [],
    }
    for filter_string, names in probe.cases(filters.items()):
        finds(probe, experiment, filter_string, names)


@clause("SEARCH-GRAMMAR")
def test_a_run_is_found_by_any_of_its_datasets_and_once(probe: Probe) -> None:
    """A join gives the run once for each of them."""
    experiment = probe.experiment()
    uses = [use(f"set{number}", "d", f"for {number}") for number in range(3)]
    user_of(probe, experiment, "all", *uses)
    user_of(probe, experiment, "one", uses[1])
    filters = {
        "dataset.name = 'set2'": ["all"],
        "dataset.name = 'set1'": ["all", "one"],
        "dataset.name LIKE 'set%'": ["all", "one"],
        "dataset.digest = 'd'": ["all", "one"],
        "dataset.context IN ('for 0', 'for 2')": ["all"],
        "dataset.name IN ('set0', 'set1', 'set2')": ["all", "one"],
        "dataset.name = 'set0' AND dataset.name = 'set2'": ["all"],
    }
    for filter_string, names in probe.cases(filters.items()):
        finds(probe, experiment, filter_string, names)
        found = probe.store.search_runs(
            [experiment], filter_string=filter_string, order_by=["run_name DESC"]
        )
        probe.see(found).items.each("info.run_name").equals(sorted(names, reverse=True))


@clause("SEARCH-MISSING")
def test_a_run_without_a_dataset_or_its_context_matches_no_comparison(probe: Probe) -> None:
    experiment = probe.experiment()
    user_of(probe, experiment, "for fitting", use("train", "a", "fit"))
    user_of(probe, experiment, "for nothing", use("train", "b"))
    tagged = DatasetInput(dataset("train", "c"), {"context": "fit", "other": "fit"})
    user_of(probe, experiment, "for nothing either", tagged)
    add(probe, experiment, "without", params={"name": "x"}, tags={"mlflow.data.context": "fit"})
    three = ["for fitting", "for nothing", "for nothing either"]
    comparisons = {
        "name != 'x'": three,
        "name NOT IN ('x')": three,
        "name LIKE '%'": three,
        "digest != 'a'": three[1:],
        "context != 'x'": ["for fitting"],
        "context != 'fit'": [],
        "context NOT IN ('x')": ["for fitting"],
        "context LIKE '%'": ["for fitting"],
        "context = 'fit'": ["for fitting"],
        "context = ''": [],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"dataset.{comparison}", names)


@clause("SEARCH-MISSING")
def test_the_dataset_of_another_run_is_not_had(probe: Probe) -> None:
    experiment, elsewhere = probe.experiment(), probe.experiment()
    user_of(probe, elsewhere, "elsewhere", use("train", "d", "fit"))
    user_of(probe, experiment, "has it", use("train", "d", "fit"))
    user_of(probe, experiment, "has it for another purpose", use("train", "d", "eval"))
    add(probe, experiment, "has not")
    finds(probe, experiment, "dataset.context = 'fit'", ["has it"])
    finds(probe, experiment, "dataset.context != 'fit'", ["has it for another purpose"])
    every = ["has it", "has it for another purpose"]
    finds(probe, experiment, "dataset.name = 'train'", every)


@clause("SEARCH-LIKE")
def test_parts_of_datasets_are_matched_like_other_texts(probe: Probe) -> None:
    experiment = probe.experiment()
    name = f"a.b\\c\n[d]%{FOUR_BYTES}"
    user_of(probe, experiment, "one", use(name, "D.1"))
    held = {
        f"name = '{name}'": True,
        f"name IN ('x', '{name}')": True,
        "name LIKE 'a.b\\c%'": True,
        f"name LIKE '%]_{FOUR_BYTES}'": True,
        "name LIKE 'a_b_c_[d]__'": True,
        "name LIKE 'axb%'": False,
        "name LIKE '%c[d]%'": False,
        "name ILIKE 'A.B\\C%'": True,
        "digest LIKE 'D_1'": True,
        "digest LIKE 'd_1'": False,
        "digest ILIKE 'd_1'": True,
        "digest = 'D.1 '": False,
    }
    for comparison, found in probe.cases(held.items()):
        finds(probe, experiment, f"dataset.{comparison}", ["one"] if found else [])


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("difference", DIFFERENT_NAMES)
def test_datasets_with_different_names_are_told_apart(probe: Probe, difference: str) -> None:
    experiment = probe.experiment()
    one, other = DIFFERENT_NAMES[difference]
    user_of(probe, experiment, "one", use(one))
    user_of(probe, experiment, "other", use(other))
    filters = {
        f"dataset.name = '{one}'": ["one"],
        f"dataset.name = '{other}'": ["other"],
        f"dataset.name != '{one}'": ["other"],
        f"dataset.name IN ('{one}')": ["one"],
        f"dataset.name NOT IN ('{one}')": ["other"],
        f"dataset.name LIKE '{other}'": ["other"],
    }
    for filter_string, names in probe.cases(filters.items()):
        finds(probe, experiment, filter_string, names)
