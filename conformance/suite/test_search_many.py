"""Filters of very many comparisons: refused, or answered rightly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import START, add
from storeproof.stores import ViewType

MANY = 100


def finds_if_it_can(
    probe: Probe, experiment: str, comparisons: Sequence[str], names: Sequence[str]
) -> None:
    """All comparisons together find these runs; or, as a variation, are too many."""
    found = probe.may_refuse("INVALID_PARAMETER_VALUE").search_runs(
        [experiment], filter_string=" AND ".join(comparisons)
    )
    if probe.refusal is None:
        probe.see(found).items.each("info.run_name").is_some_order_of(names)
    else:
        probe.varies("SEARCH-MANY", "refused")


def comparisons_of(kind: str, count: int) -> list[str]:
    """One comparison with each of so many keys, which hold for values of 1."""
    return {
        "metrics": [f"metrics.k{i} {'=' if i % 2 else '>='} 1" for i in range(count)],
        "params": [f"params.k{i} {'=' if i % 2 else 'LIKE'} '1'" for i in range(count)],
        "tags": [f"tags.k{i} {'=' if i % 2 else 'ILIKE'} '1'" for i in range(count)],
    }[kind]


def runs_that_fail(probe: Probe, kinds: Sequence[str], count: int) -> str:
    """An experiment of a run "all" with values of 1, and of runs named for the one key that is otherwise."""
    experiment = probe.experiment()
    for odd in (None, 0, count - 1):
        name = "all" if odd is None else f"not {odd}"
        numbers = {f"k{i}": 0.5 if i == odd else 1.0 for i in range(count)}
        texts = {f"k{i}": "0" if i == odd else "1" for i in range(count)}
        add(
            probe,
            experiment,
            name,
            params=texts if "params" in kinds else {},
            tags=texts if "tags" in kinds else {},
            metrics=numbers if "metrics" in kinds else {},
        )
    return experiment


@clause("SEARCH-MANY")
@pytest.mark.parametrize("kind", ["metrics", "params", "tags"])
def test_100_comparisons_of_one_kind_must_all_hold(probe: Probe, kind: str) -> None:
    """A join for each meets the limit of tables: 64 in sqlite, 61 in MySQL."""
    experiment = runs_that_fail(probe, [kind], 99)
    comparisons = [*comparisons_of(kind, 99), "attributes.status = 'RUNNING'"]
    finds_if_it_can(probe, experiment, comparisons, ["all"])
    finds_if_it_can(probe, experiment, [*comparisons[1:], "run_name != 'x'"], ["all", "not 0"])


@clause("SEARCH-MANY")
def test_100_comparisons_of_all_kinds_must_all_hold(probe: Probe) -> None:
    kinds = ("metrics", "params", "tags")
    experiment = runs_that_fail(probe, kinds, 32)
    comparisons = [each for kind in kinds for each in comparisons_of(kind, 32)]
    comparisons += [f"start_time = {START}", "user_id = 'ann'", "run_name LIKE '%'", "end_time > 0"]
    finds_if_it_can(probe, experiment, comparisons, [])
    finds_if_it_can(probe, experiment, [*comparisons[:-1], "status LIKE 'R%'"], ["all"])
    shuffled = [
        each for group in zip(*[iter(comparisons[:96])] * 32, strict=True) for each in group
    ]
    finds_if_it_can(probe, experiment, shuffled[::-1], ["all"])


@clause("SEARCH-MANY")
@pytest.mark.parametrize("kind", ["metrics", "params", "tags", "attributes"])
def test_100_comparisons_with_one_key_must_all_hold(probe: Probe, kind: str) -> None:
    experiment = probe.experiment()
    for number in (1, 50, 100, 101):
        text = {"k": f"{number}"}
        add(
            probe,
            experiment,
            f"{number}",
            params=text,
            tags=text,
            metrics={"k": number},
            user=text["k"],
        )
    field = "attributes.user_id" if kind == "attributes" else f"{kind}.k"
    mark = "" if kind == "metrics" else "'"
    comparisons = [f"{field} != {mark}{number}{mark}" for number in range(1, MANY + 1)]
    finds_if_it_can(probe, experiment, comparisons, ["101"])
    comparisons[49] = f"{field} != {mark}500{mark}"
    finds_if_it_can(probe, experiment, comparisons, ["50", "101"])


@clause("SEARCH-MANY")
def test_100_comparisons_leave_an_order_and_pages_as_they_are(probe: Probe) -> None:
    experiment = runs_that_fail(probe, ["params", "metrics"], 40)
    comparisons = [*comparisons_of("params", 39)[1:], *comparisons_of("metrics", 39)[1:]]
    comparisons += [f"params.k1 != 'n{i}'" for i in range(MANY - len(comparisons))]
    order_by = ["metrics.k39 DESC", "params.k0 DESC"]
    names: list[str] = []
    token = None
    for _ in range(2):
        page = probe.may_refuse("INVALID_PARAMETER_VALUE").search_runs(
            [experiment], ViewType.ACTIVE_ONLY, 2, token, " AND ".join(comparisons), order_by
        )
        if probe.refusal is not None:
            probe.varies("SEARCH-MANY", "refused")
            return
        names = ["all", "not 0"] if token is None else ["not 39"]
        probe.see(page).items.each("info.run_name").equals(names)
        token = page.token
    probe.see(token).equals(None)
