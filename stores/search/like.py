"""LIKE and ILIKE over text in memory (SEARCH-LIKE).

`%` is any text, line ends too, `_` any one character, all else stands for itself. Between
two `%` the leftmost place that fits is always a right one, so nothing is tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

TextTest = Callable[[str], bool]


def like(pattern: str) -> TextTest:
    """Whether a text matches `pattern`, case seen."""
    head, *rest = (_piece(part) for part in pattern.split("%"))
    least = len(pattern) - len(rest)
    if not rest:
        return lambda text: head.fullmatch(text) is not None
    *middle, tail = rest
    last = pattern.rpartition("%")[2]

    def test(text: str) -> bool:
        end = len(text) - len(last)
        if len(text) < least or not tail.match(text, end):
            return False
        found = head.match(text)
        for piece in middle:
            if found is None:
                return False
            found = piece.search(text, found.end(), end)
        return found is not None

    return test


def ilike(pattern: str) -> TextTest:
    """Whether a text matches `pattern`, both folded."""
    test = like(folded(pattern))
    return lambda text: test(folded(text))


def folded(text: str) -> str:
    """The text in simple case folding: one character for each, so that `_` still counts them."""
    return text.lower() if text.isascii() else text.translate(_folds())


def folding(pattern: str) -> tuple[str, dict[str, str]]:
    """The folded pattern, and which characters of a text stand for which of its own.

    A text fits the pattern by ILIKE where the text with those characters replaced fits the
    folded pattern by LIKE: the other characters only ever meet `%` and `_`.
    """
    plain = folded(pattern)
    others = _others()
    return plain, {other: each for each in sorted(set(plain)) for other in others.get(each, "")}


def _piece(part: str) -> re.Pattern[str]:
    return re.compile(".".join(map(re.escape, part.split("_"))), re.DOTALL)


@cache
def _folds() -> dict[int, str]:
    # No character beyond plane 1 has case.
    folds = ((code, _simple_fold(chr(code))) for code in range(0x20000))
    return {code: fold for code, fold in folds if fold != chr(code)}


@cache
def _others() -> dict[str, str]:
    """For each folded character the others that fold to it."""
    others: dict[str, str] = {}
    for code, fold in _folds().items():
        others[fold] = others.get(fold, "") + chr(code)
    return others


def _simple_fold(character: str) -> str:
    for fold in (character.casefold(), character.lower()):
        if len(fold) == 1:
            return fold
    return character
