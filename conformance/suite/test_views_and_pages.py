"""Searches without a filter: which runs a view shows, and that pages neither skip nor repeat."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.paging import BAD_TOKENS, sees_pages
from storeproof.conformance.suite.values import FOUR_BYTES, unknown_like
from storeproof.stores import ViewType

ACTIVE, DELETED, ALL = ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL


def sees_runs(probe: Probe, experiment: str, view: ViewType, wanted: list[str]) -> None:
    """The view of the experiment has these runs, in any order."""
    found = probe.see(probe.store.search_runs([experiment], view))
    found.items.each("info.run_id").is_some_order_of(wanted)


# Views


@clause("SEARCH-VIEWS")
def test_a_view_shows_the_runs_of_its_stage(probe: Probe) -> None:
    experiment = probe.experiment()
    active, deleted, other = (probe.run(experiment) for _ in range(3))
    probe.store.delete_run(deleted)
    sees_runs(probe, experiment, ACTIVE, [active, other])
    sees_runs(probe, experiment, DELETED, [deleted])
    sees_runs(probe, experiment, ALL, [active, deleted, other])


@clause("SEARCH-VIEWS")
def test_without_a_view_a_search_shows_active_runs(probe: Probe) -> None:
    experiment = probe.experiment()
    active, deleted = probe.run(experiment), probe.run(experiment)
    probe.store.delete_run(deleted)
    found = probe.see(probe.store.search_runs([experiment]))
    found.items.each("info.run_id").equals([active])


@clause("SEARCH-VIEWS")
def test_a_run_found_has_its_stage(probe: Probe) -> None:
    experiment = probe.experiment()
    probe.store.delete_run(probe.run(experiment))
    found = probe.see(probe.store.search_runs([experiment], DELETED))
    found.items.each("info.lifecycle_stage").equals(["deleted"])


@clause("SEARCH-VIEWS")
def test_a_restored_run_is_back_among_the_active(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_run(run)
    probe.store.restore_run(run)
    sees_runs(probe, experiment, ACTIVE, [run])
    sees_runs(probe, experiment, DELETED, [])


@clause("SEARCH-VIEWS")
def test_the_runs_of_a_deleted_experiment_are_found_as_deleted(probe: Probe) -> None:
    """The experiment is searched all the same: a view is about the run's stage."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_experiment(experiment)
    sees_runs(probe, experiment, ACTIVE, [])
    sees_runs(probe, experiment, DELETED, [run])
    sees_runs(probe, experiment, ALL, [run])


@clause("SEARCH-VIEWS")
def test_an_active_run_of_a_deleted_experiment_is_found_as_active(probe: Probe) -> None:
    """Not the experiment's stage in place of the run's."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_experiment(experiment)
    probe.may_refuse().restore_run(run)
    if probe.store.get_run(run).info.lifecycle_stage == "active":
        sees_runs(probe, experiment, ACTIVE, [run])
        sees_runs(probe, experiment, DELETED, [])


@clause("SEARCH-VIEWS")
def test_an_experiment_without_runs_has_an_empty_answer_in_each_view(probe: Probe) -> None:
    experiment = probe.experiment()
    for view in (ACTIVE, DELETED, ALL):
        found = probe.see(probe.store.search_runs([experiment], view))
        found.items.equals(())
        found.token.equals(None)


# Experiments named twice, or unknown


@clause("SEARCH-EXPERIMENTS-TWICE")
def test_an_experiment_given_twice_counts_once(probe: Probe) -> None:
    one, other = probe.experiment(), probe.experiment()
    first, second = probe.run(one), probe.run(other)
    found = probe.see(probe.store.search_runs([one, other, one, one]))
    found.items.each("info.run_id").is_some_order_of([first, second])


@clause("SEARCH-EXPERIMENTS-TWICE")
def test_an_experiment_given_twice_counts_once_in_pages_too(probe: Probe) -> None:
    experiment = probe.experiment()
    for _ in range(4):
        probe.run(experiment)
    whole = probe.see(probe.store.search_runs([experiment])).items
    ask = partial(probe.store.search_runs, [experiment, experiment], ALL, 3)
    sees_pages(probe, ask, whole, 4, 3, "info.run_id")


@clause("SEARCH-EXPERIMENTS-TWICE")
def test_an_unknown_id_matches_nothing(probe: Probe) -> None:
    """It is no error either: an experiment may have been removed for good a moment ago."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    unknown = unknown_like(experiment)
    probe.see(probe.store.search_runs([unknown], ALL)).items.equals(())
    found = probe.see(probe.store.search_runs([unknown, experiment], ALL))
    found.items.each("info.run_id").equals([run])


