"""A set that only grows: nothing acknowledged is lost, nothing is invented or doubled.

"add" has the tuple of its elements as value, "read" the tuple of what it gave. An add of unknown
effect may be there once or not at all.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Sequence
from typing import Any

from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken

_SHOWN = 3
"""Elements that are named."""


def growing(ops: Sequence[Op]) -> Judgement:
    """Judge each read by what was added, and by what earlier reads gave."""
    adds = [op for op in ops if op.kind == "add"]
    reads = sorted((op for op in ops if op.kind == "read" and op.sure), key=lambda op: op.began)
    for read in reads:
        judgement = _read(read, adds)
        if not judgement.kept:
            return judgement
    return _vanished(reads)


def _vanished(reads: Sequence[Op]) -> Judgement:
    """What a read gave, every read that began after it gives too; reads are in the order of their beginnings."""
    ended = deque(sorted(reads, key=lambda op: op.ended))
    seen: dict[Hashable, Op] = {}
    for later in reads:
        while ended and ended[0].before(later):
            earlier = ended.popleft()
            seen |= dict.fromkeys(_items(earlier), earlier)
        there = set(_items(later))
        gone = [each for each in seen if each not in there]
        if gone:
            return broken(
                "vanished",
                "what was read once to be read again",
                f"{_some(gone)} gone between two reads",
                (seen[gone[0]], later),
            )
    return KEPT


def whole(ops: Sequence[Op]) -> Judgement:
    """No read gives a part of what one operation added; elements must be of one add each."""
    adds = [(op, set(_items(op))) for op in ops if op.kind == "add" and op.possible]
    for read in (op for op in ops if op.kind == "read" and op.sure):
        there = set(_items(read))
        for add, elements in adds:
            missing = elements - there
            if missing and len(missing) < len(elements):
                return broken(
                    "torn",
                    "a reader to see all of a batch or nothing of it",
                    f"{len(elements) - len(missing)} of {len(elements)} entries, "
                    f"without {_some(sorted(missing, key=repr))}",
                    (add, read),
                )
    return KEPT


def _read(read: Op, adds: Sequence[Op]) -> Judgement:
    there = Counter(_items(read))
    sent: Counter[Hashable] = Counter()
    refused: dict[Hashable, Op] = {}
    for add in adds:
        if read.before(add):
            continue
        if add.possible:
            sent.update(_items(add))
        else:
            refused.update(dict.fromkeys(_items(add), add))
    for add in adds:
        lost = [each for each in _items(add) if each not in there]
        if lost and add.sure and add.before(read):
            return broken(
                "lost",
                "everything that was acknowledged to be there",
                f"{_some(lost)} of {len(_items(add))} that one call wrote missing",
                (add, read),
            )
    for element, count in there.items():
        if element in refused and element not in sent:
            return broken(
                "refused",
                "nothing of a refused call to be there",
                f"{_some([element])} there",
                (refused[element], read),
            )
        if element not in sent:
            return broken(
                "invented", "nothing that nobody wrote", f"{_some([element])} there", (read,)
            )
        if count > sent[element]:
            writers = [add for add in adds if element in _items(add)]
            return broken(
                "doubled",
                "everything as often as it was written",
                f"{_some([element])} there {count} times, written {sent[element]}",
                (*writers, read),
            )
    return KEPT


def _items(op: Op) -> tuple[Hashable, ...]:
    items: Any = op.value
    return tuple(items)


def _some(elements: Sequence[Hashable]) -> str:
    shown = ", ".join(map(repr, elements[:_SHOWN]))
    left = len(elements) - _SHOWN
    return f"{shown} and {left} more" if left > 0 else shown
