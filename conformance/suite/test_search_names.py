"""Filters on attributes: a run's name whatever became of its tag, and long and nasty values of each."""

from __future__ import annotations

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import add, finds
from storeproof.conformance.suite.values import NASTY_NAMES
from storeproof.stores import RunStatus, Tag, ViewType

NAME_TAG = "mlflow.runName"


def is_named(probe: Probe, experiment: str, name: str, *others: str) -> None:
    """The run, alone in its experiment, is found by this name and by none of the others."""
    for comparison in (f"= '{name}'", f"LIKE '{name}'", f"ILIKE '%{name}%'", "!= 'none'"):
        finds(probe, experiment, f"attributes.run_name {comparison}", [name])
    finds(probe, experiment, f"run_name = '{name}'", [name])
    finds(probe, experiment, f"attributes.run_name != '{name}'", [])
    for other in others:
        finds(probe, experiment, f"attributes.run_name = '{other}'", [])
        finds(probe, experiment, f"attributes.run_name != '{other}'", [name])


# The run's name


@clause("SEARCH-RUNNAME")
def test_a_run_is_found_by_the_name_that_it_was_given(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "first")
    is_named(probe, experiment, "first", "First", "")


@clause("SEARCH-RUNNAME")
def test_a_run_is_found_by_the_name_that_its_tag_gave_it(probe: Probe) -> None:
    experiment = probe.experiment()
    probe.store.create_run(experiment, tags=[Tag(NAME_TAG, "first")])
    is_named(probe, experiment, "first")


