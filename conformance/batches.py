"""Hypothesis strategies for batches: valid ones, at the limits, and with one thing wrong (BATCH-*)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies import (
    Bad,
    invalid_keys,
    invalid_metrics,
    invalid_texts,
    valid_metrics,
    valid_param_values,
    valid_tag_values,
)
from storeproof.stores.entities import Metric, Param, Tag

MANY = 20
"""Longer lists are shown short."""


@dataclass(frozen=True)
class Batch:
    """The three lists of log_batch."""

    metrics: tuple[Metric, ...] = ()
    params: tuple[Param, ...] = ()
    tags: tuple[Tag, ...] = ()

    def __repr__(self) -> str:
        shown = []
        for name in ("metrics", "params", "tags"):
            entries = getattr(self, name)
            if len(entries) > MANY:
                shown.append(f"{name}=<{len(entries)}: {entries[0]!r} ... {entries[-1]!r}>")
            elif entries:
                shown.append(f"{name}={entries!r}")
        return f"Batch({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        printer.text(repr(self))


def batch_of_size(metrics: int = 0, params: int = 0, tags: int = 0) -> Batch:
    """A batch with so many entries of each kind; the points are of 40 metrics, all different."""
    return Batch(
        tuple(Metric(f"m{each % 40}", float(each), each, -each) for each in range(metrics)),
        tuple(Param(f"p{each}", str(each)) for each in range(params)),
        tuple(Tag(f"t{each}", str(each)) for each in range(tags)),
    )


def _params(keys: SearchStrategy[str]) -> SearchStrategy[tuple[Param, ...]]:
    values = valid_param_values()
    params = st.lists(
        st.builds(Param, keys, values), max_size=3, unique_by=lambda each: each.key
    )  # BATCH-PARAM-TWICE
    return params.map(tuple)


def valid_batches(keys: SearchStrategy[str]) -> SearchStrategy[Batch]:
    """Small batches, empty ones among them; tags and points may meet in one batch."""
    return st.builds(
        Batch,
        st.lists(valid_metrics(keys), max_size=5).map(tuple),
        _params(keys),
        st.lists(st.builds(Tag, keys, valid_tag_values()), max_size=3).map(tuple),
    )


_FULL = (batch_of_size(1000), batch_of_size(800, 100, 100), batch_of_size(0, 100, 100))
_OVERFULL = (
    batch_of_size(1001),
    batch_of_size(0, 101),
    batch_of_size(0, 0, 101),
    batch_of_size(801, 100, 100),
)


def full_batches() -> SearchStrategy[Batch]:
    """Batches just at the limits (BATCH-LIMITS). Slow to write: draw them rarely."""
    return st.sampled_from(_FULL)


def overfull_batches() -> SearchStrategy[Bad]:
    """Batches one over a limit (BATCH-LIMITS)."""
    return st.sampled_from([Bad(each, "BATCH-LIMITS") for each in _OVERFULL])


def invalid_batches(keys: SearchStrategy[str]) -> SearchStrategy[Bad]:
    """A valid batch into which one bad entry was put, anywhere (BATCH-VALIDATE, BATCH-PARAM-TWICE)."""
    batches = valid_batches(keys)
    places = st.integers(0, 5)
    spoilt = st.one_of(
        st.builds(_put_metric, batches, invalid_metrics(keys), places),
        st.builds(_put_param, batches, _bad(Param, keys, "PARAM-LOG"), places),
        st.builds(_put_tag, batches, _bad(Tag, keys, "TAG-TYPES"), places),
    )
    return spoilt | st.builds(_twice, batches, st.builds(Param, keys, valid_param_values()))


def _bad(
    entry: Callable[[Any, Any], Param | Tag], keys: SearchStrategy[str], clause: str
) -> SearchStrategy[Bad]:
    return st.builds(
        lambda bad: Bad(entry(bad.value, "x"), bad.clause), invalid_keys()
    ) | st.builds(
        lambda key, bad: Bad(entry(key, bad.value), bad.clause), keys, invalid_texts(clause)
    )


def _put(entries: tuple[Any, ...], entry: Any, place: int) -> tuple[Any, ...]:
    return (*entries[:place], entry, *entries[place:])


def _put_metric(batch: Batch, bad: Bad, place: int) -> Bad:
    return Bad(replace(batch, metrics=_put(batch.metrics, bad.value, place)), bad.clause)


def _put_param(batch: Batch, bad: Bad, place: int) -> Bad:
    return Bad(replace(batch, params=_put(batch.params, bad.value, place)), bad.clause)


def _put_tag(batch: Batch, bad: Bad, place: int) -> Bad:
    return Bad(replace(batch, tags=_put(batch.tags, bad.value, place)), bad.clause)


def _twice(batch: Batch, param: Param) -> Bad:
    others = tuple(each for each in batch.params if each.key != param.key)
    return Bad(replace(batch, params=(param, *others, param)), "BATCH-PARAM-TWICE")
