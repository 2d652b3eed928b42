"""A metric may be no number."""

from __future__ import annotations

from sqlalchemy import Boolean
from sqlalchemy.types import DOUBLE

from storeproof.stores.sql.migrations.changes import AddColumn, Key, Retype
from storeproof.stores.sql.migrations.data import mark_not_a_number
from storeproof.stores.sql.migrations.step import step

revision = "181f10493468"
down_revision = "90e64c465722"


def upgrade() -> None:
    """Make the values doubles, add metrics.is_nan, and make it part of the key."""
    work = step()
    doubles = [] if work.engine.plain_float_is_double else [Retype("value", DOUBLE())]
    work.alter(
        "metrics",
        *doubles,
        AddColumn("is_nan", Boolean(), default="0"),
        Key("metric_pk", ("key", "timestamp", "step", "run_uuid", "value", "is_nan")),
    )
    mark = mark_not_a_number(work.engine)
    if mark is not None:
        work.execute(mark, reads="metrics")
