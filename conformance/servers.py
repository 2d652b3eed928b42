"""The database servers of one run: started once, by the process that leads it, and shared with its workers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from storeproof.conformance import scratch
from storeproof.fixtures.ladder import Handle, Rung, Server, ServerUnavailable, kinds, provide
from storeproof.fixtures.ladder import Options as ServerOptions

SERVED = tuple(kind for kind in kinds() if kind != "sqlite")
"""The databases that need a server."""

OVER_HTTP = {"http": "sqlite", **{f"http+{kind}": kind for kind in SERVED}}
"""Tracking servers, and the databases behind them."""


def needed(spec: str) -> str | None:
    """The kind of database server that the store `spec` needs, if any."""
    behind = spec.removeprefix("mlflow:")
    kind = OVER_HTTP.get(behind, behind)
    return kind if kind in SERVED else None


_servers: dict[str, Server] = {}
_private: dict[str, Server] = {}
_lock = threading.Lock()


def server(kind: str) -> Server:
    """The run's server of this kind, provided at the first call.

    Raises ServerUnavailable, whose text says each rung tried and why it failed, and
    ValueError for a setting in the environment that is no setting.
    """
    with _lock:
        if kind not in _servers:
            options = ServerOptions.from_environment(kind)
            if kind == "sqlite":  # whose server is a folder of stores
                options = replace(options, home=options.home or scratch.memory())
            _servers[kind] = provide(kind, options)
        return _servers[kind]


_certified: dict[str, Server] = {}


def certified(kind: str) -> Server:
    """A server whose certificate can be changed: the run's own, else one more of this process's.

    Raises ServerUnavailable where none can be started.
    """
    found = server(kind)
    if found.tls is not None:
        return found
    with _lock:
        if kind not in _certified:
            options = ServerOptions.from_environment(kind)
            rungs = options.rungs - {Rung.URL}
            _certified[kind] = provide(kind, replace(options, url=None, rungs=rungs))
        return _certified[kind]


def private(kind: str) -> Server:
    """A durable server of this kind that this process alone uses, and may kill (DUR-ACK).

    It is made at the first call, from binaries of this machine. Raises ServerUnavailable.
    """
    with _lock:
        if kind not in _private:
            options = ServerOptions.from_environment(kind)
            local = options.rungs & {Rung.LOCAL}
            _private[kind] = provide(kind, replace(options, url=None, rungs=local, durable=True))
        return _private[kind]


def handles() -> dict[str, Handle]:
    """What a worker needs to use the servers provided so far; passwords included."""
    return {kind: each.handle() for kind, each in _servers.items()}


def addresses() -> list[str]:
    """The addresses of the servers provided so far; passwords included."""
    return [each["url"] for each in handles().values()]


def attach(given: Mapping[str, Handle]) -> None:
    """Use the servers of another process of the same run."""
    with _lock:
        _servers.update({kind: Server.attach(handle) for kind, handle in given.items()})


def stop() -> None:
    """Stop what this process provided, and drop what it made elsewhere."""
    with _lock:
        for provided in (_private, _certified, _servers):
            while provided:
                provided.popitem()[1].stop()


__all__ = [
    "OVER_HTTP",
    "SERVED",
    "ServerUnavailable",
    "addresses",
    "attach",
    "certified",
    "handles",
    "needed",
    "private",
    "server",
    "stop",
]
