"""What a filter and an order ask, as the model's own trees; each carries the text that says it.

The model judges a store by the tree and never reads the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NUMERIC = ("=", "!=", "<", "<=", ">", ">=")
TEXTUAL = ("=", "!=", "LIKE", "ILIKE")
LISTED = ("IN", "NOT IN")

RUN_TEXTS = ("run_id", "run_name", "user_id", "status", "artifact_uri")
RUN_TIMES = ("start_time", "end_time")
DATASET_PARTS = ("name", "digest", "context")
EXPERIMENT_TEXTS = ("name",)
EXPERIMENT_TIMES = ("creation_time", "last_update_time")
EXPERIMENT_ORDERS = ("name", "experiment_id", "creation_time", "last_update_time")


class Kind(StrEnum):
    """Where a field's value is found."""

    METRIC = "metric"
    PARAM = "param"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DATASET = "dataset"


@dataclass(frozen=True, slots=True)
class Field:
    """A metric, param or tag by its key; an attribute or a part of a dataset by its name."""

    kind: Kind
    name: str

    @property
    def is_time(self) -> bool:
        """Whether it is an attribute that holds a whole number."""
        return self.kind is Kind.ATTRIBUTE and self.name in (*RUN_TIMES, *EXPERIMENT_TIMES)

    @property
    def is_number(self) -> bool:
        """Whether it is compared with numbers."""
        return self.kind is Kind.METRIC or self.is_time


Value = Decimal | str | tuple[str, ...]
"""A number as written, a text, or the texts of a list."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with one value; the operator in capitals."""

    field: Field
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Filter:
    """Comparisons that must all hold, and the text to give to a store.

    `doubtful` is a text that SEARCH-GRAMMAR does not surely allow: a store may refuse it too.
    """

    comparisons: tuple[Comparison, ...]
    text: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One field to order by, and the text to give to a store; `doubtful` as of a Filter."""

    field: Field
    descending: bool
    text: str
    doubtful: bool = False
