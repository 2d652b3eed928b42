"""What the tests of connections stand on: stores of the target on one database, and its sessions at the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.connections import HOOK, Connections
from storeproof.conformance.deadline import Deadline
from storeproof.conformance.pools import watching
from storeproof.conformance.probe import Breach, Needs, Outcome, Probe, explain
from storeproof.conformance.sessions import Sessions, Unseen, sessions_of
from storeproof.conformance.trace import Refusal
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Metric, Param, Tag
from storeproof.stores.errors import ErrorCode, StoreError

UNAVAILABLE = str(ErrorCode.TEMPORARILY_UNAVAILABLE)

POOL_SIZE = "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"
MAX_OVERFLOW = "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"
POOL_RECYCLE = "MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE"
POOLCLASS = "MLFLOW_SQLALCHEMYSTORE_POOLCLASS"
ECHO = "MLFLOW_SQLALCHEMYSTORE_ECHO"

PATIENCE = 10.0
"""Seconds in which a server must be seen to have done what it was told."""

_POLL = 0.01


def hooks(probe: Probe) -> Connections:
    """How the target's connections are reached."""
    found = probe.place.connections
    if found is None:
        raise Needs(HOOK, "the target does not give it")
    return found


def ended(call: Callable[[], Any], seconds: float = 60.0) -> Outcome:
    """Do a call, whose time is limited, and say how it ended."""
    deadline = Deadline(seconds)
    try:
        return Outcome(deadline.run(call))
    except Exception as error:  # noqa: BLE001 - whatever a store raises is a finding
        return Outcome(refusal=Refusal.of(error))
    finally:
        deadline.end()


def succeeds(call: Callable[[], Any], told: str, clause: str | None = None) -> Any:
    """The answer of a call; a Breach if it has none."""
    ending = ended(call)
    if ending.refusal is not None:
        raise Breach(f"{told} to succeed", str(ending), clause)
    return ending.answer


def patiently(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it holds, or the time is over."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(_POLL)


class Calls:
    """Calls that run beside the test, each in a thread."""

    def __init__(self, calls: Sequence[Callable[[], Any]], seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._endings: list[Outcome | None] = [None] * len(calls)
        self._threads = [
            threading.Thread(target=self._do, args=each, daemon=True) for each in enumerate(calls)
        ]
        for thread in self._threads:
            thread.start()

    def _do(self, number: int, call: Callable[[], Any]) -> None:
        self._endings[number] = ended(call, self._seconds)

    @property
    def running(self) -> int:
        """How many have not come to their end."""
        return sum(thread.is_alive() for thread in self._threads)

    def endings(self) -> list[Outcome]:
        """How they ended, all of them."""
        for thread in self._threads:
            thread.join()
        return [each for each in self._endings if each is not None]


@dataclass
class Ground:
    """Stores on one database; sessions that were there before are not theirs."""

    hooks: Connections
    uri: str
    sessions: Sessions
    _others: set[int] = field(default_factory=set)
    _stack: ExitStack = field(default_factory=ExitStack)

    def store(self) -> TrackingStore:
        """A new store, closed at the end."""
        opened = succeeds(lambda: self.hooks.opened(self.uri), "opening a store")
        self._stack.callback(_close, opened)
        return opened  # type: ignore[no-any-return]

    def seen(self) -> set[int]:
        """The stores' sessions, as the server shows them."""
        return self.sessions.ids() - self._others

    @contextmanager
    def holding(self, run_id: str) -> Iterator[None]:
        """Keep every writer of a run waiting, by a session that is none of the stores'."""
        before = self.sessions.ids()
        with self.sessions.holding(run_id):
            ours = self.sessions.ids() - before
            self._others |= ours
            try:
                yield
            finally:
                self._others -= ours

    def settles(self, holds: Callable[[int], bool]) -> int:
        """The number of sessions, once it is one that holds, or when there was time enough for that."""
        counts = [0]

        def enough() -> bool:
            counts.append(len(self.seen()))
            return holds(counts[-1])

        patiently(enough)
        return counts[-1]

    def ends(self, sessions: set[int]) -> None:
        """End sessions at the server, and wait until it shows them no more."""
        self.sessions.kill(sessions)
        patiently(lambda: not self.seen() & sessions)

    @contextmanager
    def identities(self) -> Iterator[Callable[[], set[int]]]:
        """Gives, at each call, the connections in use: by the server, or where it has no names for them, by the pool."""
        if self.sessions.names_last:
            yield self.seen
            return
        lent: list[Any] = []  # kept, so that no other has the same id
        with watching(lent.append):

            def last() -> set[int]:
                return {id(each) for each in lent[-1:]}

            yield last


@contextmanager
def addressed(given: AbstractContextManager[str]) -> Iterator[str]:
    """The address of a database that a hook gives; Needs where its schema could not be made."""
    with ExitStack() as stack:
        try:
            uri = stack.enter_context(given)
        except Exception as error:
            raise Needs("a store that opens", explain(error)) from error
        yield uri


@contextmanager
def ground(probe: Probe) -> Iterator[Ground]:
    """A database for stores whose connections are looked at; Needs where the target gives no hook."""
    found = hooks(probe)
    with addressed(found.address()) as uri, ExitStack() as stack:
        sessions = stack.enter_context(closing(sessions_of(found.engine, uri)))
        try:
            others = sessions.ids()
        except Unseen as error:
            raise Needs("the sessions of the database", str(error)) from error
        yield Ground(found, uri, sessions, others, stack)


def run_of(store: TrackingStore) -> str:
    """A new run in the default experiment."""
    run = succeeds(lambda: store.create_run("0", start_time=1), "create_run")
    return str(run.info.run_id)


def tag(store: TrackingStore, run_id: str, number: int) -> Callable[[], object]:
    """A call that writes a new tag."""
    return lambda: store.set_tag(run_id, Tag(f"t{number}", "v"))


def read(store: TrackingStore, run_id: str) -> Callable[[], object]:
    """A call that reads a run."""
    return lambda: store.get_run(run_id)


def everything(store: TrackingStore) -> None:
    """A call of each kind, those among them that need settings of their own."""
    run_id = run_of(store)
    store.log_batch(
        run_id, [Metric("m", float(n), n, n) for n in range(3)], [Param("p", "v")], [Tag("t", "v")]
    )
    store.get_run(run_id)
    store.get_metric_history(run_id, "m")
    store.search_runs(
        ["0"],
        filter_string="params.p LIKE 'v%' AND metrics.m >= 0",
        order_by=["params.p", "tags.t DESC", "metrics.m"],
    )
    store.search_experiments(order_by=["name"])
    store.delete_run(run_id)
    store.restore_run(run_id)
    with suppress(StoreError):
        store.get_run("no such run")
    with suppress(StoreError):
        store.log_param(run_id, Param("p", "another"))


def _close(store: Any) -> None:
    ended(store.close)
