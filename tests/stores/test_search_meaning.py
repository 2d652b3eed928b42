"""What a filter finds and in which order, over objects in memory (SEARCH-*)."""

from __future__ import annotations

import heapq
import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from storeproof.stores.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
)
from storeproof.stores.search import order
from storeproof.stores.search.exact import number, on_doubles, on_integers
from storeproof.stores.search.like import folded, ilike, like
from storeproof.stores.search.meaning import experiment_test, run_test
from storeproof.stores.search.parser import parse_filter, parse_order_by
from storeproof.stores.search.tree import Field, Kind, Operator, OrderTerm
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS, Holds

NAN = math.nan
NUMERIC = (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)


def run(
    run_id: str = "r",
    *,
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    inputs: Sequence[tuple[str, str, str | None]] = (),
    **info: Any,
) -> Run:
    facts: dict[str, Any] = {
        "experiment_id": "0",
        "run_name": "name",
        "user_id": "user",
        "status": RunStatus.RUNNING,
        "start_time": 1000,
        "end_time": None,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "artifact_uri": "file:///a",
    } | info
    return Run(
        RunInfo(run_id=run_id, **facts),
        params or {},
        {key: Metric(key, value, 0) for key, value in (metrics or {}).items()},
        tags or {},
        tuple(
            DatasetInput(
                Dataset(name, digest, "type", "source"),
                {} if context is None else {"mlflow.data.context": context},
            )
            for name, digest, context in inputs
        ),
    )


def experiment(experiment_id: str, **facts: Any) -> Experiment:
    given_or_usual: dict[str, Any] = {
        "name": "name",
        "artifact_location": "file:///a",
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "creation_time": 1000,
        "last_update_time": 1000,
    } | facts
    return Experiment(experiment_id=experiment_id, **given_or_usual)


def finds(text: str, item: Run) -> bool:
    return run_test(parse_filter(text, RUNS))(item)


# Which runs a filter finds


def test_a_filter_of_nothing_finds_every_run() -> None:
    assert finds("", run())


def test_every_comparison_of_a_filter_must_hold() -> None:
    item = run(params={"a": "x", "b": "y"})
    assert finds("params.a = 'x' AND params.b = 'y'", item)
    assert not finds("params.a = 'x' AND params.b = 'x'", item)


@pytest.mark.parametrize(
    "text",
    [
        *[f"metrics.k {operator} 1" for operator in NUMERIC],
        *[
            f"{field} {operator} '%'"
            for field in ("params.k", "tags.k", "dataset.name", "dataset.context")
            for operator in ("=", "!=", "LIKE", "ILIKE")
        ],
        *[f"end_time {operator} 1" for operator in NUMERIC],
        "dataset.digest IN ('x')",
        "dataset.digest NOT IN ('x')",
    ],
)
def test_what_a_run_does_not_have_never_matches(text: str) -> None:
    """SEARCH-MISSING"""
    assert not finds(text, run())


def test_a_key_is_exact() -> None:
    item = run(params={"Key": "x"})
    assert finds("params.Key = 'x'", item)
    assert not finds("params.key = 'x'", item)
    assert not finds("params.`Key ` = 'x'", item)


@pytest.mark.parametrize("operator", NUMERIC)
@pytest.mark.parametrize("value", ["0", "-1e400", "1e400", "0.1"])
def test_nan_matches_unequal_only(operator: Operator, value: str) -> None:
    """SEARCH-NAN"""
    item = run(metrics={"k": NAN})
    assert finds(f"metrics.k {operator} {value}", item) == (operator is Operator.NE)


