"""What is tested: how to get a fresh place with a store in it.

A target is named by a word ("file", "sqlite", "postgresql" ...: thrown away after use), by
a store's address, or by `module:factory`, a callable that returns a new, empty store. With
`mlflow:` before it, a word or an address is opened by MLflow.
"""

from __future__ import annotations

import contextlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar, TypedDict

from storeproof.conformance import scratch, servers
from storeproof.conformance.adapters import entry_points
from storeproof.conformance.backend import Backend
from storeproof.conformance.capabilities import NO_CLAIMS, Claims
from storeproof.conformance.connections import Connections
from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.doors import MLFLOW, OURS, Door
from storeproof.conformance.elsewhere import Elsewhere, Mortal, without_server
from storeproof.conformance.masking import Masking, without_password
from storeproof.conformance.migrations import Migrations
from storeproof.stores import ViewType
from storeproof.stores.addressing import KNOWN_SCHEMES, file_path, scheme_of
from storeproof.stores.contract import TrackingStore

MARK = "storeproof: checks may write into this store"
"""The experiment that marks a store that was empty when it was first checked."""


class TargetError(Exception):
    """The target cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Somewhere that a store lives for the length of a test; it may be opened more than once.

    `recipe` is Python source whose last line makes `store`, for scripts.
    """

    open: Callable[[], TrackingStore]
    recipe: tuple[str, ...]
    discard: Callable[[], None] = lambda: None
    shared: bool = False
    """Other tests use the same place: it is not empty."""
    again: str = ""
    """Python source that opens once more what the recipe made; without it, the recipe's last line does."""
    folder: Callable[[], Path | None] = lambda: None
    """Where a file store has its files, for the clauses about them; known once the store is open."""
    folder_source: str = ""
    """The folder as Python source behind the recipe's last line."""
    warm: TrackingStore | None = None
    """A store that is open on the place already and stays so: connecting costs more than a test."""
    reference: bool = False
    """The store is one of ours, of which any two do the same in everything."""
    location_length: int | None = 2048
    """Characters that an artifact location may have in its schema (EXP-ARTIFACT); None where that is not known."""
    dialect: Callable[[], Contract] = Contract
    """What scripts are written in."""
    shows_deleted_time: bool = True
    """Whether a run that is read says when it was deleted; MLflow's entities have no field for it."""
    backend: Callable[[], Backend | None] = lambda: None
    """How what is deleted is removed for good; None where the target does not tell."""
    backend_source: str = ""
    """The same as Python source behind the recipe's last line."""
    entry_point: Callable[[], EntryPoint | None] = lambda: None
    """How MLflow finds the store, where it is a plugin's."""
    claims: Claims = NO_CLAIMS
    """What the store is said to be able to do."""
    migrations: Migrations | None = None
    """How its databases are opened and upgraded, where that is known."""
    connections: Connections | None = None
    """How stores are opened whose connections are looked at, where that is known."""
    elsewhere: Callable[[], Elsewhere | None] = lambda: None
    """How another process opens the store, where it can."""
    mortal: Mortal | None = None
    """Gives a store of this kind whose server may be killed; None where the target knows none."""
    processes: bool = True
    """Several processes that open the store at once find the same one."""
    spec: str = ""
    """What target() finds such a store by, where the target's own spec is not for it."""


class Behind(TypedDict, total=False):
    """What a Place says of the store behind whatever serves it."""

    backend: Callable[[], Backend | None]
    backend_source: str


def behind(door: Door, uri: str, source: str) -> Behind:
    """The store at an address: files or a database, of ours or of MLflow's own."""
    return {"backend": lambda: door.backend(uri), "backend_source": door.backend_source(source)}


