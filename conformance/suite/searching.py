"""Runs to search among, told apart by their names, and what is said of an answer."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from storeproof.conformance.probe import Probe
from storeproof.stores import Metric, Param, Tag

START = 1_600_000_000_000
"""When the runs began, unless they say otherwise; ms."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""The comparisons of numbers, and what they mean."""


def add(
    probe: Probe,
    experiment: str,
    name: str,
    *,
    params: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    user: str = "ann",
    start: int = START,
) -> str:
    """The id of a new run of this name that has all this."""
    labels = [Tag(key, value) for key, value in (tags or {}).items()]
    run = probe.store.create_run(experiment, user, start, labels, name).info.run_id
    if params or metrics:
        points = [Metric(key, value, 1) for key, value in (metrics or {}).items()]
        settings = [Param(key, value) for key, value in (params or {}).items()]
        probe.store.log_batch(run, points, settings)
    return run


def finds(probe: Probe, experiment: str, filter_string: str | None, names: Iterable[str]) -> None:
    """The filter finds the runs of these names, in any order."""
    found = probe.store.search_runs([experiment], filter_string=filter_string)
    probe.see(found).items.each("info.run_name").is_some_order_of(names)


def refuses(probe: Probe, experiment: str, filter_string: str) -> None:
    """The filter is refused as invalid: neither understood nor passed over (SEARCH-GRAMMAR)."""
    probe.refused("INVALID_PARAMETER_VALUE").search_runs([experiment], filter_string=filter_string)


def finds_or_refuses(
    probe: Probe, experiment: str, filter_string: str, names: Iterable[str]
) -> None:
    """A filter that SEARCH-GRAMMAR does not settle finds these runs, or is refused as invalid."""
    found = probe.may_refuse("INVALID_PARAMETER_VALUE").search_runs(
        [experiment], filter_string=filter_string
    )
    if probe.refusal is None:
        probe.see(found).items.each("info.run_name").is_some_order_of(names)


def orders(
    probe: Probe,
    experiment: str,
    order_by: Iterable[str],
    names: Iterable[str],
    filter_string: str | None = None,
) -> None:
    """The runs that the filter finds, all of them if there is none, are these in this order."""
    found = probe.store.search_runs(
        [experiment], filter_string=filter_string, order_by=list(order_by)
    )
    probe.see(found).items.each("info.run_name").equals(list(names))