@clause("SEARCH-RUNNAME")
def test_a_run_is_found_by_a_generated_name(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.store.create_run(experiment)
    finds(probe, experiment, f"attributes.run_name = '{run.info.run_name}'", [run.info.run_name])
    finds(probe, experiment, "attributes.run_name = 'none'", [])


@clause("SEARCH-RUNNAME")
def test_a_renamed_run_is_found_by_its_new_name_alone(probe: Probe) -> None:
    """The name lives in a column and in a tag, and one of them was left behind."""
    experiment = probe.experiment()
    run = add(probe, experiment, "first")
    probe.store.update_run_info(run, run_name="second")
    is_named(probe, experiment, "second", "first")
    probe.store.set_tag(run, Tag(NAME_TAG, "third"))
    is_named(probe, experiment, "third", "second", "first")
    probe.store.log_batch(run, tags=[Tag(NAME_TAG, "fourth")])
    is_named(probe, experiment, "fourth", "third")


@clause("SEARCH-RUNNAME")
def test_a_run_whose_name_tag_was_deleted_is_found_by_its_name(probe: Probe) -> None:
    """A filter that is rewritten to the tag loses it."""
    experiment = probe.experiment()
    run = add(probe, experiment, "first")
    probe.store.delete_tag(run, NAME_TAG)
    probe.see(probe.store.get_run(run)).info.run_name.equals("first")
    is_named(probe, experiment, "first", "")
    finds(probe, experiment, f"tags.`{NAME_TAG}` = 'first'", [])
    finds(probe, experiment, f"tags.`{NAME_TAG}` != 'none'", [])


@clause("SEARCH-RUNNAME")
def test_a_run_renamed_after_its_name_tag_was_deleted_is_found(probe: Probe) -> None:
    experiment = probe.experiment()
    run = add(probe, experiment, "first")
    probe.store.delete_tag(run, NAME_TAG)
    probe.store.update_run_info(run, run_name="second")
    is_named(probe, experiment, "second", "first")


@clause("SEARCH-RUNNAME")
def test_an_order_by_name_takes_the_name_too(probe: Probe) -> None:
    experiment = probe.experiment()
    for name in ("b", "c", "a"):
        run = add(probe, experiment, name)
        if name == "c":
            probe.store.delete_tag(run, NAME_TAG)
        if name == "a":
            probe.store.update_run_info(run, run_name="d")
    found = probe.store.search_runs([experiment], order_by=["attributes.run_name"])
    probe.see(found).items.each("info.run_name").equals(["b", "c", "d"])


@clause("SEARCH-RUNNAME")
def test_a_name_may_hold_anything(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "another")
    for name in probe.cases(each for each in NASTY_NAMES.values() if "'" not in each):
        add(probe, experiment, name)
        finds(probe, experiment, f"attributes.run_name = '{name}'", [name])


# Other attributes


@clause("SEARCH-GRAMMAR")
def test_every_status_is_found_by_its_name(probe: Probe) -> None:
    experiment = probe.experiment()
    for status in RunStatus:
        run = add(probe, experiment, status.value)
        probe.store.update_run_info(run, status)
    for status in probe.cases(list(RunStatus)):
        others = [each.value for each in RunStatus if each is not status]
        finds(probe, experiment, f"attributes.status = '{status}'", [status.value])
        finds(probe, experiment, f"attributes.status != '{status}'", others)
    finds(probe, experiment, "attributes.status = 'NONE'", [])
    finds(probe, experiment, "attributes.status LIKE 'F%'", ["FINISHED", "FAILED"])
    finds(probe, experiment, "attributes.status ILIKE '%il%'", ["FAILED", "KILLED"])


@clause("SEARCH-GRAMMAR")
def test_a_user_id_may_hold_anything(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "another")
    users = [*(each for each in NASTY_NAMES.values() if "'" not in each), "u" * 256, ""]
    for number, user in enumerate(probe.cases(users)):
        add(probe, experiment, f"{number}", user=user)
        finds(probe, experiment, f"attributes.user_id = '{user}'", [f"{number}"])


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("long", [False, True], ids=["short", "as long as can be"])
def test_a_run_is_found_by_the_artifact_uri_that_it_has(probe: Probe, long: bool) -> None:
    """The column of the run's URI is shorter than its experiment's location may be."""
    location = "s3://bucket/a b/%_\\".ljust((probe.place.location_length or 0) if long else 0, "x")
    experiment = probe.store.create_experiment(probe.name(), location)
    run = add(probe, experiment, "one")
    add(probe, experiment, "other")
    probe.see(probe.store.get_run(run)).info.artifact_uri.equals(f"{location}/{run}/artifacts")
    comparisons = {
        f"= '{location}/{run}/artifacts'": ["one"],
        f"!= '{location}/{run}/artifacts'": ["other"],
        f"= '{location}/{run}/artifact'": [],
        f"= '{location}'": [],
        f"LIKE '{location}/%/artifacts'": ["one", "other"],
        f"LIKE '%/{run}/artifacts'": ["one"],
        f"LIKE '{location}/{run}'": [],
        "LIKE 'S3:%'": [],
        "ILIKE 'S3://BUCKET/A B/%'": ["one", "other"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"attributes.artifact_uri {comparison}", names)


@clause("SEARCH-GRAMMAR")
def test_the_runs_of_several_experiments_are_filtered_together(probe: Probe) -> None:
    experiments = [probe.experiment() for _ in range(3)]
    for number, experiment in enumerate(experiments):
        add(probe, experiment, f"{number}", params={"k": "x"})
        add(probe, experiment, f"not {number}", params={"k": "y"})
    found = probe.store.search_runs(experiments[:2], filter_string="params.k = 'x'")
    probe.see(found).items.each("info.run_name").is_some_order_of(["0", "1"])


@clause("SEARCH-VIEWS")
def test_a_filter_keeps_to_its_view(probe: Probe) -> None:
    """A condition joined on by OR, or put in the wrong brackets, lets the others in."""
    experiment = probe.experiment()
    for name in ("active", "deleted"):
        for value in ("x", "y"):
            run = add(probe, experiment, f"{name} {value}", params={"k": value})
            if name == "deleted":
                probe.store.delete_run(run)
    views = {
        "ACTIVE_ONLY": ["active x"],
        "DELETED_ONLY": ["deleted x"],
        "ALL": ["active x", "deleted x"],
    }
    for view, names in probe.cases(views.items()):
        found = probe.store.search_runs(
            [experiment], ViewType(view), filter_string="params.k = 'x'", order_by=["run_name"]
        )
        probe.see(found).items.each("info.run_name").equals(names)
