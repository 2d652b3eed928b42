"""Keys of params, metrics and tags (KEY-*)."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.strategies.drawn import CLEF, LETTER4, Bad, long, weighted

KEY_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("a", "b", "a/b", "a/b/c"),
    ("a", "A", "á", "ａ", "а"),  # case, accent, width, Cyrillic
    ("a", "a ", "a  ", " a"),
    ("loss", "Loss", "LOSS", "loss_", "l"),
    ("straße", "strasse", "STRASSE", "straẞe"),
    ("i", "I", "ı", "İ"),
    ("k" * 250, "k" * 249, "k" * 249 + "K"),
    (LETTER4 * 250, LETTER4 * 249, LETTER4),
    ("é" * 250, "/".join("ab" * 62) + "/c", "語" * 250),
    ("1", "01", "１", "١"),
    ("a.b", "a:b", "a-b", "a b", "a_b"),
    (".a", "a.", "a..", "a/..b", "meta.yaml", "con", "a/.b"),
    ("mlflow.note", "key", "KEY", "order", "None", "nan"),
    ("ключ", "Ключ", "鍵", "مفتاح"),
)
"""Keys that a careless store confuses with each other."""

_PLAIN_KEYS = ("a", "b", "loss", "val/loss", "x.y", "x:y", "x-y", "x y")
_FAMILY_KEYS = tuple(dict.fromkeys(key for family in KEY_FAMILIES for key in family))
_KEY_LETTERS = "abAB01_-. :éßñİıаЖ語ａ١" + LETTER4


def _tidy(pieces: list[str]) -> str:
    pieces = [f"x{each}" if each.startswith("..") or each == "." else each for each in pieces]
    return "/".join(pieces)


def valid_keys() -> SearchStrategy[str]:
    """Keys of params, metrics and tags that KEY-CHARS and KEY-LENGTH accept."""
    piece = st.text(st.sampled_from(_KEY_LETTERS), min_size=1, max_size=6)
    return weighted(_PLAIN_KEYS, _FAMILY_KEYS, st.lists(piece, min_size=1, max_size=3).map(_tidy))


def key_pools() -> SearchStrategy[tuple[str, ...]]:
    """A few keys for one run of a machine, twins among them, so that they meet again."""
    families = st.lists(st.sampled_from(KEY_FAMILIES), min_size=1, max_size=2)
    free = st.lists(valid_keys(), max_size=2)
    return st.tuples(families, free).map(
        lambda drawn: tuple(dict.fromkeys([*(key for each in drawn[0] for key in each), *drawn[1]]))
    )


_BAD_CHARACTERS = (
    "%#@!$&*()[]{}<>?|\\\"'`~^+=;,\t\n\r\0\x7f\u00a0\u200b\u2028\ufeff\u0301\u093f\ufffd\ud800–…€"
    "😀" + CLEF
)
_BAD_KEYS = (
    Bad("", "KEY-LENGTH"),
    Bad(long("k" * 251), "KEY-LENGTH"),
    Bad(long(LETTER4 * 251), "KEY-LENGTH"),
    Bad(long("k" * 10_000), "KEY-LENGTH"),
    *(
        Bad(key, "KEY-CHARS")
        for key in (
            ".", "..", "/", "/a", "a/", "a//b", "a/./b", "./a", "../a", "..a", "...", "a/../b",
            "a/..", "//a", "a/b/", "a\n", "e\u0301", "हिन्दी", "a\\b", "../../../../tmp/a",
        )
    ),
    Bad(None, "KEY-CHARS"),
    Bad(1, "KEY-CHARS"),
)  # fmt: skip


def invalid_keys() -> SearchStrategy[Bad]:
    """Keys that must be refused (KEY-CHARS, KEY-LENGTH)."""
    spoilt = st.tuples(
        st.sampled_from(_BAD_CHARACTERS), st.sampled_from(("a{}b", "{}", "a{}", "{}a"))
    )
    return st.sampled_from(_BAD_KEYS) | spoilt.map(
        lambda drawn: Bad(drawn[1].format(drawn[0]), "KEY-CHARS")
    )


def doubtful_keys() -> SearchStrategy[str]:
    """Keys of digits that are digits to some: superscripts, Roman numerals, fractions."""
    return st.sampled_from(("a²", "Ⅷ", "½", "①"))
