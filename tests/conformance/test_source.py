"""Recorded values as Python source: it gives the value again, and is short."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from storeproof.conformance.source import Source
from storeproof.conformance.trace import short
from storeproof.stores import Dataset, DatasetInput, Metric, Param, RunStatus, Tag

VALUES = [
    "", "it's \"quoted\"", "\0\ud800", "x" * 6001, "😀" * 5000 + "!", "ab" * 100, "a" * 70 + "\n" * 70,
    0, -5, True, None, 2**53 - 1, 2**63, 2**63 - 1, -(2**63), -(2**63) - 1, 10**400, -(10**400),
    123456789012345678, 0.1, -0.0, math.inf, -math.inf, 1j, b"\xff", Fraction(10, 7),
    [], (), ["a"], ("a",), {"a": (1, [2])}, [True] * 9, ["k"] * 9, [0, 1, 2], [1, 2.0, "3"] * 3,
    [f"k{i}" for i in range(20)], [f"{i}" for i in range(12)], [f"{{{i}}}'" for i in range(9)],
    [float(-i) for i in range(9)], [i / 2 for i in range(9)], [i + 5 for i in range(9)],
    [Metric(f"k{i}", float(i), i, -i) for i in range(1001)],
    [*(Metric("k", float(i), i) for i in range(999)), Metric("k", 1.0, -1)],
    [Param("bad", "2"), *(Param(f"p{i}", f"{i}") for i in range(100))],
    tuple(Tag(f"t{i}", "x") for i in range(100)), {f"p{i}": f"{i}" for i in range(100)},
    {f"m{i}": Metric(f"m{i}", 1.0, 1) for i in range(9)},
    DatasetInput(Dataset("train", "d1", "local", "file:///a", None, "x" * 100), {"k": "v"}),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: short(value, 40))
def test_the_source_of_a_value_gives_the_value(value: object) -> None:
    classes = (Dataset, DatasetInput, Metric, Param, Tag)
    names = {each.__name__: each for each in classes} | {"fractions": __import__("fractions")}
    again = eval(Source().of(value), names)
    assert again == value
    assert type(again) is type(value)


def test_what_follows_its_index_is_written_as_a_comprehension() -> None:
    metrics = [Metric(f"k{i}", float(i), i) for i in range(1001)]
    assert len(Source().of(metrics)) < 100
    assert len(Source().of([*metrics, Metric("k", 0.5, 1)])) < 180


def test_a_long_text_of_one_character_is_written_as_a_product() -> None:
    assert Source().of("x" * 6001) == "'x' * 6001"
    assert short("x" * 6001) == "'x' * 6001"


def test_another_long_text_is_shown_with_its_own_length() -> None:
    assert short("ab" * 500).endswith("(1000 characters)")


def test_an_id_is_written_as_the_variable_that_holds_it() -> None:
    source = Source()
    source.ids = {"1": "experiment0", "0123456789abcdef": "run1.info.run_id"}
    assert source.of(["1"], may_be_id=True) == "[experiment0]"
    assert source.of(Param("k", "1")) == "Param(key='k', value='1')"
    assert source.of("0123456789abcdef") == "run1.info.run_id"
    assert source.of("s3://b/0123456789abcdef") == "f's3://b/{run1.info.run_id}'"


def test_a_text_that_the_store_generated_is_written_as_a_variable_wherever_it_stands() -> None:
    source = Source()
    source.generated = {"calm-owl-1": "run1.info.run_name", "17": "answer0.creation_time"}
    assert source.of("calm-owl-1") == "run1.info.run_name"
    assert source.of("CALM-OWL-1") == "run1.info.run_name.upper()"
    assert source.of("name = 'calm-owl-1'") == "f\"name = '{run1.info.run_name}'\""
    assert source.of("time > 17.5") == "f'time > {answer0.creation_time}.5'"


def test_what_is_written_says_what_to_import() -> None:
    source = Source()
    source.of([Metric("k", Fraction(1, 2), 1), RunStatus.FAILED])  # type: ignore[arg-type]
    assert source.entities == {"Metric"}
    assert source.modules == {"fractions"}
