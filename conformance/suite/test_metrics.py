"""Metrics: which numbers are accepted, how they are read back, and which point is the latest."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.util import find_spec
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.points import (
    DOUBLE_MAX,
    INT64_MAX,
    INT64_MIN,
    doubles,
    latest_of,
    points,
)
from storeproof.stores import Metric
from storeproof.stores.contract import TrackingStore

Log = Callable[[TrackingStore, str, Sequence[Metric]], None]


def _one_by_one(store: TrackingStore, run: str, metrics: Sequence[Metric]) -> None:
    for metric in metrics:
        store.log_metric(run, metric)


def _one_batch(store: TrackingStore, run: str, metrics: Sequence[Metric]) -> None:
    store.log_batch(run, metrics)


def _two_batches(store: TrackingStore, run: str, metrics: Sequence[Metric]) -> None:
    middle = len(metrics) // 2
    store.log_batch(run, metrics[:middle])
    store.log_batch(run, metrics[middle:])


both_ways = pytest.mark.parametrize(
    "log", [_one_by_one, _one_batch], ids=["log_metric", "log_batch"]
)
"""One test through log_metric, one through log_batch."""


def sees_point(probe: Probe, run: str, point: Metric) -> None:
    """The point is the latest of its key and its whole history."""
    probe.see(probe.store.get_run(run)).metrics[point.key].equals(point)
    probe.see(probe.store.get_metric_history(run, point.key)).items.equals((point,))


# Numbers read back equal

VALUES = (
    0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3, 0.1 + 0.2, 123456789.123456789, 2.0**53 + 2, 1e-5, 1e22, 1e100,
    3.4028235e38, 3.5e38, 5e-324, 2.2250738585072014e-308, 4.9406564584124654e-320, DOUBLE_MAX, -DOUBLE_MAX,
)  # fmt: skip
"""Doubles that single precision, few digits or another notation would change."""

TIMESTAMPS = (0, 1, 2**31 - 1, 2**31, 2**32, 1_600_000_000_123, 2**53 + 1, INT64_MAX)
STEPS = (0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, -(2**53) - 1, INT64_MAX, INT64_MIN)


@clause("METRIC-LOG")
@both_ways
def test_a_value_is_read_back_in_double_precision(log: Log, probe: Probe) -> None:
    run = probe.run()
    for number, value in enumerate(probe.cases(VALUES)):
        point = Metric(f"k{number}", value, 1)
        log(probe.store, run, [point])
        sees_point(probe, run, point)


@clause("METRIC-LOG")
@both_ways
def test_a_timestamp_of_up_to_63_bits_is_read_back_equal(log: Log, probe: Probe) -> None:
    """On its way through a double a number over 2^53 loses its end."""
    run = probe.run()
    for timestamp in probe.cases(TIMESTAMPS):
        point = Metric(f"k{timestamp}", 1.0, timestamp)
        log(probe.store, run, [point])
        sees_point(probe, run, point)


@clause("METRIC-LOG")
@both_ways
def test_a_step_of_64_bits_is_read_back_equal(log: Log, probe: Probe) -> None:
    run = probe.run()
    for number, step in enumerate(probe.cases(STEPS)):
        point = Metric(f"k{number}", 1.0, 1, step)
        log(probe.store, run, [point])
        sees_point(probe, run, point)


@clause("METRIC-LOG")
def test_a_search_and_the_store_opened_again_give_the_metrics(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    latest = {f"k{i}": Metric(f"k{i}", value, i, -i) for i, value in enumerate(VALUES)}
    probe.store.log_batch(run, list(latest.values()))
    found = probe.see(probe.store.search_runs([experiment])).items[0]
    again = probe.see(probe.reopen().get_run(run))
    for key, point in latest.items():
        found.metrics[key].equals(point)
        again.metrics[key].equals(point)


@clause("METRIC-LOG")
def test_a_metric_is_of_its_run_and_its_key_alone(probe: Probe) -> None:
    experiment = probe.experiment()
    one, other = probe.run(experiment), probe.run(experiment)
    probe.store.log_batch(one, [Metric("a", 1.0, 1), Metric("b", 2.0, 1)])
    probe.store.log_metric(other, Metric("a", 3.0, 1))
    points = {"a": Metric("a", 1.0, 1), "b": Metric("b", 2.0, 1)}
    probe.see(probe.store.get_run(one)).metrics.equals(points)
    probe.see(probe.store.get_run(other)).metrics.equals({"a": Metric("a", 3.0, 1)})
    sees_point(probe, one, Metric("a", 1.0, 1))


@clause("METRIC-LOG")
@given(point=points(keys=st.just("k"), values=doubles))
def test_any_point_is_read_back_equal(probe: Probe, point: Metric) -> None:
    probe.begin()
    run = probe.run()
    probe.store.log_metric(run, point)
    sees_point(probe, run, point)


# Types

NO_VALUES = (
    None, True, False, "1", "nan", "", b"1", 1j, [1.0], {"a": 1}, 10**400, -(10**400), Fraction(10**400)
)  # fmt: skip
NOT_WHOLE = (
    None,
    2**63,
    10**400,
    0.5,
    1e300,
    math.nan,
    math.inf,
    -math.inf,
    "1",
    Fraction(1, 2),
    [1],
)
NO_TIMESTAMPS = (-1, INT64_MIN, *NOT_WHOLE)
NO_STEPS = (INT64_MIN - 1, *NOT_WHOLE)


def refuses(probe: Probe, log: Log, run: str, point: Metric) -> None:
    """The point is refused, nothing is written, and the run stays readable with what it had."""
    log(probe.refused("INVALID_PARAMETER_VALUE"), run, [point])
    sees_point(probe, run, Metric("before", 1.0, 1))
    probe.see(probe.store.get_run(run)).metrics.lacks(point.key)
    probe.see(probe.store.get_metric_history(run, point.key)).items.equals(())


def _run_with_a_point(probe: Probe) -> str:
    run = probe.run()
    probe.store.log_metric(run, Metric("before", 1.0, 1))
    return run


@clause("METRIC-TYPES")
@both_ways
def test_a_value_that_is_no_real_number_in_a_doubles_range_is_refused(
    log: Log, probe: Probe
) -> None:
    """To Python a bool is an int, and float(10**400) raises OverflowError: look for both."""
    run = _run_with_a_point(probe)
    value: Any
    for value in probe.cases(NO_VALUES):
        refuses(probe, log, run, Metric("k", value, 1))


@clause("METRIC-TYPES")
@both_ways
def test_a_timestamp_that_is_not_whole_or_out_of_range_is_refused(log: Log, probe: Probe) -> None:
    """A fraction that gets in makes the run unreadable later."""
    run = _run_with_a_point(probe)
    timestamp: Any
    for timestamp in probe.cases(NO_TIMESTAMPS):
        refuses(probe, log, run, Metric("k", 1.0, timestamp))


@clause("METRIC-TYPES")
@both_ways
def test_a_step_that_is_not_whole_or_out_of_range_is_refused(log: Log, probe: Probe) -> None:
    run = _run_with_a_point(probe)
    step: Any
    for step in probe.cases(NO_STEPS):
        refuses(probe, log, run, Metric("k", 1.0, 1, step))


@clause("METRIC-TYPES")
@both_ways
def test_a_value_of_any_kind_of_real_number_is_read_back_as_a_double(
    log: Log, probe: Probe
) -> None:
    run = probe.run()
    value: Any
    for number, value in enumerate(probe.cases((3, -7, 2**53, 2**1000, Fraction(1, 4)))):
        log(probe.store, run, [Metric(f"k{number}", value, 1)])
        sees_point(probe, run, Metric(f"k{number}", float(value), 1))


@clause("METRIC-TYPES")
@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed")
@both_ways
def test_a_numpy_scalar_is_a_value(log: Log, probe: Probe) -> None:
    """Drivers do not know numpy's types: make them plain before they are bound."""
    numpy = importlib.import_module("numpy")
    values = [
        numpy.float64(0.1), numpy.float32(0.1), numpy.float16(0.5), numpy.int8(-3), numpy.int64(2**53),
        numpy.uint64(2**63), numpy.longdouble(0.25),
    ]  # fmt: skip
    run = probe.run()
    for number, value in enumerate(probe.cases(values)):
        log(probe.store, run, [Metric(f"k{number}", value, 1)])
        sees_point(probe, run, Metric(f"k{number}", float(value), 1))


