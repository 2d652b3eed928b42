"""A name that one caller can have: of several that create it, one succeeds.

"create" has the name as value; a refused one was told that the name is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken


def one_winner(ops: Sequence[Op]) -> Judgement:
    """Judge the creations of one name: never two, and nobody is told that it is taken before it can be."""
    winners = [op for op in ops if op.sure]
    if len(winners) > 1:
        return broken(
            "two", "one creation of the name to succeed", f"{len(winners)} succeeded", winners[:2]
        )
    possible = [op for op in ops if op.possible]
    for op in ops:
        if not op.possible and not any(not op.before(other) for other in possible):
            return broken(
                "nobody",
                "one creation of the name to succeed",
                "it was said to be taken, and nobody had it",
                [op, *possible],
            )
    return KEPT
