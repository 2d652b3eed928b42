"""Where a database stands in MLflow's chain of revisions, and how one that cannot be used is refused (MIG-REFUSE)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, select

from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.sql import tables
from storeproof.stores.sql.dialects.base import capital
from storeproof.stores.sql.migrations import initial
from storeproof.stores.sql.migrations.chain import CHAIN, HEAD, INITIAL

_VERSION = tables.alembic_version.name
_LATER = tables.metadata.tables.keys() - initial.NAMES - {_VERSION}


@dataclass(frozen=True)
class Standing:
    """The tables of a database, and the revisions that it says it is at."""

    present: frozenset[str]
    revisions: tuple[str, ...]

    @property
    def has_version_table(self) -> bool:
        """Whether it has Alembic's table."""
        return _VERSION in self.present

    @property
    def revision(self) -> str | None:
        """Its place in the chain, INITIAL for MLflow's first schema; None for one that is none of ours."""
        if len(self.revisions) == 1:
            return self.revisions[0] if self.revisions[0] in CHAIN else None
        # Later tables without a revision are of a database that lost it.
        if not self.revisions and self.present >= initial.NAMES and not self.present & _LATER:
            return INITIAL
        return None

    @property
    def told(self) -> str:
        """What is said of it after the database's name."""
        if self.revisions:
            return f"is at revision {', '.join(sorted(self.revisions))}"
        if not self.present:
            return "is empty"
        if self.revision is not None:
            return "is at MLflow's initial schema, which has no revision"
        if self.present >= initial.NAMES:
            return "has MLflow's tables and no revision"
        return f"holds tables of something else ({', '.join(sorted(self.present)[:3])}, ...)"


def look(connection: Connection) -> Standing:
    """Where the database stands now."""
    present = frozenset(inspect(connection).get_table_names())
    if _VERSION not in present:
        return Standing(present, ())
    found = connection.execute(select(tables.alembic_version.c.version_num)).scalars()
    return Standing(present, tuple(found))


def refusal(place: str, standing: Standing) -> StoreError:
    """The error for a database that is not at the head: both revisions, and what to do."""
    named = capital(place)
    needed = f"and this store needs revision {HEAD}"
    if not standing.present:
        return invalid(
            f"{named} {standing.told}, {needed}: run `storeproof db upgrade` with its address."
        )
    if standing.revision is not None:
        return invalid(
            f"{named} {standing.told}, {needed}: make a backup, then run `storeproof db upgrade` "
            "with its address."
        )
    if standing.revisions:
        return invalid(
            f"{named} {standing.told}, which is not known here, {needed}: use the release that "
            "made it, for `storeproof db upgrade` cannot go back."
        )
    return invalid(
        f"{named} {standing.told}, {needed}: give the store a database of its own, or restore "
        "this one from a backup and run `storeproof db upgrade` with its address."
    )