@clause("SEARCH-EXPERIMENTS-TWICE")
def test_an_id_of_another_shape_matches_nothing_or_is_refused(probe: Probe) -> None:
    """A cast in the query crashes on letters, or takes a longer text for the number it begins with."""
    experiment = probe.experiment()
    probe.run(experiment)
    shapes = ("", "x", f"{experiment}x", f" {experiment}", f"{experiment}.0", "%", "*", "9" * 400)
    for shape in probe.cases((*shapes, "' OR '1'='1", FOUR_BYTES, "../x", "\0", "\ud800")):
        found = probe.may_refuse("INVALID_PARAMETER_VALUE").search_runs([shape], ALL)
        if probe.refusal is None:
            probe.see(found).items.equals(())
        else:
            probe.varies("EXP-ID-UNKNOWN", "invalid-shape")


@clause("SEARCH-EXPERIMENTS-TWICE")
def test_no_experiment_at_all_matches_nothing(probe: Probe) -> None:
    """Not all runs of the store, and not `IN ()`, which is a syntax error."""
    probe.run()
    probe.see(probe.store.search_runs([], ALL)).items.equals(())


# Pages


def some_runs(probe: Probe, count: int) -> tuple[str, Seen]:
    """An experiment with so many runs of one start time, so that only their ids order them; and them all."""
    experiment = probe.experiment()
    for _ in range(count):
        probe.run(experiment)
    found = probe.see(probe.store.search_runs([experiment])).items
    found.length().equals(count)
    return experiment, found


@clause("SEARCH-PAGES")
def test_the_pages_of_runs_together_are_the_unpaged_answer(probe: Probe) -> None:
    """The runs began in the same millisecond: an id must close the order."""
    experiment, whole = some_runs(probe, 7)
    for size in probe.cases((1, 2, 3, 6, 7, 8, 50_000)):
        ask = partial(probe.store.search_runs, [experiment], ACTIVE, size)
        sees_pages(probe, ask, whole, 7, size, "info.run_id")


@clause("SEARCH-PAGES")
def test_an_exactly_full_last_page_of_runs_has_no_token(probe: Probe) -> None:
    """Read one item more than the page holds to know."""
    experiment, _ = some_runs(probe, 4)
    page = probe.see(probe.store.search_runs([experiment], max_results=4))
    page.items.length().equals(4)
    page.token.equals(None)


@clause("SEARCH-PAGES")
def test_pages_of_runs_with_many_start_times_are_in_one_order(probe: Probe) -> None:
    experiment = probe.experiment()
    for start in (5, 2**53 + 1, 0, 2**63 - 1, 5, 1_600_000_000_000):
        probe.store.create_run(experiment, start_time=start)
    whole = probe.see(probe.store.search_runs([experiment])).items
    ask = partial(probe.store.search_runs, [experiment], ACTIVE, 2)
    sees_pages(probe, ask, whole, 6, 2, "info.run_id")


@clause("SEARCH-PAGES")
def test_pages_of_runs_keep_to_their_view(probe: Probe) -> None:
    experiment = probe.experiment()
    for number in range(6):
        run = probe.run(experiment)
        if number % 2:
            probe.store.delete_run(run)
    for view, count in probe.cases(((DELETED, 3), (ACTIVE, 3), (ALL, 6))):
        whole = probe.see(probe.store.search_runs([experiment], view)).items
        whole.length().equals(count)
        ask = partial(probe.store.search_runs, [experiment], view, 2)
        sees_pages(probe, ask, whole, count, 2, "info.run_id")


