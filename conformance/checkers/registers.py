"""Registers: one that is written once and stays (a param), and one whose last write counts (a tag).

"write" and "read" have the value; a read of None saw none. A refused write of a register that
is written once was told that it has another value.
"""

from __future__ import annotations

from collections.abc import Sequence

from storeproof.conformance.checkers import linearizability, things
from storeproof.conformance.checkers.linearizability import Limit
from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken, worst


def written_once(ops: Sequence[Op], limit: Limit | None = None) -> Judgement:
    """One value wins and stays, and a writer of another is told."""
    return worst((_one_value(ops), linearizability.judge(ops, things.WRITE_ONCE, limit)))


def last_written(ops: Sequence[Op], limit: Limit | None = None) -> Judgement:
    """A read gives a value that was written, and that no later write had replaced."""
    return worst((_current(ops), linearizability.judge(ops, things.REGISTER, limit)))


def _one_value(ops: Sequence[Op]) -> Judgement:
    winners = [op for op in ops if op.kind == "write" and op.sure]
    for other in winners[1:]:
        if other.value != winners[0].value:
            return broken(
                "two",
                "one value to win, and the writers of others to be refused",
                f"{winners[0].value!r} and {other.value!r} both acknowledged",
                (winners[0], other),
            )
    for read in (op for op in ops if op.kind == "read" and op.sure):
        for winner in winners:
            if winner.before(read) and read.value != winner.value:
                return broken(
                    "lost",
                    f"{winner.value!r}, acknowledged before, to stay",
                    f"{read.value!r}",
                    (winner, read),
                )
    for op in ops:
        if op.kind == "write" and not op.possible:
            others = [each for each in ops if each.kind == "write" and each.possible]
            rivals = [each for each in others if each.value != op.value and not op.before(each)]
            if not rivals:
                return broken(
                    "nobody",
                    "a write to be refused only for another value",
                    f"{op.value!r} refused, and nobody had written another",
                    [op, *others[:1]],
                )
    return KEPT


def _current(ops: Sequence[Op]) -> Judgement:
    writes = [op for op in ops if op.kind == "write"]
    for read in (op for op in ops if op.kind == "read" and op.sure):
        sources = [
            op for op in writes if op.value == read.value and op.possible and not read.before(op)
        ]
        before = [op for op in writes if op.sure and op.before(read)]
        if not sources and read.value is not None:
            return broken("invented", "a value that was written", f"{read.value!r}", (read,))
        if not sources and before:
            return broken("lost", "a value that was written", "none", (before[0], read))
        newer = [op for op in before if all(source.before(op) for source in sources)]
        if sources and newer:
            return broken(
                "stale",
                f"{newer[-1].value!r}, or what was written later",
                f"{read.value!r}",
                (*sources, newer[-1], read),
            )
    return KEPT
