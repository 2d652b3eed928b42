"""Hypothesis strategies for everything a store is given, nasty values weighted in.

`valid_*` draw what a store must accept, `invalid_*` what it must refuse (as Bad, with the
clause that demands it), `doubtful_*` what a clause leaves open or lets vary. The first value
of every list is the simplest: to it a failure shrinks. Lists hold what broke stores before:
line ends, case and accent twins, four-byte characters, numbers at the edge of their type.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.model import CHANGES, Near, Raw
from storeproof.stores.entities import Metric, Param, RunStatus, Tag, ViewType

T = TypeVar("T")

SHOWN = 60
"""Longer texts are shown short."""

CLEF = "\U0001d11e"
"""A character of four bytes in UTF-8 and two units in UTF-16; a symbol, no letter."""
LETTER4 = "\U00010400"
"""A letter of four bytes in UTF-8."""


@dataclass(frozen=True)
class Bad:
    """A value that must be refused, and the clause that says so."""

    value: Any
    clause: str


@dataclass(frozen=True)
class Name:
    """An experiment's name in the making: `text`, filled up to `length` characters if given."""

    text: str
    length: int | None = None
    filler: str = "n"

    def after(self, prefix: str) -> str:
        """The name behind a prefix that nobody else uses; the prefix counts in the length."""
        name = prefix + self.text
        return name if self.length is None else (name + self.filler * self.length)[: self.length]


