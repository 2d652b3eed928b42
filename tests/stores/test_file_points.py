"""Metric files: many points are read at once, to the same end as one line after the other (METRIC-*, FILE-JUNK)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storeproof.stores import Metric
from storeproof.stores.file import points

INTEGERS = (
    b"0",
    b"1",
    b"-2",
    b"+3",
    b"007",
    b"1_0",
    b"9223372036854775807",
    b"-9223372036854775808",
)
NUMBERS = (
    b"0",
    b"-0.0",
    b"1.5",
    b"1e300",
    b"1.7976931348623157e+308",
    b"nan",
    b"inf",
    b"-inf",
    b"1e999",
)
NONSENSE = (b"", b"x", b"1.5", b"0x1", b"\xff", b"\xd9\xa3", b"1\x1c2", b"true", b"[1]")
SPACES = (b" ", b"  ", b"\t", b"\r", b"\v", b"\f", b" \r", b"\x1c", b"\xc2\xa0")

whole = st.one_of(st.sampled_from(INTEGERS), st.integers(0, 3).map(lambda n: b"%d" % n))
number = st.one_of(st.sampled_from(NUMBERS), st.floats().map(lambda n: repr(n).encode()))
field = st.one_of(whole, number, st.sampled_from(NONSENSE))
plain_line = st.tuples(whole, number, whole).map(b" ".join)
odd_line = st.tuples(st.lists(field, max_size=5), st.sampled_from(SPACES)).map(
    lambda drawn: drawn[1].join(drawn[0])
)
plain_files = st.lists(plain_line, max_size=6)
odd_files = st.lists(st.one_of(plain_line, odd_line), max_size=6)
files = st.one_of(plain_files, odd_files).map(
    lambda lines: b"".join(line + b"\n" for line in lines)
)


def shown(metrics: Sequence[Metric]) -> list[tuple[str, str, int, int]]:
    """Metrics as values that are equal where they are NaN; -0.0 may be read as 0.0."""
    return [(each.key, repr(each.value + 0.0), each.timestamp, each.step) for each in metrics]


def say_nothing(_: str) -> None:
    """Takes the word about lines that are no points."""


@given(files)
@example(b"1 2\n3 4 5 6\n")
@example(b"1 2 3\n2 2\n4 4 4 4\n")
@example(b"1  2\n3 4  5\n")
@example(b"1 2 3\n1 2 3\n")
@example(b"2 1 1\n1 1 1\n")
@example(b"1 1.7976931348623157e+308 1\n2 1.7976931348623157e+308 1\n")
def test_a_history_is_that_of_its_lines(data: bytes) -> None:
    lines = data.split(b"\n")
    found = {point for line in lines for point in points.parse(line, say_nothing)}
    wanted = [points.metric_of("m", point) for point in sorted(found)]
    assert shown(points.history("m", data, (), say_nothing)) == shown(wanted)


@given(files)
@example(b"1 5 2\n9 4 2\n9 6 1\n")
def test_the_latest_point_is_that_of_its_lines(data: bytes) -> None:
    found = points.parse(data, say_nothing)
    wanted = max(found, key=points.rank, default=None)
    assert points.latest(data, say_nothing) == wanted


@given(files)
def test_nothing_but_a_line_that_is_no_point_is_reported(data: bytes) -> None:
    bad = [line for line in data.split(b"\n") if line and not points.parse(line, say_nothing)]
    said: list[str] = []
    points.history("m", data, (), said.append)
    points.latest(data, said.append)
    assert len(said) == (2 if bad else 0)


@given(files)
@example(b"1 2 3")
@example(b"1\n2 3")
@example(b"\n1 2 3\n")
def test_the_only_point_of_a_file_is_that_of_its_line(data: bytes) -> None:
    found = points.only("m", data)
    assert found is None or shown([found]) == shown(points.history("m", data, (), say_nothing))


def test_a_file_of_one_plain_line_has_an_only_point() -> None:
    assert points.only("m", b"1 -2.5 -3\n") == Metric("m", -2.5, 1, -3)
    assert points.only("m", b"1 2 3\n1 2 4\n") is None


def test_points_that_are_made_in_bulk_are_like_any_other() -> None:
    (metric,) = points.history("m", b"1 2.5 3\n", (), say_nothing)
    assert metric == Metric("m", 2.5, 1, 3)
    assert hash(metric) == hash(Metric("m", 2.5, 1, 3))
    with pytest.raises(AttributeError):
        metric.value = 1.0  # type: ignore[misc]


def test_points_from_elsewhere_are_merged_each_once() -> None:
    more = [(2, 2, 0, 2.0), (1, 1, 0, 1.0), (3, 3, 1, 0.0)]
    found = points.history("m", b"1 1 1\n4 4 4\n", more, say_nothing)
    assert [each.timestamp for each in found] == [1, 2, 3, 4]
    assert math.isnan(found[2].value)
