"""How the clauses POOL-*, CONN-DOWN and TLS-MYSQL reach a store's connections: hooks of a database store.

A store of somebody else's is tested when its author gives them (docs/authors.md). What the clauses
need of the server, to see and end sessions and to take it away, they do themselves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import make_url

from storeproof.conformance import servers
from storeproof.conformance.adapters.mlflow import as_refusal, wrapped
from storeproof.fixtures.ladder import Database, Server
from storeproof.stores import open_store
from storeproof.stores.contract import TrackingStore

HOOK = "the hook connections"
"""What a test of connections lacks where the target does not tell how they are opened."""

POOL_TIMEOUT = "STOREPROOF_POOL_TIMEOUT"
"""The variable by which our own stores wait less than 20 s for a connection of the pool."""


@dataclass(frozen=True)
class Connections:
    """What is known of a store's connections; `engine` is sqlite, postgresql, mysql, mariadb or mssql."""

    engine: str
    open: Callable[[str], object]
    """open(uri) is a new store on a database that has the schema, with a pool of its own."""
    database: Callable[[], AbstractContextManager[str]] | None = None
    """database() gives the address of a database with the schema; by default one of the run's own."""
    pool_timeout: float = 30.0
    """Seconds that a call waits for a connection when the pool has none left."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment under which `pool_timeout` holds."""

    def opened(self, uri: str) -> TrackingStore:
        """A new store, as the harness drives it; that MLflow will not open one is a StoreError too."""
        try:
            return wrapped(self.open(uri))
        except Exception as error:
            raise as_refusal(error) from error

    @contextmanager
    def address(self) -> Iterator[str]:
        """The address of a database with the schema."""
        if self.database is not None:
            with self.database() as uri:
                yield uri
        elif self.engine == "sqlite":
            with tempfile.TemporaryDirectory(
                prefix="storeproof-", ignore_cleanup_errors=True
            ) as folder:
                yield f"sqlite:///{folder}/store.db"
        else:
            yield _database(self, servers.server(self.engine)).url

    @contextmanager
    def address_on(self, server: Server) -> Iterator[str]:
        """The same on a server of the engine's kind that is perhaps not the run's."""
        with self.address() as uri:
            url, other = make_url(uri), make_url(server.url)
            there = (url.host, url.port) == (other.host, other.port)
            yield uri if there else _database(self, server).url


_databases: dict[tuple[str, object], Database] = {}


def _database(connections: Connections, server: Server) -> Database:
    """A database of the run's own, one for all tests of a process: making MySQL's takes a second."""
    key = server.run, connections.open
    if key not in _databases:
        # Not as a template for others: a store that leaves a connection behind would spoil it.
        made = server.database(prepare=None)
        store: Any = connections.opened(made.url)
        store.close()
        _databases[key] = made
    return _databases[key]


def _open_ours(uri: str) -> TrackingStore:
    return open_store(uri)


def _open_mlflows(uri: str) -> TrackingStore:
    from storeproof.conformance.adapters.library import registry_at, store_at

    # MLflow's own attempts are what is judged, so nobody looks for the server first.
    return wrapped(store_at(uri, None, look_first=False), lambda: registry_at(uri))


def ours(engine: str) -> Connections:
    """The hooks of our own stores on an engine."""
    return Connections(engine, _open_ours, pool_timeout=1.0, settings={POOL_TIMEOUT: "1"})


def mlflows(engine: str) -> Connections:
    """The hooks of MLflow's own stores on an engine."""
    return Connections(engine, _open_mlflows)
