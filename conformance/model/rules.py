"""What may be a key, a text, a number: the clauses about single values, each read anew."""

from __future__ import annotations

import math
import posixpath
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import SupportsInt, cast

from storeproof.conformance.model.grounds import (
    Ground,
    may_be_kept,
    may_refuse,
    refuse,
    silent,
)

KEY_LENGTH = 250
NAME_LENGTH = 256
NAME_LENGTH_EVER = 500
RUN_NAME_LENGTH = 250
EXPERIMENT_TAG_LENGTH = 5000
METRICS_PER_BATCH = 1000
PARAMS_PER_BATCH = 100
TAGS_PER_BATCH = 100
ENTRIES_PER_BATCH = 1000
MAX_RESULTS = 50000
TIMESTAMPS = (0, 2**63 - 1)
STEPS = (-(2**63), 2**63 - 1)

PUNCTUATION = "_/.- :"
_UNCLEAN = re.compile("[\\0\\ud800-\\udfff]")


def key_grounds(key: object) -> list[Ground]:
    """KEY-CHARS and KEY-LENGTH."""
    if not isinstance(key, str):
        return [refuse("KEY-CHARS")]
    grounds = []
    if not 1 <= len(key) <= KEY_LENGTH:
        grounds.append(refuse("KEY-LENGTH"))
    elif posixpath.normpath(key) != key or key == "." or key.startswith(("..", "/")):
        grounds.append(refuse("KEY-CHARS"))
    strange = {unicodedata.category(each) for each in key if each not in PUNCTUATION}
    strange = {each for each in strange if each[0] != "L" and each != "Nd"}
    # "²" and "Ⅷ" are digits to some and not to others: the clause does not say.
    if strange and strange <= {"No", "Nl"}:
        grounds.append(silent("KEY-CHARS"))
    elif strange:
        grounds.append(refuse("KEY-CHARS"))
    return grounds


def is_clean(text: str) -> bool:
    """Whether a text has neither NUL nor a lone surrogate (TEXT-NUL)."""
    return _UNCLEAN.search(text) is None


def text_grounds(value: object, clause: str) -> list[Ground]:
    """Of a value that must be a text (`clause` says so) and may hold any character but two."""
    if not isinstance(value, str):
        return [refuse(clause)]
    return [] if is_clean(value) else [may_be_kept("TEXT-NUL", "stored and read back equal")]


def experiment_name_grounds(name: object) -> list[Ground]:
    """EXP-NAME-LENGTH and TEXT-NUL."""
    grounds = text_grounds(name, "EXP-NAME-LENGTH")
    if not isinstance(name, str):
        return grounds
    if not 1 <= len(name) <= NAME_LENGTH_EVER:
        grounds.append(refuse("EXP-NAME-LENGTH"))
    elif len(name) > NAME_LENGTH:
        grounds.append(may_be_kept("EXP-NAME-LENGTH", "257 to 500 characters are kept whole"))
    return grounds


def run_name_grounds(name: object) -> list[Ground]:
    """RUN-NAME and TEXT-NUL; at most 250 characters, or kept whole."""
    grounds = text_grounds(name, "RUN-NAME")
    if isinstance(name, str) and len(name) > RUN_NAME_LENGTH:
        grounds.append(may_be_kept("RUN-NAME", "a name over 250 characters is kept whole"))
    return grounds


def metric_value(value: object) -> tuple[float, list[Ground]]:
    """The double that a metric value is, and what METRIC-TYPES has against it.

    The clause does not say what becomes of a number that a double holds only nearly, nor
    whether Fraction and Decimal are meant: either way is right.
    """
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return 0.0, [refuse("METRIC-TYPES")]
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return 0.0, [refuse("METRIC-TYPES")]
    if math.isinf(number) and abs(value) != math.inf:
        return 0.0, [refuse("METRIC-TYPES")]
    if isinstance(value, Integral):
        return number, [] if int(number) == int(value) else [silent("METRIC-TYPES")]
    return number, [silent("METRIC-TYPES")] if isinstance(value, Rational | Decimal) else []


def whole_number(value: object, limits: tuple[int, int]) -> tuple[int, list[Ground]]:
    """The whole number that a timestamp or a step is, and what METRIC-TYPES has against it."""
    if not isinstance(value, Real | Decimal) or not _is_whole(value):
        return 0, [refuse("METRIC-TYPES")]
    number = int(cast(SupportsInt, value))
    if not limits[0] <= number <= limits[1]:
        return 0, [refuse("METRIC-TYPES")]
    plain = isinstance(value, Integral | float) and not isinstance(value, bool)
    return number, [] if plain else [silent("METRIC-TYPES")]


def _is_whole(value: Real | Decimal) -> bool:
    if isinstance(value, Integral):
        return True
    if isinstance(value, Fraction):
        return value.denominator == 1
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return math.isfinite(value) and float(value).is_integer()


def twin(text: str) -> str:
    """What a text becomes to an engine that sees no case, accent, width or trailing space."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in flat if not unicodedata.combining(each)).rstrip(" ")


def padded_grounds(keys: Iterable[object], others: Iterable[object]) -> list[Ground]:
    """TEXT-DISTINCT, when one of `keys` has a twin by trailing spaces among them or `others`."""
    new = {each for each in keys if isinstance(each, str)}
    shown: dict[str, set[str]] = {each.rstrip(" "): set() for each in new}
    for each in (*new, *others):
        if isinstance(each, str) and each.rstrip(" ") in shown:
            shown[each.rstrip(" ")].add(each)
    if any(len(each) > 1 for each in shown.values()):
        return [may_refuse("TEXT-DISTINCT", "a twin by trailing spaces is refused")]
    return []
