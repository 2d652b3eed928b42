"""The metrics of runs: every point, and beside it the latest of each key (METRIC-*)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, case, literal, select, true

from storeproof.stores.entities import Metric
from storeproof.stores.paging import Place
from storeproof.stores.points import latest_rank
from storeproof.stores.sql import failures, paging
from storeproof.stores.sql.dialects.base import Dialect, Row
from storeproof.stores.sql.reading import Record, chunks, metric
from storeproof.stores.sql.tables import latest_metrics, metrics

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
_ORDER = (
    (metrics.c.timestamp, True),
    (metrics.c.step, True),
    (_NAN_LAST, True),
    (metrics.c.value, True),
)
Rank = tuple[int, int, bool, float]
"""What latest_rank() gives: step, timestamp, whether it is a number, and the number or 0."""


class Points:
    """What the store does with metrics, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._history = (
            select(
                metrics.c.key,
                metrics.c.value,
                metrics.c.timestamp,
                metrics.c.step,
                metrics.c.is_nan,
            )
            .where(
                metrics.c.run_uuid == bindparam("wanted"),
                dialect.is_key(metrics.c.key, bindparam("metric")),
            )
            .order_by(*paging.order(_ORDER))
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
            statement = statement.where(paging.behind(_ORDER, after))
        if limit is not None:
            statement = statement.limit(limit)
        rows: Sequence[Record] = ()
        with failures.nothing_if_unfit(self._dialect):
            rows = connection.execute(statement, {"wanted": run_id, "metric": key}).all()
        return [metric(*row) for row in rows if row[0] == key]  # not one like it (TEXT-DISTINCT)

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
