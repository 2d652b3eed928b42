"""Sequential objects for the search of linearizability.py: what each answers, one operation after the other."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from storeproof.conformance.checkers.linearizability import Thing
from storeproof.conformance.checkers.operations import Op


def _register(state: Hashable, op: Op) -> tuple[bool, Hashable]:
    if op.kind == "write":
        return (op.possible, op.value) if op.possible else (True, state)
    return state == op.value, state


def _write_once(state: Hashable, op: Op) -> tuple[bool, Hashable]:
    if op.kind == "read":
        return state == op.value, state
    fits = state is None or state == op.value
    if op.possible:
        return fits, op.value
    return not fits, state


def _maximum(state: Any, op: Op) -> tuple[bool, Hashable]:
    if op.kind == "read":
        return state == op.value, state
    if not op.possible:
        return True, state
    return True, op.value if state is None else max(state, op.value)


def _counter(state: Any, op: Op) -> tuple[bool, Hashable]:
    if op.value is None:  # what it took, if it took one, nobody knows
        return True, state + op.possible
    return op.value == state + 1, op.value


REGISTER = Thing("register", None, _register)
"""write sets it; read gives what was written last."""

WRITE_ONCE = Thing("write-once register", None, _write_once)
"""The first write stays; one of another value is refused, one of the same is not."""

MAXIMUM = Thing("maximum", None, _maximum)
"""write raises it; read gives the largest that was written."""

COUNTER = Thing("counter", 0, _counter)
"""take gives 1, 2, 3 and so on."""
