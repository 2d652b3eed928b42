"""The order of runs by several fields or none: how terms are written, ties, and that no run is lost."""

from __future__ import annotations

import math

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import START, add, orders
from storeproof.stores import Metric, ViewType

# Several fields, and ties


@clause("SEARCH-ORDER")
def test_the_next_field_decides_between_equals_of_the_one_before(probe: Probe) -> None:
    experiment = probe.experiment()
    runs = {
        "a": ("x", 2.0, "1"),
        "b": ("x", 1.0, "2"),
        "c": ("x", 1.0, "1"),
        "d": ("w", math.nan, "1"),
        "e": ("w", 5.0, None),
        "f": (None, 1.0, "1"),
    }
    for name, (param, metric, tag) in runs.items():
        add(
            probe,
            experiment,
            name,
            params={} if param is None else {"p": param},
            metrics={"m": metric},
            tags={} if tag is None else {"t": tag},
        )
    terms: dict[tuple[str, ...], str] = {
        ("params.p", "metrics.m", "tags.t"): "edcbaf",
        ("params.p DESC", "metrics.m", "tags.t"): "cbaedf",
        ("params.p", "metrics.m DESC", "tags.t DESC"): "edabcf",
        ("tags.t", "params.p", "metrics.m"): "dcafbe",
        ("metrics.m", "params.p", "tags.t"): "cbfaed",
        ("attributes.status", "params.p", "metrics.m DESC", "tags.t"): "edacbf",
        ("attributes.run_name DESC", "params.p"): "fedcba",
    }
    for order_by, names in probe.cases(terms.items()):
        orders(probe, experiment, order_by, names)


@clause("SEARCH-ORDER")
def test_the_same_field_may_be_given_twice(probe: Probe) -> None:
    """SQL Server refuses a column that appears twice in ORDER BY."""
    experiment = probe.experiment()
    for name, start in (("b", START), ("a", START + 5), ("c", START + 2)):
        add(probe, experiment, name, metrics={"m": ord(name)}, params={"p": name}, start=start)
    terms = {
        ("metrics.m", "metrics.m"): "abc",
        ("metrics.m", "metrics.m DESC"): "abc",
        ("metrics.m DESC", "metrics.m ASC"): "cba",
        ("params.p DESC", "metrics.m", "params.p"): "cba",
        ("metric.m", "metrics.`m`", 'metrics."m"'): "abc",
        ("attributes.start_time", "attributes.start_time DESC"): "bca",
        ("start_time DESC", "attributes.start_time"): "acb",
        ("run_name", "attributes.run_name DESC", "run_id", "run_id DESC"): "abc",
    }
    for order_by, names in probe.cases(terms.items()):
        orders(probe, experiment, order_by, names)


