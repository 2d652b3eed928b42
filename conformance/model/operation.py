"""The model's words: an operation, how it ended, what was expected, and how the two differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from storeproof.stores.errors import ErrorCode

INVALID_STATE = "INVALID_STATE"
"""A code that some clauses accept as a variation; it is not among the codes of the contract."""

UNKNOWN_ID = "?"
"""What the observed form of an id begins with when no symbol stands for it."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An id or page token written out, in place of a symbol: one that no store ever issued.

    In place of a filter or a term of an order: a text that is in no store's language.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Near:
    """The id behind a symbol, changed a little (see observe.CHANGES): not that id any more."""

    symbol: str
    change: str


Reference = str | Raw | Near
"""An id as an operation names it: the symbol of a known one, or one that should be unknown."""


@dataclass(frozen=True)
class Operation:
    """A call of a method of TrackingStore, its arguments by the method's own names.

    In place of ids stand symbols ("E1", "R3"), Raw or Near, so that the same operation can
    be done on any store; in place of a filter and the terms of an order, trees (search_tree.py)
    or Raw. An argument left out has the method's default.
    """

    method: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: with `code` when it was refused, else with `answer`, observed."""

    answer: Any = None
    code: ErrorCode | str | None = None


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the specification says, and the clause that it breaks."""

    clause: str
    path: str
    expected: object
    seen: object

    def __str__(self) -> str:
        return f"{self.clause}: {self.path}: expected {self.expected!r}, seen {self.seen!r}"


class Check(Protocol):
    """Something that an answer must fulfil."""

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """What of it `seen` does not fulfil; `where` is put before the paths."""
        ...


@dataclass(frozen=True)
class Found:
    """The things that a page must hold, by symbol, as far as the model can tell.

    None if it hangs on the store's choices what the page holds. `ordered`: they stand in this
    order; `sure`: no clause leaves it open whether others belong there.
    """

    symbols: tuple[str, ...] | None
    ordered: bool = True
    sure: bool = True


@dataclass(frozen=True)
class Expected:
    """One outcome that the specification accepts.

    `clause` demands it; empty `codes` mean success, with an answer that passes every
    check; else the call is refused with one of `codes`. `variation` is None for the
    reference behaviour (and where the specification is silent), else the variations that
    it stands for: "SLUG: what the store does", joined with "; ". `found` is for searches.
    """

    clause: str
    codes: frozenset[ErrorCode | str] = frozenset()
    check: tuple[Check, ...] = ()
    variation: str | None = None
    found: Found | None = None


def judge(outcome: Outcome, expected: list[Expected]) -> Expected | list[Difference]:
    """The first accepted outcome that `outcome` is, or how it differs from the nearest one."""
    nearest: list[Difference] | None = None
    nearest_rank = (True, 0)
    for each in expected:
        differences = list(_differences(outcome, each))
        if not differences:
            return each
        rank = (bool(each.codes) != (outcome.code is not None), len(differences))
        if nearest is None or rank < nearest_rank:
            nearest, nearest_rank = differences, rank
    if nearest is None:
        raise ValueError("an operation needs at least one accepted outcome")
    return nearest


def _differences(outcome: Outcome, expected: Expected) -> Iterator[Difference]:
    if expected.codes:
        if outcome.code not in expected.codes:
            wanted = " or ".join(sorted(map(str, expected.codes)))
            seen = "success" if outcome.code is None else str(outcome.code)
            yield Difference(expected.clause, "outcome", wanted, seen)
    elif outcome.code is not None:
        yield Difference(expected.clause, "outcome", "success", str(outcome.code))
    else:
        for check in expected.check:
            yield from check.differences(outcome.answer)
