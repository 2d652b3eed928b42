"""What is not in the language of filters: it is refused, never passed over, and never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import add, finds_or_refuses, refuses

_FILTERS = {
    "an unknown field": (
        *("attributes.nope = 'x'", "nope = 'x'", "nope > 1", "attributes.experiment_id = '1'"),
        *("attributes.lifecycle_stage = 'active'", "lifecycle_stage = 'active'"),
        *("attributes.deleted_time > 0", "nope.k = 'x'", "nope.k = 1", "experiments.k = 'x'"),
        *("dataset.nope = 'x'", "dataset.source = 'x'", "dataset.k = 'x'"),
    ),
    "no field": (
        *("metrics = 1", "params = 'x'", "tags LIKE 'x'", "metrics. = 1", "params. = 'x'"),
        *(".k = 'x'", "= 1", "'params.k' = 'x'", "params.'k' = 'x'", "params.`k = 'x'"),
        *("params.\"k = 'x'", "params.`k' = 'x'", "params.`k`` = 'x'", "params.a b = 'x'"),
        *("params.a;b = 'x'", "params.k* = 'x'", "1 = 1", "'x' = 'x'", "* = 'x'", "% LIKE 'x'"),
    ),
    "an operator that a metric has not": (
        *("metrics.m LIKE '1'", "metrics.m ILIKE 1", "metrics.m IN (1)", "metrics.m NOT IN (1, 2)"),
    ),
    "an operator that a text has not": (
        *("params.p > 'a'", "params.p >= 'a'", "tags.t < 'a'", "tags.t <= 'a'"),
        *("params.p IN ('x')", "tags.t IN ('x')", "params.p NOT IN ('x')", "tags.t NOT IN ('y')"),
        *("attributes.user_id IN ('ann')", "status IN ('RUNNING')", "run_name NOT IN ('x')"),
        *("artifact_uri IN ('x')", "attributes.status > 'A'", "run_name < 'z'", "run_id >= '0'"),
        *("dataset.name > 'a'", "dataset.digest <= 'a'", "dataset.context < 'a'"),
    ),
    "an operator that a time has not": (
        *("attributes.start_time LIKE '1'", "start_time IN (1)", "end_time NOT IN (1)"),
        "attributes.end_time ILIKE '%'",
    ),
    "an unknown operator": (
        *(
            "params.p == 'x'",
            "params.p <> 'x'",
            "metrics.m => 1",
            "metrics.m =< 1",
            "params.p ~ 'x'",
        ),
        *("metrics.m ! = 1", "metrics.m > = 1", "params.p IS 'x'", "params.p IS NULL"),
        *("params.p IS NOT NULL", "params.p NOT LIKE 'x'", "params.p NOT ILIKE 'x'"),
        *("params.p NOT 'x'", "params.p BETWEEN 'a' AND 'b'", "metrics.m BETWEEN 1 AND 2"),
        *("params.p RLIKE 'x'", "params.p REGEXP 'x'", "params.p CONTAINS 'x'", "params.p 'x'"),
        *("metrics.m 1", "metrics.m = = 1", "params.p LIKE = 'x'", "params.p L I K E 'x'"),
    ),
    "a text for a number": (
        *("metrics.m = '1'", "metrics.m > 'x'", "metrics.m = x", "metrics.m = `1`"),
        *("start_time = '1'", "attributes.start_time > 'x'", "end_time != 'x'"),
    ),
    "no number": (
        *(
            "metrics.m = 1x",
            "metrics.m = 1 2",
            "metrics.m = 1,5",
            "metrics.m = 1.2.3",
            "metrics.m = -",
        ),
        *(
            "metrics.m = --1",
            "metrics.m = e5",
            "metrics.m = 1e",
            "metrics.m = nan",
            "metrics.m = inf",
        ),
        *("metrics.m = NULL", "metrics.m = true", "metrics.m = 1 + 1", "metrics.m = (1)"),
        *(
            "metrics.m = 0x10",
            "metrics.m = 1_000",
            "metrics.m =",
            "start_time >",
            "metrics.m = metrics.n",
        ),
    ),
    "a number for a text": (
        *(
            "params.p = 1",
            "tags.t != 1.5",
            "attributes.status = 1",
            "run_id = 5",
            "params.p LIKE 1",
        ),
        *("run_id IN (1)", "run_id IN (1, 2)", "run_id NOT IN (1)", "dataset.name = 1"),
    ),
    "no text": (
        *("params.p = x", "params.p = `x`", "params.p = NULL", "params.p = 'x", "params.p = x'"),
        *(
            "params.p = '",
            "params.p = 'x''",
            "params.p = 'x' 'y'",
            "params.p = params.q",
            "params.p =",
        ),
        *(
            "params.p LIKE",
            "status = RUNNING",
            "params.p = ('x')",
            "params.p = 'x\"",
            "params.p = e'x'",
        ),
    ),
    "no list": (
        *("run_id IN 'x'", "run_id IN ('x'", "run_id IN 'x')", "run_id IN (x)", "run_id IN x"),
        *("run_id IN ('x' 'y')", "run_id IN ('x';'y')", "run_id IN (,'x')", "run_id IN ['x']"),
        *(
            "run_id IN (('x'))",
            "run_id NOT ('x')",
            "run_id IN NOT ('x')",
            "run_id IN",
            "run_id NOT IN",
        ),
    ),
    "other joints than AND": (
        *("metrics.m = 1 OR metrics.m = 2", "metrics.m = 1 or params.p = 'x'", "NOT metrics.m = 1"),
        *("metrics.m = 1 AND NOT params.p = 'x'", "metrics.m = 1 && params.p = 'x'"),
        *(
            "metrics.m = 1 & params.p = 'x'",
            "metrics.m = 1, params.p = 'x'",
            "metrics.m = 1 XOR tags.t = 'x'",
        ),
        *("(metrics.m = 1 OR metrics.m = 2) AND params.p = 'x'", "metrics.m = 1 ANDparams.p = 'x'"),
        *("metrics.m = 1 params.p = 'x'", "metrics.m = 1 || params.p = 'x'"),
    ),
    "too few or too many parts": (
        *(
            "nonsense",
            "metrics.m",
            "params.p = 'x' AND",
            "AND",
            "AND params.p = 'x'",
            "'x'",
            "1",
            "()",
        ),
        *(
            "metrics.m = 1 AND AND params.p = 'x'",
            "metrics.m = 1 AND params.p",
            "metrics.m = 1 AND 'x'",
        ),
        *(
            "metrics.m = 1)",
            "(metrics.m = 1",
            "1 < metrics.m < 2",
            "metrics.m < 1 < 2",
            ";",
            ",",
            "%",
        ),
    ),
    "a statement": (
        *("metrics.m = 1; DROP TABLE runs", "metrics.m = 1 --", "params.p = 'x' /* y */", "1=1 --"),
        *(
            "metrics.m = 1 ORDER BY start_time",
            "metrics.m = 1 LIMIT 1",
            "SELECT 1",
            "params.p = 'x';",
        ),
        *(
            "metrics.m = (SELECT 1)",
            "params.p = 'x' UNION SELECT 1",
            "metrics.m = 1 GROUP BY metrics.m",
        ),
    ),
}
"""Filters that are not in the language, by what is wrong with them."""


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("what", _FILTERS)
def test_what_is_not_in_the_language_is_refused(probe: Probe, what: str) -> None:
    """A filter that is not understood may find anything if it is passed over."""
    experiment = probe.experiment()
    add(probe, experiment, "one", params={"p": "x"}, metrics={"m": 1.0}, tags={"t": "x"})
    for each in probe.cases(_FILTERS[what]):
        refuses(probe, experiment, each)


@clause("SEARCH-GRAMMAR")
def test_what_is_wrong_anywhere_in_a_filter_is_refused(probe: Probe) -> None:
    """Not only where a run is left to be compared: the first comparison finds none."""
    experiment = probe.experiment()
    wrong = ("params.p > 'a'", "metrics.m = 'x'", "nope = 'x'", "nonsense")
    for each in probe.cases(wrong):
        refuses(probe, experiment, f"params.none = 'x' AND {each}")
        refuses(probe, experiment, f"{each} AND params.none = 'x'")
        refuses(probe, experiment, f"tags.a = 'x' AND {each} AND tags.b = 'x'")


@clause("SEARCH-GRAMMAR")
def test_what_is_wrong_is_refused_where_no_run_is_to_be_searched(probe: Probe) -> None:
    for each in probe.cases(("params.p > 'a'", "metrics.m = 'x'", "nope = 'x'", "nonsense")):
        refuses(probe, probe.experiment(), each)


@clause("SEARCH-GRAMMAR")
def test_what_the_language_leaves_open_is_refused_or_means_what_it_says(probe: Probe) -> None:
    experiment = probe.experiment()
    run = add(probe, experiment, "one", params={"p": "x", "a.b": "x"}, metrics={"m": 2.0})
    add(probe, experiment, "other", params={"p": "y", "a.b": "y"}, metrics={"m": 1.0}, user="bob")
    filters = (
        *('params.p = "x"', 'params.p != "y"', "params.a.b = 'x'", "Params.p = 'x'"),
        *(
            "METRICS.m = 2",
            "metrics.m = +2",
            "metrics.m = 2.",
            "metrics.m > .9e1",
            "metrics.m = 02",
        ),
        *("params . p = 'x'", "params.p = 'x' AND params.p = 'x'", "attributes.`user_id` = 'ann'"),
        *("\"user_id\" = 'ann'", "attributes.User_Id = 'ann'", f"run_id IN ('{run}',)"),
        *(f'run_id IN ("{run}")', "params.p\u00a0=\u00a0'x'", "(params.p = 'x')"),
    )
    for each in probe.cases(filters):
        names = [] if "e1" in each else ["one"]
        finds_or_refuses(probe, experiment, each, names)
    for each in probe.cases(("run_id IN ()", "params.p = 'x\0'", "params.p = '\ud800'")):
        finds_or_refuses(probe, experiment, each, [])


_WORDS = (
    *(
        "metrics.m",
        "params.`p`",
        'tags."t"',
        "attributes.run_name",
        "run_id",
        "start_time",
        "dataset.name",
    ),
    *("nope", "=", "!=", "<", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "NOT", "AND", "AND", "OR"),
    *(
        "1",
        "-1.5",
        "1e400",
        "9" * 25,
        "'x'",
        "'%'",
        '"y"',
        "('a', 'b')",
        "()",
        "(",
        ")",
        ",",
        "'",
        "`",
    ),
    *("\\", "%", "\0", "\ud800", "\N{PILE OF POO}", "--", ";"),
)

_garbage = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8).map(" ".join) | st.text(
    max_size=30
)


@clause("SEARCH-GRAMMAR")
@given(filters=st.lists(_garbage, min_size=1, max_size=6))
def test_whatever_is_no_filter_is_refused_as_an_invalid_parameter(
    probe: Probe, filters: list[str]
) -> None:
    """An exception of a parser or of a driver's is no answer."""
    probe.begin()
    experiment = probe.experiment()
    for each in probe.cases(filters):
        probe.may_refuse("INVALID_PARAMETER_VALUE").search_runs([experiment], filter_string=each)


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("depth", [100, 10_000])
def test_a_long_filter_that_is_wrong_is_refused(probe: Probe, depth: int) -> None:
    """A parser that calls itself meets the limit of recursion."""
    experiment = probe.experiment()
    filters = (
        "(" * depth + "metrics.m = 1" + ")" * depth,
        "NOT " * depth + "metrics.m = 1",
        "metrics.m = 1 AND " * depth,
        "metrics.m = 1 OR " * depth + "metrics.m = 1",
        "'" * (2 * depth + 1),
    )
    for each in probe.cases(filters):
        refuses(probe, experiment, each)
