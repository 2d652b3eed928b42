"""The order of runs by one field: numbers before NaN before what is missing, texts by code points."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.points import DOUBLE_MAX
from storeproof.conformance.suite.searching import START, add, orders
from storeproof.conformance.suite.values import FOUR_BYTES
from storeproof.stores import Metric, RunStatus


def both_ways(
    probe: Probe, experiment: str, field: str, ascending: Iterable[str], last: Iterable[str] = ()
) -> None:
    """The field's order is `ascending`, and DESC turns it round, all but the `last`."""
    names, end = list(ascending), list(last)
    orders(probe, experiment, [field], names + end)
    orders(probe, experiment, [f"{field} ASC"], names + end)
    orders(probe, experiment, [f"{field} DESC"], names[::-1] + end)


# Metrics


@clause("SEARCH-ORDER")
def test_metrics_are_in_the_order_of_numbers_then_nan_then_missing(probe: Probe) -> None:
    """Both ways: NULL comes first or last by the engine and by the direction."""
    experiment = probe.experiment()
    values = {
        "-max": -DOUBLE_MAX,
        "-10": -10.0,
        "-2": -2.0,
        "-tiny": -5e-324,
        "0": 0.0,
        "tiny": 5e-324,
        "1": 1.0,
        "10": 10.0,
        "9e15": 9e15,
        "max": DOUBLE_MAX,
    }
    for number, name in enumerate(sorted(values)):
        add(probe, experiment, name, metrics={"m": values[name]}, start=START + number)
    add(probe, experiment, "nan", metrics={"m": math.nan}, start=START + 99)
    add(probe, experiment, "missing", metrics={"other": 1.0}, start=START + 98)
    add(probe, experiment, "later nan", metrics={"m": math.nan}, start=START + 100)
    add(probe, experiment, "later missing", start=START + 101)
    last = ["later nan", "nan", "later missing", "missing"]
    both_ways(probe, experiment, "metrics.m", values, last)


