"""The orders of a metric's points, the same in every store (METRIC-LATEST, METRIC-HISTORY)."""

from __future__ import annotations

from storeproof.stores.entities import Metric


def latest_rank(metric: Metric) -> tuple[int, int, bool, float]:
    """The latest value of a key is the point with the largest rank (METRIC-LATEST)."""
    number = metric.value == metric.value
    return metric.step, metric.timestamp, number, metric.value if number else 0.0


def history_place(metric: Metric) -> tuple[int, int, int, float]:
    """The order of a history: timestamp, step, value, NaN last (METRIC-HISTORY)."""
    nan = metric.value != metric.value
    return metric.timestamp, metric.step, int(nan), 0.0 if nan else metric.value
