"""Processes killed while they write: what was acknowledged is there, the rest is whole or absent.

Needs a store that another process can open (conformance/elsewhere.py); where it has a server, that
is killed too.
"""

from __future__ import annotations

import sys

from hypothesis import settings

from storeproof.conformance.deeds import Kind, second
from storeproof.conformance.elsewhere import RESTART
from storeproof.conformance.killing import Writer, killed_after, killed_inside
from storeproof.conformance.kills import all_stands, elsewhere, nobody_failed
from storeproof.conformance.marks import clause, long
from storeproof.conformance.probe import Needs, Probe
from storeproof.conformance.profiles import QUICK
from storeproof.conformance.whole import shown_whole

LONGEST = 1000
"""The least examples of the longest profile."""


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


@clause("DUR-ACK")
def test_what_was_acknowledged_outlives_the_client(probe: Probe, depth: settings) -> None:
    """Clients tell of each call that was acknowledged, and are killed in the middle of later ones."""
    there = elsewhere(probe)
    endings = killed_after(there, probe.name(), markers(probe, depth))
    nobody_failed(probe, endings)
    all_stands(probe, there, endings)


@clause("BATCH-ATOMIC")
def test_a_batch_of_a_killed_client_is_all_or_nothing(probe: Probe, depth: settings) -> None:
    there = elsewhere(probe)
    numbers = [second(Kind.BATCH)]
    endings = killed_inside(there, probe.name(), numbers, places(depth), seed_of(probe))
    nobody_failed(probe, endings)
    all_stands(probe, there, endings, "DUR-ACK")


@clause("FILE-CRASH")
def test_a_kill_in_the_middle_of_any_call_leaves_every_entry_whole(
    probe: Probe, depth: settings
) -> None:
    """Entries that are new, and entries that are overwritten."""
    there = elsewhere(probe)
    numbers = [second(kind) for kind in Kind if kind is not Kind.BATCH]
    endings = killed_inside(there, probe.name(), numbers, places(depth), seed_of(probe))
    nobody_failed(probe, endings)
    all_stands(probe, there, endings)


@long
@clause("DUR-ACK")
@shown_whole(drawn=False)
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
                    nobody_failed(probe, [writer.end()])
                probe.unrecorded(found.restart)
                writer.work(5)
                endings.append(writer.end())
        all_stands(probe, found.elsewhere, endings)