class Target(ABC):
    """A store under test; `spec` finds it again in another process, `name` shows it to people."""

    spec: str
    name: str
    kinds: frozenset[str]
    """What clauses apply: "file", "sql", "http" ... (catalogue's applies_to)."""

    findable: ClassVar[bool] = True
    """Whether `spec` finds it again; a store that a fixture gives is nowhere else to be had."""

    @abstractmethod
    def place(self) -> Place:
        """A place for one test: empty, unless the place is shared."""

    @property
    def about(self) -> str:
        """What the report says of where the store lives, if anything."""
        return ""

    @property
    def mlflow(self) -> str | None:
        """MLflow's version, where the store is MLflow's or a plugin's."""
        return None

    def close(self) -> None:
        """Take down what the target set up for its places."""


@dataclass
class ThrowAway(Target):
    """A folder of our own for each test, with a store made by `uri_in(folder)`.

    With `template`, the store is made once and the folder copied, which is faster than
    making it each time.
    """

    word: str
    kinds: frozenset[str]
    uri_of: Callable[[str], str]
    template: bool = False
    door: Door = OURS
    _base: str = field(default_factory=scratch.folder)
    _count: int = 0

    @property
    def spec(self) -> str:  # type: ignore[override]
        """The word, behind the door's."""
        return spec_of(self.door, self.word)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The word that names the target."""
        return self.spec

    @property
    def about(self) -> str:
        """The library that opens it, if it is not ours."""
        return self.door.about

    @property
    def mlflow(self) -> str | None:
        """The version of the MLflow that opens it, if one does."""
        return self.door.mlflow

    def place(self) -> Place:
        """A new folder with an empty store."""
        self._count += 1
        folder = Path(self._base) / str(self._count)
        if self.template:
            original = Path(self._base) / "template"
            if not original.exists():
                original.mkdir()
                self._open(original).close()
            shutil.copytree(original, folder)
        else:
            folder.mkdir()
        uri = self.uri_of("{folder}")
        elsewhere = self.door.elsewhere(self.uri_of(str(folder)), f"{folder}/artifacts")
        return Place(
            open=lambda: self._open(folder),
            recipe=(
                "import tempfile",
                *self.door.imports(self.kinds),
                "folder = tempfile.mkdtemp()",
                *self.door.opening(f'f"{uri}"', 'f"{folder}/artifacts"', self.kinds),
            ),
            discard=lambda: shutil.rmtree(folder, ignore_errors=True),
            folder=lambda: Path(self.uri_of(str(folder))) if "file" in self.kinds else None,
            folder_source=f'f"{uri}"',
            **behind(self.door, self.uri_of(str(folder)), f'f"{uri}"'),
            reference=self.door.reference,
            location_length=location_length(self.kinds),
            dialect=self.door.dialect(self.kinds),
            shows_deleted_time=self.door.reference,
            migrations=migrations_of(self.door, self.kinds),
            connections=connections_of(self.door, self.kinds),
            elsewhere=lambda: elsewhere,
            mortal=without_server(elsewhere),
        )

    def _open(self, folder: Path) -> TrackingStore:
        return self.door.open(self.uri_of(str(folder)), f"{folder}/artifacts")

    def close(self) -> None:
        """Remove all folders."""
        shutil.rmtree(self._base, ignore_errors=True)


@dataclass
class AtAddress(Target):
    """The store at an address that the user gave; all tests share it."""

    uri: str
    insist: bool = False
    door: Door = OURS

    @property
    def spec(self) -> str:  # type: ignore[override]
        """The address, behind the door's word."""
        return spec_of(self.door, self.uri)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The address without its password."""
        return spec_of(self.door, without_password(self.uri))

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """By the address's scheme."""
        return self.door.kinds(self.uri)

    @property
    def about(self) -> str:
        """The library that opens it, if it is not ours."""
        return self.door.about

    @property
    def mlflow(self) -> str | None:
        """The version of the MLflow that opens it, if one does."""
        return self.door.mlflow

    def place(self) -> Place:
        """The address itself."""
        folder = Path(file_path(self.uri)) if "file" in self.kinds else None
        reading, address = Masking.of([self.uri]).source(self.uri)
        opening = self.door.opening(address, "None", self.kinds)
        elsewhere = self.door.elsewhere(self.uri)
        serverless = bool(self.kinds & {"file", "sqlite"})
        return Place(
            open=lambda: self.door.open(self.uri),
            recipe=(*reading, *self.door.imports(self.kinds), *opening),
            shared=True,
            folder=lambda: folder,
            folder_source=repr(str(folder)),
            **({} if self.kinds & {"http", "plugin"} else behind(self.door, self.uri, address)),
            location_length=location_length(self.kinds),
            dialect=self.door.dialect(self.kinds),
            shows_deleted_time=self.door.reference and "http" not in self.kinds,
            entry_point=lambda: entry_points.of_scheme(scheme_of(self.uri)),
            migrations=migrations_of(self.door, self.kinds),
            connections=connections_of(self.door, self.kinds),
            elsewhere=lambda: elsewhere,
            mortal=without_server(elsewhere) if serverless else None,
            processes="plugin" not in self.kinds,
        )

    def guard(self) -> None:
        """Refuse a store with content, unless its name or our mark says it is for tests, or the user insists."""
        if self.insist or any(word in self.uri.lower() for word in ("test", "storeproof")):
            return
        with contextlib.closing(self.door.open(self.uri)) as store:
            if store.get_experiment_by_name(MARK) is not None:
                return
            experiments = store.search_experiments(ViewType.ALL, max_results=2).items
            if len(experiments) > 1 or any(
                store.search_runs([each.experiment_id], ViewType.ALL, max_results=1).items
                for each in experiments
            ):
                raise TargetError(
                    f"The store at {self.name} holds experiments or runs already, and a check "
                    "writes into it. Give the address of an empty store, one with 'test' in its "
                    "name, or add --insist to use this one."
                )
            store.create_experiment(MARK)