@pytest.mark.parametrize(
    ("stored", "text", "found"),
    [
        (0.1, "= 0.1", True),
        (0.1, "= 0.1000000000000000055511151231257827", True),
        (0.1, "> 0.0999999999999999", True),
        (0.0, "= -0.0", True),
        (2.0**53, "= 9007199254740993", True),
        (2.0**53, "< 9007199254740994", True),
        (2.0**63, "= 9223372036854775808.5", True),
        (1e308, "< 1e400", True),
        (1.7976931348623157e308, "< 1e309", True),
        (-1.7976931348623157e308, "> -1e309", True),
        (1.7976931348623157e308, "= 1e309", False),
        (1.7976931348623157e308, "!= 1e309", True),
        (1.7976931348623157e308, ">= 1e309", False),
        (0.0, "= 1e-400", True),
        (5e-324, "> 1e-400", True),
    ],
)
def test_a_metric_is_compared_with_the_double_nearest_to_the_number(
    stored: float, text: str, found: bool
) -> None:
    assert finds(f"metrics.k {text}", run(metrics={"k": stored})) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("> 999.5", True),
        ("< 1000.5", True),
        ("= 1000.5", False),
        ("!= 1000.5", True),
        ("= 1000.0", True),
        ("<= 999.999", False),
        ("< 1e30", True),
        ("> -1e400", True),
        ("= 99999999999999999999", False),
        ("!= 99999999999999999999", True),
        (">= 9223372036854775807.5", False),
        ("> -9223372036854775808.5", True),
    ],
)
def test_a_time_is_compared_with_fractions_and_numbers_of_any_size(text: str, found: bool) -> None:
    """SEARCH-NUMBERS"""
    assert finds(f"start_time {text}", run(start_time=1000)) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run_id = 'r'", True),
        ("run_id IN ('q', 'R')", False),
        ("run_id IN ('q', 'r')", True),
        ("run_id NOT IN ('q')", True),
        ("run_id NOT IN ('r')", False),
        ("run_name = 'name'", True),
        ("user_id LIKE 'us%'", True),
        ("status = 'RUNNING'", True),
        ("status = 'running'", False),
        ("status ILIKE 'running'", True),
        ("status != 'no such status'", True),
        ("artifact_uri LIKE 'file:///_'", True),
        ("params.p = 'x'", True),
        ("params.p = 'X'", False),
        ("params.p != 'X'", True),
        ("params.p = 'x '", False),
        ("tags.t = ''", True),
        ("tags.t LIKE ''", True),
    ],
)
def test_text_is_compared_exactly(text: str, found: bool) -> None:
    assert finds(text, run(params={"p": "x"}, tags={"t": ""})) is found


def test_a_run_name_is_the_run_s_whatever_its_tag_says() -> None:
    """SEARCH-RUNNAME"""
    item = run(run_name="name", tags={"mlflow.runName": "tag"})
    assert finds("attributes.run_name = 'name' AND tags.`mlflow.runName` = 'tag'", item)
    assert finds("attributes.run_name = 'name'", run(run_name="name"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dataset.name = 'x'", True),
        ("dataset.name = 'X'", False),
        ("dataset.name ILIKE 'X'", True),
        ("dataset.name != 'x'", True),
        ("dataset.name IN ('z', 'y')", True),
        ("dataset.name NOT IN ('x', 'y')", False),
        ("dataset.digest LIKE '_'", True),
        ("dataset.context = 'train'", True),
        ("dataset.context != 'train'", False),
        ("dataset.name = 'x' AND dataset.name = 'y'", True),
        ("dataset.name = 'x' AND dataset.digest = '2'", True),
    ],
)
def test_each_comparison_on_datasets_is_answered_by_some_dataset_of_the_run(
    text: str, found: bool
) -> None:
    item = run(inputs=[("x", "1", "train"), ("y", "2", None)])
    assert finds(text, item) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = 'name'", True),
        ("name ILIKE 'N%'", True),
        ("creation_time < 1000.5", True),
        ("last_update_time > 1000", False),
        ("tags.k != 'x'", True),
        ("tags.missing != 'x'", False),
    ],
)
def test_experiments_are_found_by_the_same_rules(text: str, found: bool) -> None:
    """SEARCH-EXP"""
    item = experiment("1", tags={"k": "v"})
    assert experiment_test(parse_filter(text, EXPERIMENTS))(item) is found


def test_an_experiment_without_a_time_matches_no_comparison_with_it() -> None:
    item = experiment("1", creation_time=None)
    assert not experiment_test(parse_filter("creation_time != 1", EXPERIMENTS))(item)


# Numbers

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = (
    st.decimals(allow_nan=False, allow_infinity=False)
    | DOUBLES.map(Decimal.from_float)
    | st.integers().map(Decimal)
    | st.builds(
        lambda whole, tenths: Decimal(whole) + Decimal(tenths) / 10, INT64, st.integers(-9, 9)
    )
)


def true_answer(operator: Operator, stored: float, value: Decimal) -> bool:
    left, right = Fraction(stored), Fraction(value)
    return {
        Operator.EQ: left == right,
        Operator.NE: left != right,
        Operator.LT: left < right,
        Operator.LE: left <= right,
        Operator.GT: left > right,
        Operator.GE: left >= right,
    }[operator]


def given_answer(stored: float, asked: tuple[Operator, float] | bool) -> bool:
    if isinstance(asked, bool):
        return asked
    bound = asked[1]
    assert math.isfinite(bound)
    return true_answer(asked[0], stored, Decimal(bound))


