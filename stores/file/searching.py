"""Searching a store: everything is looked at as far as the question does, and only the answer is read whole (SEARCH-*)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from storeproof.stores.entities import RUN_NAME_TAG, Experiment, Run
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.file.content import Parts
from storeproof.stores.file.experiments import Experiments
from storeproof.stores.file.runs import Runs
from storeproof.stores.search.meaning import Test, experiment_test, run_test
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Field, Filter, Kind

T = TypeVar("T")

Seen = tuple[T, Callable[[], T]]
"""A thing as far as the question looks at it, and what reads it whole."""

_RUN_NAME = Field(Kind.ATTRIBUTE, "run_name")
_NO_KEYS: frozenset[str] = frozenset()
_NOTHING = Parts(_NO_KEYS, _NO_KEYS, _NO_KEYS, inputs=False)


def search_experiments(experiments: Experiments, query: Query[Experiment]) -> Sequence[Experiment]:
    """The part of the answer that the query asks for."""
    attributes = _of_attributes(query.filter)
    early, test = experiment_test(attributes), experiment_test(query.filter)
    bare_will_do = attributes == query.filter

    def seen() -> Iterator[Seen[Experiment]]:
        for place, bare in experiments.all():
            if query.view.admits(bare.lifecycle_stage) and early(bare):
                each = bare if bare_will_do else experiments.with_tags(place, bare)
                yield each, partial(experiments.get, bare.experiment_id)

    return _answer(
        seen(), query, lambda each: query.view.admits(each.lifecycle_stage) and test(each)
    )


def search_runs(runs: Runs, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
    """The part of the answer that the query asks for."""
    early, test = run_test(_of_attributes(query.filter)), run_test(query.filter)
    fields = _fields(query)
    parts = _parts(fields)
    bare_will_do = parts == _NOTHING
    # The name of a run that has none may be in its tags (SEARCH-RUNNAME).
    parts_and_name = replace(parts, tags=_keys(fields, Kind.TAG) | {RUN_NAME_TAG})

    def seen() -> Iterator[Seen[Run]]:
        for experiment_id in experiment_ids:
            for path, info in runs.seen_in(experiment_id):
                bare = Run(info)
                if not query.view.admits(info.lifecycle_stage):
                    continue
                read = partial(runs.get, info.run_id, path)
                if not info.run_name and _RUN_NAME in fields:
                    each = _if_there(partial(read, parts_and_name))
                elif not early(bare):
                    continue
                else:
                    each = bare if bare_will_do else _if_there(partial(read, parts))
                if each is not None:
                    yield each, read

    return _answer(
        seen(), query, lambda each: query.view.admits(each.info.lifecycle_stage) and test(each)
    )


def _answer(seen: Iterable[Seen[T]], query: Query[T], test: Test[T]) -> list[T]:
    """Those that fit, in order; each is as it was when it was read whole, and fits then."""
    key = query.order.key
    behind = query.order.after(query.after) if query.after is not None else None

    def fits(each: T) -> bool:
        return test(each) and (behind is None or behind(each))

    # The count keeps the comparison away from what reads.
    places = [(key(each), count, read) for count, (each, read) in enumerate(seen) if fits(each)]
    places.sort()
    found: list[T] = []
    for _, _, read in places:
        if len(found) == query.limit:
            break
        whole = _if_there(read)
        if whole is not None and fits(whole):
            found.append(whole)
    found.sort(key=key)  # one that was changed meanwhile has another place
    return found


def _if_there(read: Callable[[], T]) -> T | None:
    """What is read; None if it was removed since it was seen, or broken."""
    try:
        return read()
    except StoreError as error:
        if error.code is not ErrorCode.RESOURCE_DOES_NOT_EXIST:
            raise
        return None


def _of_attributes(tree: Filter) -> Filter:
    """The comparisons that meta.yaml answers."""
    return tuple(each for each in tree if each.field.kind is Kind.ATTRIBUTE)


def _fields(query: Query[Run]) -> frozenset[Field]:
    """The fields that the question looks at."""
    return frozenset(
        [each.field for each in query.filter] + [each.field for each in query.order.columns]
    )


def _parts(fields: frozenset[Field]) -> Parts:
    return Parts(
        _keys(fields, Kind.PARAM),
        _keys(fields, Kind.METRIC),
        _keys(fields, Kind.TAG),
        any(field.kind is Kind.DATASET for field in fields),
    )


def _keys(fields: frozenset[Field], kind: Kind) -> frozenset[str]:
    return frozenset(field.name for field in fields if field.kind is kind)
