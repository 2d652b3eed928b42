"""A trace as JSON data and back: what is decoded equals what was encoded, or says that it cannot.

What JSON has no form for is an object with one key that begins with "$".
"""

from __future__ import annotations

import base64
import dataclasses
import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, get_args

from storeproof.conformance.longtext import stretches
from storeproof.conformance.masking import HIDDEN, revealed
from storeproof.conformance.model import Near, Raw
from storeproof.conformance.trace import (
    Check,
    Event,
    Refusal,
    Trace,
    short,
)
from storeproof.stores import entities

JSON = Any

CLASSES: dict[str, type[Any]] = {
    each.__name__: each
    for each in (*vars(entities).values(), *get_args(Event), Refusal, Raw, Near)
    if isinstance(each, type) and dataclasses.is_dataclass(each)
}
"""The classes whose objects are recorded field by field."""

_LONG = 10_000
"""Characters of a text that is looked at for stretches; a profile may have 16 million of one."""

_EXACT_NUMBERS = {"Fraction": Fraction, "Decimal": Decimal}


class Undecodable(ValueError):
    """JSON data that is no recorded value; the message says what was found."""


@dataclasses.dataclass(frozen=True, slots=True)
class Opaque:
    """A value of which only a description was recorded."""

    text: str

    def __repr__(self) -> str:
        return self.text


def to_json(trace: Trace) -> list[JSON]:
    """The events of a trace as JSON data."""
    return [encode(event) for event in trace.events]


def from_json(data: JSON) -> Trace:
    """The trace that `data` was made from; Undecodable where it was made from none."""
    if not isinstance(data, list):
        raise Undecodable("a trace is a list of events")
    events = [decode(each) for each in data]
    for event in events:
        if not isinstance(event, Event):
            raise Undecodable(f"{short(event, 80)} is no event of a trace")
    return Trace(events)


def encode(value: object) -> JSON:
    """Any recorded value as JSON data."""
    if isinstance(value, Enum):
        return encode(value.value)
    if value is None or type(value) is bool:
        return value
    if type(value).__module__ == "numpy":
        return {"$numpy": [type(value).__name__, str(value)]}
    if isinstance(value, str):
        return _text(str(value))
    if type(value) is int or type(value) is float:
        return _plain_number(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return _encode_whole(value)


def _text(value: str) -> JSON:
    found = stretches(value) if len(value) > _LONG else None
    return value if found is None else {"$stretches": [list(each) for each in found]}


def _plain_number(value: float) -> JSON:
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$int": _digits(value)}
    return value if math.isfinite(value) else {"$float": repr(value)}


def _encode_whole(value: object) -> JSON:
    """A value that is made of others, or that JSON knows nothing of."""
    if isinstance(value, Opaque):
        return {"$repr": value.text}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            each.name: encode(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
        return {"$": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: encode(each) for key, each in value.items()}
        return {"$map": [[encode(key), encode(each)] for key, each in value.items()]}
    if isinstance(value, Sequence):
        return [encode(each) for each in value]
    if isinstance(value, set | frozenset):
        return {"$set": [encode(each) for each in sorted(value, key=repr)]}
    if type(value).__name__ in _EXACT_NUMBERS:
        return {"$number": [type(value).__name__, str(value)]}
    return {"$repr": short(value, 500)}


def decode(data: JSON) -> Any:
    """The value that `data` was made from; a tuple comes back as a list.

    Raises Undecodable, and MissingSecret for a secret whose variable is not set.
    """
    if isinstance(data, list):
        return [decode(each) for each in data]
    if not isinstance(data, dict):
        return data
    if "$" in data:
        return _object(data)
    key = next((key for key in data if key.startswith("$")), None)
    if key is None:
        return {name: decode(each) for name, each in data.items()}
    if key not in _FORMS or len(data) > 1:
        raise Undecodable(f"{key} is no form of a recorded value")
    try:
        return _FORMS[key](data[key])
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise Undecodable(f"{short(data, 80)} is no recorded value: {error}") from None


def _object(data: Mapping[str, JSON]) -> Any:
    name = data["$"]
    if name not in CLASSES:
        raise Undecodable(f"{short(name, 80)} is no class that is recorded")
    fields = {key: decode(value) for key, value in data.items() if key != "$"}
    if name == Check.__name__ and isinstance(fields.get("other"), list):
        fields["other"] = tuple(fields["other"])
    try:
        return CLASSES[name](**fields)
    except TypeError as error:
        raise Undecodable(f"a {name} was recorded with other fields: {error}") from None


def _numpy(data: Sequence[str]) -> Any:
    name, text = data
    try:
        numpy = importlib.import_module("numpy")
    except ImportError:
        return Opaque(f"numpy.{name}({text})")
    kind = getattr(numpy, name)
    if not (isinstance(kind, type) and issubclass(kind, numpy.generic)):
        raise Undecodable(f"numpy.{name} is no number")
    return kind(text == "True" if name in ("bool", "bool_") else text)


def _number(data: Sequence[str]) -> Any:
    name, text = data
    return _EXACT_NUMBERS[name](text)


def _key(value: Any) -> Any:
    """A key of a mapping, which a list cannot be."""
    return tuple(map(_key, value)) if isinstance(value, list) else value


_FORMS: dict[str, Callable[[Any], Any]] = {
    "$int": lambda text: int(text, 16 if "x" in text else 10),
    "$float": float,
    "$map": lambda pairs: {_key(decode(key)): decode(each) for key, each in pairs},
    "$set": lambda items: frozenset(decode(each) for each in items),
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$number": _number,
    "$stretches": lambda pairs: "".join(character * count for character, count in pairs),
    "$numpy": _numpy,
    "$repr": Opaque,
    HIDDEN: revealed,
}


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # over 4300 digits
        return hex(value)