@settings(deadline=None)
@given(st.sampled_from(NUMERIC), DOUBLES, DOUBLES)
def test_a_double_is_compared_with_a_double_as_python_does(
    operator: Operator, stored: float, value: float
) -> None:
    asked = on_doubles(operator, number(repr(value)))
    assert given_answer(stored, asked) == true_answer(operator, stored, Decimal(value))


@settings(deadline=None)
@given(st.sampled_from(NUMERIC), INT64, NUMBERS | INT64.map(Decimal))
@example(Operator.GE, 2**63 - 1, Decimal("9223372036854775806.5"))
@example(Operator.LT, -(2**63), Decimal("-9223372036854775808"))
def test_a_number_among_integers_is_answered_exactly(
    operator: Operator, stored: int, value: Decimal
) -> None:
    asked = on_integers(operator, value)
    assert isinstance(asked, bool) or -(2**63) <= asked[1] < 2**63
    assert given_answer(stored, asked) == true_answer(operator, stored, value)


@pytest.mark.parametrize("operator", NUMERIC)
@pytest.mark.parametrize("literal", ["1e999999999999", "-1e999999999999"])
def test_a_number_of_any_exponent_is_answered(operator: Operator, literal: str) -> None:
    value = number(literal)
    above, below = literal[0] != "-", literal[0] == "-"
    expected = {
        Operator.EQ: False,
        Operator.NE: True,
        Operator.LT: above,
        Operator.LE: above,
        Operator.GT: below,
        Operator.GE: below,
    }[operator]
    assert given_answer(0.0, on_doubles(operator, value)) is expected
    assert given_answer(0, on_integers(operator, value)) is expected


# SEARCH-LIKE: patterns


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("", "", True),
        ("", "a", False),
        ("%", "", True),
        ("%", "a\nb\r\n", True),
        ("a", "a", True),
        ("a", "A", False),
        ("a", "a\n", False),
        ("_", "\n", True),
        ("_", "\U0001d11e", True),
        ("_", "e\u0301", False),
        ("__", "a", False),
        ("a%", "a\nb", True),
        ("%b", "a\nb", True),
        ("%b", "b\n", False),
        ("a%b%c", "aXbYbZc", True),
        ("a%b%c", "acb", False),
        ("ab%bc", "abc", False),
        ("a%a", "a", False),
        ("%ab%ab%", "ab", False),
        ("%ab%b", "xxab", False),
        ("%a_c%", "xxabcxx", True),
        (".*", "abc", False),
        ("[a-z]", "a", False),
        ("(a)|b", "(a)|b", True),
        ("a\\%", "a\\bc", True),
        ("a\\%", "a%", False),
        ("\\_", "_", False),
        ("^a$", "^a$", True),
    ],
)
def test_percent_and_underscore_are_wild_and_all_else_is_itself(
    pattern: str, text: str, found: bool
) -> None:
    assert like(pattern)(text) is found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("ABC%", "abcd", True),
        ("a[B", "A[b", True),
        ("ÄÖ_", "äöü", True),
        ("ΣΑΣ", "σας", True),
        ("ШКОЛА", "школа", True),
        ("\U00010400", "\U00010428", True),
        ("STRASSE", "straße", False),
        ("STRAẞE", "straße", True),
        ("a", "á", False),
        ("_", "İ", True),
        ("_", "ﬁ", True),
        ("i", "ı", False),
    ],
)
def test_ilike_folds_each_character_by_itself(pattern: str, text: str, found: bool) -> None:
    assert ilike(pattern)(text) is found


@given(st.text())
def test_folding_keeps_the_number_of_characters(text: str) -> None:
    assert len(folded(text)) == len(text)


LITTLE = st.text("ab%_\n", max_size=8)


@given(LITTLE, LITTLE)
def test_like_answers_as_its_definition_does(pattern: str, text: str) -> None:
    wild = {"%": ".*", "_": "."}
    definition = "".join(wild.get(character, re.escape(character)) for character in pattern)
    expected = re.fullmatch(definition, text, re.DOTALL) is not None
    assert like(pattern)(text) is expected


def test_a_pattern_of_many_wild_cards_does_not_try_all_their_places() -> None:
    """With one more try per % and place this would not end."""
    assert not like("%a_" * 300 + "b%")("a" * 6000)


# SEARCH-ORDER: which comes first


def ordered(runs: Sequence[Run], *terms: str) -> list[str]:
    chosen = order.run_order(parse_order_by(terms, RUNS))
    return [item.info.run_id for item in sorted(runs, key=chosen.key)]


