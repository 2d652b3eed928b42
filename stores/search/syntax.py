"""Text to tokens in their places, by grammar.lark; the only file that knows Lark.

It is imported at the first filter, so that opening a store does not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from storeproof.stores.search.tree import MOST_COMPARISONS


@dataclass(frozen=True, slots=True)
class Piece:
    """A token: its kind by the grammar's name, its text, and where it begins (characters, from 0)."""

    kind: str
    text: str
    start: int


class Refused(Exception):
    """The grammar takes no text that goes on like this.

    `start` is where it stopped (characters, from 0), `wanted` the kinds of token it could take.
    """

    def __init__(self, start: int, wanted: frozenset[str]) -> None:
        super().__init__(start, wanted)
        self.start = start
        self.wanted = wanted


class TooMany(Exception):
    """The filter has more than MOST_COMPARISONS."""


class _Counted:
    """Stops the reading of a filter that grows too long, before time is spent on the rest."""

    always_accept = ()

    def process(self, tokens: Iterator[Token]) -> Iterator[Token]:
        joints = 0
        for token in tokens:
            joints += token.type == "_AND"
            if joints == MOST_COMPARISONS:
                raise TooMany
            yield token


def comparisons(text: str) -> list[list[Piece]]:
    """The comparisons of a filter, each as field, operator and one or more values."""
    return [
        _pieces(comparison)
        for comparison in _parse(text, "filter").children
        if isinstance(comparison, Tree)
    ]


def order_term(text: str) -> list[Piece]:
    """The field of an order term, and the direction where it is given."""
    return _pieces(_parse(text, "order"))


def _parse(text: str, start: str) -> Tree[Token]:
    try:
        return _lark().parse(text, start=start)
    except UnexpectedInput as error:
        raise _refused(error, len(text)) from None


def _refused(error: UnexpectedInput, end: int) -> Refused:
    if isinstance(error, UnexpectedToken):
        at_end = error.token.type == "$END"
        return Refused(end if at_end else error.pos_in_stream or 0, frozenset(error.expected))
    wanted = error.allowed if isinstance(error, UnexpectedCharacters) else None
    return Refused(error.pos_in_stream or 0, frozenset(wanted or ()))


def _pieces(tree: Tree[Token]) -> list[Piece]:
    return [
        Piece(token.type, str(token), token.start_pos or 0)
        for token in tree.children
        if isinstance(token, Token)
    ]


@cache
def _lark() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["filter", "order"], postlex=_Counted())
