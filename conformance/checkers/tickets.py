"""A counter that gives each caller the next number: none twice, and none left out.

"take" has the number as value; one whose answer is not known has None, and may have taken a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken


def counted(ops: Sequence[Op], first: int = 1) -> Judgement:
    """Judge the numbers that were given, from `first` on."""
    taken = sorted((op for op in ops if op.sure), key=_number)
    unknown = [op for op in ops if op.possible and not op.sure]
    for one, other in pairwise(taken):
        if _number(one) == _number(other):
            return broken("twice", "every number once", f"{_number(one)} given twice", (one, other))
    for one in taken:
        for other in taken:
            if one.before(other) and _number(one) > _number(other):
                return broken(
                    "backwards",
                    "a later number for a later call",
                    f"{_number(other)} after {_number(one)}",
                    (one, other),
                )
    given = {_number(op) for op in taken}
    if not given:
        return KEPT
    gaps = [each for each in range(first, max(given)) if each not in given]
    if min(given) < first or len(gaps) > len(unknown):
        wrong = min(given) if min(given) < first else gaps[0]
        behind = next(op for op in taken if _number(op) >= wrong)
        return broken(
            "gap",
            f"the numbers from {first} to {max(given)}, each given",
            f"{wrong} {'given' if wrong in given else 'left out'}",
            (behind, *unknown),
        )
    return KEPT


def _number(op: Op) -> int:
    number: Any = op.value
    return int(number)
