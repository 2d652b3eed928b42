"""Which fields each kind of thing can be searched and ordered by, and how each is compared.

Another searchable thing is another Entity here; the grammar and the parser stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from storeproof.stores.search.tree import Field, Kind, Operator, OrderBy, OrderTerm


class Holds(Enum):
    """The type of a field's values."""

    DOUBLE = auto()
    WHOLE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field holds, and the operators that a filter may use on it."""

    holds: Holds
    operators: tuple[Operator, ...]


_NUMERIC = (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_TEXTUAL = (Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE)
_LISTED = (*_TEXTUAL, Operator.IN, Operator.NOT_IN)

DOUBLE = FieldType(Holds.DOUBLE, _NUMERIC)
WHOLE = FieldType(Holds.WHOLE, _NUMERIC)
TEXT = FieldType(Holds.TEXT, _TEXTUAL)
LISTED_TEXT = FieldType(Holds.TEXT, _LISTED)
NUMBER_TO_ORDER_BY = FieldType(Holds.WHOLE, ())


@dataclass(frozen=True, eq=False)
class Entity:
    """The vocabulary of one searchable thing; compared by identity.

    `prefixes` are the words before the dot; `keyed` the kinds whose fields are any key;
    `named` the kinds whose fields are listed; `spellings` other names of attributes; `ties`
    is what decides between equals, and its last `unique` fields together are one thing's only.
    """

    plural: str
    prefixes: Mapping[str, Kind]
    keyed: Mapping[Kind, FieldType]
    named: Mapping[Kind, Mapping[str, FieldType]]
    ordered: frozenset[Kind]
    ties: OrderBy
    spellings: Mapping[str, str] = field(default_factory=dict)
    unique: int = 1

    def type_of(self, field: Field) -> FieldType | None:
        """The field's type; None for a name that is not listed."""
        return self.keyed.get(field.kind) or self.named.get(field.kind, {}).get(field.name)


def _attribute(name: str) -> Field:
    return Field(Kind.ATTRIBUTE, name)


_ATTRIBUTE_PREFIXES = dict.fromkeys(("attribute", "attributes", "attr"), Kind.ATTRIBUTE)
_TAG_PREFIXES = dict.fromkeys(("tag", "tags"), Kind.TAG)

RUNS = Entity(
    plural="runs",
    prefixes={
        **dict.fromkeys(("metric", "metrics"), Kind.METRIC),
        **dict.fromkeys(("param", "params", "parameter", "parameters"), Kind.PARAM),
        **_TAG_PREFIXES,
        **_ATTRIBUTE_PREFIXES,
        "run": Kind.ATTRIBUTE,
        **dict.fromkeys(("dataset", "datasets"), Kind.DATASET),
    },
    keyed={Kind.METRIC: DOUBLE, Kind.PARAM: TEXT, Kind.TAG: TEXT},
    named={
        Kind.ATTRIBUTE: {
            "run_id": LISTED_TEXT,
            "run_name": TEXT,
            "user_id": TEXT,
            "status": TEXT,
            "artifact_uri": TEXT,
            "start_time": WHOLE,
            "end_time": WHOLE,
        },
        Kind.DATASET: {"name": LISTED_TEXT, "digest": LISTED_TEXT, "context": LISTED_TEXT},
    },
    ordered=frozenset({Kind.METRIC, Kind.PARAM, Kind.TAG, Kind.ATTRIBUTE}),
    ties=(
        OrderTerm(_attribute("start_time"), descending=True),
        OrderTerm(_attribute("run_id")),
    ),
    # MLflow's own other names.
    spellings={
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
        "created": "start_time",
        "Created": "start_time",
    },
)
"""Runs (SEARCH-GRAMMAR, SEARCH-ORDER)."""

EXPERIMENTS = Entity(
    plural="experiments",
    prefixes={**_TAG_PREFIXES, **_ATTRIBUTE_PREFIXES},
    keyed={Kind.TAG: TEXT},
    named={
        Kind.ATTRIBUTE: {
            "name": TEXT,
            "creation_time": WHOLE,
            "last_update_time": WHOLE,
            "experiment_id": NUMBER_TO_ORDER_BY,
        },
    },
    ordered=frozenset({Kind.ATTRIBUTE}),
    ties=(
        OrderTerm(_attribute("creation_time"), descending=True),
        OrderTerm(_attribute("experiment_id"), descending=True),
    ),
)
"""Experiments (SEARCH-EXP)."""

_REGISTERED = {
    "creation_timestamp": NUMBER_TO_ORDER_BY,
    "last_updated_timestamp": NUMBER_TO_ORDER_BY,
}

MODELS = Entity(
    plural="registered models",
    prefixes={**_TAG_PREFIXES, **_ATTRIBUTE_PREFIXES},
    keyed={Kind.TAG: TEXT},
    named={Kind.ATTRIBUTE: {"name": TEXT, **_REGISTERED}},
    ordered=frozenset({Kind.ATTRIBUTE}),
    ties=(OrderTerm(_attribute("name")),),
    spellings={"timestamp": "last_updated_timestamp"},
)
"""Registered models (REG-SEARCH)."""

VERSIONS = Entity(
    plural="model versions",
    prefixes={**_TAG_PREFIXES, **_ATTRIBUTE_PREFIXES},
    keyed={Kind.TAG: TEXT},
    named={
        Kind.ATTRIBUTE: {
            "name": TEXT,
            "run_id": LISTED_TEXT,
            "source_path": TEXT,
            "version_number": WHOLE,
            **_REGISTERED,
        }
    },
    ordered=frozenset({Kind.ATTRIBUTE}),
    ties=(
        OrderTerm(_attribute("name")),
        OrderTerm(_attribute("version_number"), descending=True),
    ),
    unique=2,
)
"""Versions of registered models (REG-SEARCH)."""
