"""No call waits for ever: a connection whose server has long said nothing is cut (CONN-DOWN).

A driver waits as long as its server lets it, and a server that froze, or is behind a network that
swallows everything, says no more. Cut from this side, the driver raises what it raises for a server
that went away.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SILENCE = 300.0
"""Seconds that a call may wait for its server in all; more than any that is alive takes."""

LOOK = 1.0
"""Seconds between looks at the calls under way."""


class Watch:
    """Over the calls of one database; its thread is there only while there are calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[object, tuple[float, int, int]] = {}
        """When each is cut, its connection's descriptor, and its process."""
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, descriptor: int | None, seconds: float) -> Iterator[None]:
        """Cut the connection of this descriptor if what is done takes longer; None is not watched."""
        if descriptor is None:
            yield
            return
        call = object()
        with self._lock:
            self._calls[call] = (time.monotonic() + seconds, descriptor, os.getpid())
            # A process that was forked has the object, and not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._look, name="storeproof-watch", daemon=True
                )
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._calls.pop(call, None)

    def _look(self) -> None:
        idle = False
        while True:
            time.sleep(LOOK)
            with self._lock:  # so that no descriptor is another connection's by now
                now, here = time.monotonic(), os.getpid()
                for call, (end, descriptor, process) in list(self._calls.items()):
                    if process != here:  # of the process that this one was forked from
                        del self._calls[call]
                    elif now > end:
                        del self._calls[call]
                        _cut(descriptor)
                if idle and not self._calls:
                    self._thread = None
                    return
                idle = not self._calls


def _cut(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)