@clause("SEARCH-ORDER")
def test_a_metric_is_ordered_by_its_latest_value(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, first, latest in (("a", 9.0, 1.0), ("b", 0.0, 2.0), ("c", 1.0, math.nan)):
        run = add(probe, experiment, name, metrics={"m": first})
        probe.store.log_batch(run, [Metric("m", latest, 2, 1), Metric("m", 5.0, 3, -1)])
    both_ways(probe, experiment, "metrics.m", ["a", "b"], ["c"])


_values = st.none() | st.just(math.nan) | st.sampled_from((0.0, 1.0, -1.0)) | st.floats(-1e9, 1e9)


@clause("SEARCH-ORDER")
@given(values=st.lists(_values, max_size=7), descending=st.booleans())
def test_any_metrics_are_in_order(
    probe: Probe, values: list[float | None], descending: bool
) -> None:
    probe.begin()
    experiment = probe.experiment()
    for number, value in enumerate(values):
        metrics = None if value is None else {"m": value}
        add(probe, experiment, f"{number}", metrics=metrics, start=START - number)

    def rank(number: int) -> tuple[int, float]:
        value = values[number]
        if value is None or math.isnan(value):
            return (2 if value is None else 1), 0.0
        return 0, -value if descending else value

    names = [f"{number}" for number in sorted(range(len(values)), key=rank)]
    orders(probe, experiment, ["metrics.m DESC" if descending else "metrics.m"], names)


# Texts

TEXTS = (
    *("", "\t", " ", "!", "-", "10", "9", "A", "B", "Z", "_", "a", "a\t", "a ", "a!", "aB", "ab", "b", "~"),
    *("\N{LATIN CAPITAL LETTER E WITH ACUTE}", "\N{LATIN SMALL LETTER E WITH ACUTE}", "я", "学"),
    *("\ue000", "\N{FULLWIDTH LATIN CAPITAL LETTER A}", "\uffee", FOUR_BYTES, "\U0010fffd"),
)  # fmt: skip
"""Texts in code-point order; 4-byte characters come before U+E000 where UTF-16 units are compared."""


@clause("SEARCH-ORDER")
@pytest.mark.parametrize("kind", ["params", "tags"])
def test_texts_are_in_code_point_order_and_missing_ones_last(probe: Probe, kind: str) -> None:
    """A collation puts letters of both cases together, and pads with spaces."""
    experiment = probe.experiment()
    for number in reversed(range(len(TEXTS))):
        has = {"k": TEXTS[number]}
        add(probe, experiment, f"{number}", params=has, tags=has, start=START + number * 7 % 29)
    add(probe, experiment, "missing", params={"K": "a"}, tags={"K": "a"})
    names = [f"{number}" for number in range(len(TEXTS))]
    both_ways(probe, experiment, f"{kind}.k", names, ["missing"])


@clause("SEARCH-ORDER")
@pytest.mark.parametrize("attribute", ["run_name", "user_id"])
def test_attributes_of_text_are_in_code_point_order(probe: Probe, attribute: str) -> None:
    experiment = probe.experiment()
    texts = [text for text in TEXTS if text]
    for number in reversed(range(len(texts))):
        start = START + number * 7 % 29
        add(probe, experiment, texts[number], user=texts[number], start=start)
    both_ways(probe, experiment, f"attributes.{attribute}", texts)


@clause("SEARCH-ORDER")
@pytest.mark.parametrize("length", [255, 1100, 5999])
def test_long_texts_that_differ_at_their_end_are_in_order(probe: Probe, length: int) -> None:
    """MySQL compares the first max_sort_length bytes, 1024 by itself."""
    experiment = probe.experiment()
    for end in "bca":
        has = {"k": "x" * length + end}
        add(probe, experiment, end, params=has, tags=has, start=START + ord(end))
    for kind in probe.cases(("params", "tags")):
        if kind == "params" or length < 5000:
            both_ways(probe, experiment, f"{kind}.k", "abc")


@clause("SEARCH-ORDER")
@given(
    texts=st.lists(st.text(st.sampled_from("aA b\t\ue000" + FOUR_BYTES), max_size=3), max_size=6)
)
def test_any_texts_are_in_order(probe: Probe, texts: list[str]) -> None:
    probe.begin()
    experiment = probe.experiment()
    for number, text in enumerate(texts):
        add(probe, experiment, f"{number}", params={"k": text}, start=START - number)
    rising = sorted(range(len(texts)), key=lambda number: texts[number])
    orders(probe, experiment, ["params.k"], map(str, rising))
    falling = sorted(range(len(texts)), key=lambda number: texts[number], reverse=True)
    orders(probe, experiment, ["params.k DESC"], map(str, falling))


# Other attributes


@clause("SEARCH-ORDER")
def test_the_start_orders_runs_as_a_number(probe: Probe) -> None:
    experiment = probe.experiment()
    for name in ("10", "9", "0", "9007199254740993", "9223372036854775807", "9007199254740992"):
        add(probe, experiment, name, start=int(name))
    names = ["0", "9", "10", "9007199254740992", "9007199254740993", "9223372036854775807"]
    both_ways(probe, experiment, "attributes.start_time", names)


@clause("SEARCH-ORDER")
def test_the_end_orders_runs_and_those_that_run_are_last(probe: Probe) -> None:
    experiment = probe.experiment()
    for number, name in enumerate(("10", "9", "0", "9223372036854775807", "runs", "runs too")):
        run = add(probe, experiment, name, start=START - number)
        if name.isdigit():
            probe.store.update_run_info(run, end_time=int(name))
    names = ["0", "9", "10", "9223372036854775807"]
    both_ways(probe, experiment, "attributes.end_time", names, ["runs", "runs too"])


@clause("SEARCH-ORDER")
def test_the_status_orders_runs_by_its_name(probe: Probe) -> None:
    experiment = probe.experiment()
    for status in RunStatus:
        run = add(probe, experiment, status.value)
        probe.store.update_run_info(run, status)
    both_ways(probe, experiment, "attributes.status", sorted(each.value for each in RunStatus))


@clause("SEARCH-ORDER")
@pytest.mark.parametrize("attribute", ["run_id", "artifact_uri"])
def test_ids_and_artifact_uris_order_runs(probe: Probe, attribute: str) -> None:
    experiment = probe.store.create_experiment(probe.name(), "s3://bucket/a")
    other = probe.store.create_experiment(probe.name("other"), "s3://bucket/B")
    for number in range(6):
        add(probe, experiment if number % 2 else other, f"{number}", start=START + number)

    for descending in probe.cases((False, True)):
        term = f"attributes.{attribute}{' DESC' * descending}"
        found = probe.store.search_runs([experiment, other], order_by=[term])
        values = probe.see(found).items.each(f"info.{attribute}")
        values.length().equals(6)
        (values.falls if descending else values.rises)()
