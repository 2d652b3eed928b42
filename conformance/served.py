"""Targets on servers that the run found or started: databases, and tracking servers over them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

from storeproof.conformance import servers
from storeproof.conformance.connections import Connections
from storeproof.conformance.doors import OURS, Door
from storeproof.conformance.elsewhere import Restartable
from storeproof.conformance.target import (
    Place,
    Target,
    behind,
    connections_of,
    location_length,
    migrations_of,
    spec_of,
)
from storeproof.fixtures.ladder import Database, Server
from storeproof.fixtures.process import free_port
from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import open_store
from storeproof.stores.contract import TrackingStore


@dataclass
class OnServer(Target):
    """A throw-away database of this process's own on a server that the run found or started."""

    word: str
    door: Door = OURS
    _database: Database | None = None
    _store: TrackingStore | None = None
    _artifacts: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="storeproof-"))

    @property
    def spec(self) -> str:  # type: ignore[override]
        """The kind of database, behind the door's word."""
        return spec_of(self.door, self.word)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The kind of database."""
        return self.spec

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """A database of this kind."""
        return frozenset({"sql", self.word})

    @property
    def about(self) -> str:
        """The library, if it is not ours, the server's version and the rung that it came from."""
        parts = (self.door.about, servers.server(self.word).description)
        return ", ".join(part for part in parts if part)

    @property
    def mlflow(self) -> str | None:
        """The version of the MLflow that opens it, if one does."""
        return self.door.mlflow

    def place(self) -> Place:
        """The database, brought back to its beginning."""
        if self._database is None:
            self._database = servers.server(self.word).database(self._prepare)
            self._store = self._open()
        else:
            self._database.reset()
        address = f'os.environ["STOREPROOF_{self.word.upper()}_URL"]'
        elsewhere = self.door.elsewhere(self._database.url, self._artifacts)
        return Place(
            open=self._open,
            warm=self._store,
            reference=self.door.reference,
            recipe=(
                "import os",
                *self.door.imports(self.kinds),
                "# the address of an empty database",
                *self.door.opening(address, "None", self.kinds),
            ),
            **behind(self.door, self._database.url, address),
            location_length=location_length(self.kinds),
            dialect=self.door.dialect(self.kinds),
            shows_deleted_time=self.door.reference,
            migrations=migrations_of(self.door, self.kinds),
            connections=self._connections(self._database.url),
            elsewhere=lambda: elsewhere,
            mortal=self._mortal,
        )

    def _connections(self, url: str) -> Connections | None:
        """The hooks on the database that is there already; other sessions than a test's are told apart."""
        found = connections_of(self.door, self.kinds)
        return found and replace(found, database=lambda: nullcontext(url))

    @contextmanager
    def _mortal(self) -> Iterator[Restartable]:
        """A database on a server of its own."""
        server = servers.private(self.word)
        with server.database(self._prepare) as database:
            yield Restartable(
                self.door.elsewhere(database.url, self._artifacts), partial(_restart, server)
            )

    def _prepare(self, url: str) -> None:
        self.door.open(url, self._artifacts).close()

    def _open(self) -> TrackingStore:
        assert self._database is not None
        return self.door.open(self._database.url, self._artifacts)

    def close(self) -> None:
        """Drop the database."""
        shutil.rmtree(self._artifacts, ignore_errors=True)
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._database is not None:
            self._database.drop()
            self._database = None


@dataclass
class OverHttp(Target):
    """A tracking server of this process's own, over a throw-away database of the kind that the spec names.

    "http" is over sqlite, "http+postgresql" and the like over a database on a server.
    """

    spec: str
    kinds: frozenset[str] = frozenset({"http", "served"})
    _database: Database | None = None
    _server: TrackingServer | None = None
    _store: TrackingStore | None = None

    @property
    def name(self) -> str:  # type: ignore[override]
        """The word that names the target."""
        return self.spec

    @property
    def about(self) -> str:
        """What is behind the server."""
        return f"a tracking server over {servers.server(self._behind).description}"

    @property
    def _behind(self) -> str:
        return servers.OVER_HTTP[self.spec]

    def place(self) -> Place:
        """The server, the database behind it brought back to its beginning."""
        if self._database is None:
            self._database = servers.server(self._behind).database()
            self._server = TrackingServer.start(self._database.url)
            self._store = open_store(self._server.url)
        else:
            self._database.reset()
        assert self._server is not None
        url = self._server.url
        elsewhere = OURS.elsewhere(url)
        return Place(
            open=lambda: open_store(url),
            warm=self._store,
            reference=True,
            recipe=(
                "from storeproof.fixtures.tracking import TrackingServer",
                "from storeproof.stores import open_store",
                *self._behind_source,
                "server = TrackingServer.start(uri)",
                "store = open_store(server.url)",
            ),
            **behind(OURS, self._database.url, "uri"),
            location_length=location_length(frozenset({"sql"})),
            elsewhere=lambda: elsewhere,
            mortal=self._mortal,
        )

    @contextmanager
    def _mortal(self) -> Iterator[Restartable]:
        """A tracking server of its own; what is behind it is not killed."""
        assert self._database is not None
        port = str(free_port())
        with TrackingServer.start(self._database.url, ("--port", port)) as server:
            yield Restartable(OURS.elsewhere(server.url), partial(_restart, server))

    @property
    def _behind_source(self) -> tuple[str, ...]:
        """Python source that makes `uri`, the address of an empty database."""
        if self._behind == "sqlite":
            return ("import tempfile", 'uri = f"sqlite:///{tempfile.mkdtemp()}/store.db"')
        variable = f"STOREPROOF_{self._behind.upper()}_URL"
        return ("import os", f'uri = os.environ["{variable}"]  # an empty database')

    def close(self) -> None:
        """Stop the server and drop the database."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._database is not None:
            self._database.drop()
            self._database = None


def _restart(server: Server | TrackingServer) -> None:
    """Kill a server, which gives it no chance to tidy up, and start it again."""
    server.kill()
    server.start_again()
