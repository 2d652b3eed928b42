"""Experiments and runs: names, locations, statuses, times (EXP-*, RUN-*)."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.drawn import CLEF, Bad, Name, long, weighted
from storeproof.conformance.strategies.texts import ANY_TEXT, unclean_texts
from storeproof.stores.entities import RunStatus, ViewType

_NAME_TEXTS = (
    "a", "A", "b", "a ", " a", "á", "a\u0301", "ａ", "а", "straße", "STRASSE", "İ", "i", "'", '"',
    "`", "\\", "%", "_", "a/b", "../a", "a\nb", "\t", "; --", "{}", CLEF, "😀", "語", "\ufeff",
    "\u200b", "",
)  # fmt: skip


def valid_names() -> SearchStrategy[Name]:
    """Names of experiments, many of them twins (EXP-NAME-*)."""
    edge = st.builds(Name, st.just("a"), st.sampled_from((255, 256)), st.sampled_from(("n", CLEF)))
    return weighted(
        [Name(each) for each in _NAME_TEXTS[:3]], [Name(each) for each in _NAME_TEXTS], edge
    )


def doubtful_names() -> SearchStrategy[Name]:
    """Names that a variation keeps: 257 to 500 characters, NUL, lone surrogates."""
    edge = st.builds(Name, st.just("a"), st.sampled_from((257, 500)), st.sampled_from(("n", CLEF)))
    return edge | st.builds(Name, unclean_texts())


def invalid_names() -> SearchStrategy[Bad]:
    """Names that must be refused; a Name among them takes a prefix, the rest is used as it is."""
    values = ("", None, 5, Name("a", 501), Name("a", 501, CLEF), Name("a", 5000))
    return st.sampled_from([Bad(each, "EXP-NAME-LENGTH") for each in values])


def valid_locations(length: int = 2048) -> SearchStrategy[str | None]:
    """Artifact locations up to `length` characters; None leaves it to the store (EXP-ARTIFACT)."""
    edge = "s3://bucket/"
    short_edge = long(edge + "x" * (min(length, 256) - len(edge)))
    return st.sampled_from(
        (
            None, "s3://bucket/path", "s3://bucket/a b/é/%20/語", "s3://bucket/'\"", "s3://b/1",
            short_edge, long(edge + CLEF * (length - len(edge))),
        )
    )  # fmt: skip


def invalid_locations(length: int = 2048) -> SearchStrategy[Bad]:
    """Artifact locations that are too long (EXP-ARTIFACT)."""
    values = (long("s3://b/" + "x" * (length - 6)), long("s3://b/" + CLEF * (length - 6)))
    return st.sampled_from([Bad(each, "EXP-ARTIFACT") for each in values])


def valid_run_names() -> SearchStrategy[str]:
    """Names of runs, up to 250 characters (RUN-NAME)."""
    names = ("n", "N", "n ", " n", "\n", "'", "é", CLEF, "n" * 250, CLEF * 250)
    return st.sampled_from(names) | ANY_TEXT.filter(bool)


def statuses() -> SearchStrategy[RunStatus]:
    """RUN-STATUS."""
    return st.sampled_from(list(RunStatus))


def views() -> SearchStrategy[ViewType]:
    """SEARCH-VIEWS."""
    return st.sampled_from((ViewType.ALL, ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY))


def times() -> SearchStrategy[int]:
    """Start and end times in ms; few of them, so that ties happen."""
    return st.sampled_from((0, 1, 1_600_000_000_000, 1_600_000_000_001, 2**53 + 1, 2**63 - 1))
