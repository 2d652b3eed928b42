"""Pages of a search with a filter and an order: together the whole answer, and no other question's."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.paging import sees_pages
from storeproof.conformance.suite.searching import START, add
from storeproof.stores import ViewType

ACTIVE = ViewType.ACTIVE_ONLY
ID = "info.run_id"

VALUES = (1.0, math.nan, None, 1.0, -0.5, None, math.nan, 2.0, 1.0, math.nan)
"""Metrics of ten runs: numbers, NaN and missing ones, each more than once."""

ORDERS: tuple[list[str], ...] = (
    ["metrics.m"],
    ["metrics.m DESC"],
    ["params.p", "metrics.m DESC"],
    ["tags.t DESC"],
    ["attributes.end_time", "metrics.m"],
    ["attributes.start_time"],
    ["attributes.run_id DESC"],
    ["metrics.none", "params.none DESC"],
    [],
)


def ten_runs(probe: Probe) -> str:
    """An experiment of ten runs of which few have a value to themselves."""
    experiment = probe.experiment()
    for number, value in enumerate(VALUES):
        add(
            probe,
            experiment,
            f"{number}",
            params={"p": f"{number % 3}", "all": "x"},
            metrics={} if value is None else {"m": value},
            tags={"t": "é" * (number % 4)} if number % 2 else {},
            start=START + number * 7 % 10,
        )
    return experiment


@clause("SEARCH-PAGES")
def test_the_pages_in_an_order_are_the_unpaged_answer(probe: Probe) -> None:
    """A place on NaN or on what is missing is no number to continue behind."""
    experiment = ten_runs(probe)
    for order_by, size in probe.cases(product(ORDERS, (1, 2, 3, 5, 9, 10, 11))):
        whole = probe.see(probe.store.search_runs([experiment], order_by=order_by)).items
        whole.length().equals(10)
        ask = partial(probe.store.search_runs, [experiment], ACTIVE, size, order_by=order_by)
        sees_pages(probe, ask, whole, 10, size, ID)


@clause("SEARCH-PAGES")
def test_the_pages_of_what_a_filter_finds_are_the_unpaged_answer(probe: Probe) -> None:
    experiment = ten_runs(probe)
    filters = {
        "metrics.m != 7": 8,
        "params.p = '0'": 4,
        "params.all LIKE '%'": 10,
        "tags.t = 'x'": 0,
    }
    orders = (None, ["metrics.m"], ["tags.t DESC", "metrics.m DESC"])
    for (filter_string, total), order_by in probe.cases(product(filters.items(), orders)):
        asked: Any = {"filter_string": filter_string, "order_by": order_by}
        whole = probe.see(probe.store.search_runs([experiment], **asked)).items
        whole.length().equals(total)
        for size in (1, 3, 4, 8):
            ask = partial(probe.store.search_runs, [experiment], ACTIVE, size, **asked)
            sees_pages(probe, ask, whole, total, size, ID)


_some = st.lists(st.none() | st.sampled_from((math.nan, 0.0, 1.0, -1.0)), min_size=1, max_size=7)


@clause("SEARCH-PAGES")
@given(values=_some, descending=st.booleans(), size=st.integers(1, 4))
def test_the_pages_of_any_metrics_are_the_unpaged_answer(
    probe: Probe, values: list[float | None], descending: bool, size: int
) -> None:
    probe.begin()
    experiment = probe.experiment()
    for value in values:
        add(probe, experiment, "one", metrics={} if value is None else {"m": value})
    order_by = [f"metrics.m{' DESC' * descending}"]
    whole = probe.see(probe.store.search_runs([experiment], order_by=order_by)).items
    ask = partial(probe.store.search_runs, [experiment], ACTIVE, size, order_by=order_by)
    sees_pages(probe, ask, whole, len(values), size, ID)


@clause("SEARCH-PAGES")
def test_the_pages_of_long_and_nasty_texts_are_the_unpaged_answer(probe: Probe) -> None:
    """A token holds the place, or a sign of it, whatever the text."""
    experiment = probe.experiment()
    texts = (
        "x" * 6000,
        "x" * 5999 + "y",
        "'",
        '"',
        "\\",
        "%",
        "\n",
        "",
        "\U0010ffff",
        "{}",
        "\ue000",
    )
    for text in texts:
        add(probe, experiment, "one", params={"p": text})
    for order_by in probe.cases((["params.p"], ["params.p DESC"])):
        whole = probe.see(probe.store.search_runs([experiment], order_by=order_by)).items
        ask = partial(probe.store.search_runs, [experiment], ACTIVE, 2, order_by=order_by)
        sees_pages(probe, ask, whole, len(texts), 2, ID)


@clause("SEARCH-PAGES")
def test_the_ordered_runs_of_several_experiments_are_paged_as_one_answer(probe: Probe) -> None:
    experiments = [probe.experiment() for _ in range(3)]
    for number, value in enumerate(VALUES):
        metrics = {} if value is None else {"m": value}
        add(probe, experiments[number % 3], f"{number}", metrics=metrics)
    order_by = ["metrics.m DESC"]
    whole = probe.see(probe.store.search_runs(experiments, order_by=order_by)).items
    for size in probe.cases((1, 3, 5)):
        ask = partial(probe.store.search_runs, experiments, ACTIVE, size, order_by=order_by)
        sees_pages(probe, ask, whole, 10, size, ID)


# Tokens


@clause("SEARCH-PAGES")
def test_a_token_of_another_question_is_refused(probe: Probe) -> None:
    """It names a place that the question does not have: bind the token to its query."""
    experiment, other = ten_runs(probe), ten_runs(probe)
    question: Any = {"filter_string": "params.all = 'x'", "order_by": ["metrics.m"]}
    page = probe.store.search_runs([experiment], ACTIVE, 3, **question)
    probe.see(page).token.differs(None)
    others: tuple[dict[str, Any], ...] = (
        {"order_by": ["metrics.m DESC"]},
        {"order_by": ["params.p"]},
        {"order_by": ["metrics.m", "params.p"]},
        {"order_by": None},
        {"filter_string": "params.all = 'y'"},
        {"filter_string": "params.p = '0'"},
        {"filter_string": None},
        {"view": ViewType.ALL},
        {"view": ViewType.DELETED_ONLY},
        {"experiment_ids": [other]},
        {"experiment_ids": [experiment, other]},
    )
    for each in probe.cases(others):
        asked: Any = {"experiment_ids": [experiment], **question, **each}
        probe.refused("INVALID_PARAMETER_VALUE").search_runs(page_token=page.token, **asked)


@clause("SEARCH-PAGES")
def test_the_token_of_an_unordered_search_is_refused_by_an_ordered_one(probe: Probe) -> None:
    experiment = ten_runs(probe)
    token = probe.store.search_runs([experiment], max_results=3).token
    for order_by in probe.cases((["metrics.m"], ["attributes.start_time"], ["params.p DESC"])):
        probe.refused("INVALID_PARAMETER_VALUE").search_runs(
            [experiment], page_token=token, order_by=order_by
        )


# Pages while runs are added

_ADDED: dict[str, dict[str, float]] = {
    "first": {"m": -100.0},
    "in between": {"m": 1.0},
    "last of the numbers": {"m": 100.0},
    "NaN": {"m": math.nan},
    "missing": {},
}


@clause("SEARCH-PAGES-STABLE")
@pytest.mark.parametrize("order", ["metrics.m", "metrics.m DESC"])
@pytest.mark.parametrize("size", [2, 6, 9], ids=["numbers", "NaN", "missing"])
def test_runs_added_between_ordered_pages_move_none_of_the_others(
    probe: Probe, order: str, size: int
) -> None:
    """A token that counts rows skips or repeats when rows come in front of it."""
    experiment = ten_runs(probe)
    before = probe.see(probe.store.search_runs([experiment], order_by=[order])).items.each(ID)
    page = probe.store.search_runs([experiment], max_results=size, order_by=[order])
    first = probe.see(page).items.each(ID)
    first.equals(before[0:size])
    for name, metrics in _ADDED.items():
        add(probe, experiment, name, metrics=metrics, start=START + 100)
    rest = probe.store.search_runs(
        [experiment], max_results=100, page_token=page.token, order_by=[order]
    )
    found = probe.see(rest).items.each(ID)
    for number in range(size):
        found.lacks(first[number])
    for number in range(size, 10):
        found.contains(before[number])