@clause("METRIC-TYPES")
@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed")
@both_ways
def test_a_numpy_bool_is_no_value(log: Log, probe: Probe) -> None:
    run = _run_with_a_point(probe)
    refuses(probe, log, run, Metric("k", importlib.import_module("numpy").bool_(True), 1))


# NaN and infinity


@clause("METRIC-NAN")
@both_ways
def test_nan_is_read_back_as_nan_in_latest_history_and_search(log: Log, probe: Probe) -> None:
    """Where a flag stands for NaN, each reader and the latest values must heed it."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    point = Metric("k", math.nan, 2, 3)
    log(probe.store, run, [point])
    sees_point(probe, run, point)
    probe.see(probe.store.search_runs([experiment])).items[0].metrics["k"].equals(point)


@clause("METRIC-NAN")
def test_nan_replaces_a_number_and_a_number_replaces_nan(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    for step, value in enumerate((1.0, math.nan, 2.0)):
        point = Metric("k", value, 1, step)
        probe.store.log_metric(run, point)
        probe.see(probe.store.get_run(run)).metrics["k"].equals(point)
        probe.see(probe.store.search_runs([experiment])).items[0].metrics["k"].equals(point)


@clause("METRIC-INF")
@both_ways
def test_infinity_is_kept_as_the_largest_double_or_as_infinity(log: Log, probe: Probe) -> None:
    """Latest value, history and search must agree."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    for sign in probe.cases((1, -1)):
        key = f"k{sign}"
        log(probe.store, run, [Metric(key, sign * math.inf, 1)])
        latest = probe.store.get_run(run)
        kept = sign * DOUBLE_MAX
        if key in latest.metrics and latest.metrics[key].value == sign * math.inf:
            probe.varies("METRIC-INF", "kept-infinite")
            kept = sign * math.inf
        probe.see(latest).metrics[key].value.equals(kept)
        sees_point(probe, run, Metric(key, kept, 1))
        found = probe.see(probe.store.search_runs([experiment])).items[0]
        found.metrics[key].value.equals(kept)


