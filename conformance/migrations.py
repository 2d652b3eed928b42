"""How the clauses MIG-* reach a store's databases: hooks, each a function that takes an address.

A store of somebody else's is tested when its author gives them (docs/authors.md). Functions that
another process must call have to be importable: at the top of a module.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from storeproof.conformance import servers
from storeproof.stores import open_store

Hook = Callable[..., object]


@dataclass(frozen=True)
class Migrations:
    """What is known of a store's databases; a hook that is None leaves the clauses that need it undecided.

    `engine` is the kind of database: sqlite, postgresql, mysql, mariadb.
    """

    engine: str
    open: Hook | None = None
    """open(uri) opens the store, making the schema where the database is empty, and closes it."""
    upgrade: Hook | None = None
    """upgrade(uri) brings the database to the head."""
    revision: Hook | None = None
    """revision(uri) is the revision that the database is at."""
    downgrade: Hook | None = None
    """downgrade(uri, revision) takes the database back to a revision."""
    database: Callable[[], AbstractContextManager[str]] | None = None
    """database() gives the address of a new, empty database; by default one of the run's own."""

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """The address of an empty database, which goes at the end."""
        if self.database is not None:
            with self.database() as uri:
                yield uri
        elif self.engine == "sqlite":
            with tempfile.TemporaryDirectory(
                prefix="storeproof-", ignore_cleanup_errors=True
            ) as folder:
                yield f"sqlite:///{folder}/old.db"
        else:
            with servers.server(self.engine).database(prepare=None) as made:
                yield made.url


def open_ours(uri: str) -> None:
    """Open one of our stores and close it."""
    open_store(uri).close()


def upgrade_ours(uri: str) -> None:
    """Upgrade a database as `storeproof db upgrade` does."""
    from storeproof.stores.sql.migrations.upgrade import upgrade

    upgrade(uri)


def revision_of_ours(uri: str) -> str | None:
    """The revision that a database is at."""
    from storeproof.stores.sql.migrations.upgrade import standing_of

    return standing_of(uri)[1].revision


def downgrade_ours(uri: str, revision: str) -> None:
    """Take a database back as `storeproof db downgrade` does."""
    from storeproof.stores.sql.migrations.upgrade import downgrade

    downgrade(uri, revision)


def ours(engine: str) -> Migrations:
    """The hooks of our own stores on an engine."""
    return Migrations(engine, open_ours, upgrade_ours, revision_of_ours, downgrade_ours)
