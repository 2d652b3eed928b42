"""Metric points as lines of text: "<timestamp> <value> <step>" (FILE-LAYOUT, METRIC-*)."""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, repeat

from storeproof.stores.entities import Metric
from storeproof.stores.points import history_place
from storeproof.stores.validation import DOUBLE_MAX

Point = tuple[int, int, int, float]
"""A point as its place in the history: timestamp, step, 1 for NaN, value (0.0 for NaN)."""

_SHOWN = 60
_SLOTS = [vars(Metric)[name].__set__ for name in ("key", "value", "timestamp", "step")]
_NO_SPACE = bytes(code for code in range(256) if not bytes([code]).isspace())


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


def latest(data: bytes, garbage: Callable[[str], None]) -> Point | None:
    """The point of whole lines that METRIC-LATEST asks for; None if there is none."""
    columns = _columns(data)
    if columns is None:
        return max(parse(data, garbage), key=rank, default=None)
    timestamps, values, steps = columns
    step, timestamp, value = max(zip(steps, timestamps, values, strict=True))
    return timestamp, step, 0, value


def only(key: str, data: bytes) -> Metric | None:
    """The point of a file that holds one plain line; None of any other."""
    fields = data.split()
    if len(fields) != 3 or data.find(b"\n") != len(data) - 1:
        return None
    try:
        timestamp, value, step = int(fields[0]), float(fields[1]), int(fields[2])
    except ValueError:
        return None
    return Metric(key, value, timestamp, step) if math.isfinite(value) else None


def history(
    key: str, data: bytes, more: Sequence[Point], garbage: Callable[[str], None]
) -> list[Metric]:
    """The points of whole lines and `more`, each once, in order (METRIC-HISTORY, METRIC-DUP)."""
    columns = None if more else _columns(data)
    if columns is not None:
        timestamps = columns[0]
        if all(map(operator.lt, timestamps, islice(timestamps, 1, None))):
            return _metrics(repeat(key, len(timestamps)), *columns)
    return in_order(key, (*parse(data, garbage), *more))


def in_order(key: str, points: Iterable[Point]) -> list[Metric]:
    """The entities of points, each once, in the order of a history (METRIC-HISTORY, METRIC-DUP)."""
    return [metric_of(key, point) for point in sorted(set(points))]


def _columns(data: bytes) -> tuple[list[int], list[float], list[int]] | None:
    """Timestamps, values and steps of plain lines, at least one: three fields each, finite values; else None.

    Most lines are plain, and there may be many: no loop here is Python's own.
    """
    fields = data.split()
    gaps = data.translate(None, _NO_SPACE)
    lines = len(gaps) // 3
    # So many fields, with two spaces and a line end after every third, are three to a line.
    if not lines or gaps != b"  \n" * lines or len(fields) != 3 * lines:
        return None
    try:
        timestamps = list(map(int, fields[::3]))
        values = list(map(float, fields[1::3]))
        steps = list(map(int, fields[2::3]))
    except ValueError:
        return None
    return (timestamps, values, steps) if math.isfinite(sum(values)) else None


def metric_of(key: str, point: Point) -> Metric:
    """The entity of a point."""
    timestamp, step, nan, value = point
    return Metric(key, math.nan if nan else value, timestamp, step)


def _metrics(
    keys: Iterable[str], timestamps: Sequence[int], values: Sequence[float], steps: Sequence[int]
) -> list[Metric]:
    """Metrics from columns: a frozen dataclass is slow to make one by one."""
    metrics = list(map(object.__new__, repeat(Metric, len(values))))
    for put, column in zip(_SLOTS, (keys, values, timestamps, steps), strict=True):
        deque(map(put, metrics, column), maxlen=0)
    return metrics


def rank(point: Point) -> tuple[int, int, int, float]:
    """The latest point of a key has the largest (METRIC-LATEST)."""
    timestamp, step, nan, value = point
    return step, timestamp, -nan, value
