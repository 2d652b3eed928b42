"""Long texts in few words: stretches of one character as products."""

from __future__ import annotations

import re

_LONG = 60
_STRETCH = 8


def as_product(text: str) -> str | None:
    """Python source such as 'x' * 6000 + '!' for a long text of few stretches; None for another text."""
    found = stretches(text) if len(text) > _LONG else None
    if found is None:
        return None
    pieces: list[str] = []
    plain = ""
    for character, count in found:
        if count < _STRETCH:
            plain += character * count
            continue
        if plain:
            pieces.append(quoted(plain))
        plain = ""
        pieces.append(f"{quoted(character)} * {count}")
    if plain:
        pieces.append(quoted(plain))
    return " + ".join(pieces)


def stretches(text: str) -> list[tuple[str, int]] | None:
    """The stretches of one character that the text consists of, if they are few for its length."""
    few = len(text) // 20
    found: list[tuple[str, int]] = []
    for stretch in re.finditer(r"(.)\1*", text, re.DOTALL):
        if len(found) == few:
            return None
        found.append((stretch[1], stretch.end() - stretch.start()))
    return found


def quoted(text: str) -> str:
    """A text as a Python literal that a terminal shows."""
    return repr(text) if text.isprintable() else ascii(text)
