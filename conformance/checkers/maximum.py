"""A register that holds the largest value ever written, such as the latest point of a metric.

"write" and "read" have values that compare; a read of None saw none. Which is larger is the
caller's to say, by the values that it gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storeproof.conformance.checkers.operations import KEPT, Judgement, Op, broken


def largest(ops: Sequence[Op]) -> Judgement:
    """Judge each read: it is at least what was acknowledged or read before it, and somebody wrote it."""
    writes = [op for op in ops if op.kind == "write" and op.possible]
    reads = sorted((op for op in ops if op.kind == "read" and op.sure), key=lambda op: op.began)
    for read in reads:
        known = [op for op in (*writes, *reads) if op.sure and op.before(read)]
        known = [op for op in known if op.value is not None]
        least = max(known, key=_value, default=None)
        if least is not None and (read.value is None or _value(read) < _value(least)):
            how = "acknowledged" if least.kind == "write" else "read"
            return broken(
                "stale",
                f"at least {least.value!r}, {how} before",
                f"{read.value!r}",
                (least, read),
            )
        if read.value is None:
            continue
        sources = [op for op in writes if op.value == read.value and not read.before(op)]
        if not sources:
            return broken("invented", "a value that was written", f"{read.value!r}", (read,))
        larger = [op for op in (*writes, *reads) if op.sure and _is_larger(op, read)]
        passed = [[op for op in larger if op.before(source)] for source in sources]
        if all(passed):
            least = passed[0][0]
            return broken(
                "stale",
                f"at least {least.value!r}, there before {read.value!r} was written",
                f"{read.value!r}",
                (least, *sources, read),
            )
    return KEPT


def _is_larger(op: Op, other: Op) -> bool:
    return op.value is not None and bool(_value(op) > _value(other))


def _value(op: Op) -> Any:
    return op.value