class Long(str):
    """A long text that is shown short when an example is printed.

    A store must be given `plain` of it: to some libraries a subclass of str is no text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        most = max(set(self), key=self.count)
        if self == most * len(self):
            return f"{most!r} * {len(self)}"
        return f"{self[:20]!r} + ... + {self[-20:]!r} ({len(self)} characters)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's protocol
        printer.text(repr(self))


def long(text: str) -> str:
    """The text, as a Long if it is one."""
    return Long(text) if len(text) > SHOWN else text


def plain(value: Any) -> Any:
    """The value, whole entries and lists of them too, with texts that are nothing but texts."""
    if isinstance(value, Long):
        return str(value)
    if isinstance(value, Metric | Param | Tag):
        changed = {
            each.name: plain(getattr(value, each.name))
            for each in fields(value)
            if isinstance(getattr(value, each.name), Long)
        }
        return replace(value, **changed) if changed else value
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def _weighted(plain: Sequence[T], nasty: Sequence[T], free: SearchStrategy[T]) -> SearchStrategy[T]:
    """A value of each kind as often as of the others."""
    return st.sampled_from(plain) | st.sampled_from(nasty) | free


# Keys (KEY-*)

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
    return _weighted(_PLAIN_KEYS, _FAMILY_KEYS, st.lists(piece, min_size=1, max_size=3).map(_tidy))


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


# Texts (TEXT-*)

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

_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_UNCLEAN = ("\0", "a\0b", "x\0", "\ud800", "a\udfffb", "\udc80", "\ud83d")


def valid_texts() -> SearchStrategy[str]:
    """Values that must be read back equal, well under every limit (TEXT-ROUNDTRIP)."""
    return _weighted(TEXTS[:3], TEXTS, _ANY_TEXT)


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


# Numbers, for METRIC-TYPES


def _numpy_scalars() -> tuple[Any, ...]:
    if importlib.util.find_spec("numpy") is None:
        return ()
    import numpy as np

    return (np.float64(0.1), np.float32(0.1), np.float16(1.5), np.int64(-3), np.int32(7),
            np.uint8(255), np.float64("nan"), np.int64(2**53))  # fmt: skip


_DOUBLES = (
    1.0, 0.0, -1.0, 2, -0.0, 0.1, 1 / 3, float("nan"), float("inf"), float("-inf"), 5e-324,
    -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1e-10,
    123456789.123456789, 9007199254740993.0, 1e16, 2**53, -(2**53), 2**62, -(2**63), 2**100,
    3.4028235677973366e38, 16777217.0, 1e22, *_numpy_scalars(),
)  # fmt: skip


def valid_values() -> SearchStrategy[Any]:
    """Metric values that a double holds; NaN and infinities too (METRIC-LOG, -NAN, -INF)."""
    return _weighted((1.0, 0.0, -1.0, float("nan")), _DOUBLES, st.floats())


def doubtful_values() -> SearchStrategy[Any]:
    """Numbers that a double holds only nearly, and exact ones of other types."""
    return st.sampled_from((2**53 + 1, 2**63 - 1, Fraction(1, 2), Fraction(1, 3), Decimal("0.1")))


def invalid_values() -> SearchStrategy[Bad]:
    """What is no number for a double (METRIC-TYPES)."""
    values: tuple[object, ...] = (
        None,
        True,
        False,
        "1.0",
        "NaN",
        "",
        10**400,
        -(10**400),
        1j,
        b"1",
        [1.0],
        {},
        (),
    )
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def valid_timestamps() -> SearchStrategy[Any]:
    """Milliseconds that METRIC-TYPES accepts; few of them, so that points meet."""
    edges = (0, 1, 2**31 - 1, 2**31, 2**32, 1_600_000_000_000, 2**53 + 1, 2**63 - 1, 5.0, 1e15)
    return _weighted((0, 1, 2), edges, st.integers(0, 2**63 - 1))


def valid_steps() -> SearchStrategy[Any]:
    """Steps that METRIC-TYPES accepts; few of them, so that points meet."""
    edges = (0, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 5.0, -3.0)
    return _weighted((0, 1, 2), edges, st.integers(-(2**63), 2**63 - 1))


_NO_WHOLE_NUMBERS = (
    None, "5", "", 0.5, -0.5, 1e300, float("nan"), float("inf"), float("-inf"), 2**63, 2.0**63,
    10**400, -(10**400), 1j, [0], Fraction(1, 2), Decimal("0.5"),
)  # fmt: skip


def invalid_timestamps() -> SearchStrategy[Bad]:
    """No whole number from 0 to 2^63-1 (METRIC-TYPES)."""
    values = (-1, -(2**63), -1.0, *_NO_WHOLE_NUMBERS)
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def invalid_steps() -> SearchStrategy[Bad]:
    """No whole number from -2^63 to 2^63-1 (METRIC-TYPES)."""
    values = (-(2**63) - 1, *_NO_WHOLE_NUMBERS)
    return st.sampled_from([Bad(each, "METRIC-TYPES") for each in values])


def valid_metrics(keys: SearchStrategy[str]) -> SearchStrategy[Metric]:
    """Points whose keys are drawn from `keys`; half of them from few values, so that they meet."""
    few = st.builds(
        Metric, keys, st.sampled_from((1.0, 2.0, float("nan"), float("inf"))),
        st.integers(0, 2), st.integers(-1, 1),
    )  # fmt: skip
    return few | st.builds(Metric, keys, valid_values(), valid_timestamps(), valid_steps())


def invalid_metrics(keys: SearchStrategy[str]) -> SearchStrategy[Bad]:
    """Points with one thing wrong: key, value, timestamp or step."""
    key = st.just("a")
    wrong = (
        invalid_keys().map(lambda bad: Bad(Metric(bad.value, 1.0, 0, 0), bad.clause)),
        st.builds(lambda k, bad: Bad(Metric(k, bad.value, 0, 0), bad.clause), keys, invalid_values()),
        st.builds(lambda k, b: Bad(Metric(k, 1.0, b.value, 0), b.clause), keys, invalid_timestamps()),
        st.builds(lambda k, b: Bad(Metric(k, 1.0, 0, b.value), b.clause), keys | key, invalid_steps()),
    )  # fmt: skip
    return st.one_of(wrong)


# Experiments and runs

_NAME_TEXTS = (
    "a", "A", "b", "a ", " a", "á", "a\u0301", "ａ", "а", "straße", "STRASSE", "İ", "i", "'", '"',
    "`", "\\", "%", "_", "a/b", "../a", "a\nb", "\t", "; --", "{}", CLEF, "😀", "語", "\ufeff",
    "\u200b", "",
)  # fmt: skip


def valid_names() -> SearchStrategy[Name]:
    """Names of experiments, many of them twins (EXP-NAME-*)."""
    edge = st.builds(Name, st.just("a"), st.sampled_from((255, 256)), st.sampled_from(("n", CLEF)))
    return _weighted(
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
    return st.sampled_from(names) | _ANY_TEXT.filter(bool)


def statuses() -> SearchStrategy[RunStatus]:
    """RUN-STATUS."""
    return st.sampled_from(list(RunStatus))


def views() -> SearchStrategy[ViewType]:
    """SEARCH-VIEWS."""
    return st.sampled_from((ViewType.ALL, ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY))


def times() -> SearchStrategy[int]:
    """Start and end times in ms; few of them, so that ties happen."""
    return st.sampled_from((0, 1, 1_600_000_000_000, 1_600_000_000_001, 2**53 + 1, 2**63 - 1))


# Ids and pages

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
