"""What happened in one example: operations with their answers, and what was checked of them.

Recorded first and judged, drawn or replayed later: nothing here knows a rule.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from storeproof.conformance.deadline import OperationTimeout
from storeproof.conformance.longtext import as_product
from storeproof.stores.errors import ErrorCode, StoreError

ANY_REFUSAL = "any refusal"
"""Among the codes expected of an operation: whatever it is refused with will do."""

NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
"""The code of an operation that the store does not have."""

READS = ("get_", "search_")
"""What the names of operations begin with that change nothing."""

DISK = "disk"
"""The name, among the stores, of the folder behind a file store."""

BACKEND = "backend"
"""The name, among the stores, of the store behind a server, as its administrator reaches it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How an operation ended that did not succeed.

    `code` is the store's error code; a crash (anything but the store's own error) has the
    name of the exception's class, a hang has "TIMEOUT".
    """

    code: str
    message: str
    crashed: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Refusal:
        """What an exception of a call says, with the whole of its message."""
        if isinstance(error, StoreError):
            # "Always a defect of the store" (SPEC, error codes).
            defect = error.code == ErrorCode.INTERNAL_ERROR
            return cls(str(error.code), error.message, crashed=defect)
        code = "TIMEOUT" if isinstance(error, OperationTimeout) else type(error).__name__
        return cls(code, " ".join(str(error).split()), crashed=True)

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
    """What the operation's ending should have been, where it was judged: "success" or codes, joined by " or "."""
    asked: dict[str, object] | None = None
    """What a model was asked: the arguments with symbols in place of ids, and the symbol of what is new."""

    @property
    def missing(self) -> bool:
        """Whether the store has no such operation."""
        return self.refusal is not None and self.refusal.code == NOT_IMPLEMENTED

    @property
    def ended_well(self) -> bool:
        """Whether it ended as expected; where nothing was, whether it did not crash."""
        if self.refusal is None:
            return self.expected is None or "success" in self.expected.split(" or ")
        if self.refusal.crashed or self.expected is None:
            return not self.refusal.crashed
        wanted = self.expected.split(" or ")
        return ANY_REFUSAL in wanted or self.refusal.code in wanted


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable given a value; None took it away."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock was let go on to a later millisecond."""


@dataclass(frozen=True, slots=True)
class Together:
    """Clients that did their calls at once, each its own one after the other.

    `refusals` are the codes that a call could be refused with; clients that were `apart` had
    processes of their own. What is read after it is a part of what happened.
    """

    clients: list[list[Step]]
    refusals: list[str]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule that what clients did together broke, about one object of it (rulings.py)."""

    rule: str
    about: str
    arguments: list[object]


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


@dataclass(frozen=True, slots=True)
class Killed:
    """A client in a process of its own was killed (kills.py), and left what it must not.

    It had done `after` deeds; with a `place`, it was killed at that call out of Python in the next.
    """

    after: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A test of the suite failed by what no call of the store shows (whole.py).

    `examples` is the profile's number of them, 0 where the test asks for none; what it draws, it
    draws from `token`.
    """

    module: str
    test: str
    examples: int = 0
    token: str = ""


Event = Step | Check | Setting | Tick | Together | Ruling | Killed | Whole


@dataclass(slots=True)
class Trace:
    """The events of one example, in order."""

    events: list[Event] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        """The operations alone."""
        return [event for event in self.events if isinstance(event, Step)]

    @property
    def takes_rounds(self) -> bool:
        """Whether it was done by clients that race or are killed, or by a whole test, and may come out otherwise."""
        return any(isinstance(event, Together | Killed | Whole) for event in self.events)

    def step_of(self, answer: object) -> Step | None:
        """The last operation that gave this very object."""
        for event in reversed(self.events):
            if isinstance(event, Step) and event.answer is answer and event.refusal is None:
                return event
        return None


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
