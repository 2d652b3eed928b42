"""What a way back would lose; it is looked for before anything changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from storeproof.stores.sql import tables
from storeproof.stores.sql.migrations.data import length

_MOST_TAG = 5000
_MOST_SCHEMA = 65535
"""What a tag's value and, in bytes, a dataset's schema on MySQL had room for before."""


def lost(connection: Connection, revisions: tuple[str, ...]) -> str | None:
    """What undoing these revisions would lose, in words; None if nothing."""
    for revision in revisions:
        for what, rows in _LOSSES.get(revision, ()):
            count = connection.execute(rows).scalar() or 0
            if count:
                return f"{count} {what}, which {revision} made room for"
    return None


def _all(table: Table) -> Select[Any]:
    return select(func.count()).select_from(table)


_tags, _datasets = tables.tags, tables.datasets

_LOSSES = {
    "f5a4f2784254": (
        (
            "tags longer than 5000 characters",
            _all(_tags).where(length(_tags.c.value) > _MOST_TAG),
        ),
    ),
    "4465047574b1": (
        (
            "long schemas of datasets",
            # Four bytes are the most that a character has.
            _all(_datasets).where(length(_datasets.c.dataset_schema) > _MOST_SCHEMA // 4),
        ),
    ),
    "867495a8f9d4": tuple(
        (f"rows of {table.name}", _all(table))
        for table in (tables.trace_info, tables.trace_tags, tables.trace_request_metadata)
    ),
    "acf3f17fdcc7": (
        (
            "storage locations of model versions",
            _all(tables.model_versions).where(
                tables.model_versions.c.storage_location.is_not(None)
            ),
        ),
    ),
}
