"""Continuing behind a place, in SQL, in exactly the order the contract gives (SEARCH-PAGES-STABLE)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from storeproof.stores.errors import invalid
from storeproof.stores.paging import Place
from storeproof.stores.validation import INT64_MAX, INT64_MIN


def behind(keys: Sequence[tuple[ColumnElement[Any], bool]], place: Place) -> ColumnElement[bool]:
    """The rows that stand behind `place`; each key says whether it rises.

    Raises INVALID_PARAMETER_VALUE for a place that no row can have: the token was made up.
    """
    condition: ColumnElement[bool] = false()
    for (key, rises), value in reversed(list(zip(keys, place, strict=True))):
        _check(value)
        condition = or_(key > value if rises else key < value, and_(key == value, condition))
    return condition


def order(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> list[ColumnElement[Any]]:
    """The ORDER BY of these keys."""
    return [key.asc() if rises else key.desc() for key, rises in keys]


def _check(value: object) -> None:
    match value:
        case int():
            fits = INT64_MIN <= value <= INT64_MAX
        case float():
            fits = math.isfinite(value)
        case str():
            fits = value.isascii() and "\0" not in value
        case _:
            fits = False
    if not fits:
        raise invalid(
            "The page token holds a place that nothing has; take it from the last answer."
        )
