"""A quick reader of the plainest YAML, as meta.yaml files mostly are: lines of `key: scalar`.

It reads a part of YAML that leaves no choice, and says None to anything else, so that the
YAML library can read that. What it does read, it reads as the library would.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_LONGEST = 4096  # characters of a document: lines are remembered

# Words that YAML 1.1 takes for something else than text, as keys too.
_WORDS = frozenset("null true false yes no on off".split())
_EMPTY: dict[str, Callable[[], Any]] = {"null": lambda: None, "[]": list, "{}": dict}

_KEY = "[a-z_]{1,64}"
_WHOLE = "0|[1-9][0-9]{0,18}"
_QUOTED = "'[ -&(-~]*'"
# Text that begins with a letter and has no ': ', no '#' and no quote cannot be anything else;
# nor can 32 hexadecimal digits, a run's id, that are neither a decimal nor a binary number.
_TEXT = (
    "[A-Za-z_/][A-Za-z0-9_./@%+=~,; -]*(?::[A-Za-z0-9_./@%+=~,;-][A-Za-z0-9_./@%+=~,; -]*)*(?<! )"
)
_RUN_ID = "(?=[0-9b]*[ac-f])[0-9][0-9a-f]{31}"
_LINE = re.compile(rf"({_KEY}): (?:({_WHOLE})|({_QUOTED})|(null|\[\]|\{{\}})|({_TEXT}|{_RUN_ID}))")


class _NotPlainError(Exception):
    """The line says something for the YAML library to read."""


def load(text: str) -> dict[str, Any] | None:
    """The keys and values of a plain document; None for any other text. Values are not to be changed."""
    if len(text) > _LONGEST:
        return None
    lines = text.split("\n")
    if lines.pop():
        return None
    try:
        return dict(map(_pair, lines)) or None
    except _NotPlainError:
        return None


@lru_cache(4096)
def _pair(line: str) -> tuple[str, Any]:
    # Most lines are the same in many files.
    found = _LINE.fullmatch(line)
    if found is None:
        raise _NotPlainError
    key, whole, quoted, empty, text = found.groups()
    if key in _WORDS:
        raise _NotPlainError
    if whole is not None:
        return key, int(whole)
    if quoted is not None:
        return key, quoted[1:-1]
    if empty is not None:
        return key, _EMPTY[empty]()
    if text.lower() in _WORDS:
        raise _NotPlainError
    return key, text
