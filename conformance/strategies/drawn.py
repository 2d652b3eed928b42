"""What strategies draw besides plain values: what must be refused, names in the making, long texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

SHOWN = 60
"""Longer texts are shown short."""

CLEF = "\U0001d11e"
"""A character of four bytes in UTF-8 and two units in UTF-16; a symbol, no letter."""
LETTER4 = "\U00010400"
"""A letter of four bytes in UTF-8."""


@dataclass(frozen=True)
class Bad:
    """A value that must be refused, and the clause that says so."""

    value: Any
    clause: str


@dataclass(frozen=True)
class Name:
    """An experiment's name in the making: `text`, filled up to `length` characters if given."""

    text: str
    length: int | None = None
    filler: str = "n"

    def after(self, prefix: str) -> str:
        """The name behind a prefix that nobody else uses; the prefix counts in the length."""
        name = prefix + self.text
        return name if self.length is None else (name + self.filler * self.length)[: self.length]


class Long(str):
    """A long text that is shown short when an example is printed.

    A store must be given `plain` of it: to some libraries a subclass of str is no text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        most = max(set(self), key=self.count)
        if self == most * len(self):
            return f"{most!r} * {len(self)}"
        return f"{self[:20]!r} + ... + {self[-20:]!r} ({len(self)} characters)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        printer.text(repr(self))


def long(text: str) -> str:
    """The text, as a Long if it is one."""
    return Long(text) if len(text) > SHOWN else text


def plain(value: Any) -> Any:
    """The value, whole entries and lists of them too, with texts that are nothing but texts."""
    if isinstance(value, Long):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        changed = {name: plain(part) for name, part in parts.items() if _may_be_long(part)}
        return replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def _may_be_long(part: object) -> bool:
    return isinstance(part, Long | Mapping) or (is_dataclass(part) and not isinstance(part, type))


def weighted(plain: Sequence[T], nasty: Sequence[T], free: SearchStrategy[T]) -> SearchStrategy[T]:
    """A value of each kind as often as of the others."""
    return st.sampled_from(plain) | st.sampled_from(nasty) | free
