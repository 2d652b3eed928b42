"""The quick reader of plain YAML: what it reads, it reads as the YAML library does."""

from __future__ import annotations

import string
from typing import Any

import pytest
import yaml
from file_folders import MLFLOW_RUN
from hypothesis import example, given
from hypothesis import strategies as st

from storeproof.stores.file import plain_yaml

WORDS = (
    *"null Null NULL ~ true True TRUE false no No NO yes Yes YES on On OFF off y n N".split(),
    *"0 -1 007 0x1f 0b01 0b2 1_000 190:20:30 1e3 1.5 .5 1. .inf -.inf .nan 2020-01-01".split(),
    *"[] {} '' \"\" [a] {a: b} = << - -- --- ... % @a `a` !a &a *a |a >a ?a :a ,a #a a#".split(),
    *(
        "0b" + "01" * 15,
        "0b" + "01" * 14 + "0a",
        "1" * 32,
        "1e" + "3" * 30,
        "a" * 32,
        "0" * 31 + "f",
    ),
    *(
        "a:",
        "a: b",
        "a :b",
        "a  b",
        " a",
        "a ",
        "a #b",
        "it's",
        "''",
        "a\tb",
        "a\nb",
        "é",
        "\u2028",
    ),
)
KEYS = ("name", "tags", "yes", "null", "on", "_", "a" * 64, "a" * 65, "A", "a b", "1", "é", "")

texts = st.one_of(
    st.sampled_from(WORDS),
    st.text(string.printable, max_size=8),
    st.text("01abe.:-_ '#", min_size=1, max_size=8),
    st.text(max_size=8),
)
scalars = st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False))
values = st.one_of(
    scalars, st.lists(scalars, max_size=2), st.dictionaries(texts, scalars, max_size=2)
)
keys = st.one_of(st.sampled_from(KEYS), st.text("abcdefgh_", min_size=1, max_size=8), texts)


LOADERS = {yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)}


def is_read_as_by_the_library(text: str) -> bool:
    """Whether the reader leaves the text alone or says the same, types and order included."""
    read = plain_yaml.load(text)
    return read is None or all(
        repr(yaml.load(text, Loader=loader)) == repr(read) for loader in LOADERS
    )


@given(st.dictionaries(keys, values, max_size=4), st.booleans(), st.booleans())
def test_what_the_library_writes_is_read_as_the_library_reads_it(
    document: dict[str, Any], unicode: bool, libyaml: bool
) -> None:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if libyaml else yaml.SafeDumper
    text = yaml.dump(document, Dumper=dumper, default_flow_style=False, allow_unicode=unicode)
    assert is_read_as_by_the_library(text)


@given(st.lists(st.tuples(keys, st.sampled_from([": ", ":", ":  ", " : "]), texts), max_size=3))
@example([("name", ": ", "1" * 32)])
@example([("name", ": ", "a"), ("name", ": ", "b")])
def test_what_a_hand_writes_is_read_as_the_library_reads_it(
    lines: list[tuple[str, str, str]],
) -> None:
    text = "".join(f"{key}{colon}{value}\n" for key, colon, value in lines)
    assert is_read_as_by_the_library(text)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("place", ["name: {}\n", "{}: name\n", "name: '{}'\n", "name: {}"])
def test_no_word_is_read_as_something_else(word: str, place: str) -> None:
    text = place.format(word)
    assert is_read_as_by_the_library(text)


def test_a_run_s_document_is_plain() -> None:
    assert plain_yaml.load(MLFLOW_RUN) == yaml.safe_load(MLFLOW_RUN)


def test_a_document_without_its_last_line_end_is_left_to_the_library() -> None:
    assert plain_yaml.load("name: a\nstatus: 1") is None
    assert plain_yaml.load("") is None


def test_documents_share_no_values() -> None:
    first, second = plain_yaml.load("a: []\nb: []\n"), plain_yaml.load("a: {}\n")
    assert first is not None
    assert first["a"] is not first["b"]
    assert second == {"a": {}}
