"""The params of runs, which are locked by the caller; written once (PARAM-*)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, insert, select

from storeproof.stores import refusals
from storeproof.stores.sql import failures
from storeproof.stores.sql.tables import params

_THERE = select(params.c.key, params.c.value).where(
    params.c.run_uuid == bindparam("wanted"), params.c.key.in_(bindparam("keys", expanding=True))
)
_INSERT = insert(params)


def add(connection: Connection, run_id: str, settings: Mapping[str, str]) -> None:
    """Add params; one that is there with another value: param_changed() (PARAM-IMMUTABLE)."""
    keys = sorted(settings)
    there = set()
    # Read to the end before anything is raised: some drivers keep a connection busy till then.
    for key, value in connection.execute(_THERE, {"wanted": run_id, "keys": keys}).all():
        if key not in settings:
            raise failures.indistinct()
        if value != settings[key]:
            raise refusals.param_changed(run_id, key, value, settings[key])
        there.add(key)
    rows = [
        {"key": key, "value": settings[key], "run_uuid": run_id} for key in keys if key not in there
    ]
    if rows:
        connection.execute(_INSERT, rows)
