"""The histories of one metric of several runs at once, where a store gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Unsupported
from storeproof.conformance.suite.points import in_order, points
from storeproof.conformance.suite.values import unknown_like
from storeproof.stores import Metric

Histories = Mapping[str, Sequence[Metric]]


def ask(probe: Probe, runs: list[str], limit: Any = None) -> Histories:
    """The histories of "k", where the store gives several at once."""
    store = probe.may_refuse("NOT_IMPLEMENTED")
    given = store.get_metric_history_bulk(runs, "k", limit)
    if probe.refusal is not None:
        raise Unsupported("the store does not give the histories of several runs at once")
    return given


def sees_histories(probe: Probe, runs: list[str], limit: int | None = None) -> None:
    """The bulk is what the runs' own histories begin with."""
    given = ask(probe, runs, limit)
    histories = {run: probe.store.get_metric_history(run, "k").items[:limit] for run in runs}
    probe.see(given).equals(histories)


def several(probe: Probe, *histories: list[Metric]) -> list[str]:
    """The ids of runs of one experiment, each with these points."""
    experiment = probe.experiment()
    runs = [probe.run(experiment) for _ in histories]
    for run, points_of_run in zip(runs, histories, strict=True):
        probe.store.log_batch(run, points_of_run)
    return runs


def rising(count: int, offset: float = 0.0) -> list[Metric]:
    """Points of one step and one timestamp after the other."""
    return [Metric("k", offset + number, number, number) for number in range(count)]


@clause("METRIC-BULK")
def test_the_bulk_is_the_histories_of_its_runs(probe: Probe) -> None:
    nan = [Metric("k", math.nan, 1), Metric("k", 1.0, 1), Metric("k", 0.5, 0, 7)]
    one, other, third = several(probe, rising(3), nan, rising(2, 0.5))
    probe.store.log_metric(one, Metric("other", 1.0, 1))
    for runs in probe.cases(([one, other, third], [third, one], [other])):
        sees_histories(probe, runs)


@clause("METRIC-BULK")
def test_a_run_without_the_metric_has_an_empty_history(probe: Probe) -> None:
    one, other = several(probe, rising(1), [Metric("other", 1.0, 1)])
    probe.see(ask(probe, [other, one])).equals({one: tuple(rising(1)), other: ()})


@clause("METRIC-BULK")
def test_a_run_given_twice_counts_once(probe: Probe) -> None:
    one, other = several(probe, rising(2), rising(1, 0.5))
    sees_histories(probe, [one, other, one])


@clause("METRIC-BULK")
def test_no_runs_have_no_histories(probe: Probe) -> None:
    probe.see(ask(probe, [])).equals({})


@clause("METRIC-BULK")
def test_a_limit_is_for_each_run(probe: Probe) -> None:
    """Applied to the whole answer it lets one long run hide the others."""
    runs = several(probe, rising(5), rising(3, 0.5), rising(1, 0.25))
    for limit in probe.cases((1, 2, 3, 4, 50_000)):
        sees_histories(probe, runs, limit)


@clause("METRIC-BULK")
def test_long_histories_are_whole(probe: Probe) -> None:
    one, other = several(probe, rising(1000), rising(1000, 0.5))
    probe.store.log_batch(one, [Metric("k", 1.0, 5000 + number) for number in range(500)])
    sees_histories(probe, [one, other])


@clause("METRIC-BULK")
@given(
    logged=st.lists(st.lists(points(keys=st.just("k")), max_size=5), min_size=1, max_size=3),
    limit=st.none() | st.integers(1, 4),
)
def test_any_histories_are_whole(
    probe: Probe, logged: list[list[Metric]], limit: int | None
) -> None:
    probe.begin()
    sees_histories(probe, several(probe, *map(in_order, logged)), limit)


@clause("METRIC-BULK", "RUN-MISSING")
def test_an_unknown_run_among_them_is_missing(probe: Probe) -> None:
    one, other = several(probe, rising(1), rising(1))
    ask(probe, [one, other])
    missing = probe.refused("RESOURCE_DOES_NOT_EXIST", clause="RUN-MISSING")
    missing.get_metric_history_bulk([one, unknown_like(one), other], "k")
