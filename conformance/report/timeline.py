"""A history of several clients as a drawing: a lane for each client, a bar for each call.

Moments stand in their order and not to scale: what overlaps is seen whatever it took.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LANE, BAR, MARGIN = 40, 24, 84
"""Heights of a lane and of a bar, and the room for the clients' names."""

STEP = 128
"""The room between two moments that follow each other."""

_LONGEST = 120
"""Characters of a value that are shown."""

_SIGNS = {"ok": "✓", "fail": "✗", "unknown": "?"}
_WORDS = {"ok": "took effect", "fail": "had no effect", "unknown": "may have taken effect"}


@dataclass(frozen=True)
class Bar:
    """One call: where it is drawn, what is written in it, and all of it in words."""

    x: int
    y: int
    width: int
    outcome: str
    label: str
    words: str


@dataclass(frozen=True)
class Lane:
    """The calls of one client, beside its name at a height."""

    name: str
    y: int


@dataclass(frozen=True)
class Timeline:
    """The whole drawing; bars are in the order of their beginnings."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]


def timeline(history: Mapping[str, Any]) -> Timeline:
    """The drawing of a history as results.json has it."""
    calls = history["calls"]
    clients = sorted({call["client"] for call in calls})
    moments = sorted(
        {each for call in calls for each in (call["began"], call["ended"]) if each is not None}
    )
    places = {moment: MARGIN + at * STEP for at, moment in enumerate(moments)}
    end = MARGIN + len(moments) * STEP
    start = moments[0] if moments else 0
    bars = []
    for call in calls:
        left = places[call["began"]]
        right = end if call["ended"] is None else places[call["ended"]]
        bars.append(
            Bar(
                x=left,
                y=clients.index(call["client"]) * LANE + (LANE - BAR) // 2,
                width=max(right - left, STEP // 4),
                outcome=call["outcome"],
                label=f"{_SIGNS[call['outcome']]} {call['method']}"[: max(right - left, STEP) // 8],
                words=_words(call, start),
            )
        )
    return Timeline(
        width=end + STEP // 4,
        height=len(clients) * LANE,
        lanes=tuple(
            Lane(f"client {client}", at * LANE + LANE // 2) for at, client in enumerate(clients)
        ),
        bars=tuple(bars),
    )


def _words(call: Mapping[str, Any], start: int) -> str:
    """All of a call in one sentence; moments in ms after the first."""
    began = f"{(call['began'] - start) / 1e6:.3f}"
    ended = "never" if call["ended"] is None else f"{(call['ended'] - start) / 1e6:.3f} ms"
    arguments = ", ".join(f"{name}={_shown(each)}" for name, each in call["arguments"].items())
    answer = f"gave {_shown(call['answer'])}" if call["answer"] is not None else "succeeded"
    how = f"{call['code']}: {call['message'][:_LONGEST]}" if call["code"] else answer
    return (
        f"client {call['client']}, from {began} ms to {ended}: {call['method']}({arguments}) "
        f"{how}; it {_WORDS[call['outcome']]}"
    )


def _shown(value: Any) -> str:
    """A recorded value in one line, cut where it is long."""
    text = _source(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _source(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_source, value))}]"
    if not isinstance(value, dict):
        return repr(value)
    fields = ", ".join(f"{name}={_source(each)}" for name, each in value.items() if name != "$")
    return f"{value['$']}({fields})" if "$" in value else f"{{{fields}}}"
