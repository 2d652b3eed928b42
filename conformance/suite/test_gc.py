"""Deletion for good: what gc removes, what it leaves, and what it refuses."""

from __future__ import annotations

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.graphs import (
    full_experiment,
    full_run,
    own_gc,
    see_gone,
    see_there,
)
from storeproof.conformance.suite.values import unknown_like
from storeproof.stores import LifecycleStage, Metric, ViewType

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED

NO_DURATIONS = (
    *("", " ", "1", "d", "1x", "2d ", " 2d", "1 d", "1D", "5x2d", "1d2", "1d\n"),
    *("1h1d", "1d1d", "-1d", "1,5d", "1.d", ".5d", "1e3s", "nan", "٣d"),
)
LONG_DURATIONS = ("1d", "1h", "10m", "60s", "2d8h5m20s", "1.5h", "0.5d0.25h", "1h30s", "36500d")
SHORT_DURATIONS = ("0s", "0d0h0m0s", "0.001s", "0.00001m")


def deleted(probe: Probe, experiment: str) -> str:
    """A deleted run."""
    run = probe.run(experiment)
    probe.store.delete_run(run)
    return run


def deleted_experiment(probe: Probe) -> tuple[str, str]:
    """A deleted experiment and the run in it."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_experiment(experiment)
    return experiment, run


def see_experiment_gone(probe: Probe, experiment: str) -> None:
    """No call finds the experiment."""
    probe.refused("RESOURCE_DOES_NOT_EXIST").get_experiment(experiment)


# What is selected


@clause("GC-SCOPE")
def test_without_selectors_all_that_is_deleted_goes_and_nothing_else(probe: Probe) -> None:
    own_gc(probe)
    alive = probe.experiment()
    stays, goes = probe.run(alive), deleted(probe, alive)
    gone, inside = deleted_experiment(probe)
    probe.backend().gc()
    see_there(probe, stays)
    probe.see(probe.store.get_experiment(alive)).lifecycle_stage.equals(ACTIVE)
    see_gone(probe, goes, inside)
    see_experiment_gone(probe, gone)


@clause("GC-SCOPE")
def test_of_selected_runs_only_those_go(probe: Probe) -> None:
    """Issue 13254: the selection was ignored."""
    experiment = probe.experiment()
    one, two, three = (deleted(probe, experiment) for _ in range(3))
    other, inside = deleted_experiment(probe)
    probe.backend().gc(run_ids=[one, three, one])
    see_gone(probe, one, three)
    see_there(probe, two, inside)
    probe.see(probe.store.get_experiment(other)).lifecycle_stage.equals(DELETED)


@clause("GC-SCOPE")
def test_of_selected_experiments_only_those_go_with_their_runs(probe: Probe) -> None:
    alive = probe.experiment()
    beside = deleted(probe, alive)
    one, inside = deleted_experiment(probe)
    two, other = deleted_experiment(probe)
    probe.backend().gc(experiment_ids=[one])
    see_experiment_gone(probe, one)
    see_gone(probe, inside)
    see_there(probe, beside, other)
    probe.see(probe.store.get_experiment(two)).lifecycle_stage.equals(DELETED)


@clause("GC-SCOPE")
def test_runs_and_experiments_narrow_each_other(probe: Probe) -> None:
    """Joined by "or", they remove what nobody asked for."""
    one, inside = deleted_experiment(probe)
    two, other = deleted_experiment(probe)
    probe.backend().gc(run_ids=[other], experiment_ids=[one])
    see_there(probe, inside, other)
    for each in (one, two):
        probe.see(probe.store.get_experiment(each)).lifecycle_stage.equals(DELETED)


@clause("GC-SCOPE", "GC-OLDER")
def test_age_narrows_what_is_selected_by_id(probe: Probe) -> None:
    run = deleted(probe, probe.experiment())
    experiment, inside = deleted_experiment(probe)
    probe.backend().gc(run_ids=[run], older_than="1d")
    probe.backend().gc(experiment_ids=[experiment], older_than="1d")
    see_there(probe, run, inside)
    probe.see(probe.store.get_experiment(experiment)).lifecycle_stage.equals(DELETED)


@clause("GC-SCOPE")
def test_a_restored_run_stays(probe: Probe) -> None:
    own_gc(probe)
    run = deleted(probe, probe.experiment())
    probe.store.restore_run(run)
    probe.backend().gc()
    see_there(probe, run)


@clause("GC-SCOPE")
def test_an_active_run_stays_where_its_experiment_is_deleted(probe: Probe) -> None:
    """MLflow removes it with the experiment."""
    experiment, run = deleted_experiment(probe)
    probe.may_refuse().restore_run(run)
    stage = probe.store.get_run(run).info.lifecycle_stage
    probe.backend().gc(experiment_ids=[experiment])
    if stage is ACTIVE:
        probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(ACTIVE)
    else:
        see_gone(probe, run)


# What is refused


@clause("GC-CHECK-FIRST")
@pytest.mark.parametrize("position", ["first", "last"])
def test_an_unknown_run_among_the_selected_is_refused_before_anything_goes(
    probe: Probe, position: str
) -> None:
    run = deleted(probe, probe.experiment())
    selected = [run, unknown_like(run)]
    probe.backend("RESOURCE_DOES_NOT_EXIST").gc(
        run_ids=selected if position == "last" else selected[::-1]
    )
    see_there(probe, run)


@clause("GC-CHECK-FIRST")
@pytest.mark.parametrize("position", ["first", "last"])
def test_an_active_run_among_the_selected_is_refused_before_anything_goes(
    probe: Probe, position: str
) -> None:
    experiment = probe.experiment()
    run, active = deleted(probe, experiment), probe.run(experiment)
    selected = [run, active]
    probe.backend("INVALID_PARAMETER_VALUE").gc(
        run_ids=selected if position == "last" else selected[::-1]
    )
    see_there(probe, run, active)


@clause("GC-CHECK-FIRST")
def test_an_unknown_experiment_among_the_selected_is_refused_before_anything_goes(
    probe: Probe,
) -> None:
    experiment, run = deleted_experiment(probe)
    for selected in probe.cases(([experiment, "no-such-id"], ["no-such-id", experiment])):
        probe.backend("RESOURCE_DOES_NOT_EXIST").gc(experiment_ids=selected)
        see_there(probe, run)


@clause("GC-CHECK-FIRST")
def test_an_active_experiment_among_the_selected_is_refused_before_anything_goes(
    probe: Probe,
) -> None:
    experiment, run = deleted_experiment(probe)
    active = probe.experiment()
    beside = deleted(probe, active)
    for selected in probe.cases(([experiment, active], [active, experiment])):
        probe.backend("INVALID_PARAMETER_VALUE").gc(experiment_ids=selected)
        see_there(probe, run, beside)


# What is left


@clause("GC-COMPLETE")
def test_nothing_of_a_removed_run_is_left_in_any_table_or_file(probe: Probe) -> None:
    """Issues 10699, 13393, 17240: tables that gc did not know. The experiment keeps its datasets."""
    experiment = probe.experiment()
    word = probe.name("going")
    run = full_run(probe, experiment, word)
    probe.store.delete_run(run)
    probe.backend().gc(run_ids=[run])
    see_gone(probe, run)
    for known in ("tag", "metric", "param", "use"):
        probe.see(probe.backend().get_traces(f"{known}-{word}")).equals({})
    probe.see(probe.backend().get_traces(run)).equals({})
    found = probe.see(probe.store.search_runs([experiment], ViewType.ALL))
    found.items.equals(())


@clause("GC-COMPLETE")
def test_nothing_of_a_removed_experiment_is_left_in_any_table_or_file(probe: Probe) -> None:
    word = probe.name("going")
    experiment = full_experiment(probe, word)
    for _ in range(2):
        full_run(probe, experiment, word)
    probe.store.delete_experiment(experiment)
    probe.backend().gc(experiment_ids=[experiment])
    see_experiment_gone(probe, experiment)
    probe.see(probe.backend().get_traces(word)).equals({})


@clause("GC-COMPLETE")
def test_what_is_beside_the_removed_is_untouched(probe: Probe) -> None:
    """A run of the same experiment that used the same datasets, and another experiment."""
    word, other = probe.name("same"), probe.name("other")
    experiment, beside = full_experiment(probe, word), full_experiment(probe, other)
    stays = full_run(probe, experiment, word)
    goes = full_run(probe, experiment, word)
    elsewhere = full_run(probe, beside, other)
    gone, _ = deleted_experiment(probe)
    before = [probe.store.get_run(each) for each in (stays, elsewhere)]
    kept = probe.see(probe.backend().get_traces(other))
    probe.store.delete_run(goes)
    probe.backend().gc(run_ids=[goes])
    probe.backend().gc(experiment_ids=[gone])
    for run, known in zip((stays, elsewhere), before, strict=True):
        seen = probe.see(probe.store.get_run(run))
        for part in ("params", "metrics", "tags", "inputs"):
            getattr(seen, part).equals(getattr(probe.see(known), part))
        points = probe.store.get_metric_history(run, next(iter(known.metrics)))
        probe.see(points).items.length().equals(3)
    probe.see(probe.backend().get_traces(other)).equals(kept)
    probe.see(probe.store.get_experiment(beside)).lifecycle_stage.equals(ACTIVE)


@clause("EXP-NAME-UNIQUE")
def test_a_name_is_taken_until_hard_deletion_and_free_then(probe: Probe) -> None:
    """Issue 6223: it stayed taken. Only the first half is seen where nothing can be removed for good."""
    name = probe.name()
    first = probe.store.create_experiment(name)
    probe.store.delete_experiment(first)
    probe.refused("RESOURCE_ALREADY_EXISTS").create_experiment(name)
    if not probe.removes:
        return
    probe.backend().gc(experiment_ids=[first])
    probe.see(probe.store.get_experiment_by_name(name)).equals(None)
    again = probe.store.create_experiment(name)
    probe.see(probe.store.get_experiment(again)).name.equals(name)
    probe.see(probe.store.search_runs([again], ViewType.ALL)).items.equals(())


# Age


@clause("GC-OLDER")
def test_what_is_no_duration_is_refused(probe: Probe) -> None:
    run = deleted(probe, probe.experiment())
    for text in probe.cases(NO_DURATIONS):
        probe.backend("INVALID_PARAMETER_VALUE").gc(run_ids=[run], older_than=text)
        see_there(probe, run)


@clause("GC-OLDER")
def test_what_was_deleted_later_than_the_duration_stays(probe: Probe) -> None:
    """Its start is years ago: what counts is when it was deleted."""
    run = deleted(probe, probe.experiment())
    for text in probe.cases(LONG_DURATIONS):
        probe.backend().gc(run_ids=[run], older_than=text)
        see_there(probe, run)


@clause("GC-OLDER")
def test_what_was_deleted_earlier_than_the_duration_goes(probe: Probe) -> None:
    for text in probe.cases(SHORT_DURATIONS):
        run = deleted(probe, probe.experiment())
        experiment, inside = deleted_experiment(probe)
        for _ in range(3):
            probe.tick()
        probe.backend().gc(run_ids=[run], older_than=text)
        probe.backend().gc(experiment_ids=[experiment], older_than=text)
        see_gone(probe, run, inside)
        see_experiment_gone(probe, experiment)


# Again, and more


@clause("GC-IDEMPOTENT")
def test_a_second_gc_finds_nothing_and_succeeds(probe: Probe) -> None:
    own_gc(probe)
    stays = probe.run()
    gone, run = deleted_experiment(probe)
    probe.backend().gc()
    probe.backend().gc()
    see_gone(probe, run)
    see_experiment_gone(probe, gone)
    see_there(probe, stays)


@clause("GC-IDEMPOTENT")
def test_a_gc_that_was_refused_can_be_done_without_what_was_refused(probe: Probe) -> None:
    run = deleted(probe, probe.experiment())
    probe.backend("RESOURCE_DOES_NOT_EXIST").gc(run_ids=[run, unknown_like(run)])
    probe.backend().gc(run_ids=[run])
    see_gone(probe, run)


@clause("GC-LINEAR")
def test_runs_with_thousands_of_points_go_together(probe: Probe) -> None:
    """More than one part of what a store removes at a time."""
    experiment = probe.experiment()
    runs = [probe.run(experiment) for _ in range(3)]
    for run in runs:
        for number in range(4):
            points = [
                Metric("m", 1.0, step, step) for step in range(number * 1000, number * 1000 + 1000)
            ]
            probe.store.log_batch(run, metrics=points)
        probe.store.delete_run(run)
    probe.backend().gc(run_ids=runs)
    see_gone(probe, *runs)
    for run in runs:
        probe.see(probe.backend().get_traces(run)).equals({})
