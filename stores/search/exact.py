"""Numbers of a filter, at any size, and what they mean among doubles and 64-bit integers.

A column holds one type, a filter's number may have any size and any fraction. The functions
here turn a comparison with it into one with a number of the column's own type, or into the
answer that all values of that type give, so that memory and every database agree
(SEARCH-NUMBERS).
"""

from __future__ import annotations

import math
from decimal import Decimal

from storeproof.stores.search.tree import Operator
from storeproof.stores.validation import DOUBLE_MAX, INT64_MAX, INT64_MIN

_LARGEST_EXPONENT = 400_000_000  # what Decimal takes on every platform; far beyond a double's
_BELOW = (Operator.LT, Operator.LE)
_ABOVE = (Operator.GT, Operator.GE)


def number(text: str) -> Decimal:
    """The number that a decimal literal names; an exponent beyond all use becomes a smaller such one."""
    mantissa, _, exponent = text.lower().partition("e")
    if not exponent:
        return Decimal(text)
    digits = exponent.lstrip("+-0")
    power = _LARGEST_EXPONENT if len(digits) > 9 else min(int(digits or 0), _LARGEST_EXPONENT)
    return Decimal(f"{mantissa}e{'-' if exponent[0] == '-' else ''}{power}")


def on_doubles(operator: Operator, value: Decimal) -> tuple[Operator, float] | bool:
    """The same comparison with the nearest double, which is what a metric logged as this text holds.

    A number beyond all doubles is beyond every metric. True is given for != alone, and holds
    for NaN too; in a comparison with a double, NaN matches != and nothing else (SEARCH-NAN).
    """
    near = float(value)
    if math.isfinite(near):
        return operator, near
    if operator in _BELOW and near > 0:
        return Operator.LE, DOUBLE_MAX
    if operator in _ABOVE and near < 0:
        return Operator.GE, -DOUBLE_MAX
    return operator is Operator.NE


def on_integers(operator: Operator, value: Decimal) -> tuple[Operator, int] | bool:
    """The same comparison, exactly, for an integer of 64 bits, or the answer that all of them give."""
    if value > INT64_MAX:
        return operator in (*_BELOW, Operator.NE)
    if value < INT64_MIN:
        return operator in (*_ABOVE, Operator.NE)
    floor = math.floor(value)
    if floor == value:
        return operator, floor
    if operator in (Operator.EQ, Operator.NE):
        return operator is Operator.NE
    return (Operator.LE, floor) if operator in _BELOW else (Operator.GE, floor + 1)
