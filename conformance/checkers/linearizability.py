"""Whether a history could have happened one operation after the other: the search of Wing, Gong and Lowe.

An order of all operations is sought that keeps the order of those that did not overlap and in which
each answers as the object would. An operation of unknown effect may be left out, or come at any
time after it began. The search is exponential at worst, so it has limits, and "inconclusive" is an
answer. Wing and Gong, "Testing and verifying concurrent objects", 1993; Lowe, "Testing for
linearizability", 2017 (remembering what was tried).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from storeproof.conformance.checkers.operations import (
    KEPT,
    Judgement,
    Op,
    State,
    broken,
)

Step = Callable[[Hashable, Op], tuple[bool, Hashable]]
"""Whether an operation may end as it did in a state of the object, and the state after it."""


@dataclass(frozen=True)
class Thing:
    """A sequential object: its first state, and what an operation does to it."""

    name: str
    first: Hashable
    step: Step
    reads: frozenset[str] = frozenset({"read"})
    """The kinds of operation that never change the state: a history is as wrong with fewer of them."""


@dataclass(frozen=True)
class Limit:
    """How long one search may go on."""

    steps: int = 200_000
    seconds: float = 2.0


def judge(ops: Sequence[Op], thing: Thing, limit: Limit | None = None) -> Judgement:
    """Whether the operations on one object are linearizable; if not, with the fewest reads that show it."""
    limit = limit or Limit()
    end = time.monotonic() + limit.seconds
    found = _search(ops, thing, limit.steps, end)
    if found is None:
        return Judgement(State.INCONCLUSIVE, seen="the search for an order took too long")
    if found:
        return KEPT
    fewest = _fewest(list(ops), thing, limit.steps, end)
    return broken(
        "order",
        f"the {thing.name} to answer as if its operations came one after the other",
        "there is no order of these operations that explains every answer",
        fewest,
    )


def is_linearizable(ops: Sequence[Op], thing: Thing, limit: Limit | None = None) -> bool | None:
    """Whether there is such an order; None where the limit came first."""
    limit = limit or Limit()
    return _search(ops, thing, limit.steps, time.monotonic() + limit.seconds)


def _fewest(ops: list[Op], thing: Thing, steps: int, end: float) -> list[Op]:
    """The operations without those reads that the verdict does not need."""
    for each in list(ops):
        if each.kind in thing.reads:
            fewer = [op for op in ops if op is not each]
            if _search(fewer, thing, steps, end) is False:
                ops = fewer
    return ops


def _search(ops: Sequence[Op], thing: Thing, steps: int, end: float) -> bool | None:
    ordered = sorted(ops, key=lambda op: (op.began, op.ended))
    must = sum(1 << at for at, op in enumerate(ordered) if op.ended_known)
    tried: set[tuple[int, Hashable]] = set()
    waiting: list[tuple[int, Hashable]] = [(0, thing.first)]
    while waiting:
        done, state = waiting.pop()
        if done & must == must:
            return True
        if (done, state) in tried:
            continue
        tried.add((done, state))
        steps -= 1
        if steps < 0 or (steps % 256 == 0 and time.monotonic() > end):
            return None
        waiting += _steps(ordered, done, state, thing)
    return False


def _steps(
    ordered: Sequence[Op], done: int, state: Hashable, thing: Thing
) -> list[tuple[int, Hashable]]:
    """Where one more operation leads, the most promising last.

    A read that fits may as well come now. What somebody read is best written last.
    """
    read = {op.value for op in ordered if op.kind in thing.reads}
    found: list[tuple[bool, int, Hashable]] = []
    for at in _next(ordered, done):
        op = ordered[at]
        fits, after = thing.step(state, op)
        if fits and op.kind in thing.reads:
            return [(done | 1 << at, after)]
        if fits:
            found.append((op.value in read, done | 1 << at, after))
    found.sort(key=lambda each: not each[0])
    return [(after_done, after) for _, after_done, after in found]


def _next(ordered: Sequence[Op], done: int) -> list[int]:
    """The operations that may come next: no other that is left ended before they began."""
    found = []
    first_end: float = float("inf")
    for at, op in enumerate(ordered):
        if done >> at & 1:
            continue
        if op.began > first_end:
            break  # so do all behind it
        found.append(at)
        first_end = min(first_end, op.ended)
    return found
