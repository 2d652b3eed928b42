"""LIKE, ILIKE and the equality of texts: what is a wildcard, what is literal, and where case counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import add, finds
from storeproof.conformance.suite.values import DIFFERENT_NAMES, FOUR_BYTES

Texts = dict[str, str]


def run_of(probe: Probe, texts: Texts) -> str:
    """An experiment with a run "one" that has these params, and the same tags."""
    experiment = probe.experiment()
    add(probe, experiment, "one", params=texts, tags=texts)
    return experiment


def matches(probe: Probe, experiment: str, comparison: str, held: bool = True) -> None:
    """The run "one" is found, or is not."""
    finds(probe, experiment, comparison, ["one"] if held else [])


# Wildcards

_WILDCARDS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    # name: key, text, patterns that match it, patterns that do not
    "a word": (
        "word",
        "abcabd",
        ("abcabd", "%", "%%", "a%", "%d", "%b%", "a%d", "%abd", "a_c%", "______", "_%_", "%a%a%", "abcab_"),
        ("", "abcab", "bcabd", "abcabdd", "_____", "_______", "%abc", "abd%", "a%c", "%b", "a_b%", "%a%a%a%"),
    ),
    "an empty text": ("empty", "", ("", "%", "%%"), ("_", "%_", "_%", " ", "%a%")),
    "line ends": (
        "lines",
        "a\nb\r\nc\u2028d",
        ("%", "a%d", "a%c%d", "a%", "%d", "a_b%", "a\nb%", "%b__c_d", "________"),
        ("a%c", "a", "%a", "b%", "a%b", "_______", "a b%"),
    ),
    "a line end at the end": ("end", "abc\n", ("abc%", "abc_", "%\n", "abc\n"), ("abc", "%c", "___", "abc\r")),
    "spaces at the end": ("space", "abc  ", ("abc%", "abc  ", "abc__", "% "), ("abc", "abc ", "%c", "___")),
    "spaces before": ("before", "  abc", ("%abc", "  abc", "__abc"), ("abc", " abc", "a%")),
    "characters of four bytes": (
        "four",
        f"a{FOUR_BYTES}b",
        ("a_b", f"a{FOUR_BYTES}b", "___", f"%{FOUR_BYTES}%", "a%b"),
        ("a__b", "__", "____", "ab", "a_", "a\N{CAT FACE}b"),
    ),
    "characters of three bytes": ("three", "学習率", ("___", "学%", "_習_", "%率"), ("__", "____", "習%", "学率")),
    "a combining character": (
        "combining",
        "e\N{COMBINING ACUTE ACCENT}",
        ("__", "e_", "e%", "%\N{COMBINING ACUTE ACCENT}"),
        ("_", "e", "\N{LATIN SMALL LETTER E WITH ACUTE}", "___"),
    ),
    "wildcards themselves": ("wild", "50%_", ("50%_", "50__", "50%", "%_"), ("50", "50_", "%5", "_____")),
    "one of many places": ("many", "aaaab" * 40 + "c", ("%a%b%c", "%aaaab%aaaabc", "%ab%c"), ("%b", "%c%b", "%aaaaa%")),
}  # fmt: skip


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("what", _WILDCARDS)
def test_percent_is_any_text_and_underscore_any_one_character(probe: Probe, what: str) -> None:
    """Over regular expressions "." needs re.DOTALL, and "$" is not the end of the text."""
    key, text, fitting, unfitting = _WILDCARDS[what]
    experiment = run_of(probe, {key: text})
    for pattern in probe.cases(fitting):
        comparisons = (f"params.{key} LIKE", f"tags.{key} LIKE", f"params.{key} ILIKE")
        matches(probe, experiment, " AND ".join(f"{each} '{pattern}'" for each in comparisons))
    for pattern in probe.cases(unfitting):
        matches(probe, experiment, f"params.{key} LIKE '{pattern}'", held=False)
        matches(probe, experiment, f"tags.{key} ILIKE '{pattern}'", held=False)


# Literals

_SIGNS = '.()[]{}\\^$*+?|#&~-!@/:;<>="`, \t'


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("how", ["LIKE", "ILIKE"])
def test_every_other_sign_is_itself(probe: Probe, how: str) -> None:
    experiment = run_of(probe, {f"k{i}": f"x{sign}y" for i, sign in enumerate(_SIGNS)})
    for number, sign in enumerate(probe.cases(_SIGNS)):
        fitting = (f"x{sign}y", f"%{sign}%", f"x{sign}%", f"%{sign}y", f"_{sign}_")
        comparisons = [f"params.k{number} {how} '{pattern}'" for pattern in fitting]
        matches(probe, experiment, " AND ".join(comparisons))
        matches(probe, experiment, f"params.k{number} {how} '{sign}'", held=False)
        matches(probe, experiment, f"params.k{number} {how} '%{sign}{sign}%'", held=False)


_NOT_REGULAR_EXPRESSIONS = (
    *(
        "a.c",
        ".*",
        "...",
        "ab*c",
        "ab+c",
        "abc?",
        "a?bc",
        "a[b]c",
        "[abc]bc",
        "[a-z]%",
        "[^x]bc",
        "[!x]bc",
    ),
    *(
        "(abc)",
        "abc|x",
        "x|abc",
        "^abc",
        "^abc$",
        "abc$",
        "\\abc",
        "a\\bc",
        "a\\wc",
        "\\w\\w\\w",
        "ab{1}c",
    ),
    *(
        "*",
        "a*",
        "abc*",
        "?bc",
        "???",
        "a#c",
        "a\\Sc",
        "(?i)ABC",
        "\\Aabc\\Z",
        "abc\\",
        "%\\",
        "a\\%",
        "a\\_c",
    ),
)


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("how", ["LIKE", "ILIKE"])
def test_a_pattern_is_no_regular_expression_and_no_glob(probe: Probe, how: str) -> None:
    """Each engine gives some of these a meaning: [ in SQL Server, the backslash in MySQL."""
    experiment = run_of(probe, {"k": "abc"})
    for pattern in probe.cases(_NOT_REGULAR_EXPRESSIONS):
        matches(probe, experiment, f"params.k {how} '{pattern}'", held=False)


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("how", ["LIKE", "ILIKE"])
def test_a_backslash_takes_no_meaning_from_what_follows(probe: Probe, how: str) -> None:
    """It escapes a wildcard in MySQL and PostgreSQL unless ESCAPE says otherwise."""
    texts = {"b": "a\\bc", "p": "a%c", "u": "a_c", "e": "a\\", "n": "a\\n", "t": "a\\\\c"}
    experiment = run_of(probe, texts)
    cases = {
        ("b", "a\\%"): True,
        ("b", "a\\%c"): True,
        ("b", "a\\_c"): True,
        ("b", "a\\bc"): True,
        ("b", "a\\\\bc"): False,
        ("b", "abc"): False,
        ("p", "a\\%c"): False,
        ("u", "a\\_c"): False,
        ("e", "a\\"): True,
        ("e", "%\\"): True,
        ("e", "a\\\\"): False,
        ("n", "a\\n"): True,
        ("n", "a\n"): False,
        ("t", "a\\\\c"): True,
        ("t", "a\\c"): False,
        ("t", "a__c"): True,
    }
    for (key, pattern), held in probe.cases(cases.items()):
        matches(probe, experiment, f"params.{key} {how} '{pattern}'", held)


@clause("SEARCH-LIKE")
def test_a_pattern_may_be_as_long_as_a_text(probe: Probe) -> None:
    """Some engines limit a pattern to less than the column holds."""
    texts = {"k": "x" * 5999 + "y", "w": FOUR_BYTES * 1500}
    experiment = probe.experiment()
    add(probe, experiment, "one", params=texts)
    cases = {
        ("k", "x" * 5999 + "y"): True,
        ("k", "x" * 5999 + "z"): False,
        ("k", "x" * 5999): False,
        ("k", "%" + "x" * 5000 + "%"): True,
        ("k", "x%" + "x" * 5990 + "%y"): True,
        ("k", "_" * 6000): True,
        ("k", "_" * 5999): False,
        ("k", "_" * 6001): False,
        ("k", "%" * 6000): True,
        ("w", FOUR_BYTES * 1500): True,
        ("w", "_" * 1500): True,
        ("w", FOUR_BYTES * 1499): False,
        ("w", "_" * 1501): False,
    }
    for (key, pattern), held in probe.cases(cases.items()):
        matches(probe, experiment, f"params.{key} LIKE '{pattern}'", held)


_letters = st.text(st.sampled_from("aAb%_\\\n.[ "), max_size=6)


def fits(pattern: str, text: str) -> bool:
    """What SEARCH-LIKE says, word for word."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and fits(pattern[1:], text[1:])


@clause("SEARCH-LIKE")
@given(texts=st.lists(_letters, min_size=1, max_size=4), patterns=st.lists(_letters, max_size=6))
def test_any_text_and_any_pattern(probe: Probe, texts: list[str], patterns: list[str]) -> None:
    probe.begin()
    experiment = probe.experiment()
    named = {f"{number}": text for number, text in enumerate(texts)}
    for name, text in named.items():
        add(probe, experiment, name, params={"k": text})
    for pattern in probe.cases([*patterns, *texts]):
        like = [name for name, text in named.items() if fits(pattern, text)]
        ilike = [name for name, text in named.items() if fits(pattern.lower(), text.lower())]
        finds(probe, experiment, f"params.k LIKE '{pattern}'", like)
        finds(probe, experiment, f"params.k ILIKE '{pattern}'", ilike)


# Case and other differences


@clause("SEARCH-LIKE")
def test_equality_and_like_see_case_and_ilike_does_not(probe: Probe) -> None:
    """The collation of the column decides otherwise, and sqlite's LIKE by itself."""
    experiment = run_of(probe, {"k": "Some Value"})
    fields = {
        **{f"{kind}.k": "Some Value" for kind in ("params", "tags")},
        "attributes.status": "RUNNING",
        "attributes.user_id": "ann",
        "attributes.run_name": "one",
    }
    for field, value in probe.cases(fields.items()):
        for other in {value.upper(), value.lower(), value.swapcase(), value.title()} - {value}:
            matches(probe, experiment, f"{field} = '{other}'", held=False)
            matches(probe, experiment, f"{field} != '{other}'")
            matches(probe, experiment, f"{field} LIKE '{other}'", held=False)
            matches(probe, experiment, f"{field} LIKE '%{other[:2]}%'", held=value[:2] == other[:2])
            matches(probe, experiment, f"{field} ILIKE '{other}'")
            matches(probe, experiment, f"{field} ILIKE '%{other[1:]}'")


@clause("SEARCH-LIKE")
def test_the_case_of_a_run_id_is_seen_by_equality_and_by_lists(probe: Probe) -> None:
    experiment = probe.experiment()
    run = add(probe, experiment, "one")
    other = run.upper()
    if other == run:
        return  # an id without letters has no case
    held = {
        f"= '{other}'": False,
        f"!= '{other}'": True,
        f"LIKE '{other}'": False,
        f"ILIKE '{other}'": True,
        f"IN ('{other}')": False,
        f"NOT IN ('{other}')": True,
        f"IN ('{other}', '{run}')": True,
        f"NOT IN ('{other}', '{run}')": False,
    }
    for comparison, found in probe.cases(held.items()):
        matches(probe, experiment, f"attributes.run_id {comparison}", found)


@clause("SEARCH-LIKE")
@pytest.mark.parametrize("difference", [each for each in DIFFERENT_NAMES if each != "dotless i"])
def test_no_other_difference_is_passed_over(probe: Probe, difference: str) -> None:
    """Collations also take for equal what differs in accent, width or the kind of space."""
    one, other = DIFFERENT_NAMES[difference]
    experiment = run_of(probe, {"k": one})
    for kind in probe.cases(("params", "tags")):
        matches(probe, experiment, f"{kind}.k = '{other}'", held=False)
        matches(probe, experiment, f"{kind}.k != '{other}'")
        matches(probe, experiment, f"{kind}.k LIKE '{other}'", held=False)
        if difference != "case":
            matches(probe, experiment, f"{kind}.k ILIKE '{other}'", held=False)
        matches(probe, experiment, f"{kind}.k = '{one}'")
        matches(probe, experiment, f"{kind}.k LIKE '{one}'")


@clause("SEARCH-LIKE")
def test_trailing_space_is_seen(probe: Probe) -> None:
    """Comparisons of padded texts take "k" and "k " for one."""
    experiment = run_of(probe, {"k": "x", "s": "x ", "t": "x\t"})
    texts = {"k": "x", "s": "x ", "t": "x\t"}
    for key, text in probe.cases(texts.items()):
        for other in texts.values():
            same = text == other
            matches(probe, experiment, f"params.{key} = '{other}'", held=same)
            matches(probe, experiment, f"params.{key} != '{other}'", held=not same)
            matches(probe, experiment, f"params.{key} LIKE '{other}'", held=same)


@clause("SEARCH-LIKE")
def test_ilike_ignores_the_case_of_other_scripts_too(probe: Probe) -> None:
    """To see it is allowed, and reported."""
    texts = {"k0": "ÉCOLE", "k1": "Привет", "k2": "ΩΔ", "k3": "Ünïcode", "k4": "\U00010400"}
    experiment = run_of(probe, texts)
    for key, text in probe.cases(texts.items()):
        for pattern in (text.lower(), text.upper(), f"%{text[-1].swapcase()}"):
            found = probe.store.search_runs(
                [experiment], filter_string=f"params.{key} ILIKE '{pattern}'"
            )
            if not found.items:
                probe.varies("SEARCH-LIKE", "ascii-case-only")
            else:
                probe.see(found).items.each("info.run_name").equals(["one"])
        matches(probe, experiment, f"params.{key} ILIKE '{text}'")
