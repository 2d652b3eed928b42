"""Metric points: the edges of their numbers, any point at all, and the orders that the clauses ask for."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.stores import Metric

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
DOUBLE_MAX = 1.7976931348623157e308

doubles = st.floats(allow_infinity=False)
"""Any double but the infinities, which METRIC-INF lets vary."""

_few_values = st.sampled_from((1.0, -1.0, 0.5, 1e308, math.nan))
_timestamps = st.integers(0, 2) | st.integers(0, INT64_MAX)
_steps = st.integers(-1, 1) | st.integers(INT64_MIN, INT64_MAX)


def points(
    keys: SearchStrategy[str], values: SearchStrategy[float] = _few_values
) -> SearchStrategy[Metric]:
    """Points of which half have small numbers, so that steps, timestamps and whole points meet."""
    return st.builds(Metric, keys, values, _timestamps, _steps)


def latest_of(metrics: Iterable[Metric]) -> Metric:
    """The point of the largest step, then timestamp, then value, NaN lowest (METRIC-LATEST)."""
    return max(metrics, key=lambda m: (m.step, m.timestamp, not math.isnan(m.value), _number(m)))


def in_order(metrics: Iterable[Metric]) -> list[Metric]:
    """The points by timestamp, step and value, NaN last (METRIC-HISTORY), each once (METRIC-DUP)."""
    ranked = {(m.timestamp, m.step, math.isnan(m.value), _number(m)): m for m in metrics}
    return [ranked[rank] for rank in sorted(ranked)]


def _number(metric: Metric) -> float:
    return 0.0 if math.isnan(metric.value) else metric.value
