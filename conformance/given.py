"""Targets that hand over a store themselves: a function in a module, or a fixture of the author's tests."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import EntryPoint
from typing import ClassVar

from storeproof.conformance.adapters import entry_points
from storeproof.conformance.adapters.library import version
from storeproof.conformance.adapters.mlflow import MlflowStore, wrapped
from storeproof.conformance.backend import Backend
from storeproof.conformance.connections import Connections
from storeproof.conformance.deadline import Deadline
from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.dialects.mlflow import Mlflow
from storeproof.conformance.doors import MLFLOW, OURS
from storeproof.conformance.elsewhere import Elsewhere, Mortal, restarted
from storeproof.conformance.migrations import Migrations
from storeproof.conformance.plugin import FIXTURE
from storeproof.conformance.target import (
    AtAddress,
    Behind,
    Place,
    Target,
    TargetError,
    location_length,
)
from storeproof.stores.contract import TrackingStore
from storeproof.stores.removing import RemovingStore

PATIENCE = 20.0
"""Seconds in which a function must give a store, so that what it gives can be looked at."""


@dataclass
class FromFactory(Target):
    """A store of ours or of MLflow's made by `module:factory`; each call must return a new, empty one.

    An attribute `kinds` of the factory says what clauses apply besides those for all
    stores; one of kind "file" says by an attribute `folder` of the store where its files are,
    one of kind "sql" by attributes `migrations` and `connections` of the factory how its databases
    are upgraded and reached.
    An attribute `open_at` of the factory opens again, in another process too, the store whose
    attribute `address` it is called with; `restart`, called with the same, kills the server there
    and starts it again.
    """

    spec: str
    factory: Callable[[], object]

    @classmethod
    def named(cls, spec: str) -> FromFactory:
        """The target of `module:factory`; TargetError where there is no such function."""
        module, _, name = spec.partition(":")
        return cls(spec, _factory(module, name, spec))

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """What the factory says it makes, else whether MLflow could load it."""
        given = getattr(self.factory, "kinds", None)
        if given is not None:
            return frozenset(given)
        return frozenset({"plugin" if self._makes_mlflows else "other"})

    @property
    def name(self) -> str:  # type: ignore[override]
        """The factory's own name."""
        return self.spec.partition(":")[2]

    @cached_property
    def _makes_mlflows(self) -> bool:
        """Whether the stores are MLflow's; a function has to be called once to tell, and may fail or hang."""
        if isinstance(self.factory, type) and issubclass(self.factory, TrackingStore):
            return False
        deadline = Deadline(PATIENCE)
        try:
            store = deadline.run(lambda: wrapped(self.factory()))
        except Exception:  # noqa: BLE001 - it is told when a test needs the store
            return False
        finally:
            deadline.end()
        store.close()
        return isinstance(store, MlflowStore)

    @property
    def mlflow(self) -> str | None:
        """MLflow's version, where the stores are MLflow's."""
        return version() if self._makes_mlflows else None

    def place(self) -> Place:
        """A store of the factory's; opened again by its `open_at`, else the same object."""
        made: list[TrackingStore] = []

        def open_once() -> TrackingStore:
            if not made:
                made.append(wrapped(self.factory()))
            return made[0]

        def open_again() -> TrackingStore:
            elsewhere = self._elsewhere(made[0]) if made else None
            return open_once() if elsewhere is None else elsewhere.open()

        module, _, name = self.spec.partition(":")
        return Place(
            open=open_again,
            recipe=(f"from {module} import {name}", f"store = {name}()"),
            again=f"{name}.open_at(store.address)",
            folder=lambda: getattr(made[0], "folder", None),
            folder_source="store.folder",
            **_behind(open_once),
            location_length=location_length(self.kinds),
            dialect=Mlflow if self._makes_mlflows else Contract,
            shows_deleted_time=not self._makes_mlflows,
            entry_point=lambda: _entry_point(open_once()),
            migrations=getattr(self.factory, "migrations", None),
            connections=getattr(self.factory, "connections", None),
            elsewhere=lambda: self._elsewhere(open_once()),
            mortal=self._mortal(open_once),
        )

    def _elsewhere(self, store: TrackingStore) -> Elsewhere | None:
        opener, address = getattr(self.factory, "open_at", None), _address(store)
        return None if opener is None or address is None else Elsewhere(opener, (address,))

    def _mortal(self, store: Callable[[], TrackingStore]) -> Mortal | None:
        restart = getattr(self.factory, "restart", None)
        if restart is None:
            return None
        return restarted(lambda: self._elsewhere(store()), lambda: restart(_address(store())))


def _address(store: TrackingStore) -> str | None:
    """Where a store that a factory made says that it is."""
    address = getattr(getattr(store, "inner", store), "address", None)
    return None if address is None else str(address)


def _factory(module: str, name: str, spec: str) -> Callable[[], object]:
    if "" not in sys.path:
        sys.path.insert(0, "")  # a factory beside the user, as `python -m` would find it
    try:
        factory = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise TargetError(f"{spec}: the module {module} cannot be imported: {error}.") from error
    except AttributeError as error:
        raise TargetError(f"{spec}: the module {module} has no {name}.") from error
    if not callable(factory):
        raise TargetError(f"{spec}: {name} is not callable; name a function that returns a store.")
    return factory  # type: ignore[no-any-return]


