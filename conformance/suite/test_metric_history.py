"""The history of a metric: every point once, in order, whole or in pages."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Unsupported
from storeproof.conformance.suite.paging import BAD_TOKENS, sees_pages
from storeproof.conformance.suite.points import DOUBLE_MAX, INT64_MAX, INT64_MIN, in_order, points
from storeproof.conformance.suite.values import unknown_like
from storeproof.stores import Metric, Page

some_points = st.lists(points(keys=st.just("k")), max_size=12)


def sees_points(probe: Probe, run: str, wanted: list[Metric]) -> None:
    """The history of "k" has these points, in their order or another."""
    history = probe.store.get_metric_history(run, "k")
    probe.see(history).items.is_some_order_of(wanted)
    if in_order(history.items) != list(history.items):
        probe.varies("METRIC-HISTORY", "another-order")


# Every point


@clause("METRIC-HISTORY")
def test_history_holds_points_that_differ_in_one_number_alone(probe: Probe) -> None:
    """A key of fewer columns than the whole point lets one overwrite the other."""
    run = probe.run()
    metrics = [
        Metric("k", 1.0, 1, 1),
        Metric("k", 2.0, 1, 1),
        Metric("k", 1.0, 2, 1),
        Metric("k", 1.0, 1, 2),
        Metric("k", math.nan, 1, 1),
        Metric("k", 0.0, 1, 1),
        Metric("k", math.nextafter(1.0, 2.0), 1, 1),
    ]
    for metric in metrics:
        probe.store.log_metric(run, metric)
    sees_points(probe, run, metrics)


@clause("METRIC-HISTORY")
def test_history_of_2500_points_is_whole(probe: Probe) -> None:
    """Without max_results there is no limit, and a point on a page's edge is not lost."""
    run = probe.run()
    for start in (0, 1000, 2000):
        size = 500 if start == 2000 else 1000
        metrics = [Metric("k", float(i), i, i) for i in range(start, start + size)]
        probe.store.log_batch(run, metrics)
    history = probe.see(probe.store.get_metric_history(run, "k"))
    history.items.length().equals(2500)
    history.items.is_some_order_of(Metric("k", float(i), i, i) for i in range(2500))
    history.token.equals(None)


@clause("METRIC-HISTORY")
@given(logged=some_points)
def test_history_holds_every_point_in_any_order_of_arrival(
    probe: Probe, logged: list[Metric]
) -> None:
    probe.begin()
    run = probe.run()
    distinct = in_order(logged)
    wanted = [point for point in logged if point in distinct]
    for point in wanted:
        probe.store.log_metric(run, point)
    sees_points(probe, run, distinct)


@clause("METRIC-HISTORY")
def test_history_is_in_order_of_timestamp_step_and_value_with_nan_last(probe: Probe) -> None:
    """Without an ORDER BY the order is an accident. Another order is only reported."""
    run = probe.run()
    metrics = [
        Metric("k", value, timestamp, step)
        for timestamp in (2, 1)
        for step in (1, -1)
        for value in (math.nan, 2.0, -2.0)
    ]
    probe.store.log_batch(run, metrics)
    sees_points(probe, run, metrics)


@clause("METRIC-HISTORY")
def test_history_is_of_one_key_of_one_run(probe: Probe) -> None:
    experiment = probe.experiment()
    one, other = probe.run(experiment), probe.run(experiment)
    probe.store.log_batch(one, [Metric("k", 1.0, 1), Metric("other", 2.0, 1)])
    probe.store.log_metric(other, Metric("k", 3.0, 1))
    sees_points(probe, one, [Metric("k", 1.0, 1)])
    sees_points(probe, other, [Metric("k", 3.0, 1)])


@clause("METRIC-HISTORY")
def test_history_of_a_key_never_logged_is_empty(probe: Probe) -> None:
    run = probe.run()
    probe.see(probe.store.get_metric_history(run, "k")).items.equals(())
    probe.store.log_batch(run, [Metric("other", 1.0, 1)])
    history = probe.see(probe.store.get_metric_history(run, "k"))
    history.items.equals(())
    history.token.equals(None)


@clause("METRIC-HISTORY")
def test_history_of_a_missing_run_is_refused_or_empty(probe: Probe) -> None:
    run = unknown_like(probe.run())
    history = probe.may_refuse("RESOURCE_DOES_NOT_EXIST").get_metric_history(run, "k")
    if probe.refusal is None:
        probe.see(history).items.equals(())
        probe.varies("METRIC-HISTORY", "empty-for-missing-run")


@clause("METRIC-HISTORY")
def test_the_store_opened_again_gives_the_history(probe: Probe) -> None:
    run = probe.run()
    metrics = [Metric("k", float(i), i, i) for i in range(10)]
    probe.store.log_batch(run, metrics)
    probe.see(probe.reopen().get_metric_history(run, "k")).items.is_some_order_of(metrics)


# The same point again

REPEATED = (
    Metric("k", 1.5, 2, 3),
    Metric("k", math.nan, 2, 3),
    Metric("k", 0.1, 0, 0),
    Metric("k", -5e-324, 2**63 - 1, -(2**63)),
)


def sees_once(probe: Probe, run: str, point: Metric, others: tuple[Metric, ...] = ()) -> None:
    """The point is in the history once, or as a variation twice, and so is each of the others."""
    history = probe.store.get_metric_history(run, "k")
    if len(history.items) == 2 + len(others):
        probe.see(history).items.is_some_order_of([point, point, *others])
        probe.varies("METRIC-DUP", "kept-twice")
    else:
        probe.see(history).items.is_some_order_of([point, *others])


