"""Metric points as lines of text: "<timestamp> <value> <step>" (FILE-LAYOUT, METRIC-*)."""

from __future__ import annotations

import math
from collections.abc import Callable

from storeproof.stores.entities import Metric
from storeproof.stores.points import history_place
from storeproof.stores.validation import DOUBLE_MAX

Point = tuple[int, int, int, float]
"""A point as its place in the history: timestamp, step, 1 for NaN, value (0.0 for NaN)."""

_SHOWN = 60


def line(metric: Metric) -> str:
    """The line that keeps a point; the value in the shortest form that reads back equal."""
    return f"{metric.timestamp} {metric.value!r} {metric.step}\n"


def point_of(metric: Metric) -> Point:
    """The point that its line would be read as."""
    return history_place(metric)


def parse(data: bytes, garbage: Callable[[str], None]) -> list[Point]:
    """The points of whole lines; `garbage` is told of lines that are none (FILE-JUNK).

    Two fields are a point of step 0, fields behind the third are other writers' remarks.
    """
    points: list[Point] = []
    bad: list[bytes] = []
    for text in data.split(b"\n"):
        fields = text.split()
        try:
            value = float(fields[1])
            step = int(fields[2]) if len(fields) > 2 else 0
            timestamp = int(fields[0])
        except (ValueError, IndexError):
            if text:
                bad.append(text)
            continue
        if value != value:
            points.append((timestamp, step, 1, 0.0))
        elif math.isinf(value):
            points.append((timestamp, step, 0, math.copysign(DOUBLE_MAX, value)))
        else:
            points.append((timestamp, step, 0, value))
    if bad:
        garbage(f"holds {len(bad)} lines that are no metric points, the first: {bad[0][:_SHOWN]!r}")
    return points


def metric_of(key: str, point: Point) -> Metric:
    """The entity of a point."""
    timestamp, step, nan, value = point
    return Metric(key, math.nan if nan else value, timestamp, step)


def rank(point: Point) -> tuple[int, int, int, float]:
    """The latest point of a key has the largest (METRIC-LATEST)."""
    timestamp, step, nan, value = point
    return step, timestamp, -nan, value
