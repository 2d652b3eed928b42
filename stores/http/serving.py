"""Running a tracking server: a port, one or several processes, and an end that lets requests finish."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NoReturn, Protocol

import uvicorn

from storeproof.stores.contract import TrackingStore
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.http.server import application

GRACE_SECONDS = 30
"""How long requests in flight may take to finish once the server was told to stop."""
IDLE_SECONDS = 75
"""How long an idle connection is kept: longer than clients keep theirs."""
UNUSABLE = 2
"""The exit status of a process whose store cannot be opened."""

_BACKLOG = 2048
_LOOK_SECONDS = 0.2

logger = logging.getLogger(__name__)


class Opener(Protocol):
    """Opens the store to serve; a value that can be sent to another process."""

    def __call__(self) -> TrackingStore:
        """Raises StoreError for a store that cannot be used."""
        ...


@dataclass(frozen=True)
class Service:
    """What to serve and to whom."""

    open: Opener
    token: str | None = field(default=None, repr=False)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port` (0: any free one); INVALID_PARAMETER_VALUE for one that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise invalid(
            f"The server cannot listen at {host}, port {port}: {reason}; "
            "choose another --port or --host, or stop what uses it."
        ) from None
    # Accepted connections inherit it. An answer in two pieces must not wait for the first
    # to be acknowledged, which takes the other side up to 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(
    service: Service, listener: socket.socket, workers: int, ready: Callable[[], None]
) -> int:
    """Serve until SIGTERM or SIGINT, then let requests finish; the status to exit with.

    `ready` is called when requests are heard. Raises what opening the store raises.
    """
    store = service.open()
    if workers == 1:
        _Server(store, service.token, ready).run([listener])
        return 0
    store.close()  # it was opened to see that it can be, and each worker has its own
    return _Workers(service, listener, workers).run(ready)


class _Server(uvicorn.Server):
    """One process's server; SIGTERM and SIGINT end it with status 0. `ready` is called when it serves."""

    def __init__(
        self, store: TrackingStore, token: str | None, ready: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application(store, token),
                access_log=False,
                log_level=logging.WARNING,
                lifespan="on",
                ws="none",
                server_header=False,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready
        # While uvicorn runs it handles the signals; afterwards it raises them again, to here.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)

    async def main_loop(self) -> None:
        self._ready()
        await super().main_loop()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.should_exit = True


class _Workers:
    """Several processes that serve at one socket, each with a store of its own; one that dies is replaced."""

    def __init__(self, service: Service, listener: socket.socket, count: int) -> None:
        self._service = service
        self._listener = listener
        self._count = count
        self._told_to_stop = threading.Event()

    def run(self, ready: Callable[[], None]) -> int:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self._told_to_stop.set())
        processes = [self._start() for _ in range(self._count)]
        ready()
        status = 0
        while not self._told_to_stop.wait(_LOOK_SECONDS) and status == 0:
            for place, process in enumerate(processes):
                if process.exitcode == UNUSABLE:
                    status = UNUSABLE
                elif process.exitcode is not None:
                    logger.error("A worker ended with status %s; it is replaced.", process.exitcode)
                    processes[place] = self._start()
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(GRACE_SECONDS + 5)
            process.kill()
        return status

    def _start(self) -> SpawnProcess:
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self._service, self._listener)
        )
        process.start()
        return process


def _work(service: Service, listener: socket.socket) -> NoReturn:
    """The life of a worker: it ends when told to, or when the process that started it does."""
    try:
        server = _Server(service.open(), service.token)
    except StoreError as error:
        sys.stderr.write(f"Error: {error.message}\n")
        raise SystemExit(UNUSABLE) from None
    threading.Thread(target=_follow_parent, args=(server,), daemon=True).start()
    server.run([listener])
    raise SystemExit(0)


def _follow_parent(server: _Server) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    server.should_exit = True
