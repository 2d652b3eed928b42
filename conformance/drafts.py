"""Filters and orders in the making: drawn once, completed for each store, spelled in its turn.

A draft may name what a store chose or holds ("what run R3 has there, in upper case"), so that
it finds something in every store. Completed, it is the model's tree and the text that says it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from storeproof.conformance.model import Comparison, Field, Filter, Kind, OrderTerm, Raw


class Knowledge(Protocol):
    """What is known of one store: a Model."""

    def value_of(self, symbol: str, field: Field) -> float | str | None:
        """What a run or an experiment has there, None if it is nothing or not known."""
        ...

    def keys_of(self, symbol: str, kind: Kind) -> Sequence[str]:
        """The keys of its metrics, params or tags."""
        ...


TEXT_CHANGES: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "beginning": lambda text: f"{text[: (len(text) + 1) // 2]}%",
    "end": lambda text: f"%{text[len(text) // 2 :]}",
    "inside": lambda text: f"%{text[1:-1]}%",
    "first open": lambda text: f"_{text[1:]}",
    "last open": lambda text: f"{text[:-1]}_",
    "one more": lambda text: f"{text}_",
    "other case": str.swapcase,
    "upper case": str.upper,
    "beginning in upper case": lambda text: f"{text[: (len(text) + 1) // 2].upper()}%",
    "space after": lambda text: f"{text} ",
    "without ends": str.strip,
}
"""How a text that is there is changed into one to compare with."""

NUMBER_CHANGES = ("as it is", "just above", "just below")
"""How a number that is there is changed into one to compare with."""

NUMBER_STYLES = ("plain", "point zero", "exponent", "plus", "point after", "point before")

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_UNCLEAN = re.compile("[\0\ud800-\udfff]")
_NOTHING_THERE = "x"
_NO_KEY = "never logged"
_WORDS = ("LIKE", "ILIKE", "IN", "NOT IN")
_RESERVED = ("and", "or", "not", "in", "like", "ilike", "asc", "desc")


@dataclass(frozen=True)
class Some:
    """One of the keys that a run or an experiment has of a kind."""

    symbol: str
    kind: Kind
    number: int

    def complete(self, known: Knowledge) -> Field:
        """The field for one store; one that nothing has where it has no such key."""
        keys = known.keys_of(self.symbol, self.kind)
        return Field(self.kind, keys[self.number % len(keys)] if keys else _NO_KEY)


@dataclass(frozen=True)
class Held:
    """What a run or an experiment has in the very field that is compared, changed.

    `change` is one of TEXT_CHANGES or NUMBER_CHANGES, by the field's type.
    """

    symbol: str
    change: str = "as it is"


@dataclass(frozen=True)
class Spelling:
    """How a comparison or a term of an order is written.

    `key_quote` is "", ` or "; `word` writes a keyword; `blank` is the white space between the
    parts, of which a word always has some.
    """

    key_quote: str = ""
    text_quote: str = "'"
    word: Callable[[str], str] = str.upper
    blank: str = " "
    number: str = "plain"


@dataclass(frozen=True)
class Part:
    """A comparison in the making; `prefix` is put before the field, with its dot."""

    prefix: str
    field: Field | Some
    operator: str
    value: Decimal | str | Held | tuple[str | Held, ...]
    spelling: Spelling

    def complete(self, known: Knowledge) -> Comparison:
        """The comparison for one store."""
        field = _field(self.field, known)
        return Comparison(field, self.operator, _value(self.value, field, known))


@dataclass(frozen=True)
class Draft:
    """A filter in the making; with `spoilt`, a text before and one behind that make it none."""

    parts: tuple[Part, ...]
    spoilt: tuple[str, str] | None = None

    def complete(self, known: Knowledge) -> Filter | Raw:
        """The filter for one store."""
        comparisons = tuple(part.complete(known) for part in self.parts)
        text, doubtful = "", False
        for part, comparison in zip(self.parts, comparisons, strict=True):
            spelled, doubt = _spelled(part, comparison)
            text += (_around(part.spelling, "AND") if text else "") + spelled
            doubtful = doubtful or doubt
        if self.spoilt is not None:
            return Raw(text.join(self.spoilt))
        return Filter(comparisons, text, doubtful)


@dataclass(frozen=True)
class TermDraft:
    """A term of an order in the making; with `descending` None, ASC is left to the default."""

    prefix: str
    field: Field | Some
    descending: bool | None
    spelling: Spelling

    def complete(self, known: Knowledge) -> OrderTerm:
        """The term for one store."""
        field = _field(self.field, known)
        key, doubtful = _key(self.prefix, field, self.spelling.key_quote)
        if self.descending is None:
            return OrderTerm(field, False, key, doubtful)
        direction = self.spelling.word("DESC" if self.descending else "ASC")
        blank = self.spelling.blank or " "
        text = f"{key}{blank}{direction}"
        return OrderTerm(field, self.descending, text, doubtful or blank != " ")


def _field(field: Field | Some, known: Knowledge) -> Field:
    return field.complete(known) if isinstance(field, Some) else field


# What is compared with


def _value(
    value: Decimal | str | Held | tuple[str | Held, ...], field: Field, known: Knowledge
) -> Decimal | str | tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(_text(each, field, known, "'") for each in value)
    if isinstance(value, Decimal):
        return value
    if not field.is_number or isinstance(value, str):
        return _text(value, field, known, "'\"")
    held = known.value_of(value.symbol, field)
    if not isinstance(held, int | float) or math.isnan(held):
        return Decimal(0)
    return _changed(held, value.change, field)


def _text(value: str | Held, field: Field, known: Knowledge, quotes: str) -> str:
    """A text that one of `quotes` can hold."""
    text: object = value
    if isinstance(value, Held):
        text = known.value_of(value.symbol, field)
        text = TEXT_CHANGES[value.change](text) if isinstance(text, str) else _NOTHING_THERE
    clean = str(text)
    if _UNCLEAN.search(clean) or all(quote in clean for quote in quotes):
        return _NOTHING_THERE
    return clean


def _changed(number: float, change: str, field: Field) -> Decimal:
    if field.is_time:
        step = {"just above": Decimal("0.5"), "just below": Decimal("-0.5")}
        return int(number) + step.get(change, Decimal(0))
    toward = {"just above": math.inf, "just below": -math.inf}
    near = math.nextafter(number, toward.get(change, number))
    return Decimal(repr(float(near if math.isfinite(near) else number)))


# How it is written


def _spelled(part: Part, comparison: Comparison) -> tuple[str, bool]:
    """The text, and whether SEARCH-GRAMMAR does not surely allow it."""
    spelling = part.spelling
    key, doubtful = _key(part.prefix, comparison.field, spelling.key_quote)
    blank = spelling.blank
    doubtful = doubtful or blank not in ("", " ")
    operator = f"{blank}{comparison.operator}{blank}"
    if comparison.operator in _WORDS:
        operator = _around(spelling, comparison.operator)
    value = comparison.value
    if isinstance(value, tuple):
        listed = f"{blank},{blank}".join(f"'{each}'" for each in value)
        return f"{key}{operator}({blank}{listed}{blank})", doubtful
    if isinstance(value, Decimal):
        number = spelled_number(value, spelling.number)
        return f"{key}{operator}{number}", doubtful or not _PLAIN_NUMBER.fullmatch(number)
    quote = spelling.text_quote
    if quote in value:
        quote = '"' if quote == "'" else "'"
    # The clause writes texts in single quotes.
    return f"{key}{operator}{quote}{value}{quote}", doubtful or quote == '"'


def _around(spelling: Spelling, words: str) -> str:
    blank = spelling.blank or " "
    return blank + blank.join(spelling.word(each) for each in words.split()) + blank


def _key(prefix: str, field: Field, quote: str) -> tuple[str, bool]:
    """The field's text, and whether the clause does not surely allow it."""
    if field.kind in (Kind.ATTRIBUTE, Kind.DATASET):
        # It speaks of quoted keys, and these are names.
        return f"{prefix}{quote}{field.name}{quote}", quote != ""
    if quote == "" and not _BARE_KEY.fullmatch(field.name):
        quote = "`"
    if quote and quote in field.name:
        quote = '"' if quote == "`" else "`"
    plain = all(each.isalnum() or each in "_/.- :" for each in field.name)
    plain = plain and (quote != "" or field.name.lower() not in _RESERVED)
    return f"{prefix}{quote}{field.name}{quote}", not plain


def spelled_number(value: Decimal, style: str) -> str:
    """The number in one of NUMBER_STYLES, or plainly where it has no such form."""
    text = format(value, "f") if -20 < value.adjusted() < 40 else str(value)
    whole = "." not in text and "E" not in text
    match style:
        case "point zero" if whole:
            return f"{text}.0"
        case "exponent" if "E" not in text:
            return f"{text}e0"
        case "plus" if not text.startswith("-"):
            return f"+{text}"
        case "point after" if whole:
            return f"{text}."
        case "point before" if abs(value) < 1 and "." in text and "E" not in text:
            return text.replace("0.", ".", 1)
    return text
