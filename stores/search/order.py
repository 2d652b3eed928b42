"""The order of an answer, and the place of each thing in it (SEARCH-ORDER).

A place is, for each column in turn, a rank and a value: rank 0 and the value; rank 1 and
None for NaN; rank 2 and None where it is missing. Ranks ascend whatever the direction, values
go in the column's own. A place holds nothing but what JSON carries, so it can be a page token.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from storeproof.stores import validation
from storeproof.stores.entities import Experiment, ModelVersion, RegisteredModel, Run
from storeproof.stores.errors import StoreError
from storeproof.stores.paging import Place
from storeproof.stores.search import reading
from storeproof.stores.search.tree import Field, OrderBy
from storeproof.stores.search.vocabulary import EXPERIMENTS, MODELS, RUNS, VERSIONS, Entity, Holds

T = TypeVar("T")

VALUE, NAN, MISSING = 0, 1, 2
"""The ranks of a column, in their order."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of an order, with the type of its values."""

    field: Field
    holds: Holds
    descending: bool


def columns(terms: OrderBy, entity: Entity) -> tuple[Column, ...]:
    """The columns that decide: the terms, then the ties; what cannot decide any more is left out."""
    unique = {term.field for term in entity.ties[-entity.unique :]}
    chosen: dict[Field, Column] = {}
    for term in (*terms, *entity.ties):
        kind = entity.type_of(term.field)
        if kind is not None and term.field not in chosen:
            chosen[term.field] = Column(term.field, kind.holds, term.descending)
        if unique <= chosen.keys():
            break
    return tuple(chosen.values())


class Order(Generic[T]):
    """An order of things in memory."""

    def __init__(
        self, chosen: tuple[Column, ...], read: Callable[[Field], reading.Read[T]]
    ) -> None:
        self.columns = chosen
        self._reads = tuple(read(column.field) for column in chosen)

    def place(self, item: T) -> Place:
        """The place of `item`: a rank and a value for each column."""
        parts: list[int | float | str | None] = []
        for read in self._reads:
            value = read(item)
            if value is None:
                parts += (MISSING, None)
            elif value != value:
                parts += (NAN, None)
            else:
                parts += (VALUE, value)
        return tuple(parts)

    def key(self, item: T) -> tuple[object, ...]:
        """What sorted() and heapq need to put things into this order."""
        return _key(self.columns, self.place(item))

    def after(self, place: Place) -> Callable[[T], bool]:
        """A test that tells which things come behind `place`, whether or not anything stands on it."""
        bound = _key(self.columns, place)
        return lambda item: self.key(item) > bound


def run_order(terms: OrderBy = ()) -> Order[Run]:
    """The order of runs: the terms, then start_time DESC, then run id ASC."""
    return Order(columns(terms, RUNS), reading.of_run)


def experiment_order(terms: OrderBy = ()) -> Order[Experiment]:
    """The order of experiments: the terms, then creation_time DESC, then id DESC as a number (SEARCH-EXP)."""
    return Order(columns(terms, EXPERIMENTS), reading.of_experiment)


def model_order(terms: OrderBy = ()) -> Order[RegisteredModel]:
    """The order of registered models: the terms, then the name (REG-SEARCH)."""
    return Order(columns(terms, MODELS), reading.of_model)


def version_order(terms: OrderBy = ()) -> Order[ModelVersion]:
    """The order of versions: the terms, then the name, then the number, the newest first (REG-SEARCH)."""
    return Order(columns(terms, VERSIONS), reading.of_version)


def is_place(chosen: Sequence[Column], parts: Sequence[object]) -> bool:
    """Whether `parts`, from a page token, can be a place in an order of these columns."""
    if len(parts) != 2 * len(chosen):
        return False
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return all(
        _is_part(column.holds, rank, value)
        for column, (rank, value) in zip(chosen, pairs, strict=True)
    )


def _is_part(holds: Holds, rank: object, value: object) -> bool:
    if type(rank) is not int:
        return False
    if rank != VALUE:
        return value is None and (rank == MISSING or (rank == NAN and holds is Holds.DOUBLE))
    if holds is Holds.DOUBLE:
        return type(value) is float and math.isfinite(value)
    if holds is Holds.WHOLE:
        return type(value) is int and validation.INT64_MIN <= value <= validation.INT64_MAX
    try:
        validation.text(value, "A place")
    except StoreError:
        return False
    return True


class _Falling:
    """A text that sorts the other way round."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __lt__(self, other: _Falling) -> bool:
        return other.text < self.text

    def __gt__(self, other: _Falling) -> bool:
        return other.text > self.text


def _key(chosen: tuple[Column, ...], place: Place) -> tuple[object, ...]:
    parts: list[object] = list(place)
    for index, column in enumerate(chosen):
        if column.descending:
            value = place[2 * index + 1]
            parts[2 * index + 1] = _Falling(value) if isinstance(value, str) else _negated(value)
    return tuple(parts)


def _negated(value: float | None) -> float | None:
    return None if value is None else -value
