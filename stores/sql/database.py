"""A database and its transactions: each unit of work is one, run again where others got in its way."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL

from storeproof.stores.errors import StoreError, unavailable
from storeproof.stores.sql import failures, watch
from storeproof.stores.sql.dialects.base import CONNECT_TIMEOUT, PATIENCE, Dialect, Failure

T = TypeVar("T")
Work = Callable[[Connection], T]
"""What is done in one transaction; it may be run more than once."""

_ATTEMPTS = 12
_FIRST_PAUSE = 0.005


class Database:
    """An engine with its dialect; everything it raises is a StoreError."""

    def __init__(self, engine: Engine, dialect: Dialect, url: URL, *, single: bool) -> None:
        self.engine = engine
        self.dialect = dialect
        self._url = url
        self._single = single
        self._turn = threading.Lock()
        self._closed = False
        self._watch = watch.Watch()
        self._opening = threading.local()
        self._watch_openings()
        self._watch_pings()

    @property
    def place(self) -> str:
        """The database's name for messages, without a password."""
        return self.dialect.place(self._url)

    def close(self) -> None:
        """Close the connections; again: nothing (POOL-CLEAN)."""
        self._closed = True
        self.engine.dispose()

    def read(self, work: Work[T]) -> T:
        """Run `work` on one state of the database."""
        return self._run(lambda: self._transaction(work, write=False), alone=self._single)

    def write(self, work: Work[T]) -> T:
        """Run `work` and commit, all or nothing (BATCH-ATOMIC)."""
        # One writer of this process at a time where the engine admits no more: its own way
        # of waiting is to sleep and look again, which is slow and unfair.
        alone = self._single or self.dialect.serial_writes
        return self._run(lambda: self._transaction(work, write=True), alone=alone)

    def session(self, work: Work[T]) -> T:
        """Run `work`, which begins and commits for itself, on one connection."""
        return self._run(lambda: self._connected(work), alone=self._single)

    def _transaction(self, work: Work[T], *, write: bool) -> T:
        connection = self._connect()
        descriptor = self.dialect.descriptor(connection.connection.dbapi_connection)
        with self._watch.over(descriptor, watch.SILENCE), connection:
            self.dialect.begin(connection, write=write)
            result = work(connection)
            if write:
                connection.commit()
            return result

    def _connected(self, work: Work[T]) -> T:
        with self._connect() as connection:
            return work(connection)

    def _connect(self) -> Connection:
        try:
            with ExitStack() as opening:
                self._opening.stack = opening
                return self.engine.connect()
        except StoreError:
            raise
        except Exception as error:
            if failures.classify(error, self.dialect) is not Failure.DEFECT:
                raise
            # Before a connection is made, what is not known to be wrong elsewhere is wrong in
            # the address: an option, a file, a name.
            raise failures.refusal(error, Failure.ADDRESS, self.dialect, self._url) from error
        finally:
            self._opening.stack = None

    def _watch_openings(self) -> None:
        """Give a new connection a short time for what is asked of it first: drivers limit the login alone."""

        @event.listens_for(self.engine, "connect", insert=True)
        def _opened(dbapi_connection: Any, _record: Any) -> None:
            opening = getattr(self._opening, "stack", None)
            if opening is not None:
                descriptor = self.dialect.descriptor(dbapi_connection)
                opening.enter_context(self._watch.over(descriptor, CONNECT_TIMEOUT))

    def _watch_pings(self) -> None:
        """Give a pooled connection a short time for its sign of life."""
        engine = self.engine.dialect
        ping = engine.do_ping

        def watched(dbapi_connection: Any) -> bool:
            with self._watch.over(self.dialect.descriptor(dbapi_connection), CONNECT_TIMEOUT):
                return ping(dbapi_connection)

        engine.do_ping = watched  # type: ignore[method-assign]  # there is no event for it

    def _run(self, unit: Callable[[], T], *, alone: bool) -> T:
        """Do `unit`, again after a deadlock, a serialization failure or a lock not got."""
        if self._closed:
            raise unavailable("The store is closed; open it again.")
        deadline = time.monotonic() + PATIENCE
        attempt = 0
        while True:
            attempt += 1
            try:
                if not alone:
                    return unit()
                with self._turn_taken():
                    return unit()
            except StoreError:
                raise
            except Exception as error:
                contended = failures.classify(error, self.dialect) is Failure.CONTENDED
                if not contended or attempt == _ATTEMPTS or time.monotonic() > deadline:
                    raise failures.translate(error, self.dialect, self._url) from error
            time.sleep(random.uniform(0, _FIRST_PAUSE * 2 ** min(attempt, 7)))

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=PATIENCE):
            raise unavailable(f"{self.place} is busy; try again.")
        try:
            yield
        finally:
            self._turn.release()
