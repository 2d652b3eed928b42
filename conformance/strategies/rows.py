"""Runs that are alike: the same keys, few values, so that searches find some of them and order them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.inputs import valid_datasets
from storeproof.stores.entities import DatasetInput, Metric, Param, RunStatus, Tag

_START_TIMES = (1_600_000_000_000, 1_600_000_000_001, 0, 2**63 - 1)
_NUMBERS = (1.0, 0.0, -1.0, 2.0, 0.5, math.nan, math.inf, -math.inf, 0.1, 1e300)
_FEW_TEXTS = ("x", "X", "Y")
_TEXTS = (
    "x",
    "X",
    "y",
    "",
    "é",
    "É",
    "a%b",
    "aXb",
    "a\nb",
    "xy",
    "XY",
    "[x]",
    "\\",
    "x ",
    "10",
    "9",
)
_STATUSES = (None, RunStatus.FINISHED, RunStatus.FAILED)
_WIDTH = 3


@dataclass(frozen=True)
class Row:
    """One of several runs: a value or None for each of the keys that they share."""

    start_time: int
    status: RunStatus | None
    numbers: tuple[float | None, ...]
    params: tuple[str | None, ...]
    tags: tuple[str | None, ...]
    datasets: tuple[DatasetInput, ...]

    def metrics_of(self, keys: Sequence[str]) -> tuple[Metric, ...]:
        """A point for each key that has a number."""
        pairs = zip(keys, self.numbers, strict=False)
        return tuple(Metric(key, value, 0, 0) for key, value in pairs if value is not None)

    def params_of(self, keys: Sequence[str]) -> tuple[Param, ...]:
        """A param for each key that has a text."""
        pairs = zip(keys, self.params, strict=False)
        return tuple(Param(key, value) for key, value in pairs if value is not None)

    def tags_of(self, keys: Sequence[str]) -> tuple[Tag, ...]:
        """A tag for each key that has a text."""
        pairs = zip(keys, self.tags, strict=False)
        return tuple(Tag(key, value) for key, value in pairs if value is not None)


def rows() -> SearchStrategy[list[Row]]:
    """One to five runs."""
    texts = st.tuples(*[st.none() | st.sampled_from(_FEW_TEXTS) | st.sampled_from(_TEXTS)] * _WIDTH)
    numbers = st.tuples(*[st.none() | st.sampled_from(_NUMBERS)] * _WIDTH)
    row = st.builds(
        Row,
        st.sampled_from(_START_TIMES),
        st.sampled_from(_STATUSES),
        numbers,
        texts,
        texts,
        st.just(()) | valid_datasets(),
    )
    return st.lists(row, min_size=1, max_size=5)


def shared_keys(keys: SearchStrategy[str]) -> SearchStrategy[list[str]]:
    """The keys of such runs."""
    return st.lists(keys, min_size=1, max_size=_WIDTH, unique=True)
