"""Text to tree: parse_filter and parse_order_by (SEARCH-GRAMMAR, SEARCH-ORDER, SEARCH-EXP).

The grammar knows the shape of a filter, the vocabulary the fields and what each takes; what
either does not know is refused with INVALID_PARAMETER_VALUE, and a message that says where
and what could stand there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from storeproof.stores import validation
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.search import exact
from storeproof.stores.search.tree import (
    MOST_COMPARISONS,
    MOST_ORDER_TERMS,
    Comparison,
    Field,
    Filter,
    Kind,
    Operator,
    OrderBy,
    OrderTerm,
    Value,
)
from storeproof.stores.search.vocabulary import Entity, FieldType, Holds

if TYPE_CHECKING:
    from storeproof.stores.search.syntax import Piece, Refused

LONGEST_FILTER = 1_000_000
"""Characters of a filter, and of an order term."""

_REMEMBERED_LENGTH = 4096  # longer texts are not kept in memory

_WORDS = {
    "$END": "the end",
    "FIELD": "a field (such as metrics.loss, params.`my key`, attributes.status)",
    "COMPARE": "an operator (=, !=, <, <=, >, >=, LIKE, ILIKE)",
    "LISTS": "IN or NOT IN",
    "NUMBER": "a number",
    "SINGLE": "text in single quotes",
    "DOUBLE": "text in double quotes",
    "LPAR": "(",
    "COMMA": "a comma",
    "RPAR": ")",
    "_AND": "AND",
    "ASC": "ASC",
    "DESC": "DESC",
}


def parse_filter(text: str | None, entity: Entity) -> Filter:
    """The comparisons of a filter; None, "" and white space hold none (SEARCH-GRAMMAR).

    Raises INVALID_PARAMETER_VALUE for every text that is not in the language of `entity`,
    one with a NUL or a lone surrogate included, and for more than 1000 comparisons.
    """
    if text is None:
        return ()
    clean = validation.text(text, "The filter", LONGEST_FILTER)
    if len(clean) > _REMEMBERED_LENGTH:
        return _filter(clean, entity)
    return _remembered_filter(clean, entity)


def parse_order_by(terms: Iterable[str] | None, entity: Entity) -> OrderBy:
    """The terms of an order_by, each a field and ASC (the default) or DESC (SEARCH-ORDER).

    Raises INVALID_PARAMETER_VALUE for a term that is not in the language of `entity`, for
    what is not a list of texts, and for more than 100 terms.
    """
    if terms is None:
        return ()
    texts = validation.entries(terms, "order_by terms")
    if len(texts) > MOST_ORDER_TERMS:
        raise invalid(f"order_by has {len(texts)} terms; at most {MOST_ORDER_TERMS} are allowed.")
    return tuple(
        _order_term(validation.text(text, "The order_by term", LONGEST_FILTER), entity)
        for text in texts
    )


def _filter(text: str, entity: Entity) -> Filter:
    if not text or text.isspace():
        return ()
    from storeproof.stores.search import syntax

    try:
        found = syntax.comparisons(text)
    except syntax.Refused as refused:
        raise _unexpected("The filter", text, refused) from None
    except syntax.TooMany:
        raise invalid(
            f"The filter has more than {MOST_COMPARISONS} comparisons; that is the most allowed."
        ) from None
    return tuple(_comparison(pieces, entity) for pieces in found)


_remembered_filter = lru_cache(maxsize=256)(_filter)


def _order_term(text: str, entity: Entity) -> OrderTerm:
    from storeproof.stores.search import syntax

    try:
        named, *direction = syntax.order_term(text)
    except syntax.Refused as refused:
        raise _unexpected("The order_by term", text, refused) from None
    field, _ = _field(named, entity)
    if field.kind not in entity.ordered:
        raise _bad(named, f"{entity.plural} cannot be ordered by a {field.kind}")
    return OrderTerm(field, any(piece.kind == "DESC" for piece in direction))


def _comparison(pieces: list[Piece], entity: Entity) -> Comparison:
    named, compared, *values = pieces
    field, kind = _field(named, entity)
    operator = Operator(" ".join(compared.text.upper().split()))
    if operator not in kind.operators:
        known = ", ".join(kind.operators)
        raise _bad(
            compared,
            f"{named.text} cannot be compared with {operator}; it takes {known}"
            if known
            else f"{entity.plural} can be ordered by {field.name}, not filtered",
        )
    return Comparison(field, operator, _value(operator, kind, values))


def _field(piece: Piece, entity: Entity) -> tuple[Field, FieldType]:
    """The field that a token names, and its type."""
    prefix, name = _split(piece.text)
    kind = Kind.ATTRIBUTE if prefix is None else entity.prefixes.get(prefix)
    if kind is None:
        raise _bad(
            piece,
            f"{validation.shown(prefix)} is no prefix for {entity.plural}; "
            f"it is one of {', '.join(entity.prefixes)}",
        )
    if not name:
        raise _bad(piece, "the key is empty")
    if kind is Kind.ATTRIBUTE:
        name = entity.spellings.get(name, name)
    field = Field(kind, name)
    known = entity.type_of(field)
    if known is None:
        raise _bad(
            piece,
            f"{entity.plural} have no {kind} {validation.shown(name)}; "
            f"it is one of {', '.join(entity.named[kind])}",
        )
    return field, known


def _split(text: str) -> tuple[str | None, str]:
    """Prefix and name, without the quotes of the name."""
    if text[0] in '`"':
        return None, text[1:-1]
    prefix, dot, name = text.partition(".")
    if not dot:
        return None, text
    return prefix, name[1:-1] if name[:1] in ('"', "`") else name


def _value(operator: Operator, kind: FieldType, pieces: list[Piece]) -> Value:
    if operator in (Operator.IN, Operator.NOT_IN):
        return tuple(piece.text[1:-1] for piece in pieces)
    (piece,) = pieces
    numeric = piece.kind == "NUMBER"
    if kind.holds is Holds.TEXT:
        if numeric:
            raise _bad(piece, f"text is compared with text; write '{piece.text}'")
        return piece.text[1:-1]
    if not numeric:
        raise _bad(piece, "a number is compared with a number, without quotes")
    return exact.number(piece.text)


def _bad(piece: Piece, why: str) -> StoreError:
    return invalid(f"At character {piece.start + 1}, {validation.shown(piece.text)}: {why}.")


def _unexpected(what: str, text: str, refused: Refused) -> StoreError:
    found = validation.shown(text[refused.start :]) if refused.start < len(text) else "its end"
    wanted = ", or ".join(word for kind, word in _WORDS.items() if kind in refused.wanted)
    # Most often the text broke off where a key or a value should have been quoted.
    hint = ""
    if "COMPARE" in refused.wanted:
        hint = " A key with other characters than letters, digits, _ and . is quoted with `."
    elif "_AND" in refused.wanted:
        hint = " Text that holds ' is quoted with \", and the other way round."
    return invalid(
        f"{what} is not understood at character {refused.start + 1}, {found}; "
        f"{wanted} could stand there.{hint}"
    )