# The latest value

DECIDED_BY = {
    "the step, against timestamp and value": [
        Metric("k", 9.0, 9, 1), Metric("k", 1.0, 1, 3), Metric("k", 5.0, 5, 2),
    ],
    "the step, negative ones too": [
        Metric("k", 9.0, 9, -2), Metric("k", 1.0, 1, -1), Metric("k", 5.0, 5, INT64_MIN),
    ],
    "the timestamp, against the value": [
        Metric("k", 9.0, 1, 5), Metric("k", 1.0, 3, 5), Metric("k", 5.0, 2, 5),
    ],
    "the value": [Metric("k", 2.0, 1, 1), Metric("k", 3.0, 1, 1), Metric("k", -4.0, 1, 1)],
    "the value, negative ones too": [
        Metric("k", -2.0, 1, 1), Metric("k", -1.0, 1, 1), Metric("k", -DOUBLE_MAX, 1, 1),
    ],
    "the step, with NaN elsewhere": [
        Metric("k", math.nan, 9, 1), Metric("k", 1.0, 1, 3), Metric("k", math.nan, 5, 2),
    ],
    "the step, with NaN there": [
        Metric("k", 9.0, 9, 1), Metric("k", math.nan, 1, 3), Metric("k", 5.0, 5, 2),
    ],
    "the timestamp, with NaN elsewhere": [
        Metric("k", math.nan, 1, 5), Metric("k", -1.0, 3, 5), Metric("k", math.nan, 2, 5),
    ],
}  # fmt: skip
"""Points of one key, by what decides which is the latest."""


@clause("METRIC-LATEST")
@pytest.mark.parametrize(
    "log", [_one_by_one, _one_batch, _two_batches], ids=["singles", "one-batch", "two-batches"]
)
def test_the_latest_has_the_largest_step_then_timestamp_then_value(log: Log, probe: Probe) -> None:
    """Whatever the order of arrival."""
    experiment = probe.experiment()
    orders = [order for points in DECIDED_BY.values() for order in permutations(points)]
    for order in probe.cases(orders):
        run = probe.run(experiment)
        log(probe.store, run, order)
        probe.see(probe.store.get_run(run)).metrics.equals({"k": latest_of(order)})


@clause("METRIC-LATEST")
def test_nan_has_one_rank_among_the_values_whatever_the_order_of_arrival(probe: Probe) -> None:
    """It should be below every number; another rank is reported."""
    points = [Metric("k", math.nan, 1, 1), Metric("k", -1.0, 1, 1)]
    experiment = probe.experiment()
    first: Seen | None = None
    for log in (_one_by_one, _one_batch):
        for order in (points, points[::-1]):
            run = probe.run(experiment)
            log(probe.store, run, order)
            latest = probe.store.get_run(run)
            found = probe.see(latest).metrics["k"]
            found.is_one_of(points)
            if first is None:
                first = found
                if math.isnan(latest.metrics["k"].value):
                    probe.varies("METRIC-LATEST", "nan-ranked-otherwise")
            found.equals(first)


@clause("METRIC-LATEST")
def test_each_key_of_a_batch_has_its_own_latest(probe: Probe) -> None:
    run = probe.run()
    metrics = [Metric(f"k{i % 100}", float(i), 1, -i) for i in range(1000)]
    probe.store.log_batch(run, metrics)
    latest = {f"k{i}": Metric(f"k{i}", float(i), 1, -i) for i in range(100)}
    read = probe.see(probe.store.get_run(run))
    for key, point in latest.items():
        read.metrics[key].equals(point)


@clause("METRIC-LATEST")
def test_a_search_gives_the_latest(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.log_batch(run, [Metric("k", 1.0, 1, 7), Metric("k", 2.0, 2, 3)])
    probe.store.log_metric(run, Metric("k", 3.0, 3, 5))
    found = probe.see(probe.store.search_runs([experiment])).items[0]
    found.metrics.equals({"k": Metric("k", 1.0, 1, 7)})


_SOME_POINTS = st.lists(
    points(keys=st.sampled_from(["a", "b"]), values=st.integers(-2, 2).map(float)),
    min_size=1,
    max_size=12,
)


@clause("METRIC-LATEST")
@given(logged=_SOME_POINTS, cut=st.integers(0, 12))
def test_the_latest_is_the_same_for_points_in_any_order(
    probe: Probe, logged: list[Metric], cut: int
) -> None:
    probe.begin()
    run = probe.run()
    _one_by_one(probe.store, run, logged[:cut])
    _one_batch(probe.store, run, logged[cut:])
    read = probe.see(probe.store.get_run(run))
    for key in {point.key for point in logged}:
        read.metrics[key].equals(latest_of(point for point in logged if point.key == key))
