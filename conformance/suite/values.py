"""Values that stores have been seen to get wrong, in groups named for what is nasty about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from storeproof.stores import Tag

FOUR_BYTES = "\N{PILE OF POO}"
"""A character that is four bytes in UTF-8 and two units in UTF-16."""

NASTY_NAMES = {
    "quotes": "it's \"quoted\" ''twice''",
    "backticks": "`plan`",
    "percent signs": "100% %s %(name)s %%",
    "backslashes": "C:\\new\\table\\",
    "wildcards": "pl_n*[a]?",
    "4-byte characters": f"plan {FOUR_BYTES} \N{MUSICAL SYMBOL G CLEF}\N{CJK UNIFIED IDEOGRAPH-20000}",
    "many scripts": "план 計画 تخطيط योजना",
    "combining characters": "e\N{COMBINING ACUTE ACCENT} a\N{COMBINING RING ABOVE}",
    "a path": "../../plan/./x",
    "braces and a colon": "{plan}: [x, y] # - &a !b",
    "a statement": "'; DROP TABLE experiments; --",
    "line ends": "plan\r\nb\nc\rd\te",
}
"""Names that are correct, by what they hold."""

DIFFERENT_NAMES = {
    "case": ("Plan", "pLAN"),
    "accent": ("resume", "résumé"),
    "composition": ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"),
    "width": ("plan1", "plan\N{FULLWIDTH DIGIT ONE}"),
    "sharp s": ("strasse", "straße"),
    "dotless i": ("plani", "plan\N{LATIN SMALL LETTER DOTLESS I}"),
    "an invisible character": ("plan", "pl\N{ZERO WIDTH SPACE}an"),
    "a 4-byte character": (FOUR_BYTES, "\N{CAT FACE}"),
    "the kind of space": ("a b", "a\N{NO-BREAK SPACE}b"),
    "a line end": ("plan", "plan\n"),
}
"""Pairs of names that a careless comparison takes for one, by how they differ."""

BAD_TAGS: dict[str, Any] = {
    "an empty key": Tag("", "x"),
    "a key of 251 characters": Tag("k" * 251, "x"),
    "a key with a semicolon": Tag("a;b", "x"),
    "a key that is an absolute path": Tag("/a", "x"),
    "a key that leads out": Tag("../a", "x"),
    "a key that is not normalised": Tag("a//b", "x"),
    "a number as value": Tag("a", cast(Any, 1)),
    "None as value": Tag("a", cast(Any, None)),
}
"""Tags that break a rule of keys or of values, by what is wrong."""

UNKNOWN_IDS = [
    *("", " ", "abc", "None", "nan", "latest", "0x1f"),
    *("-1", "1.5", "1e3", "99999999999", "9223372036854775808", "9" * 400),
    *("名前", FOUR_BYTES, "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT FIVE}"),
    *("x" * 300, "f" * 5000),
    *(".", "..", "/", "../..", "a/../../b", "~", "C:\\"),
    *("%", "_" * 32, "*", "' OR '1'='1", "1; DROP TABLE runs", "\\"),
    *("\0", "a\0b", "\ud800"),
]
"""Ids that no store issues: empty, letters, digits, other scripts, overlong, paths, statements, no text."""

_FULL_WIDTH = {ord("0") + value: 0xFF10 + value for value in range(10)}

RESEMBLING_IDS: dict[str, Callable[[str], str]] = {
    "space before": lambda issued: f" {issued}",
    "space behind": lambda issued: f"{issued} ",
    "line end": lambda issued: f"{issued}\n",
    "NUL": lambda issued: f"{issued}\0",
    "leading zero": lambda issued: f"0{issued}",
    "sign": lambda issued: f"+{issued}",
    "fraction": lambda issued: f"{issued}.0",
    "exponent": lambda issued: f"{issued}e0",
    "letter behind": lambda issued: f"{issued}x",
    "full width": lambda issued: issued.translate(_FULL_WIDTH),
    "case": lambda issued: issued.swapcase() if issued.swapcase() != issued else f"{issued}X",
    "path": lambda issued: f"./{issued}",
    "folder": lambda issued: f"{issued}/",
    "way back": lambda issued: f"{issued}/../{issued}",
    "statement": lambda issued: f"{issued}' --",
}
"""Ids that are not the one issued, but that a careless reading takes for it."""


def unknown_like(issued: str) -> str:
    """An id of the shape of `issued` that the store has not issued."""
    if issued.isdigit() and len(issued) < 10:
        return "918273645"
    turned = str.maketrans("0123456789abcdefABCDEF", "1234567890bcdefaBCDEFA")
    return issued.translate(turned)


NASTY_TEXTS = {
    "empty": "",
    "a space": " ",
    "white space around": " \t a \n ",
    "line feed": "a\nb\n",
    "carriage return": "a\rb\r",
    "both": "a\r\nb\r\n",
    "other line ends": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "control characters": "\x01\x08\x1a\x1b\x1f\x7f",
    "tabs": "\ta\t\tb",
    "quotes": "'\"`''\"\"",
    "backslashes": "\\ \\n \\\\ \\x00 \\",
    "placeholders": "%s %(a)s %% :a ? $1 {a} {{a}} ${HOME}",
    "wildcards": "100% _ * [a-z]",
    "a statement": "'); DROP TABLE params; --",
    "YAML": "- a: &b [c, {d: ~}] # e\n---\n...",
    "JSON": '{"a": [null, NaN, "\\u0000"]}',
    "a number": "007",
    "not quite null": "null",
    "3-byte characters": "学習率 € \ufeff",
    "4-byte characters": f"{FOUR_BYTES}\N{CJK UNIFIED IDEOGRAPH-20000}\U0010ffff",
    "combining characters": "e\N{COMBINING ACUTE ACCENT} \N{LATIN SMALL LETTER E WITH ACUTE} \N{ANGSTROM SIGN}",
    "joined characters": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}abc\N{POP DIRECTIONAL FORMATTING} דיוק",
    "non-characters": "\ufffd \ufffe \uffff",
}
"""Values that are correct, by what they hold."""

DIFFERENT_KEYS = {
    "case": ("Key", "kEY"),
    "case of another script": ("Ж", "ж"),
    "accent": ("resume", "résumé"),
    "width": ("A1", "\N{FULLWIDTH LATIN CAPITAL LETTER A}1"),
    "sharp s": ("strasse", "straße"),
    "dotless i": ("i", "\N{LATIN SMALL LETTER DOTLESS I}"),
    "dotted I": ("I", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"),
    "letter or sign": ("\N{LATIN CAPITAL LETTER A WITH RING ABOVE}", "\N{ANGSTROM SIGN}"),
    "ligature": ("fi", "\N{LATIN SMALL LIGATURE FI}"),
    "kana": ("ハ", "は"),
    "digits of another script": ("3", "\N{ARABIC-INDIC DIGIT THREE}"),
    "4-byte letters": ("𠮷", "𠮸"),
    "leading space": ("x", " x"),
    "underscore or space": ("a_b", "a b"),
    "slash or dot": ("a/b", "a.b"),
}
"""Pairs of keys that a careless comparison takes for one, by how they differ."""

NO_TEXTS = ("\0", "a\0b", "a\0", "a\ud800", "\udfffb", "\udc00\ud800")
"""What holds NUL or a lone surrogate."""