def test_without_terms_the_latest_start_comes_first_then_the_smaller_id() -> None:
    runs = [
        run("b", start_time=2),
        run("none", start_time=None),
        run("a", start_time=2),
        run("late", start_time=3),
    ]
    assert ordered(runs) == ["late", "a", "b", "none"]


MIXED = [
    run("nan", metrics={"k": NAN}),
    run("missing"),
    run("two", metrics={"k": 2.0}),
    run("minus", metrics={"k": -1e308}),
    run("one", metrics={"k": 1.0}),
]


@pytest.mark.parametrize(
    ("direction", "first"),
    [("ASC", ["minus", "one", "two"]), ("DESC", ["two", "one", "minus"])],
)
def test_numbers_come_first_then_nan_then_missing_both_ways(
    direction: str, first: list[str]
) -> None:
    assert ordered(MIXED, f"metrics.k {direction}") == [*first, "nan", "missing"]


TEXTS = ["", "A", "a", "aa", "b", "é", "\uffff", "\U0001d11e"]


@pytest.mark.parametrize("field", ["params.k", "tags.k", "run_name", "user_id", "artifact_uri"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_text_is_ordered_by_code_points(field: str, direction: str) -> None:
    def holding(index: int, text: str) -> Run:
        if field.startswith("params"):
            return run(str(index), params={"k": text})
        if field.startswith("tags"):
            return run(str(index), tags={"k": text})
        facts: dict[str, Any] = {field: text}
        return run(str(index), **facts)

    runs = [holding(index, text) for index, text in enumerate(TEXTS)]
    expected = [str(index) for index in range(len(TEXTS))]
    if direction == "DESC":
        expected.reverse()
    assert ordered(runs[::-1], f"{field} {direction}") == expected


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_missing_text_or_time_comes_last_both_ways(direction: str) -> None:
    runs = [run("missing"), run("there", params={"k": ""}, end_time=1)]
    assert ordered(runs, f"params.k {direction}") == ["there", "missing"]
    assert ordered(runs, f"end_time {direction}") == ["there", "missing"]


def test_a_status_is_ordered_as_text() -> None:
    runs = [run(status.value, status=status) for status in RunStatus]
    assert ordered(runs, "status") == sorted(status.value for status in RunStatus)


def test_equals_are_decided_by_the_next_term_and_then_by_the_ties() -> None:
    runs = [
        run("a", metrics={"k": 1.0}, params={"p": "x"}, start_time=1),
        run("b", metrics={"k": 1.0}, params={"p": "y"}, start_time=1),
        run("c", metrics={"k": 1.0}, params={"p": "x"}, start_time=2),
        run("d", metrics={"k": 0.0}, params={"p": "z"}, start_time=1),
    ]
    assert ordered(runs, "metrics.k DESC", "params.p DESC") == ["b", "c", "a", "d"]


def test_a_field_named_again_decides_nothing_more() -> None:
    assert ordered(MIXED, "metrics.k", "metrics.k DESC") == ordered(MIXED, "metrics.k")
    assert ordered(MIXED, "run_id DESC", "metrics.k") == sorted(
        (item.info.run_id for item in MIXED), reverse=True
    )


def test_only_the_columns_that_can_decide_are_kept() -> None:
    twice = parse_order_by(["metrics.k", "metrics.k DESC", "run_id DESC", "params.p"], RUNS)
    assert order.columns(twice, RUNS) == (
        order.Column(Field(Kind.METRIC, "k"), Holds.DOUBLE, descending=False),
        order.Column(Field(Kind.ATTRIBUTE, "run_id"), Holds.TEXT, descending=True),
    )


def test_experiments_come_latest_first_then_by_the_larger_number_of_their_id() -> None:
    """SEARCH-EXP"""
    experiments = [
        experiment("9"),
        experiment("10"),
        experiment("11", creation_time=None),
        experiment("1", creation_time=2000),
    ]
    found = sorted(experiments, key=order.experiment_order().key)
    assert [each.experiment_id for each in found] == ["1", "10", "9", "11"]


def test_experiments_are_ordered_by_id_as_a_number() -> None:
    terms = parse_order_by(["experiment_id"], EXPERIMENTS)
    found = sorted(map(experiment, ("10", "9")), key=order.experiment_order(terms).key)
    assert [each.experiment_id for each in found] == ["9", "10"]


# Places, for page tokens (SEARCH-PAGES)

MAYBE_TEXT = st.none() | st.text("ab", max_size=2)
RUNS_DRAWN = st.builds(
    lambda run_id, metric, param, start: run(
        run_id,
        metrics={} if metric is None else {"k": metric},
        params={} if param is None else {"p": param},
        start_time=start,
    ),
    st.text("abc", min_size=1, max_size=3),
    st.none() | st.sampled_from([NAN, 0.0, -1.5, 1e308]),
    MAYBE_TEXT,
    st.none() | st.integers(0, 2),
)
TERMS = st.lists(
    st.builds(
        OrderTerm,
        st.sampled_from(
            [
                Field(Kind.METRIC, "k"),
                Field(Kind.PARAM, "p"),
                Field(Kind.ATTRIBUTE, "start_time"),
                Field(Kind.ATTRIBUTE, "run_id"),
            ]
        ),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)


@settings(deadline=None)
@given(
    st.lists(RUNS_DRAWN, max_size=8, unique_by=lambda item: item.info.run_id),
    TERMS,
    st.integers(1, 3),
)
def test_the_pages_behind_each_place_are_the_whole_order(
    runs: list[Run], terms: tuple[OrderTerm, ...], size: int
) -> None:
    chosen = order.run_order(terms)
    whole = sorted(runs, key=chosen.key)
    paged: list[Run] = heapq.nsmallest(size, runs, key=chosen.key)
    while len(paged) < len(runs):
        place = tuple(json.loads(json.dumps(chosen.place(paged[-1]))))
        assert order.is_place(chosen.columns, place)
        rest = filter(chosen.after(place), runs)
        page = heapq.nsmallest(size, rest, key=chosen.key)
        assert page
        paged += page
    assert paged == whole


@settings(deadline=None)
@given(RUNS_DRAWN, RUNS_DRAWN, TERMS)
def test_what_is_behind_a_place_follows_from_its_columns_alone(
    seen: Run, item: Run, terms: tuple[OrderTerm, ...]
) -> None:
    """(rank, value) by (rank, value), as a database would ask it: nothing but <, > and =."""
    assume(seen.info.run_id != item.info.run_id)
    chosen = order.run_order(terms)
    place, other = chosen.place(seen), chosen.place(item)
    behind = False
    for index, column in reversed(list(enumerate(chosen.columns))):
        rank, value = place[2 * index], place[2 * index + 1]
        its_rank, its_value = other[2 * index], other[2 * index + 1]
        assert isinstance(rank, int)
        assert isinstance(its_rank, int)
        if rank == its_rank == order.VALUE and its_value != value:
            larger: bool = its_value > value  # type: ignore[operator]
            behind = larger is not column.descending
        elif rank != its_rank:
            behind = its_rank > rank
    assert chosen.after(place)(item) is behind


BY_METRIC = order.columns(parse_order_by(["metrics.k"], RUNS), RUNS)


@pytest.mark.parametrize(
    "place",
    [
        (0, 1.5, 0, 1000, 0, "r"),
        (1, None, 2, None, 0, "r"),
        (2, None, 0, 2**63 - 1, 0, ""),
    ],
)
def test_a_rank_and_a_value_for_each_column_are_a_place(place: tuple[object, ...]) -> None:
    assert order.is_place(BY_METRIC, place)


@pytest.mark.parametrize(
    "place",
    [
        (),
        (0, 1.5, 0, 1000),
        (0, 1.5, 0, 1000, 0, "r", 0),
        (0, 1, 0, 1000, 0, "r"),
        (0, NAN, 0, 1000, 0, "r"),
        (0, math.inf, 0, 1000, 0, "r"),
        (0, None, 0, 1000, 0, "r"),
        (1, 1.5, 0, 1000, 0, "r"),
        (3, None, 0, 1000, 0, "r"),
        (-1, None, 0, 1000, 0, "r"),
        (False, 1.5, 0, 1000, 0, "r"),
        ("0", 1.5, 0, 1000, 0, "r"),
        (0, 1.5, 1, None, 0, "r"),
        (0, 1.5, 0, 1000.0, 0, "r"),
        (0, 1.5, 0, True, 0, "r"),
        (0, 1.5, 0, 2**63, 0, "r"),
        (0, 1.5, 0, 1000, 0, 5),
        (0, 1.5, 0, 1000, 0, "\0"),
        (0, 1.5, 0, 1000, 0, "\ud800"),
        (0, 1.5, 0, 1000, 0, ["r"]),
    ],
)
def test_anything_else_is_no_place(place: tuple[object, ...]) -> None:
    assert not order.is_place(BY_METRIC, place)
