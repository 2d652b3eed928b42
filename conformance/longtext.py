"""Long texts in few words: stretches of one character as products."""

from __future__ import annotations

from itertools import groupby

_LONG = 60
_STRETCH = 8


def as_product(text: str) -> str | None:
    """Python source such as 'x' * 6000 + '!' for a long text of few stretches; None for another text."""
    stretches = [(character, len(list(run))) for character, run in groupby(text)]
    if len(text) <= _LONG or len(stretches) > len(text) // 20:
        return None
    pieces: list[str] = []
    plain = ""
    for character, count in stretches:
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


def quoted(text: str) -> str:
    """A text as a Python literal that a terminal shows."""
    return repr(text) if text.isprintable() else ascii(text)
