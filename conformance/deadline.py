"""A time limit for calls into a store, which may hang.

A call runs in a daemon thread: one that never comes back is abandoned, and the run
goes on and ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

OPENING = 5
"""How many times as long as another call the opening of a store may take: it may import a library, or make tables."""


class OperationTimeout(Exception):
    """A call into the store did not come back within its time limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class Deadline:
    """Runs calls one after the other in a thread of its own, each with a time limit in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._calls: queue.SimpleQueue[Any] | None = None
        self._answers: queue.SimpleQueue[Any] | None = None

    def run(self, call: Callable[[], T], times: int = 1) -> T:
        """The answer of `call`, or what it raised; OperationTimeout when `times` the limit is over."""
        if self._calls is None or self._answers is None:
            self._calls, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
            threading.Thread(
                target=_serve,
                args=(self._calls, self._answers),
                name="storeproof-call",
                daemon=True,
            ).start()
        self._calls.put(call)
        try:
            answer, error = self._answers.get(timeout=self.seconds * times)
        except queue.Empty:
            # The thread is given up with its queues, so that a late answer reaches nobody.
            self._calls = self._answers = None
            raise OperationTimeout(self.seconds * times) from None
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]

    def end(self) -> None:
        """Let the thread end."""
        if self._calls is not None:
            self._calls.put(None)
            self._calls = self._answers = None


def _serve(calls: queue.SimpleQueue[Any], answers: queue.SimpleQueue[Any]) -> None:
    while (call := calls.get()) is not None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            answers.put((None, error))
