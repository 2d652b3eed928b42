"""An operation on one object, and what a judge says of several."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storeproof.conformance.histories import Call, Outcome

FOREVER = 2**63
"""The end of an operation of which none is known."""


class State(StrEnum):
    """What a judge can say."""

    KEPT = "kept"
    BROKEN = "broken"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Op:
    """What one call did to one object: `kind` and `value` are words of the object's own judge."""

    call: int
    kind: str
    value: Hashable
    began: int
    ended: int
    """FOREVER where the effect may come at any later time."""
    outcome: Outcome = Outcome.OK

    @property
    def sure(self) -> bool:
        """It took effect."""
        return self.outcome is Outcome.OK

    @property
    def possible(self) -> bool:
        """It may have taken effect."""
        return self.outcome is not Outcome.FAIL

    @property
    def ended_known(self) -> bool:
        """It is known how it ended, so that it must be explained."""
        return self.outcome is not Outcome.UNKNOWN

    def before(self, other: Op) -> bool:
        """Whether it ended before the other began."""
        return self.ended < other.began


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found; `rule` names in a word what was broken, `calls` are the fewest that show it."""

    state: State
    rule: str = ""
    expected: str = ""
    seen: str = ""
    calls: tuple[int, ...] = ()

    @property
    def kept(self) -> bool:
        """Nothing was broken."""
        return self.state is State.KEPT


KEPT = Judgement(State.KEPT)


def broken(rule: str, expected: str, seen: str, ops: Iterable[Op]) -> Judgement:
    """The judgement that a rule is broken, as these operations show."""
    return Judgement(State.BROKEN, rule, expected, seen, tuple(sorted({op.call for op in ops})))


def op_of(call: Call, kind: str, value: Any) -> Op:
    """The operation that a call was on an object."""
    known = call.outcome is not Outcome.UNKNOWN and call.ended is not None
    ended = call.ended if known and call.ended is not None else FOREVER
    outcome = call.outcome if known else Outcome.UNKNOWN
    return Op(call.number, kind, value, call.began, ended, outcome)


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """The first that is broken, else the first that is inconclusive, else KEPT."""
    found = KEPT
    for each in judgements:
        if each.state is State.BROKEN:
            return each
        if found.kept:
            found = each
    return found
