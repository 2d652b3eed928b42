"""How a store is opened at an address: as one of ours, or as MLflow opens it; in this process and in a script."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from typing_extensions import override

from storeproof.conformance import connections
from storeproof.conformance.adapters.mlflow import wrapped
from storeproof.conformance.backend import Backend
from storeproof.conformance.connections import Connections
from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.dialects.http import Http
from storeproof.conformance.dialects.mlflow import Mlflow
from storeproof.conformance.elsewhere import Elsewhere
from storeproof.conformance.migrations import Migrations, ours
from storeproof.stores import open_store
from storeproof.stores.addressing import scheme_of
from storeproof.stores.contract import TrackingStore

Kinds = frozenset[str]

_DATABASES = ("sqlite", "postgresql", "mysql", "mariadb", "mssql")
_SERVERS = ("http", "https", "databricks")


class Door(ABC):
    """A way to a store at an address. Sources are Python expressions."""

    word: str
    """What stands before an address that this door opens, and before the names of its stores."""
    reference: bool
    """The stores behind it are ours, of which any two do the same in everything."""

    @abstractmethod
    def open(self, uri: str, artifact_root: str | None = None) -> TrackingStore:
        """The store at an address; a new object each time."""

    def elsewhere(self, uri: str, artifact_root: str | None = None) -> Elsewhere:
        """How another process opens the store at an address."""
        return Elsewhere(open_behind, (self.word, uri, artifact_root))

    @abstractmethod
    def imports(self, kinds: Kinds) -> tuple[str, ...]:
        """The first lines of a script."""

    @abstractmethod
    def opening(self, uri: str, artifact_root: str, kinds: Kinds) -> tuple[str, ...]:
        """The lines, the last of which makes `store`, given the sources of the two."""

    @abstractmethod
    def dialect(self, kinds: Kinds) -> Callable[[], Contract]:
        """What scripts are written in."""

    @abstractmethod
    def backend(self, uri: str) -> Backend:
        """The store at an address as its administrator reaches it."""

    @abstractmethod
    def backend_source(self, uri: str) -> str:
        """The same as a source, given the address's."""

    @abstractmethod
    def migrations(self, engine: str) -> Migrations | None:
        """How the door's databases on an engine are opened and upgraded, where that is known."""

    @abstractmethod
    def connections(self, engine: str) -> Connections:
        """How the door's stores on an engine are opened whose connections are looked at."""

    @property
    def mlflow(self) -> str | None:
        """MLflow's version, where the stores behind it are MLflow's."""
        return None

    @property
    def about(self) -> str:
        """What a report says of the library behind the door, if anything."""
        return f"MLflow {self.mlflow}" if self.mlflow else ""

    def kinds(self, uri: str) -> Kinds:
        """What clauses are about a store at this address, by its scheme (catalogue's applies_to)."""
        scheme = scheme_of(uri)
        if scheme in _SERVERS:
            return frozenset({"http"})
        if scheme in _DATABASES:
            return frozenset({"sql", scheme})
        return frozenset({"file" if scheme == "file" else "plugin"})


class _Ours(Door):
    word = ""
    reference = True

    @override
    def open(self, uri: str, artifact_root: str | None = None) -> TrackingStore:
        return open_store(uri, artifact_root)

    @override
    def imports(self, kinds: Kinds) -> tuple[str, ...]:
        return () if "http" in kinds else ("from storeproof.stores import open_store",)

    @override
    def opening(self, uri: str, artifact_root: str, kinds: Kinds) -> tuple[str, ...]:
        if "http" in kinds:
            return (f"ADDRESS = {uri}",)
        root = "" if artifact_root == "None" else f", {artifact_root}"
        return (f"store = open_store({uri}{root})",)

    @override
    def dialect(self, kinds: Kinds) -> Callable[[], Contract]:
        return Http if "http" in kinds else Contract

    @override
    def backend(self, uri: str) -> Backend:
        return Backend(uri)

    @override
    def backend_source(self, uri: str) -> str:
        return f"Backend({uri})"

    @override
    def migrations(self, engine: str) -> Migrations:
        return ours(engine)

    @override
    def connections(self, engine: str) -> Connections:
        return connections.ours(engine)


class _Mlflow(Door):
    word = "mlflow"
    reference = False

    @override
    def open(self, uri: str, artifact_root: str | None = None) -> TrackingStore:
        from storeproof.conformance.adapters.library import registry_at, store_at

        return wrapped(store_at(uri, artifact_root), lambda: registry_at(uri))

    @override
    def imports(self, kinds: Kinds) -> tuple[str, ...]:
        flag = ("import os",) if "file" in kinds else ()
        registry = "mlflow.tracking._tracking_service.utils import _tracking_store_registry"
        return (*flag, f"from {registry} as registry")

    @override
    def opening(self, uri: str, artifact_root: str, kinds: Kinds) -> tuple[str, ...]:
        flag = ('os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"',) if "file" in kinds else ()
        store = f"registry.get_store_builder(uri)(store_uri=uri, artifact_uri={artifact_root})"
        return (*flag, f"uri = {uri}", f"store = {store}")

    @override
    def dialect(self, kinds: Kinds) -> Callable[[], Contract]:
        return Mlflow

    @override
    def backend(self, uri: str) -> Backend:
        return Backend.of_mlflow(uri)

    @override
    def backend_source(self, uri: str) -> str:
        return f"Backend.of_mlflow({uri})"

    @override
    def migrations(self, engine: str) -> Migrations | None:
        from storeproof.conformance.adapters.commands import migrations

        return migrations(engine)

    @override
    def connections(self, engine: str) -> Connections:
        return connections.mlflows(engine)

    @property
    @override
    def mlflow(self) -> str | None:
        from storeproof.conformance.adapters.library import version

        return version()


OURS: Door = _Ours()
MLFLOW: Door = _Mlflow()


def open_behind(word: str, uri: str, artifact_root: str | None) -> TrackingStore:
    """The store at an address, opened by the door of that word."""
    door = MLFLOW if word == MLFLOW.word else OURS
    return door.open(uri, artifact_root)
