"""Ids and pages (EXP-ID-UNKNOWN, RUN-MISSING, SEARCH-PAGES)."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.model import CHANGES, Near, Raw
from storeproof.conformance.strategies.drawn import CLEF, Bad, long

_UNKNOWN_IDS = (
    "unknown", "9" * 18, "9" * 40, "-99", "999999.5", "0x7fffff", "1e9", "", " ", "\t", "é", "語", CLEF,
    "９９９９９９９", "f" * 32, "F" * 32, "0" * 32, "00000000-0000-0000-0000-000000000000", ".", "..",
    "/", "../..", "a/b", "a\\b", ".trash", "models", "meta.yaml", "%", "_", "*", "?", "' OR '1'='1",
    "null", "None", "x" * 300, "x" * 5000, "\n", "\0", "a\0", "\ud800", "\u202e", "~", "$HOME", "con",
)  # fmt: skip


def unknown_ids() -> SearchStrategy[Raw]:
    """Ids of every shape that no store has issued (EXP-ID-UNKNOWN, RUN-MISSING)."""
    return st.sampled_from([Raw(long(each)) for each in _UNKNOWN_IDS])


def near_ids(symbols: SearchStrategy[str]) -> SearchStrategy[Near]:
    """Ids that are nearly one of `symbols`: padded, quoted, in another case."""
    return st.builds(Near, symbols, st.sampled_from(list(CHANGES)))


def valid_page_sizes() -> SearchStrategy[int]:
    """SEARCH-PAGES: 1 to 50000."""
    return st.sampled_from((1, 2, 3, 5, 1000, 50000))


def invalid_page_sizes() -> SearchStrategy[Bad]:
    """SEARCH-PAGES."""
    values = (0, -1, 50001, 2**31, 2**63, -(2**63) - 1, "10", 1.5)
    return st.sampled_from([Bad(each, "SEARCH-PAGES") for each in values])


def invalid_page_tokens() -> SearchStrategy[Raw]:
    """Tokens that no page gave (SEARCH-PAGES)."""
    tokens = ("x", "!", "AAAA", "e30=", "MTA=", "null", "[]", "é", "語", "x" * 5000, "\0", "%00")
    return st.sampled_from([Raw(long(each)) for each in tokens])