@dataclass
class FromFixture(Target):
    """What the fixture `storeproof_store` gives for one test: a store, its address, or a function that opens it.

    With `shared`, every test gets the same store. `kinds` are the author's words for it,
    `migrations` and `connections` how its databases are upgraded and reached.
    """

    spec: str
    given: object
    kinds: frozenset[str]
    shared: bool = False
    gc: Callable[..., object] | None = None
    """The author's way to run the store's gc: called with what the fixture gave, then as a Collector."""
    migrations: Migrations | None = None
    connections: Connections | None = None
    restart: Callable[..., object] | None = None
    """The author's way to kill the server and start it again: called with what the fixture gave."""
    processes: bool = False
    """Another process that opens the store finds the same one."""
    findable: ClassVar[bool] = False

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the author's test class."""
        return self.spec

    @property
    def mlflow(self) -> str | None:
        """MLflow's version, where the store is MLflow's or a plugin's."""
        if isinstance(self.given, str):
            return self._at_address.mlflow
        return version() if isinstance(self._store, MlflowStore) else None

    @cached_property
    def _at_address(self) -> AtAddress:
        uri = str(self.given)
        behind = uri.removeprefix(f"{MLFLOW.word}:")
        served = behind == uri and "http" in OURS.kinds(uri)
        return AtAddress(behind, insist=True, door=OURS if served else MLFLOW)

    @cached_property
    def _store(self) -> TrackingStore:
        return self._open()

    def _open(self) -> TrackingStore:
        try:
            return wrapped(self.given() if callable(self.given) else self.given)
        except TypeError as error:
            raise TargetError(f"The fixture {FIXTURE} gives no store: {error}") from error

    def place(self) -> Place:
        """The store; opened again by its address or its function, else the same object."""
        behind = self._behind()
        if isinstance(self.given, str):
            found = self._at_address.place()
            return replace(
                found,
                shared=self.shared,
                processes=self.processes or found.processes,
                migrations=self.migrations,
                connections=self.connections,
                mortal=self._mortal(found.elsewhere),
                spec=self._at_address.spec,
                **behind,
            )
        mlflows = isinstance(self._store, MlflowStore)
        return Place(
            open=self._open if callable(self.given) else lambda: self._store,
            recipe=_recipe(self.given),
            shared=self.shared,
            folder=lambda: getattr(self._store, "folder", None),
            folder_source="store.folder",
            **(behind or _behind(lambda: self._store)),
            location_length=location_length(self.kinds),
            dialect=Mlflow if mlflows else Contract,
            shows_deleted_time=not mlflows,
            entry_point=lambda: _entry_point(self._store),
            migrations=self.migrations,
            connections=self.connections,
            elsewhere=self._elsewhere,
            processes=self.processes,
            mortal=self._mortal(self._elsewhere),
            spec=_spec(self.given),
        )

    def _elsewhere(self) -> Elsewhere | None:
        """By the function that the fixture gave; nobody else can open a store that is given as it is."""
        return Elsewhere(self.given) if callable(self.given) else None

    def _mortal(self, elsewhere: Callable[[], Elsewhere | None]) -> Mortal | None:
        restart = self.restart
        return None if restart is None else restarted(elsewhere, partial(restart, self.given))

    def _behind(self) -> Behind:
        """What the author's class tells."""
        collector = self.gc
        if collector is None:
            return {}
        return {
            "backend": lambda: Backend(None, collector=partial(collector, self.given)),
            "backend_source": "Backend(None, collector=...)  # your class's gc",
        }


def _behind(store: Callable[[], TrackingStore]) -> Behind:
    """What a store itself tells: its own method `gc`, or how it removes what is deleted."""

    def backend() -> Backend | None:
        made = store()
        kept = made if isinstance(made, RemovingStore) else None
        collector = getattr(getattr(made, "inner", made), "gc", None)
        if kept is None and collector is None:
            return None
        return Backend(kept, getattr(made, "folder", None), collector)

    source = "Backend(store, getattr(store, 'folder', None), getattr(store, 'gc', None))"
    return {"backend": backend, "backend_source": source}


def _entry_point(store: TrackingStore) -> EntryPoint | None:
    return entry_points.of_store(store.inner) if isinstance(store, MlflowStore) else None


def _spec(given: object) -> str:
    """The name of the function that was given, where it can be imported."""
    name, module = getattr(given, "__qualname__", ""), getattr(given, "__module__", "")
    return f"{module}:{name}" if callable(given) and name.isidentifier() and module else ""


def _recipe(given: object) -> tuple[str, ...]:
    """How a script gets the store: by the function's name, where it can be imported."""
    module, _, name = _spec(given).partition(":")
    if name:
        return (f"from {module} import {name}", f"store = {name}()")
    return (f"# the store that your fixture {FIXTURE} gives", "store = ...")
