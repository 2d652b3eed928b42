"""The suite as a class for an author's own tests: subclass it, and give a fixture `storeproof_store`.

    from storeproof.conformance.authors import StoreConformance


    @pytest.fixture
    def storeproof_store(tmp_path):
        return f"myscheme://{tmp_path}"


    class TestMyStore(StoreConformance):
        pass

The fixture gives each test an empty store: the store itself, its address, or a function that
opens it and, called again, opens it again.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import ClassVar

import pytest

from storeproof.conformance import suite
from storeproof.conformance.connections import Connections
from storeproof.conformance.migrations import Migrations
from storeproof.conformance.plugin import FIXTURE


class StoreConformance:
    """Every clause that applies, as tests of the store that the fixture `storeproof_store` gives.

    They are in nested classes, one for each module of the suite.
    """

    storeproof_opts_in: ClassVar = True
    kinds: ClassVar[frozenset[str]] = frozenset({"plugin"})
    """What clauses apply besides those for all stores: see the kinds in docs/specification.md."""
    gc: ClassVar[Callable[..., object] | None] = None
    """A staticmethod that runs the store's gc, for the clauses GC-*; without one they do not run.

    It is called with what the fixture gave, and run_ids, experiment_ids and older_than by name;
    each is None or as `storeproof gc` has it. It gives the ids of the runs that it kept because
    their artifacts could not be removed.
    """
    shared: ClassVar = False
    """The fixture gives every test the same store, so that none may expect an empty one."""
    migrations: ClassVar[Migrations | None] = None
    """How the store's databases are opened and upgraded: the clauses MIG-* need it, and the kind "sql"."""
    restart: ClassVar[Callable[..., object] | None] = None
    """A staticmethod, called with what the fixture gave, that kills the server behind the store,
    gives it no chance to tidy up, and starts it again; DUR-ACK needs it in all profiles but the
    quickest. A store without a server says `restart = no_server` (conformance/elsewhere.py)."""
    connections: ClassVar[Connections | None] = None
    """How a store is opened whose connections are looked at: the clauses POOL-*, CONN-DOWN and
    TLS-MYSQL need it, and the kinds "sql" and the engine's own name."""


def _tests(module: ModuleType) -> type:
    """A class that holds a module's tests as they are: functions, without a self."""
    words = module.__name__.rpartition(".")[2].removeprefix("test_").split("_")
    name = "Test" + "".join(word.capitalize() for word in words)
    tests: dict[str, object] = {
        key: staticmethod(each) for key, each in vars(module).items() if key.startswith("test_")
    }
    return type(name, (), {"__doc__": module.__doc__, **tests, "pytestmark": [_NEEDS]})


def _modules() -> Iterator[ModuleType]:
    for each in pkgutil.iter_modules(suite.__path__, f"{suite.__name__}."):
        if each.name.rpartition(".")[2].startswith("test_"):
            yield importlib.import_module(each.name)


_NEEDS = pytest.mark.usefixtures(FIXTURE)

for _class in map(_tests, _modules()):
    setattr(StoreConformance, _class.__name__, _class)
