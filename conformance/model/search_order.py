"""The place of a thing in an answer (SEARCH-ORDER): numbers, then NaN, then missing, both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from storeproof.conformance.model.search_tree import Field, Kind, OrderTerm
from storeproof.conformance.model.search_values import Known, of_run
from storeproof.conformance.model.state import RunState, Unseen

Place = tuple[object, ...]
"""Sorts by itself."""


def run_place(run: RunState, terms: Sequence[OrderTerm], infinite: bool) -> Place | None:
    """By the terms, then start_time DESC, then run id ASC; None if it hangs on what is open."""
    values = [(of_run(run, each.field, infinite), each.descending) for each in terms]
    values += [(run.start_time, True), (run.real_id, False)]
    parts = [field_place(*each) for each in values]
    return None if None in parts else tuple(parts)


def experiment_place(seen: Any, terms: Sequence[OrderTerm], *, ids_are_numbers: bool) -> Place:
    """Of an observed experiment: by the terms, then creation_time DESC, then id DESC.

    An id is text to whoever reads it and a number to most stores: both orders are right.
    """
    default = Field(Kind.ATTRIBUTE, "creation_time"), Field(Kind.ATTRIBUTE, "experiment_id")
    wanted = [(each.field, each.descending) for each in terms] + [(each, True) for each in default]
    parts = []
    for field, descending in wanted:
        name = "real_id" if field.name == "experiment_id" else field.name
        value = seen[name]
        if name == "real_id" and ids_are_numbers:
            value = int(value)
        parts.append(field_place(value, descending))
    return tuple(parts)


def field_place(value: Known, descending: bool) -> Place | None:
    """The place of one value among those of its field; None if it is not known."""
    if isinstance(value, Unseen):
        return None
    if value is None:
        return (2,)
    if isinstance(value, str):
        points = tuple(map(ord, value))
        # What is longer comes first when it is turned round: the end stands for less than any.
        return (0, (*(-each for each in points), 1)) if descending else (0, points)
    if math.isnan(value):
        return (1,)
    return (0, -value if descending else value)
