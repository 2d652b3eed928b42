"""Values that are texts (TEXT-*, PARAM-*, TAG-*)."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.drawn import CLEF, Bad, long, weighted

TEXTS = (
    "x", "", "x ", " x", "  ", "X", "a\nb", "a\r\nb", "a\rb", "\n", "\r", "x\n", "\t", "a\tb",
    "'", '"', "''", '"x"', "`", "\\", "\\n", "\\0", "a\\", "%", "%s", "{}", "${x}", "%(x)s",
    "'; DROP TABLE runs; --", "<b>", "&amp;", "null", "None", "true", "0", "1e5", "NaN", "0123",
    "~", "- a", "a: b", "a: b # c", "? a", "!!python/object:x", "&a", "*a", "|", "> x", "---", "...",
    "[1]", "é", "e\u0301", "ñ", "Å", "A\u030a", "ﬁ", "ß", "İ", "\u0130", "ａ", "語", "שלום", "مرحبا",
    "\u202eabc\u202c", "\u200b", "\u00a0", "\u3000x", "\ufeffx", "x\ufeff", "a\u2028b", "a\u2029b",
    "a\x85b", "a\x0bb", "a\x0cb", "\x01", "\x1a", "\x1b[31m", "\x7f", "\ufffd", "\uffff", CLEF,
    "😀", "👩\u200d👩\u200d👧", "\U0010ffff", "\U0001f1e6\U0001f1e8", "x" * 256, "é" * 500, "\xad",
)  # fmt: skip
"""Texts that a careless store changes."""

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_UNCLEAN = ("\0", "a\0b", "x\0", "\ud800", "a\udfffb", "\udc80", "\ud83d")


def valid_texts() -> SearchStrategy[str]:
    """Values that must be read back equal, well under every limit (TEXT-ROUNDTRIP)."""
    return weighted(TEXTS[:3], TEXTS, ANY_TEXT)


def unclean_texts() -> SearchStrategy[str]:
    """Texts with NUL or a lone surrogate: refused, or as a variation kept (TEXT-NUL)."""
    return st.sampled_from(_UNCLEAN)


def texts_of_length(*lengths: int) -> SearchStrategy[str]:
    """Texts of exactly these lengths in characters, of one, two or four bytes, with ends that show a cut.

    Long ones are Long, here and where this strategy is a part of another.
    """
    kinds = st.tuples(st.sampled_from(lengths), st.sampled_from(("x", "é", CLEF, "\n")))
    return kinds.map(lambda drawn: long(drawn[1] * (drawn[0] - 1) + "z"[: drawn[0]]))


def valid_param_values(length: int = 6000) -> SearchStrategy[str]:
    """Values of params up to the limit (PARAM-LOG, PARAM-LONG)."""
    return valid_texts() | valid_texts() | texts_of_length(length - 1, length)


def valid_tag_values(length: int = 8000) -> SearchStrategy[str]:
    """Values of run tags up to the limit (TAG-SET, TAG-LONG)."""
    return valid_texts() | valid_texts() | texts_of_length(length - 1, length)


def invalid_texts(clause: str) -> SearchStrategy[Bad]:
    """What is no text; `clause` is PARAM-LOG or TAG-TYPES."""
    return st.sampled_from([Bad(each, clause) for each in (1, 1.5, True, b"x", ["x"], {"x": "y"})])
