"""What comparisons make of values that are missing, of NaN, and of numbers of any size."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.points import DOUBLE_MAX, doubles
from storeproof.conformance.suite.searching import COMPARISONS, START, add, finds
from storeproof.stores import Metric

INT64_MAX = 2**63 - 1

# Missing


@clause("SEARCH-MISSING")
@pytest.mark.parametrize("kind", ["params", "tags"])
def test_a_run_without_the_text_matches_no_comparison(probe: Probe, kind: str) -> None:
    """An outer join lets it through where the comparison is !=."""
    experiment = probe.experiment()
    add(probe, experiment, "has x", params={"k": "x"}, tags={"k": "x"})
    add(probe, experiment, "has an empty one", params={"k": ""}, tags={"k": ""})
    add(probe, experiment, "has others", params={"K": "y", "k/k": "y"}, tags={"K": "y", "k/k": "y"})
    add(probe, experiment, "has none")
    comparisons = {
        "!= 'y'": ["has x", "has an empty one"],
        "!= 'x'": ["has an empty one"],
        "!= ''": ["has x"],
        "= ''": ["has an empty one"],
        "LIKE '%'": ["has x", "has an empty one"],
        "ILIKE '%'": ["has x", "has an empty one"],
        "LIKE ''": ["has an empty one"],
        "= 'None'": [],
        "= 'null'": [],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"{kind}.k {comparison}", names)


@clause("SEARCH-MISSING")
def test_a_run_without_the_metric_matches_no_comparison(probe: Probe) -> None:
    """A missing value is not 0 either."""
    experiment = probe.experiment()
    add(probe, experiment, "has 1", metrics={"m": 1.0})
    add(probe, experiment, "has another", metrics={"M": 2.0})
    add(probe, experiment, "has a param", params={"m": "2"}, tags={"m": "2"})
    add(probe, experiment, "has none")
    comparisons = {
        "!= 5": ["has 1"],
        "!= 1": [],
        "!= 0": ["has 1"],
        "= 0": [],
        "< 5": ["has 1"],
        "<= 0": [],
        "> -5": ["has 1"],
        ">= 0": ["has 1"],
        "< 1e400": ["has 1"],
        "!= 1e400": ["has 1"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"metrics.m {comparison}", names)


@clause("SEARCH-MISSING")
def test_a_run_that_has_not_ended_matches_no_comparison_of_its_end(probe: Probe) -> None:
    experiment = probe.experiment()
    ended = add(probe, experiment, "ended")
    probe.store.update_run_info(ended, end_time=START)
    add(probe, experiment, "has not ended")
    comparisons = {
        "!= 5": ["ended"],
        f"!= {START}": [],
        "< 1e30": ["ended"],
        "> -1": ["ended"],
        ">= 0": ["ended"],
        "= 0": [],
        "!= 1.5": ["ended"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"attributes.end_time {comparison}", names)


@clause("SEARCH-MISSING")
def test_each_of_several_comparisons_needs_its_key(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "both", params={"p": "x"}, tags={"t": "x"}, metrics={"m": 1.0})
    add(probe, experiment, "the param alone", params={"p": "x"})
    add(probe, experiment, "the tag alone", tags={"t": "x"}, metrics={"n": 1.0})
    filters = {
        "params.p != 'y' AND tags.t != 'y'": ["both"],
        "params.p = 'x' AND metrics.m != 7": ["both"],
        "tags.t != 'y' AND metrics.m != 7": ["both"],
        "params.none != 'x' AND params.p = 'x'": [],
        "params.p != 'y'": ["both", "the param alone"],
    }
    for each, names in probe.cases(filters.items()):
        finds(probe, experiment, each, names)


@clause("SEARCH-MISSING")
def test_a_deleted_tag_is_missing(probe: Probe) -> None:
    experiment = probe.experiment()
    run = add(probe, experiment, "one", tags={"k": "x"})
    probe.store.delete_tag(run, "k")
    for comparison in probe.cases(("!= 'y'", "= 'x'", "LIKE '%'", "!= ''")):
        finds(probe, experiment, f"tags.k {comparison}", [])


@clause("SEARCH-MISSING")
def test_what_another_run_has_is_not_had(probe: Probe) -> None:
    """A subquery that does not say of which run finds them all."""
    experiment, elsewhere = probe.experiment(), probe.experiment()
    has = {"k": "x"}
    add(probe, elsewhere, "elsewhere", params=has, tags=has, metrics={"m": 1.0})
    add(probe, experiment, "has it", params=has, tags=has, metrics={"m": 1.0})
    add(probe, experiment, "has not")
    for each in probe.cases(("params.k != 'y'", "tags.k = 'x'", "metrics.m != 2")):
        finds(probe, experiment, each, ["has it"])


# NaN

_NAN_AND_OTHERS = {
    "= 0": ["zero"],
    "!= 0": ["minus", "nan", "one"],
    "= 1": ["one"],
    "!= 1": ["minus", "nan", "zero"],
    "< 1": ["minus", "zero"],
    "<= 0": ["minus", "zero"],
    "> 0": ["one"],
    ">= 0": ["one", "zero"],
    "> -1e308": ["minus", "one", "zero"],
    "< 1e308": ["minus", "one", "zero"],
    "< 1e400": ["minus", "one", "zero"],
    "> -1e400": ["minus", "one", "zero"],
    "= 1e400": [],
    "!= 1e400": ["minus", "nan", "one", "zero"],
}


@clause("SEARCH-NAN")
def test_nan_matches_unequal_and_no_other_comparison(probe: Probe) -> None:
    """It is kept as 0 with a flag in many schemas, and PostgreSQL's own is larger than all numbers."""
    experiment = probe.experiment()
    for name, value in {"nan": math.nan, "zero": 0.0, "one": 1.0, "minus": -1.0}.items():
        add(probe, experiment, name, metrics={"m": value})
    for comparison, names in probe.cases(_NAN_AND_OTHERS.items()):
        finds(probe, experiment, f"metrics.m {comparison}", names)


