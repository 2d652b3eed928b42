"""Traces as JSON data and back."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest

from storeproof.conformance.recording import Opaque, Undecodable, decode, encode, from_json, to_json
from storeproof.conformance.trace import Check, Refusal, Setting, Step, Tick, Trace, same
from storeproof.stores import Metric, Tag


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -(2**53), 2**63, -(10**400), 0.1, math.nan, math.inf, -math.inf),
        *("a" + "b" * 20_000, "\n" * 20_000),
        *("", "text", "\ud800", "\x00", b"\xff\x00", {"$": 1}, {1: "one"}, {"a": {"b": [1, 2]}}),
        *(Fraction(1, 3), Decimal("1.10"), frozenset({1, 2})),
        *(numpy.float32(1.5), numpy.int64(2**62), numpy.bool_(True)),
        Metric("k", math.nan, 1, 2),
        [Tag("k", "v")],
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_is_decoded_equals_what_was_encoded(value: object) -> None:
    decoded = decode(json.loads(json.dumps(encode(value))))
    assert same(decoded, value)
    assert type(decoded) is type(value)


def test_a_number_of_thousands_of_digits_comes_back() -> None:
    assert decode(json.loads(json.dumps(encode(10**5000)))) == 10**5000


def test_what_has_no_form_is_told_in_words() -> None:
    assert isinstance(decode(encode(object())), Opaque)


def test_a_trace_comes_back_whole() -> None:
    trace = Trace(
        [
            Setting("MLFLOW_X", None),
            Step(0, "store", "create_experiment", {"name": "a"}, "1", expected="success"),
            Step(1, "store", "get_run", {"run_id": "x"}, refusal=Refusal("CODE", "why")),
            Tick(),
            Check(0, "{}", "equals", "2", "1", held=False, other=(1, "{}.info")),
        ]
    )
    assert from_json(json.loads(json.dumps(to_json(trace)))) == trace


@pytest.mark.parametrize(
    "data",
    [
        *(
            {},
            [1],
            [{"$": "NoSuchClass"}],
            [{"$": "Step"}],
            [{"$": "Tag", "key": "k", "value": "v"}],
        ),
        *([{"$unknown": 1}], [{"$int": "x"}], [{"$bytes": "*"}], [{"$numpy": ["fromfile", "x"]}]),
    ],
    ids=repr,
)
def test_what_is_no_trace_is_refused(data: object) -> None:
    with pytest.raises(Undecodable):
        from_json(data)
