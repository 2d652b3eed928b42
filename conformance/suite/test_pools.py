"""The pool of connections, as the server sees it: how many, how old, in what state, and none when all is over.

Needs a hook of the store (conformance/connections.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import settings

from storeproof.conformance.marks import clause
from storeproof.conformance.pools import watching
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe
from storeproof.conformance.profiles import QUICK
from storeproof.conformance.suite.pooled import (
    ECHO,
    MAX_OVERFLOW,
    POOL_RECYCLE,
    POOL_SIZE,
    POOLCLASS,
    UNAVAILABLE,
    Calls,
    Ground,
    ended,
    everything,
    ground,
    hooks,
    patiently,
    read,
    run_of,
    succeeds,
    tag,
)

SIZES = ((2, 1), (0, 2), (2, 0))
"""Pool size and overflow."""
SIZES_OF_ONE_WRITER = ((1, 0), (0, 1))

MOST_STORES = 200

SOON = 2.0
"""Seconds in which a call has taken a connection."""

BAD = (
    (POOL_SIZE, "many"),
    (MAX_OVERFLOW, "some"),
    (POOL_RECYCLE, "soon"),
    (ECHO, "perhaps"),
    (POOLCLASS, "NoSuchPool"),
)


@contextmanager
def pool_of(probe: Probe, size: int, overflow: int) -> Iterator[Ground]:
    """A ground for stores with so many connections."""
    probe.setting(POOL_SIZE, str(size))
    probe.setting(MAX_OVERFLOW, str(overflow))
    with ground(probe) as found:
        yield found


@contextmanager
def all_at_work(found: Ground, store: Any, run_id: str, bound: int) -> Iterator[Calls]:
    """As many calls as the pool has connections, each of which the server keeps waiting with one."""
    with found.holding(run_id):
        before = len(found.seen())
        lent: list[object] = []
        with watching(lent.append):
            calls = Calls([tag(store, run_id, number) for number in range(bound)])
            # A connection that is there already may not be in use yet, as a pool of SQLAlchemy's tells.
            patiently(lambda: len(lent) >= bound, SOON)
        seen = found.settles(lambda count: count >= bound)
        if seen < bound:
            expected = f"{bound} connections for {bound} calls at once"
            raise Breach(expected, f"{seen}, and before them {before}", "POOL-ENV")
        yield calls
    for ending in calls.endings():
        if ending.refusal is not None:
            raise Breach("a call that waited at the server to succeed", str(ending), "POOL-BOUND")


@clause("POOL-ENV", "POOL-BOUND")
def test_a_pool_is_as_large_as_the_variables_say(probe: Probe) -> None:
    """Sizes of 0 included; one call more than there are connections brings no other connection."""
    with ground(probe) as found:
        one_writer = found.sessions.one_writer
    for size, overflow in SIZES_OF_ONE_WRITER if one_writer else SIZES:
        bound = size + overflow
        with pool_of(probe, size, overflow) as found:
            store = found.store()
            run_id = run_of(store)
            with all_at_work(found, store, run_id, bound):
                one_more = Calls([read(store, run_id)])
                time.sleep(0.1)
                at_most(found, bound)
            one_more.endings()
            at_most(found, bound)
            if size and found.settles(lambda count, most=size: count <= most) > size:  # type: ignore[misc]
                seen = f"{len(found.seen())} connections"
                raise Breach(f"{size} connections kept after the work", seen, "POOL-ENV")


def at_most(found: Ground, bound: int) -> None:
    """The server shows no more connections than that."""
    if (seen := len(found.seen())) > bound:
        raise Breach(f"at most {bound} connections", f"{seen} at the server", "POOL-BOUND")


@clause("POOL-BOUND")
def test_an_exhausted_pool_is_told_and_recovers(probe: Probe) -> None:
    known = hooks(probe)
    for name, value in known.settings.items():
        probe.setting(name, value)
    with pool_of(probe, 1, 0) as found:
        store = found.store()
        run_id = run_of(store)
        with all_at_work(found, store, run_id, 1) as calls:
            ending = ended(read(store, run_id), known.pool_timeout + 10)
            if ending.refusal is None and not calls.running:
                raise Inconclusive("the call that had the connection gave up first")
            if not ending.was_refused(UNAVAILABLE):
                raise Breach(
                    f"a call that finds no connection to be refused with {UNAVAILABLE} "
                    f"after {known.pool_timeout:g} s",
                    str(ending),
                )
        succeeds(read(store, run_id), "a call after the exhaustion")


@clause("POOL-ENV", "POOL-RECYCLE")
def test_a_connection_is_as_old_as_the_variable_allows(probe: Probe, depth: settings) -> None:
    """0 seconds included; with many seconds it is the same one."""
    probe.setting(POOL_SIZE, "1")
    probe.setting(MAX_OVERFLOW, "0")
    ages = (("0", 0.01, False), ("3600", 0.0, True), ("1", 1.1, False))
    for seconds, age, same in ages if depth.max_examples > QUICK else ages[:2]:
        probe.setting(POOL_RECYCLE, seconds)
        with ground(probe) as found, found.identities() as used:
            store = found.store()
            run_id = run_of(store)
            first = used()
            time.sleep(age)
            succeeds(read(store, run_id), "get_run")
            second = used()
            if (first == second) is not same:
                expected = "the same connection" if same else "another connection"
                raise Breach(
                    f"{expected} for the second call, {POOL_RECYCLE} being {seconds}",
                    f"{sorted(first)}, then {sorted(second)}",
                    "POOL-ENV" if same else "POOL-RECYCLE",
                )


@clause("POOL-ENV")
def test_the_class_of_the_pool_is_the_variables(probe: Probe) -> None:
    """A NullPool keeps nothing; a QueuePool does."""
    for name, kept in (("NullPool", 0), ("QueuePool", 1)):
        probe.setting(POOLCLASS, name)
        with ground(probe) as found:
            run_of(found.store())
            seen = found.settles(lambda count, kept=kept: count == kept)  # type: ignore[misc]
            if seen != kept:
                raise Breach(
                    f"{kept} connections after a call, {POOLCLASS} being {name}", str(seen)
                )


@clause("POOL-ENV")
def test_statements_are_logged_if_the_variable_says_so(probe: Probe) -> None:
    for value, logged in (("true", True), ("false", False), ("0", False)):
        probe.setting(ECHO, value)
        with ground(probe) as found, _listening() as records:
            run_of(found.store())
        if bool(records) is not logged:
            expected = f"{'some' if logged else 'no'} statements logged, {ECHO} being {value}"
            raise Breach(expected, f"{len(records)} records of the logger sqlalchemy.engine")


@clause("POOL-ENV")
def test_a_bad_value_is_refused_by_its_name(probe: Probe) -> None:
    with ground(probe) as found:
        for name, value in BAD:
            probe.setting(name, value)
            ending = ended(lambda: run_of(found.hooks.opened(found.uri)))
            if ending.refusal is None or name not in ending.refusal.message:
                raise Breach(
                    f"{name}={value} to be refused with an error that names it", str(ending)
                )
            probe.setting(name, None)


@clause("POOL-RECYCLE")
def test_connections_that_the_server_ended_are_replaced(probe: Probe) -> None:
    """All that the pool has at once, as when a server is started anew or a firewall forgets."""
    with pool_of(probe, 3, 0) as found:
        if found.sessions.one_writer:
            return  # a file ends nothing
        store = found.store()
        run_id = run_of(store)
        with all_at_work(found, store, run_id, 3):
            pass
        found.ends(found.seen())
        for ending in Calls([read(store, run_id)] * 3).endings():
            if ending.refusal is not None:
                raise Breach(
                    "a call after the server ended its connections to succeed", str(ending)
                )


@clause("POOL-RECYCLE")
def test_connections_that_were_idle_too_long_for_the_server_are_replaced(
    probe: Probe, depth: settings
) -> None:
    """MySQL's wait_timeout of a second, PostgreSQL's idle_session_timeout; not in the quickest profile."""
    with pool_of(probe, 1, 0) as found:
        idling = found.sessions.idling
        if idling is None or depth.max_examples <= QUICK:
            return
        store = found.store()
        with watching(lambda connection: found.sessions.tell(connection, idling)):
            run_id = run_of(store)
        found.settles(lambda count: count == 0)
        succeeds(read(store, run_id), "a call after the server ended an idle connection")


@clause("POOL-CLEAN")
def test_a_connection_goes_back_as_it_came(probe: Probe) -> None:
    """What the session is set to, before and after each use; the calls are of every kind."""
    with ground(probe) as found:
        came: dict[int, dict[str, str]] = {}
        changed: list[str] = []
        uses = 0

        def lent(connection: Any) -> None:
            came[id(connection)] = found.sessions.settings(connection)
            connection.rollback()

        def given_back(connection: Any) -> None:
            nonlocal uses
            uses += 1
            before = came.pop(id(connection), None)
            if before is None:
                return
            after = found.sessions.settings(connection)
            connection.rollback()
            changed.extend(
                f"{name} was {before[name]!r} and is {value!r}"
                for name, value in after.items()
                if before.get(name, value) != value
            )

        store = found.store()
        with watching(lent, given_back):
            succeeds(lambda: everything(store), "a call of each kind")
        if not uses:
            raise Needs("a pool of SQLAlchemy's", "the store was not seen to use one")
        if changed:
            raise Breach("every connection given back with the settings it came with", changed[0])


@clause("POOL-CLEAN")
def test_a_closed_store_has_no_connections(probe: Probe, depth: settings) -> None:
    """Many stores one after the other, 200 in the deepest profile, and one that was at work in threads."""
    with ground(probe) as found:
        store = found.store()
        run_id = run_of(store)
        Calls([read(store, run_id)] * 4).endings()
        found.store().close()
        store.close()
        none_left(found, "a store that four threads used, and another, were closed")
        for _ in range(number := min(depth.max_examples, MOST_STORES)):
            each = found.hooks.opened(found.uri)
            succeeds(read(each, run_id), "get_run")
            each.close()
        none_left(found, f"{number} stores were opened and closed")


def none_left(found: Ground, after: str) -> None:
    """The server shows no connection of a store."""
    if seen := found.settles(lambda count: count == 0):
        raise Breach(f"no connection left after {after}", f"{seen} at the server")


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _listening() -> Iterator[list[logging.LogRecord]]:
    """What SQLAlchemy's engines log meanwhile."""
    listener = _Listener()
    logger = logging.getLogger("sqlalchemy.engine")
    logger.addHandler(listener)
    try:
        yield listener.records
    finally:
        logger.removeHandler(listener)