@clause("SEARCH-NAN")
def test_nan_counts_while_it_is_the_latest_value(probe: Probe) -> None:
    experiment = probe.experiment()
    was = add(probe, experiment, "was nan", metrics={"m": math.nan})
    now = add(probe, experiment, "is nan", metrics={"m": 0.0})
    probe.store.log_metric(was, Metric("m", 0.0, 2, 1))
    probe.store.log_metric(now, Metric("m", math.nan, 2, 1))
    comparisons = {
        "= 0": ["was nan"],
        ">= 0": ["was nan"],
        "< 1": ["was nan"],
        "!= 0": ["is nan"],
        "!= 1": ["is nan", "was nan"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"metrics.m {comparison}", names)


@clause("SEARCH-NAN")
def test_nan_in_one_of_several_comparisons(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "nan", metrics={"m": math.nan, "n": 1.0})
    add(probe, experiment, "number", metrics={"m": 1.0, "n": math.nan})
    filters = {
        "metrics.m != 5 AND metrics.n = 1": ["nan"],
        "metrics.m < 5 AND metrics.n != 5": ["number"],
        "metrics.m != 5 AND metrics.n != 5": ["nan", "number"],
        "metrics.m > -5 AND metrics.n > -5": [],
        "metrics.m != 5 AND metrics.m != 6": ["nan", "number"],
        "metrics.m != 5 AND metrics.m < 6": ["number"],
    }
    for each, names in probe.cases(filters.items()):
        finds(probe, experiment, each, names)


# Numbers

_STARTS = {"zero": 0, "five": 5, "large": 2**53 + 1, "largest": INT64_MAX}
_BOUNDS = (
    *("0", "-0", "-1", "1.5", "4.999", "5", "5.0", "5.000000001", "5e0", "0.5e1", "50e-1", "-0.5"),
    *("9007199254740992", "9007199254740993", "9007199254740992.5", "9007199254740994"),
    *("9223372036854775806.5", "9223372036854775807", "9223372036854775807.5"),
    *(
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
    ),
    *("1e18", "1e19", "1e400", "-1e400", "1e-400", "-1e-400", "9" * 500, "-" + "9" * 500),
    *("0." + "0" * 400 + "1", "5." + "0" * 400 + "1", "4." + "9" * 400),
)


@clause("SEARCH-NUMBERS")
@pytest.mark.parametrize("comparison", COMPARISONS)
def test_times_compare_with_every_number(probe: Probe, comparison: str) -> None:
    """A bound is no 64-bit integer and no double: settle the comparison before it is sent."""
    experiment = probe.experiment()
    for name, start in _STARTS.items():
        add(probe, experiment, name, start=start)
    for bound in probe.cases(_BOUNDS):
        names = [
            name
            for name, start in _STARTS.items()
            if COMPARISONS[comparison](Fraction(start), Fraction(Decimal(bound)))
        ]
        finds(probe, experiment, f"attributes.start_time {comparison} {bound}", names)


@clause("SEARCH-NUMBERS")
def test_the_end_compares_with_fractions_and_large_numbers_too(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, end in (("five", 5), ("largest", INT64_MAX)):
        run = add(probe, experiment, name)
        probe.store.update_run_info(run, end_time=end)
    comparisons = {
        "> 4.5": ["five", "largest"],
        "< 5.5": ["five"],
        "= 5.5": [],
        "!= 5.5": ["five", "largest"],
        "<= 4.999": [],
        "= 9223372036854775808": [],
        "< 9223372036854775808": ["five", "largest"],
        "> 1e400": [],
        "!= -1e400": ["five", "largest"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"attributes.end_time {comparison}", names)


@clause("SEARCH-NUMBERS")
@given(
    start=st.integers(0, 10) | st.integers(0, INT64_MAX),
    off=st.decimals(-2, 2, places=2),
)
def test_any_time_compares_with_any_number_near_it(probe: Probe, start: int, off: Decimal) -> None:
    probe.begin()
    experiment = probe.experiment()
    add(probe, experiment, "one", start=start)
    hundredths = 100 * start + int(100 * off)
    bound = f"{'-' * (hundredths < 0)}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"
    for comparison, holds in probe.cases(COMPARISONS.items()):
        names = ["one"] if holds(100 * start, hundredths) else []
        finds(probe, experiment, f"attributes.start_time {comparison} {bound}", names)


@clause("SEARCH-NUMBERS")
def test_metrics_compare_with_numbers_beyond_every_double(probe: Probe) -> None:
    experiment = probe.experiment()
    for name, value in {"most": DOUBLE_MAX, "zero": 0.0, "least": -DOUBLE_MAX}.items():
        add(probe, experiment, name, metrics={"m": value})
    every = ["most", "zero", "least"]
    beyond = ("1e400", "1" + "0" * 400, "1e999999999999")
    answers = {"<": every, "<=": every, "!=": every, "=": [], ">": [], ">=": []}
    opposite = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    for bound in probe.cases(beyond):
        for comparison, names in answers.items():
            finds(probe, experiment, f"metrics.m {comparison} {bound}", names)
            other = opposite.get(comparison, comparison)
            finds(probe, experiment, f"metrics.m {other} -{bound}", names)


@clause("SEARCH-NUMBERS")
@given(value=doubles.filter(math.isfinite))
def test_a_metric_compares_exactly_with_the_number_that_was_logged(
    probe: Probe, value: float
) -> None:
    """A literal that passes through a shorter form is another number."""
    probe.begin()
    experiment = probe.experiment()
    add(probe, experiment, "one", metrics={"m": value})
    below, above = math.nextafter(value, -math.inf), math.nextafter(value, math.inf)
    for comparison in probe.cases((f"= {value!r}", f">= {value!r}", f"<= {value!r}")):
        finds(probe, experiment, f"metrics.m {comparison}", ["one"])
    finds(probe, experiment, f"metrics.m != {value!r}", [])
    if abs(value) < DOUBLE_MAX:
        finds(probe, experiment, f"metrics.m > {below!r}", ["one"])
        finds(probe, experiment, f"metrics.m < {above!r}", ["one"])
        finds(probe, experiment, f"metrics.m <= {below!r}", [])
        finds(probe, experiment, f"metrics.m >= {above!r}", [])
