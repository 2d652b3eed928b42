"""Clients that are killed on the store behind a probe: what each left is looked at and judged.

What was acknowledged is there, the call that the client was in wholly or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial

from storeproof.conformance import deeds
from storeproof.conformance.deeds import Judge
from storeproof.conformance.elsewhere import ELSEWHERE, Elsewhere
from storeproof.conformance.killing import Ending, killed_once
from storeproof.conformance.probe import Breach, Needs, Probe


def kill(probe: Probe, after: int, place: int = 0) -> None:
    """Have a client killed once it has done so many deeds (deeds.py), and judge what it left.

    With a place it is killed in the next deed, at that call out of Python. Breach if something is
    lost or torn; Needs where no other process can open the store.
    """
    there = elsewhere(probe)
    ending = killed_once(there, probe.name(f"-{secrets.token_hex(4)}"), after, place)
    nobody_failed(probe, [ending])
    all_stands(probe, there, [ending])


def elsewhere(probe: Probe) -> Elsewhere:
    """How another process opens the store."""
    found = probe.place.elsewhere()
    if found is None:
        raise Needs(ELSEWHERE, "the target tells no address of it, and no function")
    return found


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
        probe.trace.events += ending.recorded
        raise Breach(fault.expected, during, fault.clause or blamed)
    if judge.by_kind:
        probe.varies("BATCH-ATOMIC", deeds.BY_KIND)


def nobody_failed(probe: Probe, endings: Sequence[Ending]) -> None:
    """The calls of clients that were not killed yet succeed."""
    for ending in endings:
        if ending.error is not None:
            probe.trace.events += ending.recorded
            raise Breach(f"{deeds.told(ending.acknowledged)} to succeed", ending.error)