@clause("SEARCH-ORDER")
def test_every_way_to_write_a_term_is_understood(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, value in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        has = {"k": name, "a b": name, "x/y": name}
        numbers = dict.fromkeys(has, value)
        add(probe, experiment, name, params=has, tags=has, metrics=numbers, user=name)
    terms = {
        "metric.k": "abc",
        "metrics.`a b` DESC": "cba",
        'metrics."x/y" ASC': "abc",
        "param.k DESC": "cba",
        "parameter.`a b`": "abc",
        "parameters.k": "abc",
        "tag.`x/y` DESC": "cba",
        'tags."a b"': "abc",
        "attribute.user_id": "abc",
        "attr.user_id DESC": "cba",
        "run.user_id": "abc",
        "user_id DESC": "cba",
        "metrics.k desc": "cba",
        "metrics.k asc": "abc",
        "metrics.k Desc": "cba",
        "  metrics.k   DESC  ": "cba",
        "metrics.k\tASC": "abc",
    }
    for term, names in probe.cases(terms.items()):
        orders(probe, experiment, [term], names)


@clause("SEARCH-ORDER")
def test_equals_are_in_order_of_their_start_the_latest_first(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, start in (("3", 30), ("1", 10), ("4", 40), ("2", 20)):
        add(probe, experiment, name, metrics={"m": 1.0}, params={"p": "x"}, start=start)
    terms: tuple[list[str], ...] = (
        [],
        ["metrics.m"],
        ["metrics.m DESC"],
        ["params.p DESC"],
        ["tags.none"],
        ["metrics.none DESC"],
        ["attributes.end_time"],
        ["attributes.status", "metrics.m"],
    )
    for order_by in probe.cases(terms):
        orders(probe, experiment, order_by, "4321")


@clause("SEARCH-ORDER")
@pytest.mark.parametrize(
    "term", [None, "metrics.m", "metrics.m DESC", "params.p", "tags.none DESC"]
)
def test_equals_of_one_start_are_in_order_of_their_ids(probe: Probe, term: str | None) -> None:
    experiments = [probe.experiment(), probe.experiment()]
    for number in range(8):
        add(probe, experiments[number % 2], "one", metrics={"m": 1.0}, params={"p": "x"})
    order_by = None if term is None else [term]
    for some in probe.cases((experiments[:1], experiments)):
        found = probe.store.search_runs(some, order_by=order_by)
        ids = probe.see(found).items.each("info.run_id")
        ids.length().equals(4 * len(some))
        ids.rises()


# No run is lost


@clause("SEARCH-ORDER")
def test_no_order_drops_or_repeats_a_run(probe: Probe) -> None:
    """An inner join drops runs without the key; a join with a history or with all tags repeats them."""
    experiments = [probe.experiment(), probe.experiment()]
    names = [f"{number}" for number in range(6)]
    for number, name in enumerate(names):
        has = {f"k{other}": "x" for other in range(number)}
        run = add(probe, experiments[number % 2], name, params=has, tags=has)
        points = [
            Metric(f"k{other}", 1.0, step, step) for other in range(number) for step in (1, 2)
        ]
        probe.store.log_batch(run, points)
    fields = (
        *("metrics.k0", "metrics.k3", "metrics.none", "params.k0", "params.k4", "params.none"),
        *("tags.k2", "tags.none", "tags.`mlflow.runName`"),
        *("run_id", "run_name", "user_id", "status", "start_time", "end_time", "artifact_uri"),
    )
    for field in probe.cases(fields):
        for term in (field, f"{field} DESC"):
            found = probe.store.search_runs(experiments, order_by=[term])
            probe.see(found).items.each("info.run_name").is_some_order_of(names)
    found = probe.store.search_runs(experiments, order_by=list(fields))
    probe.see(found).items.each("info.run_name").is_some_order_of(names)


@clause("SEARCH-ORDER")
def test_what_is_found_is_in_order(probe: Probe) -> None:
    experiment = probe.experiment()
    for number in range(8):
        run = add(
            probe, experiment, f"{number}", params={"p": f"{number % 2}"}, metrics={"m": -number}
        )
        if number > 5:
            probe.store.delete_run(run)
    filter_string = "params.p = '0' AND metrics.m <= 0"
    orders(probe, experiment, ["metrics.m"], "420", filter_string)
    orders(probe, experiment, ["metrics.m DESC"], "024", filter_string)
    orders(probe, experiment, ["tags.none", "metrics.m DESC"], "024", filter_string)
    every = probe.store.search_runs([experiment], ViewType.ALL, order_by=["metrics.m"])
    probe.see(every).items.each("info.run_name").equals(list("76543210"))


@clause("SEARCH-ORDER")
def test_a_run_in_an_order_is_whole(probe: Probe) -> None:
    experiment = probe.experiment()
    for name in "ab":
        add(
            probe, experiment, name, params={"p": name, "q": "1"}, metrics={"m": 1.0, "n": math.nan}
        )
    found = probe.store.search_runs([experiment], order_by=["params.p DESC", "metrics.n"])
    for number, name in enumerate("ba"):
        run = probe.see(found).items[number]
        run.params.equals({"p": name, "q": "1"})
        run.metrics.equals({"m": Metric("m", 1.0, 1), "n": Metric("n", math.nan, 1)})


# What is no order

_TERMS = (
    *("attributes.nope", "nope", "nope.k", "attributes.lifecycle_stage DESC", "metrics", "params."),
    *(
        "metrics.k SIDEWAYS",
        "metrics.k ASC DESC",
        "metrics.k DESC DESC",
        "DESC",
        "metrics.`k",
        "'k'",
    ),
    *("metrics.k DESCENDING", "metrics.k, params.k", "metrics.k; DROP TABLE runs", "metrics.k > 1"),
    *(
        "metrics.k DESC NULLS LAST",
        "(metrics.k)",
        "-metrics.k",
        "metrics.k = 1 DESC",
        "dataset.nope",
    ),
)


@clause("SEARCH-ORDER")
def test_what_is_no_field_and_no_direction_is_refused(probe: Probe) -> None:
    """A term that is passed over gives an order that nobody asked for."""
    experiment = probe.experiment()
    add(probe, experiment, "one", metrics={"k": 1.0})
    refused = "INVALID_PARAMETER_VALUE"
    for term in probe.cases(_TERMS):
        probe.refused(refused).search_runs([experiment], order_by=[term])
        probe.refused(refused).search_runs([experiment], order_by=["metrics.k", term])
