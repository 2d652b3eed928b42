"""From the reasons that speak against a call to the outcomes that are accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from storeproof.conformance.model.operation import Expected
from storeproof.stores.errors import ErrorCode

IPV = ErrorCode.INVALID_PARAMETER_VALUE
RAE = ErrorCode.RESOURCE_ALREADY_EXISTS
RDNE = ErrorCode.RESOURCE_DOES_NOT_EXIST


class Force(Enum):
    """What a ground does to a call."""

    REFUSES = "the call must be refused"
    MAY_BE_KEPT = "the reference refuses, a variation accepts"
    MAY_REFUSE = "the reference accepts; a variation, or a reader of silence, refuses"
    OTHER_CODE = "a further code for a refusal that another ground demands"


@dataclass(frozen=True)
class Ground:
    """One reason that speaks against a call."""

    clause: str
    codes: frozenset[ErrorCode | str]
    force: Force
    variation: str | None = None


def refuse(clause: str, code: ErrorCode | str = IPV) -> Ground:
    """The call must be refused."""
    return Ground(clause, frozenset({code}), Force.REFUSES)


def may_be_kept(clause: str, variation: str) -> Ground:
    """The call is refused, or as a variation accepted."""
    return Ground(clause, frozenset({IPV}), Force.MAY_BE_KEPT, f"{clause}: {variation}")


def may_refuse(clause: str, variation: str, *codes: ErrorCode | str) -> Ground:
    """The call is accepted, or as a variation refused (IPV if no code is named)."""
    named = frozenset(codes or {IPV})
    return Ground(clause, named, Force.MAY_REFUSE, f"{clause}: {variation}")


def other_code(clause: str, variation: str, code: ErrorCode | str) -> Ground:
    """A refusal that is due may, as a variation, have this code."""
    return Ground(clause, frozenset({code}), Force.OTHER_CODE, f"{clause}: {variation}")


def silent(clause: str, *codes: ErrorCode | str) -> Ground:
    """The specification does not say: accepted or refused, both are right."""
    return Ground(clause, frozenset(codes or {IPV}), Force.MAY_REFUSE)


def outcomes(grounds: Iterable[Ground], successes: Iterable[Expected]) -> list[Expected]:
    """The outcomes that `grounds` leave open, the reference behaviour first.

    `successes` are the accepted ways to succeed; several when an answer may vary.
    """
    grounds = list(dict.fromkeys(grounds))
    refusing = [each for each in grounds if each.force in (Force.REFUSES, Force.MAY_BE_KEPT)]
    due = any(each.force is Force.REFUSES for each in grounds)
    kept = [each.variation for each in grounds if each.force is Force.MAY_BE_KEPT]
    result = [Expected(each.clause, each.codes) for each in refusing]
    if not refusing:
        result += successes
    result += [
        Expected(each.clause, each.codes, variation=each.variation)
        for each in grounds
        if each not in refusing
    ]
    if kept and not due:
        result += [replace(each, variation=_joined(*kept, each.variation)) for each in successes]
    return result


def _joined(*variations: str | None) -> str | None:
    return "; ".join(dict.fromkeys(each for each in variations if each)) or None
