"""Compiled statements, shared by all engines of a server: the second store of a process compiles nothing again.

SQLAlchemy keeps them by engine, under a key that names the engine's own dialect object. To
compile a statement takes many times as long as to execute it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, MutableMapping
from functools import cache
from typing import Any

from sqlalchemy.engine import URL, Dialect
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.util import LRUCache

_MOST = 1500
"""Statements that are kept for each server; the shapes of searches have no end."""


class Shared(MutableMapping[Any, Compiled]):
    """A cache for the execution option `compiled_cache`, whose keys start with the dialect.

    The address tells the driver: one with a driver of its own must not share.
    """

    def __init__(self, url: URL) -> None:
        server = URL.create(url.drivername, host=url.host, port=url.port, query=url.query)
        self._kept = _of_server(server)

    def __getitem__(self, key: Any) -> Compiled:
        return self._kept[_alike(key)]

    def __setitem__(self, key: Any, compiled: Compiled) -> None:
        self._kept[_alike(key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._kept[_alike(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


@cache
def _of_server(_server: URL) -> LRUCache[Hashable, Compiled]:
    return LRUCache(_MOST)


def _alike(key: Any) -> Hashable:
    """The key with what decides how its dialect compiles, in the dialect's place."""
    dialect: Dialect = key[0]
    return (type(dialect), dialect.server_version_info, *key[1:])
