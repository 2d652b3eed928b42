"""What happened in one example: operations with their answers, and what was checked of them.

Recorded first and judged, drawn or replayed later: nothing here knows a rule.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from storeproof.conformance.longtext import as_product, stretches

JSON = Any

_LONG = 10_000
"""Characters of a text that is looked at for stretches; a profile may have 16 million of one."""

DISK = "disk"
"""The name, among the stores, of the folder behind a file store."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How an operation ended that did not succeed.

    `code` is the store's error code; a crash (anything but the store's own error) has the
    name of the exception's class, a hang has "TIMEOUT".
    """

    code: str
    message: str
    crashed: bool = False

    def __str__(self) -> str:
        how = "crashed with" if self.crashed else "refused with"
        return f"{how} {self.code}: {self.message}" if self.message else f"{how} {self.code}"


@dataclass(slots=True)
class Step:
    """One operation on one store: its arguments by name, and its answer or refusal."""

    number: int
    store: str
    method: str
    arguments: dict[str, object]
    answer: object = None
    refusal: Refusal | None = None
    seconds: float = 0.0
    expected: str | None = None
    """What the operation's ending should have been, where it was judged: "success" or codes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable given a value; None took it away."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock was let go on to a later millisecond."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `expression` (with {} for the answer of step `step`) against `expected`."""

    step: int | None
    expression: str
    relation: str
    expected: object
    seen: object
    held: bool
    other: tuple[int | None, str] | None = None
    """Where `expected` was looked up, as step and expression, if it is part of another answer."""


@dataclass(slots=True)
class Trace:
    """The events of one example, in order."""

    events: list[Step | Check | Setting | Tick] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        """The operations alone."""
        return [event for event in self.events if isinstance(event, Step)]

    def step_of(self, answer: object) -> Step | None:
        """The last operation that gave this very object."""
        for event in reversed(self.events):
            if isinstance(event, Step) and event.answer is answer and event.refusal is None:
                return event
        return None

    def to_json(self) -> JSON:
        """The trace as plain JSON data."""
        return [encode(event) for event in self.events]


def encode(value: object) -> JSON:
    """Any recorded value as JSON data; what JSON has no form for is an object with one "$" key."""
    if isinstance(value, Enum):
        return encode(value.value)
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return _text(value)
    if type(value) in (int, float):
        return _number(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            each.name: encode(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
        return {"$": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: encode(each) for key, each in value.items()}
        return {"$map": [[encode(key), encode(each)] for key, each in value.items()]}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [encode(each) for each in value]
    if isinstance(value, set | frozenset):
        return {"$set": [encode(each) for each in sorted(value, key=repr)]}
    return {"$repr": short(value, 500)}


def _text(value: str) -> JSON:
    found = stretches(value) if len(value) > _LONG else None
    return value if found is None else {"$stretches": [list(each) for each in found]}


def _number(value: float) -> JSON:
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$int": _digits(value)}
    return value if math.isfinite(value) else {"$float": repr(value)}


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # over 4300 digits
        return hex(value)


def short(value: object, longest: int = 200) -> str:
    """A value in one line for people, its middle left out when it is long."""
    product = as_product(value) if type(value) is str else None
    if product is not None:
        return product
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign __repr__ may raise anything
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= longest:
        return text
    half = longest // 2
    length = len(value) if isinstance(value, str) else len(text)
    return f"{text[:half]} ... {text[-half:]} ({length} characters)"


def same(seen: object, expected: object) -> bool:
    """Equality in which NaN equals NaN, -0.0 equals 0.0, a bool is no number and text no enum's rival."""
    if isinstance(seen, float) and isinstance(expected, float):
        return seen == expected or (seen != seen and expected != expected)
    if isinstance(seen, bool) != isinstance(expected, bool):
        return False
    if dataclasses.is_dataclass(seen) and type(seen) is type(expected):
        return all(
            same(getattr(seen, each.name), getattr(expected, each.name))
            for each in dataclasses.fields(seen)
        )
    if isinstance(seen, Mapping) and isinstance(expected, Mapping):
        return seen.keys() == expected.keys() and all(
            same(seen[key], expected[key]) for key in expected
        )
    if isinstance(seen, list | tuple) and isinstance(expected, list | tuple):
        return len(seen) == len(expected) and all(map(same, seen, expected))
    return bool(seen == expected)
