"""Data that revisions move: each statement runs in the server, whatever the number of rows, and twice does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Executable,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    select,
    table,
    true,
    update,
)
from sqlalchemy.sql import ColumnElement

if TYPE_CHECKING:
    from storeproof.stores.sql.migrations.engines.base import Alterations

USER = "mlflow.user"

_FIRST_TAG = 250
"""Characters that a tag's value had before 7ac759974ad8; a user has up to 256."""

_runs = table("runs", column("run_uuid", String), column("user_id", String))
_tags = table("tags", column("key", String), column("value", String), column("run_uuid", String))
_POINT = (
    column("key", String),
    column("value", Double),
    column("timestamp", BigInteger),
    column("step", BigInteger),
    column("is_nan", Boolean),
    column("run_uuid", String),
)
_metrics = table("metrics", *_POINT)
_latest = table("latest_metrics", *(column(each.name, each.type) for each in _POINT))


def length(text: ColumnElement[str]) -> ColumnElement[int]:
    """A text's characters, trailing spaces included, which SQL Server's own LEN leaves out."""
    return func.char_length(text + "|") - 1


def long_users() -> Select[Any]:
    """The runs whose user the first schema's tags have no room for."""
    return select(_runs.c.run_uuid).where(length(_runs.c.user_id) > _FIRST_TAG)


def copy_users() -> Executable:
    """Make each run's user its tag, where it has none."""
    tagged = exists().where(_tags.c.run_uuid == _runs.c.run_uuid, _tags.c.key == USER)
    users = select(literal(USER, String), _runs.c.user_id, _runs.c.run_uuid).where(
        # Not compared with "": to a padding collation a user of spaces is that too.
        length(_runs.c.user_id) > 0,
        ~tagged.correlate(_runs),
    )
    return insert(_tags).from_select(["key", "value", "run_uuid"], users)


def mark_not_a_number(engine: Alterations) -> Executable | None:
    """Say of NaN in the column's own way that it is NaN; None where the first schema could not hold it."""
    found = engine.not_a_number(_metrics.c.value)
    if found is None:
        return None
    return update(_metrics).where(found).values(value=0.0, is_nan=true())


def fill_latest_metrics() -> Executable:
    """The point of each run and key with the largest step, timestamp and value, NaN below all (METRIC-LATEST).

    One aggregate for each of these, which every engine has; window functions are younger.
    """
    metric, number = _metrics.c, cast(_metrics.c.is_nan, Integer)
    latest = _narrowed(_metrics, ("run_uuid", "key"), step=func.max(metric.step))
    latest = _narrowed(latest, ("run_uuid", "key", "step"), timestamp=func.max(metric.timestamp))
    moment = ("run_uuid", "key", "step", "timestamp")
    latest = _narrowed(latest, moment, not_a_number=func.min(number))
    there = exists().where(_latest.c.run_uuid == metric.run_uuid, _latest.c.key == metric.key)
    points = (
        select(
            metric.key,
            func.max(metric.value),
            metric.timestamp,
            metric.step,
            metric.is_nan,
            metric.run_uuid,
        )
        .select_from(
            _metrics.join(latest, and_(*_same(latest, moment), number == latest.c.not_a_number))
        )
        .where(~there.correlate(_metrics))
        .group_by(*(metric[name] for name in moment), metric.is_nan)
    )
    return insert(_latest).from_select([each.name for each in _POINT], points)


def _narrowed(among: FromClause, by: Sequence[str], **largest: ColumnElement[int]) -> Subquery:
    """Of the points that share the columns of `among` with a row of it, what is largest for each value of `by`."""
    columns = [_metrics.c[name] for name in by]
    extreme = [value.label(name) for name, value in largest.items()]
    found = _metrics if among is _metrics else _metrics.join(among, and_(*_same(among, by)))
    return select(*columns, *extreme).select_from(found).group_by(*columns).subquery()


def _same(among: FromClause, names: Sequence[str]) -> list[ColumnElement[bool]]:
    return [_metrics.c[name] == among.c[name] for name in names]
