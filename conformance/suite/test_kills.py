"""Processes killed while they write: what was acknowledged is there, the rest is whole or absent.

Needs a store that another process can open (conformance/elsewhere.py); where it has a server, that
is killed too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from hypothesis import settings

from storeproof.conformance import deeds
from storeproof.conformance.deeds import Judge, Kind, second
from storeproof.conformance.elsewhere import ELSEWHERE, RESTART, Elsewhere
from storeproof.conformance.killing import Ending, Writer, killed_after, killed_inside
from storeproof.conformance.marks import clause, long
from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.profiles import QUICK

LONGEST = 1000
"""The least examples of the longest profile."""


def elsewhere(probe: Probe) -> Elsewhere:
    """How another process opens the store."""
    found = probe.place.elsewhere()
    if found is None:
        raise Needs(ELSEWHERE, "the target tells no address of it, and no function")
    return found


def markers(probe: Probe, depth: settings) -> list[int]:
    """After how many calls clients are killed: early and late, a few of them or many."""
    count = 3 if depth.max_examples <= QUICK else min(depth.max_examples // 10, 100)
    return [1 + (seed_of(probe) + 5 * turn) % 17 for turn in range(count)]


def seed_of(probe: Probe) -> int:
    """What is drawn is drawn from this."""
    return int(probe.token, 16)


def places(depth: settings) -> int:
    """The most places of a call at which clients are killed; all that there are in the longest profile."""
    if depth.max_examples >= LONGEST:
        return sys.maxsize
    return 5 if depth.max_examples <= QUICK else 15


def all_stands(
    probe: Probe, there: Elsewhere, endings: Sequence[Ending], blamed: str | None = None
) -> None:
    """Each client left what it was told is there, and nothing in part; `blamed` is broken where no other clause is."""
    store = probe.unrecorded(there.open)
    try:
        for ending in endings:
            left = probe.unrecorded(partial(deeds.left_by, ending.token, store))
            stands(probe, ending, left, blamed)
    finally:
        store.close()


def stands(probe: Probe, ending: Ending, left: deeds.Left, blamed: str | None) -> None:
    """What a client left is what it was told is there, with the call that it was in wholly or not at all."""
    judge = Judge(ending.token, ending.acknowledged, left)
    for fault in judge.faults():
        at = f" at {ending.at}" if ending.at else ""
        during = f"after a kill during {deeds.told(ending.acknowledged)}{at}: {fault.seen}"
        raise Breach(fault.expected, during, fault.clause or blamed)
    if judge.by_kind:
        probe.varies("BATCH-ATOMIC", deeds.BY_KIND)


def nobody_failed(endings: Sequence[Ending]) -> None:
    """The calls of clients that were not killed yet succeed."""
    for ending in endings:
        if ending.error is not None:
            raise Breach(f"{deeds.told(ending.acknowledged)} to succeed", ending.error)


@clause("DUR-ACK")
def test_what_was_acknowledged_outlives_the_client(probe: Probe, depth: settings) -> None:
    """Clients tell of each call that was acknowledged, and are killed in the middle of later ones."""
    there = elsewhere(probe)
    endings = killed_after(there, probe.name(), markers(probe, depth))
    nobody_failed(endings)
    all_stands(probe, there, endings)


@clause("BATCH-ATOMIC")
def test_a_batch_of_a_killed_client_is_all_or_nothing(probe: Probe, depth: settings) -> None:
    there = elsewhere(probe)
    numbers = [second(Kind.BATCH)]
    endings = killed_inside(there, probe.name(), numbers, places(depth), seed_of(probe))
    nobody_failed(endings)
    all_stands(probe, there, endings, "DUR-ACK")


@clause("FILE-CRASH")
def test_a_kill_in_the_middle_of_any_call_leaves_every_entry_whole(
    probe: Probe, depth: settings
) -> None:
    """Entries that are new, and entries that are overwritten."""
    there = elsewhere(probe)
    numbers = [second(kind) for kind in Kind if kind is not Kind.BATCH]
    endings = killed_inside(there, probe.name(), numbers, places(depth), seed_of(probe))
    nobody_failed(endings)
    all_stands(probe, there, endings)


@long
@clause("DUR-ACK")
def test_what_was_acknowledged_outlives_the_server(probe: Probe, depth: settings) -> None:
    """The server is killed while a client writes, and started again; its durability is on."""
    elsewhere(probe)
    mortal = probe.place.mortal
    if mortal is None:
        raise Needs(RESTART, "the target does not tell it")
    times = 1 if depth.max_examples < LONGEST else 5
    with mortal() as found:
        endings = []
        for turn in range(times):
            with Writer(found.elsewhere, f"{probe.name()}-{turn}") as writer:
                if not writer.work(5 + 3 * turn):
                    nobody_failed([writer.end()])
                probe.unrecorded(found.restart)
                writer.work(5)
                endings.append(writer.end())
        all_stands(probe, found.elsewhere, endings)