def target(spec: str, *, insist: bool = False) -> Target:
    """The target that `spec` names; TargetError if there is none."""
    behind = spec.removeprefix(f"{MLFLOW.word}:")
    door = OURS if behind == spec else MLFLOW
    if behind == "file":
        return ThrowAway("file", frozenset({"file"}), lambda folder: f"{folder}/mlruns", door=door)
    if behind == "sqlite":
        return ThrowAway(
            "sqlite",
            frozenset({"sql", "sqlite"}),
            lambda folder: f"sqlite:///{folder}/store.db",
            template=True,
            door=door,
        )
    if behind in servers.SERVED or spec in servers.OVER_HTTP:
        from storeproof.conformance.served import OnServer, OverHttp

        return OnServer(behind, door) if behind in servers.SERVED else OverHttp(spec)
    module, _, name = spec.partition(":")
    named = name.isidentifier() and all(map(str.isidentifier, module.split(".")))
    if named and module not in (*KNOWN_SCHEMES, MLFLOW.word):
        from storeproof.conformance.given import FromFactory

        return FromFactory.named(spec)
    return AtAddress(behind, insist, door)


def spec_of(door: Door, rest: str) -> str:
    """A word or an address behind the door's own word."""
    return f"{door.word}:{rest}" if door.word else rest


def location_length(kinds: frozenset[str]) -> int | None:
    """Characters that an artifact location may have in a store of these kinds, if that is known."""
    if kinds & {"http", "plugin"}:
        return None
    return 256 if "sql" in kinds else 2048


def engine_of(kinds: frozenset[str]) -> str | None:
    """The database that stores of these kinds are on, if they are on one."""
    return next(iter(kinds & {"sqlite", *servers.SERVED}), None)


def connections_of(door: Door, kinds: frozenset[str]) -> Connections | None:
    """The hooks of a database that a door opens."""
    engine = engine_of(kinds)
    return None if engine is None else door.connections(engine)


def migrations_of(door: Door, kinds: frozenset[str]) -> Migrations | None:
    """The hooks of a database of ours or of MLflow's; whoever else has one must give them."""
    engine = engine_of(kinds)
    return None if engine is None else door.migrations(engine)
