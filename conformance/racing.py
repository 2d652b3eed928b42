"""Several clients of one store at once: each does its calls, all begin each round together, all is recorded.

A client is a thread with a store object, its own or one that it shares. Nobody sleeps: a barrier
before each round makes them meet. A call that does not come back is recorded as one that never
ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storeproof.conformance.histories import Call, History, Outcome, ending_of, in_order
from storeproof.stores.contract import TrackingStore


@dataclass(frozen=True, slots=True)
class Do:
    """A call to make: a method of the contract, with arguments by name."""

    method: str
    arguments: dict[str, Any]


Plan = Sequence[Do]
"""The calls of one client, one after the other, each in a round of its own."""


class Meeting:
    """A barrier that clients leave by without a word to those who stay."""

    def __init__(self, clients: int, seconds: float) -> None:
        self._barrier = threading.Barrier(clients)
        self._seconds = seconds

    def wait(self) -> bool:
        """Wait for the others; False if one of them does not come."""
        try:
            self._barrier.wait(self._seconds)
        except threading.BrokenBarrierError:
            return False
        return True


class _Client:
    """A thread that carries out a plan and keeps what happened."""

    def __init__(self, number: int, store: TrackingStore, plan: Plan, meeting: Meeting) -> None:
        self.calls: list[Call] = []
        self.error: BaseException | None = None
        self._number = number
        self._store = store
        self._plan = plan
        self._meeting = meeting
        self._open: tuple[Do, int] | None = None
        self.thread = threading.Thread(target=self._run, name=f"client-{number}", daemon=True)

    def _run(self) -> None:
        try:
            for do in self._plan:
                if not self._meeting.wait():
                    return
                self._open = do, time.monotonic_ns()
                call = perform(self._number, self._store, do)
                self._open = None
                self.calls.append(call)
        except BaseException as error:  # noqa: BLE001 - the harness's own, raised again by race()
            self.error = error

    def left_open(self) -> list[Call]:
        """The call that never came back, if the client is at one."""
        if self._open is None or not self.thread.is_alive():
            return []
        do, began = self._open
        return [Call(0, self._number, do.method, do.arguments, began, None, Outcome.UNKNOWN)]


def perform(client: int, store: TrackingStore, do: Do) -> Call:
    """Do one call, whatever becomes of it."""
    answer: Any = None
    error: Exception | None = None
    began = time.monotonic_ns()
    try:
        answer = getattr(store, do.method)(**do.arguments)
    except Exception as caught:  # noqa: BLE001 - whatever a store raises is recorded
        error = caught
    ended = time.monotonic_ns()
    outcome, refusal = ending_of(error)
    return Call(0, client, do.method, do.arguments, began, ended, outcome, answer, refusal)


def race(stores: Sequence[TrackingStore], plans: Sequence[Plan], seconds: float) -> History:
    """Have one client for each store carry out its plan; plans are of one length.

    `seconds` is what a call may take before it counts as one that never ends.
    """
    meeting = Meeting(len(plans), seconds)
    clients = [
        _Client(number, store, plan, meeting)
        for number, (store, plan) in enumerate(zip(stores, plans, strict=True))
    ]
    for client in clients:
        client.thread.start()
    for client in clients:
        done = -1
        while client.thread.is_alive() and len(client.calls) > done:
            done = len(client.calls)
            client.thread.join(seconds)
    for client in clients:
        if client.error is not None:
            raise client.error
    return in_order([call for client in clients for call in (*client.calls, *client.left_open())])
