"""What a filter and an order_by say, as frozen trees: names resolved, values typed.

Whoever reads a tree (memory, SQL) needs no knowledge of spellings.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Where a field's value is found."""

    METRIC = "metric"
    PARAM = "param"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DATASET = "dataset"


class Operator(StrEnum):
    """How a field is compared with a value, in its one spelling."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"


@dataclass(frozen=True, slots=True)
class Field:
    """A metric, param or tag by its key; an attribute or a part of a dataset by its one name."""

    kind: Kind
    name: str


Value = Decimal | str | tuple[str, ...]
"""A number, exactly as written; a text; or the texts of a list, at least one, as written."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with one value."""

    field: Field
    operator: Operator
    value: Value


Filter = tuple[Comparison, ...]
"""Comparisons that must all hold; none: everything is found."""

MOST_COMPARISONS = 1000
"""Comparisons of a filter, so that every store can take every filter (SEARCH-MANY)."""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One field to order by."""

    field: Field
    descending: bool = False


OrderBy = tuple[OrderTerm, ...]
"""Fields to order by, the first before the next."""

MOST_ORDER_TERMS = 100
"""Terms of an order_by."""
