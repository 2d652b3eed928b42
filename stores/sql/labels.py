"""The tags of runs, which are locked by the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, delete, select

from storeproof.stores import refusals
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect, Row
from storeproof.stores.sql.tables import tags

_THERE = select(tags.c.key, tags.c.value).where(
    tags.c.run_uuid == bindparam("wanted"), tags.c.key.in_(bindparam("keys", expanding=True))
)
_DELETE = delete(tags).where(tags.c.run_uuid == bindparam("wanted"), tags.c.key == bindparam("tag"))


class Labels:
    """What the store does with tags, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def add(self, connection: Connection, run_id: str, labels: Mapping[str, str]) -> None:
        """Insert the tags of a new run."""
        self._dialect.put(connection, tags, _rows(run_id, labels), ())

    def put(self, connection: Connection, run_id: str, labels: Mapping[str, str]) -> None:
        """Set or overwrite tags (TAG-SET)."""
        there = self._there(connection, run_id, labels)
        if not there.keys() <= labels.keys():
            raise failures.indistinct()
        self._dialect.put(
            connection,
            tags,
            _rows(run_id, {key: labels[key] for key in labels if key not in there}),
            _rows(run_id, {key: labels[key] for key in there if there[key] != labels[key]}),
        )

    def get(self, connection: Connection, run_id: str, key: str) -> str | None:
        """One tag; None if it is not there."""
        return self._there(connection, run_id, [key]).get(key)

    def remove(self, connection: Connection, run_id: str, key: str) -> None:
        """Remove one tag (TAG-DELETE)."""
        there: Mapping[str, str | None] = {}
        with failures.nothing_if_unfit(self._dialect):
            there = self._there(connection, run_id, [key])
        if key not in there:
            raise refusals.no_tag(run_id, key)
        connection.execute(_DELETE, {"wanted": run_id, "tag": key})

    def _there(
        self, connection: Connection, run_id: str, keys: Collection[str]
    ) -> dict[str, str | None]:
        """The tags that are there of those wanted, and those that the collation takes for them."""
        wanted = {"wanted": run_id, "keys": sorted(keys)}
        return {row.key: row.value for row in connection.execute(_THERE, wanted)}


def _rows(run_id: str, labels: Mapping[str, str]) -> list[Row]:
    """In the order of the keys, so that no two writers wait for each other crosswise."""
    return [(key, labels[key], run_id) for key in sorted(labels)]
