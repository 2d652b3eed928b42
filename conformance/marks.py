"""How a test says which clauses it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

F = TypeVar("F", bound=Callable[..., Any])

CLAUSE_MARK = "clause"
LONG_MARK = "storeproof_long"


def clause(*slugs: str) -> Callable[[F], F]:
    """Name the clauses of a test; the first is blamed for a breach that names no other.

    A state machine is about whatever its model judges, and names none.
    """
    return getattr(pytest.mark, CLAUSE_MARK)(*slugs)  # type: ignore[no-any-return]


def long(test: F) -> F:
    """Have the quickest profile leave out a test that starts a server."""
    return getattr(pytest.mark, LONG_MARK)(test)  # type: ignore[no-any-return]
