"""What clients did at once: every call with the moments at which it began and ended, and how it ended.

Recorded first and judged later: nothing here knows a rule. Moments are nanoseconds of
time.monotonic_ns(), which the processes of one machine share.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from storeproof.conformance import recording
from storeproof.conformance.trace import Refusal, short
from storeproof.stores.errors import ErrorCode

VERSION = 1
"""The form of a history as JSON."""

_LONGEST = 200


class Outcome(StrEnum):
    """What is known of a call's effect."""

    OK = "ok"
    """It took effect, between its beginning and its end."""
    FAIL = "fail"
    """It was refused, and had none."""
    UNKNOWN = "unknown"
    """It crashed, was refused as temporarily impossible, or never ended: it took effect once, or not at all."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one client; `ended` is None for one that never came back."""

    number: int
    client: int
    method: str
    arguments: dict[str, Any]
    began: int
    ended: int | None
    outcome: Outcome
    answer: Any = None
    refusal: Refusal | None = None

    def before(self, other: Call) -> bool:
        """Whether it ended before the other began."""
        return self.ended is not None and self.ended < other.began

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={short(each, 60)}" for name, each in self.arguments.items())
        return f"client {self.client}: {self.method}({arguments}) {self.ending}"

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.ended is None:
            return "never ended"
        if self.refusal is not None:
            return f"was {self.refusal}" if not self.refusal.crashed else str(self.refusal)
        return "succeeded" if self.answer is None else f"gave {short(self.answer, 80)}"


History = tuple[Call, ...]
"""Calls in the order of their beginnings."""


DEFECTS = ("INTERNAL_ERROR", "BAD_REQUEST")
"""Codes that no race may show as (CONC-ERRORS): of the store's own failing, or of its driver's."""


def ending_of(error: BaseException | None) -> tuple[Outcome, Refusal | None]:
    """What an exception of a call says of its effect; no exception is success."""
    if error is None:
        return Outcome.OK, None
    said = Refusal.of(error)
    crashed = said.crashed or said.code in DEFECTS
    unsure = crashed or said.code == ErrorCode.TEMPORARILY_UNAVAILABLE
    refusal = Refusal(said.code, _line(said.message), crashed=crashed)
    return (Outcome.UNKNOWN if unsure else Outcome.FAIL), refusal


def _line(message: str) -> str:
    """What a store said, in one line that is not long."""
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def in_order(calls: Sequence[Call]) -> History:
    """The calls by their beginnings, numbered anew."""
    ordered = sorted(calls, key=lambda call: (call.began, call.client))
    return tuple(replace(call, number=number) for number, call in enumerate(ordered))


def only(history: History, numbers: Collection[int]) -> History:
    """The calls of these numbers."""
    return tuple(call for call in history if call.number in numbers)


def told(history: History) -> str:
    """The calls in prose, each with its moments in ms after the first began."""
    if not history:
        return ""
    start = history[0].began
    lines = []
    for call in history:
        end = "..." if call.ended is None else f"{(call.ended - start) / 1e6:.3f}"
        lines.append(f"{(call.began - start) / 1e6:.3f}-{end} ms {call}")
    return "; ".join(lines)


def to_json(history: History) -> dict[str, Any]:
    """A history as JSON data."""
    return {"version": VERSION, "calls": [call_as_json(call) for call in history]}


def call_as_json(call: Call) -> dict[str, Any]:
    """A call as JSON data."""
    refusal = call.refusal
    return {
        "number": call.number,
        "client": call.client,
        "method": call.method,
        "arguments": recording.encode(call.arguments),
        "began": call.began,
        "ended": call.ended,
        "outcome": str(call.outcome),
        "answer": recording.encode(call.answer),
        "code": "" if refusal is None else refusal.code,
        "message": "" if refusal is None else refusal.message,
        "crashed": refusal is not None and refusal.crashed,
    }


def from_json(data: Any) -> History:
    """The history that `data` was made from; recording.Undecodable where it was made from none."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise recording.Undecodable(f"a history has version {VERSION}")
    try:
        return tuple(map(call_from_json, data["calls"]))
    except (KeyError, TypeError, ValueError) as error:
        raise recording.Undecodable(f"no history: {error}") from None


def call_from_json(data: dict[str, Any]) -> Call:
    """The call that `data` was made from."""
    refusal = Refusal(data["code"], data["message"], data["crashed"]) if data["code"] else None
    return Call(
        number=int(data["number"]),
        client=int(data["client"]),
        method=str(data["method"]),
        arguments=recording.decode(data["arguments"]),
        began=int(data["began"]),
        ended=None if data["ended"] is None else int(data["ended"]),
        outcome=Outcome(data["outcome"]),
        answer=recording.decode(data["answer"]),
        refusal=refusal,
    )
