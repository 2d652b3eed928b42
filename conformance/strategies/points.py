"""Points of metrics: values, timestamps, steps (METRIC-*)."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.drawn import Bad, weighted
from storeproof.conformance.strategies.keys import invalid_keys
from storeproof.stores.entities import Metric


def _numpy_scalars() -> tuple[Any, ...]:
    if importlib.util.find_spec("numpy") is None:
        return ()
    import numpy as np

    return (np.float64(0.1), np.float32(0.1), np.float16(1.5), np.int64(-3), np.int32(7),
            np.uint8(255), np.float64("nan"), np.int64(2**53))  # fmt: skip


_DOUBLES = (
    1.0, 0.0, -1.0, 2, -0.0, 0.1, 1 / 3, float("nan"), float("inf"), float("-inf"), 5e-324,
    -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1e-10,
    123456789.123456789, 9007199254740993.0, 1e16, 2**53, -(2**53), 2**62, -(2**63), 2**100,
    3.4028235677973366e38, 16777217.0, 1e22, *_numpy_scalars(),
)  # fmt: skip


def valid_values() -> SearchStrategy[Any]:
    """Metric values that a double holds; NaN and infinities too (METRIC-LOG, -NAN, -INF)."""
    return weighted((1.0, 0.0, -1.0, float("nan")), _DOUBLES, st.floats())


def doubtful_values() -> SearchStrategy[Any]:
    """Numbers that a double holds only nearly, and exact ones of other types."""
    return st.sampled_from((2**53 + 1, 2**63 - 1, Fraction(1, 2), Fraction(1, 3), Decimal("0.1")))


def invalid_values() -> SearchStrategy[Bad]:
    """What is no number for a double (METRIC-TYPES)."""
    values: tuple[object, ...] = (
        None,
        True,
        False,
        "1.0",
        "NaN",
        "",
        10**400,
        -(10**400),
        1j,
        b"1",
        [1.0],
        {},
        (),
    )
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def valid_timestamps() -> SearchStrategy[Any]:
    """Milliseconds that METRIC-TYPES accepts; few of them, so that points meet."""
    edges = (0, 1, 2**31 - 1, 2**31, 2**32, 1_600_000_000_000, 2**53 + 1, 2**63 - 1, 5.0, 1e15)
    return weighted((0, 1, 2), edges, st.integers(0, 2**63 - 1))


def valid_steps() -> SearchStrategy[Any]:
    """Steps that METRIC-TYPES accepts; few of them, so that points meet."""
    edges = (0, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 5.0, -3.0)
    return weighted((0, 1, 2), edges, st.integers(-(2**63), 2**63 - 1))


_NO_WHOLE_NUMBERS = (
    None, "5", "", 0.5, -0.5, 1e300, float("nan"), float("inf"), float("-inf"), 2**63, 2.0**63,
    10**400, -(10**400), 1j, [0], Fraction(1, 2), Decimal("0.5"),
)  # fmt: skip


def invalid_timestamps() -> SearchStrategy[Bad]:
    """No whole number from 0 to 2^63-1 (METRIC-TYPES)."""
    values = (-1, -(2**63), -1.0, *_NO_WHOLE_NUMBERS)
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def invalid_steps() -> SearchStrategy[Bad]:
    """No whole number from -2^63 to 2^63-1 (METRIC-TYPES)."""
    values = (-(2**63) - 1, *_NO_WHOLE_NUMBERS)
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def valid_metrics(keys: SearchStrategy[str]) -> SearchStrategy[Metric]:
    """Points whose keys are drawn from `keys`; half of them from few values, so that they meet."""
    few = st.builds(
        Metric, keys, st.sampled_from((1.0, 2.0, float("nan"), float("inf"))),
        st.integers(0, 2), st.integers(-1, 1),
    )  # fmt: skip
    return few | st.builds(Metric, keys, valid_values(), valid_timestamps(), valid_steps())


def invalid_metrics(keys: SearchStrategy[str]) -> SearchStrategy[Bad]:
    """Points with one thing wrong: key, value, timestamp or step."""
    key = st.just("a")
    wrong = (
        invalid_keys().map(lambda bad: Bad(Metric(bad.value, 1.0, 0, 0), bad.clause)),
        st.builds(lambda k, bad: Bad(Metric(k, bad.value, 0, 0), bad.clause), keys, invalid_values()),
        st.builds(lambda k, b: Bad(Metric(k, 1.0, b.value, 0), b.clause), keys, invalid_timestamps()),
        st.builds(lambda k, b: Bad(Metric(k, 1.0, 0, b.value), b.clause), keys | key, invalid_steps()),
    )  # fmt: skip
    return st.one_of(wrong)