@clause("SEARCH-PAGES")
def test_the_runs_of_several_experiments_are_paged_as_one_answer(probe: Probe) -> None:
    experiments = [probe.experiment() for _ in range(3)]
    for experiment in (*experiments, *experiments):
        probe.run(experiment)
    whole = probe.see(probe.store.search_runs(experiments)).items
    whole.length().equals(6)
    ask = partial(probe.store.search_runs, experiments, ACTIVE, 4)
    sees_pages(probe, ask, whole, 6, 4, "info.run_id")


@clause("SEARCH-PAGES")
def test_the_pages_of_experiments_together_are_the_unpaged_answer(probe: Probe) -> None:
    """Experiments made in the same millisecond need their id to close the order."""
    if probe.place.shared:
        return  # other tests add experiments between the pages
    deleted = [probe.experiment() for _ in range(5)][1]
    probe.store.delete_experiment(deleted)
    for view in probe.cases((ACTIVE, ALL)):
        unpaged = probe.store.search_experiments(view)
        whole, total = probe.see(unpaged).items, len(unpaged.items)
        ask = partial(probe.store.search_experiments, view, 2)
        sees_pages(probe, ask, whole, total, 2, "experiment_id")


@clause("SEARCH-PAGES")
def test_an_exactly_full_last_page_of_experiments_has_no_token(probe: Probe) -> None:
    if probe.place.shared:
        return  # other tests add experiments, so that no page is known to be the last
    probe.experiment()
    count = len(probe.store.search_experiments(ALL).items)
    page = probe.see(probe.store.search_experiments(ALL, count))
    page.items.length().equals(count)
    page.token.equals(None)


@clause("SEARCH-PAGES")
def test_1_and_50000_are_sizes_of_a_page(probe: Probe) -> None:
    experiment, _ = some_runs(probe, 2)
    for size, count in probe.cases(((1, 1), (50_000, 2))):
        page = probe.see(probe.store.search_runs([experiment], max_results=size))
        page.items.length().equals(count)
        probe.store.search_experiments(max_results=size)


@clause("SEARCH-PAGES")
def test_any_other_size_of_a_page_is_refused(probe: Probe) -> None:
    experiment = probe.experiment()
    size: Any
    for size in probe.cases((0, -1, 50_001, 2**63, 1.5, "2")):
        probe.refused("INVALID_PARAMETER_VALUE").search_runs([experiment], max_results=size)
        probe.refused("INVALID_PARAMETER_VALUE").search_experiments(max_results=size)


@clause("SEARCH-PAGES")
def test_a_token_that_no_page_gave_is_refused(probe: Probe) -> None:
    """Check its shape: a token is no number of rows to be skipped."""
    experiment, _ = some_runs(probe, 2)
    for token in probe.cases(BAD_TOKENS):
        probe.refused("INVALID_PARAMETER_VALUE").search_runs([experiment], page_token=token)
        probe.refused("INVALID_PARAMETER_VALUE").search_experiments(page_token=token)


# Pages while runs are added


@clause("SEARCH-PAGES-STABLE")
@pytest.mark.parametrize("start", [0, 1_900_000_000_000])
def test_runs_added_between_pages_move_none_of_the_others(start: int, probe: Probe) -> None:
    """A token that counts rows skips or repeats when rows come in front of it."""
    experiment, before = some_runs(probe, 6)
    page = probe.store.search_runs([experiment], max_results=3)
    first = probe.see(page).items.each("info.run_id")
    first.equals(before.each("info.run_id")[0:3])
    for _ in range(3):
        probe.store.create_run(experiment, start_time=start)
    rest = probe.store.search_runs([experiment], max_results=50, page_token=page.token)
    found = probe.see(rest).items.each("info.run_id")
    for number in range(3):
        found.lacks(first[number])
        found.contains(before.each("info.run_id")[3 + number])