@clause("METRIC-DUP")
def test_a_point_logged_again_is_one_point(probe: Probe) -> None:
    experiment = probe.experiment()
    for point in probe.cases(REPEATED):
        run = probe.run(experiment)
        probe.store.log_metric(run, point)
        probe.store.log_metric(run, point)
        sees_once(probe, run, point)
        probe.see(probe.store.get_run(run)).metrics.equals({"k": point})


@clause("METRIC-DUP")
def test_a_point_twice_in_a_batch_is_one_point_and_drops_no_other(probe: Probe) -> None:
    """IGNORE on the insert, or a rollback of the statement, takes the neighbours along."""
    experiment = probe.experiment()
    others = (Metric("k", 7.0, 7, 7), Metric("k", 8.0, 8, 8))
    for point in probe.cases(REPEATED):
        run = probe.run(experiment)
        probe.store.log_batch(run, [others[0], point, point, others[1]])
        sees_once(probe, run, point, others)


@clause("METRIC-DUP")
def test_a_point_of_an_earlier_batch_drops_no_other_of_this_one(probe: Probe) -> None:
    experiment = probe.experiment()
    others = (Metric("k", 7.0, 7, 7), Metric("k", 8.0, 8, 8))
    for point in probe.cases(REPEATED):
        run = probe.run(experiment)
        probe.store.log_metric(run, point)
        probe.store.log_batch(run, [others[0], point, others[1]])
        sees_once(probe, run, point, others)


@clause("METRIC-DUP")
def test_infinity_logged_again_is_one_point(probe: Probe) -> None:
    """What is kept instead of infinity has to be compared, not what was sent."""
    run = probe.run()
    for _ in range(2):
        probe.store.log_metric(run, Metric("k", math.inf, 1))
    history = probe.store.get_metric_history(run, "k")
    if len(history.items) == 2:
        probe.varies("METRIC-DUP", "kept-twice")
    else:
        probe.see(history).items.length().equals(1)


# Pages


def ask(probe: Probe, run: str, size: Any, token: str | None = None) -> Page[Metric]:
    """A page of the history of "k"."""
    page = probe.may_refuse("NOT_IMPLEMENTED").get_metric_history(run, "k", size, token)
    if probe.refusal is not None:
        raise Unsupported("the store does not page through histories")
    return page


def sees_history_in_pages(probe: Probe, run: str, size: int) -> None:
    """The pages of the history of "k" together are the whole."""
    history = probe.store.get_metric_history(run, "k")
    whole, total = probe.see(history).items, len(history.items)
    sees_pages(probe, partial(ask, probe, run, size), whole, total, size, sharp_end=False)


@clause("METRIC-HISTORY-PAGE")
def test_the_pages_together_are_the_whole(probe: Probe) -> None:
    """Points of one timestamp on both sides of a page's end are skipped or repeated easily."""
    run = probe.run()
    metrics = [Metric("k", value, 1, step) for step in (1, 2) for value in (math.nan, 1.0, 2.0)]
    probe.store.log_batch(run, [*metrics, Metric("k", 1.0, 2, 0)])
    for size in probe.cases((1, 2, 3, 4, 6, 7, 8, 50_000)):
        sees_history_in_pages(probe, run, size)


@clause("METRIC-HISTORY-PAGE")
@given(logged=some_points, size=st.integers(1, 5))
def test_the_pages_of_any_history_are_the_whole(
    probe: Probe, logged: list[Metric], size: int
) -> None:
    probe.begin()
    run = probe.run()
    probe.store.log_batch(run, logged)
    sees_history_in_pages(probe, run, size)


@clause("METRIC-HISTORY-PAGE")
@pytest.mark.parametrize(
    "ties",
    [
        [Metric("k", math.nan, 1, step) for step in range(6)],
        [Metric("k", value, 1, 1) for value in (math.nan, -1.0, 0.0, 1.0, 2.0, 3.0)],
        [Metric("k", math.nan, time, 0) for time in range(6)],
        [
            Metric("k", 1.0, time, -(time % 2))
            for time in (0, 1, 2**62, 2**62 + 1, 2**63 - 2, 2**63 - 1)
        ],
        [
            Metric("k", -DOUBLE_MAX * sign, 1, step)
            for sign in (1, -1)
            for step in (INT64_MIN, 0, INT64_MAX)
        ],
    ],
    ids=["NaN of one time", "one time and step", "NaN of one step", "large times", "extremes"],
)
def test_pages_that_end_between_points_of_one_place_are_the_whole(
    probe: Probe, ties: list[Metric]
) -> None:
    """To continue behind a timestamp, or behind NaN as if it were a number, loses points."""
    run = probe.run()
    probe.store.log_batch(run, ties)
    for size in probe.cases((1, 2, 3, 4, 5, 6)):
        sees_history_in_pages(probe, run, size)


@clause("METRIC-HISTORY-PAGE")
def test_a_page_of_an_empty_history_is_empty(probe: Probe) -> None:
    page = probe.see(ask(probe, probe.run(), 5))
    page.items.equals(())
    page.token.equals(None)


@clause("METRIC-HISTORY-PAGE")
def test_a_page_of_no_whole_positive_size_is_refused(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_metric(run, Metric("k", 1.0, 1))
    ask(probe, run, 1)
    size: Any
    for size in probe.cases((0, -1, 1.5, "2")):
        probe.refused("INVALID_PARAMETER_VALUE").get_metric_history(run, "k", size)


@clause("METRIC-HISTORY-PAGE")
def test_a_token_that_no_page_gave_is_refused(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_metric(run, Metric("k", 1.0, 1))
    ask(probe, run, 1)
    for token in probe.cases(BAD_TOKENS):
        probe.refused("INVALID_PARAMETER_VALUE").get_metric_history(run, "k", 1, token)
