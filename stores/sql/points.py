"""The metrics of runs: every point, and beside it the latest of each key (METRIC-*)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    false,
    literal,
    or_,
    select,
    true,
    union_all,
)

from storeproof.stores.entities import Metric
from storeproof.stores.paging import Place
from storeproof.stores.points import latest_rank
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect, Row
from storeproof.stores.sql.reading import Record, chunks, metric
from storeproof.stores.sql.tables import given, latest_metrics, metrics

_LATEST = select(
    latest_metrics.c.key,
    latest_metrics.c.value,
    latest_metrics.c.timestamp,
    latest_metrics.c.step,
    latest_metrics.c.is_nan,
).where(
    latest_metrics.c.run_uuid == bindparam("wanted"),
    latest_metrics.c.key.in_(bindparam("keys", expanding=True)),
)

# The numbers of points.history_place()
_NAN_LAST = case((metrics.c.is_nan == true(), literal(1)), else_=literal(0))
_ORDER = (metrics.c.timestamp, metrics.c.step, _NAN_LAST, metrics.c.value)
_POINT = (
    metrics.c.key,
    metrics.c.value,
    metrics.c.timestamp,
    metrics.c.step,
    metrics.c.is_nan,
)
_PAGES = 50
"""Runs whose first points are read with one statement."""
Rank = tuple[int, int, bool, float]
"""What latest_rank() gives: step, timestamp, whether it is a number, and the number or 0."""


class Points:
    """What the store does with metrics, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._history = (
            select(*_POINT)
            .where(
                metrics.c.run_uuid == bindparam("wanted"),
                dialect.is_key_of_run(metrics.c.key, bindparam("metric")),
            )
            .order_by(*_ORDER)
        )

    def add(self, connection: Connection, run_id: str, points: Sequence[Metric]) -> None:
        """Add points to a run that is locked by the caller."""
        rows: set[Row] = set()  # equal points are one row (METRIC-DUP)
        best: dict[str, Rank] = {}
        for point in points:
            rank = latest_rank(point)
            step, timestamp, number, value = rank
            rows.add((point.key, value, timestamp, run_id, step, not number))
            if point.key not in best or rank > best[point.key]:
                best[point.key] = rank
        # Latest values first: a key that the collation takes for another is refused here,
        # before its point could count as one that is there.
        self._raise_latest(connection, run_id, best)
        self._dialect.add(connection, metrics, sorted(rows))

    def history(
        self, connection: Connection, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> list[Metric]:
        """The points of one metric in order."""
        statement = self._history
        if after is not None:
            statement = statement.where(_behind(after))
        if limit is not None:
            statement = statement.limit(limit)
        rows: Sequence[Record] = ()
        with failures.nothing_if_unfit(self._dialect):
            rows = connection.execute(statement, {"wanted": run_id, "metric": key}).all()
        return [metric(*row) for row in rows if row[0] == key]  # not one like it (TEXT-DISTINCT)

    def histories(
        self, connection: Connection, run_ids: Sequence[str], key: str, limit: int | None
    ) -> dict[str, list[Metric]]:
        """The points of one metric of several runs, of each at most `limit`, in order (METRIC-BULK)."""
        found: dict[str, list[Metric]] = {run_id: [] for run_id in run_ids}
        for part in chunks(run_ids, self._dialect.binds if limit is None else _PAGES):
            statement = (
                self._of_runs(part, key) if limit is None else self._firsts(part, key, limit)
            )
            with failures.nothing_if_unfit(self._dialect):
                for run_id, *row in connection.execute(statement).all():
                    if row[0] == key:
                        found[run_id].append(metric(*row))
        return found

    def _of_runs(self, run_ids: Sequence[str], key: str) -> Select[Any]:
        return (
            select(metrics.c.run_uuid, *_POINT)
            .where(
                metrics.c.run_uuid.in_(run_ids),
                self._dialect.is_key_of_run(metrics.c.key, given(key)),
            )
            .order_by(metrics.c.run_uuid, *_ORDER)
        )

    def _firsts(self, run_ids: Sequence[str], key: str, limit: int) -> Select[Any]:
        """One part for each run, since a window function is not known to every server that is served."""
        parts = [
            self._of_runs([run_id], key).limit(limit).subquery(f"run{nth}")
            for nth, run_id in enumerate(run_ids)
        ]
        columns = [select(*part.columns) for part in parts]
        every = union_all(*columns).subquery("every")
        nan_last = case((every.c.is_nan == true(), literal(1)), else_=literal(0))
        return select(every).order_by(
            every.c.run_uuid, every.c.timestamp, every.c.step, nan_last, every.c.value
        )

    def _raise_latest(self, connection: Connection, run_id: str, best: dict[str, Rank]) -> None:
        stored: dict[str, Rank] = {}
        keys = sorted(best)
        for part in chunks(keys, self._dialect.binds):
            found = connection.execute(_LATEST, {"wanted": run_id, "keys": part}).all()
            for key, value, timestamp, step, nan in found:
                if key not in best:
                    raise failures.indistinct()
                stored[key] = (step, timestamp or 0, not nan, value)
        fresh, changed = [], []
        for key in keys:
            step, timestamp, number, value = rank = best[key]
            row = (key, value, timestamp, step, not number, run_id)
            if key not in stored:
                fresh.append(row)
            elif rank > stored[key]:
                changed.append(row)
        self._dialect.put(connection, latest_metrics, fresh, changed)


def _behind(place: Place) -> ColumnElement[bool]:
    """The points that stand behind a place of the history."""
    condition: ColumnElement[bool] = false()
    for part, value in reversed(list(zip(_ORDER, place, strict=True))):
        condition = or_(part > value, and_(part == value, condition))
    return condition
