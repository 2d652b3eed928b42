"""Datasets that a run used, and models that were logged to it (INPUT-*, MODEL-RECORD)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.drawn import CLEF, Bad, long
from storeproof.conformance.strategies.texts import texts_of_length, valid_texts
from storeproof.stores.entities import DATASET_CONTEXT_TAG, Dataset, DatasetInput

KEYS = (
    ("ab", "c"), ("a", "bc"), ("ab", "C"), ("AB", "c"), ("a", "b"), ("b", "a"), ("a ", "b"), ("á", "b"),
    ("a/b", "c"), ("a'b", '"'), ("a.b", "%"), ("語", "é"), ("a\nb", "\\"),
    (long("n" * 500), "d" * 36), (long("n" * 499 + "N"), "d" * 36), (long(CLEF * 500), CLEF * 36),
)  # fmt: skip
"""Names and digests that a careless store confuses with each other, up to their limits."""

_CONTEXTS = ("training", "Training", "eval", "", "é")


def valid_datasets() -> SearchStrategy[tuple[DatasetInput, ...]]:
    """A few uses of datasets out of few, with the same data again or other data, and other tags."""
    return st.lists(_uses(), max_size=3).map(tuple)


def invalid_datasets() -> SearchStrategy[Bad]:
    """A use of a dataset with one text that is too long (INPUT-LIMITS)."""
    spoilt = st.sampled_from(
        (
            _use(name=_over(500)),
            _use(digest=_over(36)),
            _use(source=_over(65_535)),
            _use(tags={long(_over(255)): "x"}),
            _use(tags={"a": _over(500)}),
        )
    )
    return st.builds(
        lambda use, other: Bad((other, use), "INPUT-LIMITS"), spoilt, _uses()
    ) | spoilt.map(lambda use: Bad((use,), "INPUT-LIMITS"))


def models() -> SearchStrategy[dict[str, Any]]:
    """Models to log: small ones, and some of which few fit into a tag (MODEL-RECORD)."""
    flavors = st.dictionaries(st.sampled_from(("python_function", "sklearn")), _parts(), max_size=2)
    small = st.fixed_dictionaries({"artifact_path": valid_texts(), "flavors": flavors})
    return small | st.builds(
        lambda text: {"artifact_path": text}, texts_of_length(2500, 7000, 7970, 7980, 8001, 20_000)
    )


def _parts() -> SearchStrategy[Any]:
    return st.sampled_from(({}, {"version": "1.5", "order": [1, 2.5, None, True]}, None, -1))


def _uses() -> SearchStrategy[DatasetInput]:
    data = st.builds(
        lambda key, *rest: Dataset(*key, *rest),
        st.sampled_from(KEYS),
        st.sampled_from(("local", "s3")),
        st.sampled_from(("x", "", "s3://b/é\n", long(CLEF * 5000), "{}")),
        st.sampled_from((None, '{"a": "long"}', "語")),
        st.sampled_from((None, '{"rows": 1}', long("p" * 70_000))),
    )
    contexts = st.sampled_from(_CONTEXTS).map(lambda context: {DATASET_CONTEXT_TAG: context})
    others = st.dictionaries(
        st.sampled_from(("a", "A", "b", long("k" * 255))),
        st.sampled_from(("x", "", "X", "é", long(CLEF * 500))),
        max_size=2,
    )
    tags = st.builds(lambda first, rest: {**first, **rest}, contexts | st.just({}), others)
    return st.builds(DatasetInput, data, tags)


def _use(tags: dict[str, str] | None = None, **texts: str) -> DatasetInput:
    plain = {"name": "a", "digest": "b", "source_type": "local", "source": "x"}
    return DatasetInput(Dataset(**(plain | texts)), tags or {})


def _over(limit: int) -> str:
    return long("x" * limit + "y")
