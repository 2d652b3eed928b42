"""What is tested: how to get a fresh place with a store in it.

A target is named by a word ("file", "sqlite", "postgresql" ...: thrown away after use), by
a store's address, or by `module:factory`, a callable that returns a new, empty store.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from storeproof.conformance import servers
from storeproof.fixtures.ladder import Database
from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import ViewType, open_store
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


class Target(ABC):
    """A store under test; `spec` finds it again in another process, `name` shows it to people."""

    spec: str
    name: str
    kinds: frozenset[str]
    """What clauses apply: "file", "sql", "http" ... (catalogue's applies_to)."""

    @abstractmethod
    def place(self) -> Place:
        """A place for one test: empty, unless the place is shared."""

    @property
    def about(self) -> str:
        """What the report says of where the store lives, if anything."""
        return ""

    def close(self) -> None:
        """Take down what the target set up for its places."""


@dataclass
class ThrowAway(Target):
    """A folder of our own for each test, with a store made by `uri_in(folder)`.

    With `template`, the store is made once and the folder copied, which is faster than
    making it each time.
    """

    spec: str
    kinds: frozenset[str]
    uri_of: Callable[[str], str]
    template: bool = False
    _base: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="storeproof-"))
    _count: int = 0

    @property
    def name(self) -> str:  # type: ignore[override]
        """The word that names the target."""
        return self.spec

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
        return Place(
            open=lambda: self._open(folder),
            recipe=(
                "import tempfile",
                "from storeproof.stores import open_store",
                "folder = tempfile.mkdtemp()",
                f'store = open_store(f"{uri}", f"{{folder}}/artifacts")',
            ),
            discard=lambda: shutil.rmtree(folder, ignore_errors=True),
            folder=lambda: Path(self.uri_of(str(folder))) if "file" in self.kinds else None,
            folder_source=f'f"{uri}"',
            reference=True,
            location_length=_location_length(self.kinds),
        )

    def _open(self, folder: Path) -> TrackingStore:
        return open_store(self.uri_of(str(folder)), f"{folder}/artifacts")

    def close(self) -> None:
        """Remove all folders."""
        shutil.rmtree(self._base, ignore_errors=True)


@dataclass
class AtAddress(Target):
    """The store at an address that the user gave; all tests share it."""

    spec: str
    insist: bool = False

    @property
    def name(self) -> str:  # type: ignore[override]
        """The address without its password."""
        return without_password(self.spec)

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """By the address's scheme."""
        scheme = scheme_of(self.spec)
        if scheme in ("http", "https", "databricks"):
            return frozenset({"http"})
        return frozenset({"file"} if scheme == "file" else {"sql", scheme})

    def place(self) -> Place:
        """The address itself."""
        folder = Path(file_path(self.spec)) if "file" in self.kinds else None
        return Place(
            open=lambda: open_store(self.spec),
            recipe=(
                "from storeproof.stores import open_store",
                f"store = open_store({self.name!r})",
            ),
            shared=True,
            folder=lambda: folder,
            folder_source=repr(str(folder)),
            location_length=_location_length(self.kinds),
        )

    def guard(self) -> None:
        """Refuse a store with content, unless its name or our mark says it is for tests, or the user insists."""
        if self.insist or any(word in self.spec.lower() for word in ("test", "storeproof")):
            return
        with contextlib.closing(open_store(self.spec)) as store:
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


@dataclass
class OnServer(Target):
    """A throw-away database of this process's own on a server that the run found or started."""

    spec: str
    _database: Database | None = None
    _store: TrackingStore | None = None

    @property
    def name(self) -> str:  # type: ignore[override]
        """The kind of database."""
        return self.spec

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """A database of this kind."""
        return frozenset({"sql", self.spec})

    @property
    def about(self) -> str:
        """The server's version and the rung that it came from."""
        return servers.server(self.spec).description

    def place(self) -> Place:
        """The database, brought back to its beginning."""
        if self._database is None:
            self._database = servers.server(self.spec).database()
            self._store = open_store(self._database.url)
        else:
            self._database.reset()
        url = self._database.url
        return Place(
            open=lambda: open_store(url),
            warm=self._store,
            reference=True,
            recipe=(
                "import os",
                "from storeproof.stores import open_store",
                "# the address of an empty database",
                f'store = open_store(os.environ["STOREPROOF_{self.spec.upper()}_URL"])',
            ),
            location_length=_location_length(self.kinds),
        )

    def close(self) -> None:
        """Drop the database."""
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
    kinds: frozenset[str] = frozenset({"http"})
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
            location_length=_location_length(frozenset({"sql"})),
        )

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


@dataclass
class FromFactory(Target):
    """A store made by `module:factory`; each call must return a new, empty one.

    An attribute `kinds` of the factory says what clauses apply besides those for all
    stores; one of kind "file" says by an attribute `folder` of the store where its files are.
    """

    spec: str
    factory: Callable[[], TrackingStore]

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]
        """What the factory says it makes."""
        return frozenset(getattr(self.factory, "kinds", ("other",)))

    @property
    def name(self) -> str:  # type: ignore[override]
        """The factory's own name."""
        return self.spec.partition(":")[2]

    def place(self) -> Place:
        """A store of the factory's; opening it again gives the same object."""
        made: list[TrackingStore] = []

        def open_once() -> TrackingStore:
            if not made:
                made.append(self.factory())
            return made[0]

        module, _, name = self.spec.partition(":")
        return Place(
            open=open_once,
            recipe=(f"from {module} import {name}", f"store = {name}()"),
            folder=lambda: getattr(made[0], "folder", None),
            folder_source="store.folder",
        )


def target(spec: str, *, insist: bool = False) -> Target:
    """The target that `spec` names; TargetError if there is none."""
    if spec == "file":
        return ThrowAway("file", frozenset({"file"}), lambda folder: f"{folder}/mlruns")
    if spec == "sqlite":
        return ThrowAway(
            "sqlite",
            frozenset({"sql", "sqlite"}),
            lambda folder: f"sqlite:///{folder}/store.db",
            template=True,
        )
    if spec in servers.SERVED:
        return OnServer(spec)
    if spec in servers.OVER_HTTP:
        return OverHttp(spec)
    module, _, name = spec.partition(":")
    named = name.isidentifier() and all(map(str.isidentifier, module.split(".")))
    if named and module not in KNOWN_SCHEMES:
        return FromFactory(spec, _factory(module, name, spec))
    return AtAddress(spec, insist)


def _location_length(kinds: frozenset[str]) -> int | None:
    if "http" in kinds:
        return None
    return 256 if "sql" in kinds else 2048


def _factory(module: str, name: str, spec: str) -> Callable[[], TrackingStore]:
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


def without_password(uri: str) -> str:
    """An address with its password masked."""
    head, separator, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, at, host = authority.rpartition("@")
    if not at or ":" not in credentials:
        return uri
    return f"{head}{separator}{credentials.partition(':')[0]}:***@{host}{slash}{path}"
