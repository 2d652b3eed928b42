"""A name that one caller can have: of several that create it, one succeeds.

"create" has as value what has the name if it succeeds; a refused one was told that the name is
taken. "read" has what was found to have the name.
"""

from __future__ import annotations

from collections.abc import Sequence

from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken


def one_winner(ops: Sequence[Op]) -> Judgement:
    """Judge the creations of one name: never two, nobody is told that it is taken before it can be, and the winner has it."""
    reads = [op for op in ops if op.kind == "read"]
    ops = [op for op in ops if op.kind == "create"]
    winners = [op for op in ops if op.sure]
    if len(winners) > 1:
        return broken(
            "two", "one creation of the name to succeed", f"{len(winners)} succeeded", winners[:2]
        )
    for read in reads:
        for winner in winners:
            if winner.before(read) and read.value != winner.value:
                return broken(
                    "another",
                    f"{winner.value!r} to have the name",
                    f"{read.value!r}",
                    [winner, read],
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
