"""Whether a comparison holds, three-valued: yes, no, or open where the clauses do not say.

SEARCH-MISSING, SEARCH-NAN, SEARCH-NUMBERS, SEARCH-LIKE, each read anew.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from storeproof.conformance.model.search_tree import Comparison, Field, Kind
from storeproof.conformance.model.search_values import Known
from storeproof.conformance.model.state import Unseen

Verdict = bool | None
"""None: open, both answers are right."""

Read = Callable[[Field], Known]

_COMPARE: dict[str, Callable[[float | Decimal, float | Decimal], bool]] = {
    "=": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_NEGATIVE = ("!=", "NOT IN")
_INT64 = (-(2**63), 2**63 - 1)


def all_hold(verdicts: Sequence[Verdict]) -> Verdict:
    """Whether all do: one that does not decides, then one that is open."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


def holds(comparison: Comparison, value: Known, *, ascii_only: bool = False) -> Verdict:
    """Whether `value` passes; with `ascii_only`, ILIKE ignores ASCII case and no other."""
    if value is None:
        return False  # SEARCH-MISSING
    if isinstance(value, Unseen):
        return None
    wanted, operator = comparison.value, comparison.operator
    if isinstance(wanted, Decimal):
        return _number_holds(comparison, value, wanted)
    if isinstance(wanted, tuple):
        return (value in wanted) == (operator == "IN")
    text = str(value)
    match operator:
        case "=":
            return text == wanted
        case "!=":
            return text != wanted
        case "LIKE":
            return like(text, wanted)
    return _ilike(text, wanted, ascii_only)


def use_holds(comparisons: Sequence[Comparison], uses: Sequence[Read], ascii_only: bool) -> Verdict:
    """Whether comparisons on datasets hold for a run that used these.

    The grammar does not say whether two comparisons may be answered by two uses, nor whether
    `!=` asks for one use or speaks of all: where that decides, the answer is open.
    """
    by_use = [
        [holds(each, read(each.field), ascii_only=ascii_only) for each in comparisons]
        for read in uses
    ]
    some = [_some([verdicts[index] for verdicts in by_use]) for index in range(len(comparisons))]
    every = [
        all_hold([verdicts[index] for verdicts in by_use]) if each.operator in _NEGATIVE else True
        for index, each in enumerate(comparisons)
    ]
    widest = all_hold(some)
    narrowest = all_hold([_some([all_hold(verdicts) for verdicts in by_use]), *every])
    return widest if widest == narrowest else None


def clause_of(comparison: Comparison, value: Known, default: str) -> str:
    """The clause that a store breaks which answers this comparison wrongly."""
    wanted, operator = comparison.value, comparison.operator
    if value is None:
        return "SEARCH-MISSING"
    if isinstance(value, float) and math.isnan(value):
        return "SEARCH-NAN"
    if operator in ("LIKE", "ILIKE"):
        return "SEARCH-LIKE"
    if comparison.field == Field(Kind.ATTRIBUTE, "run_name"):
        return "SEARCH-RUNNAME"
    if isinstance(wanted, Decimal):
        odd = wanted != wanted.to_integral_value() or not _INT64[0] <= wanted <= _INT64[1]
        return "SEARCH-NUMBERS" if odd and comparison.field.is_time else default
    if isinstance(wanted, str) and isinstance(value, str) and value != wanted:
        return "SEARCH-LIKE" if value.casefold() == wanted.casefold() else default
    return default


def like(text: str, pattern: str) -> bool:
    """SEARCH-LIKE: `%` is any text, `_` any one character, all else itself."""
    at = place = 0
    star, mark = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "%":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("_", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return not pattern[place:].strip("%")


def _number_holds(comparison: Comparison, value: float | str, wanted: Decimal) -> Verdict:
    compare = _COMPARE[comparison.operator]
    if not isinstance(value, int | float):
        return None
    if comparison.field.kind is not Kind.METRIC:
        return compare(value, wanted)
    bound = float(wanted)
    if math.isinf(bound):
        return None  # nobody says what a number beyond all doubles is to a metric
    return compare(value, bound)  # of which NaN passes != alone (SEARCH-NAN)


def _ilike(text: str, pattern: str, ascii_only: bool) -> Verdict:
    if ascii_only:
        return like(_ascii_folded(text), _ascii_folded(pattern))
    plain = like(_folded(text, _pair), _folded(pattern, _pair))
    wide = like(_folded(text, _relative), _folded(pattern, _relative))
    return plain if plain == wide else None


def _folded(text: str, fold: Callable[[str], str]) -> str:
    return text.lower() if text.isascii() else "".join(map(fold, text))


def _ascii_folded(text: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in text)


@lru_cache(maxsize=4096)
def _pair(letter: str) -> str:
    """Folds what is one of two letters that differ by case and by nothing else."""
    low, up = letter.lower(), letter.upper()
    pairs = len(low) == len(up) == 1 and low.upper() == up and up.lower() == low
    return low if pairs and letter in (low, up) and letter.casefold() == low else letter


@lru_cache(maxsize=4096)
def _relative(letter: str) -> str:
    """Folds what is a case of another letter to some tables and not to others: ſ, İ, ς, the Kelvin sign."""
    up = letter.upper()
    return (up if len(up) == 1 else letter).lower()[0]


def _some(verdicts: Sequence[Verdict]) -> Verdict:
    if True in verdicts:
        return True
    return None if None in verdicts else False
