"""How another process opens the store that is tested, and how the server behind it is killed and started again.

A store of somebody else's is tested when its author tells these (docs/authors.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from storeproof.stores.contract import TrackingStore

ELSEWHERE = "a store that another process can open"
RESTART = "a way to kill the server and start it again"
"""What tests of kills lack where the target does not tell."""


@dataclass(frozen=True)
class Elsewhere:
    """`opener`, a function that another process can import, opens the store when called with `arguments`."""

    opener: Callable[..., object]
    arguments: tuple[str | None, ...] = ()

    def open(self) -> TrackingStore:
        """The store, opened in this process."""
        from storeproof.conformance.adapters.mlflow import wrapped

        return wrapped(self.opener(*self.arguments))

    @property
    def server(self) -> tuple[str, int] | None:
        """The host and the port in the address that it is opened by, if there is one with both."""
        for each in self.arguments:
            if each is not None and (found := _server_in(each)) is not None:
                return found
        return None

    def by_way_of(self, port: int) -> Elsewhere:
        """The same store, its server reached at a port of this machine."""
        arguments = tuple(
            each if each is None or _server_in(each) is None else _moved(each, port)
            for each in self.arguments
        )
        return replace(self, arguments=arguments)

    def as_json(self) -> dict[str, object]:
        """What another process finds it by: the opener's module and name, and the arguments."""
        opener = (self.opener.__module__, self.opener.__qualname__)
        return {"opener": opener, "arguments": self.arguments}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Elsewhere:
        """The one that `told` names; whatever importing its module raises."""
        module, name = told["opener"]
        return cls(getattr(importlib.import_module(module), name), tuple(told["arguments"]))

    @property
    def importable(self) -> bool:
        """Whether another process finds the opener by its place."""
        name = getattr(self.opener, "__qualname__", "")
        return name.isidentifier() and self.opener.__module__ != "__main__"


@dataclass(frozen=True)
class Restartable:
    """A store whose server keeps what it acknowledged; `restart` kills that server, gives it no chance to tidy up, and starts it again."""

    elsewhere: Elsewhere
    restart: Callable[[], object]


Mortal = Callable[[], AbstractContextManager[Restartable]]
"""Gives a store with a server that may be killed, for as long as the context lasts."""


def no_server(*_: object) -> None:
    """An author's hook `restart` for a store that has no server behind it."""


def without_server(elsewhere: Elsewhere) -> Mortal:
    """For a store that has none: there is nothing to kill."""
    return restarted(lambda: elsewhere, no_server)


def restarted(elsewhere: Callable[[], Elsewhere | None], restart: Callable[[], object]) -> Mortal:
    """For a store that another process can open, and whose server its author's hook restarts."""

    @contextmanager
    def given() -> Iterator[Restartable]:
        found = elsewhere()
        assert found is not None, ELSEWHERE
        yield Restartable(found, restart)

    return given


def _server_in(address: str) -> tuple[str, int] | None:
    try:
        host, port = urlsplit(address).hostname, urlsplit(address).port
    except ValueError:
        return None
    return (host, port) if host and port else None


def _moved(address: str, port: int) -> str:
    parts = urlsplit(address)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))


__all__ = [
    "ELSEWHERE",
    "RESTART",
    "Elsewhere",
    "Mortal",
    "Restartable",
    "no_server",
    "restarted",
    "without_server",
]
