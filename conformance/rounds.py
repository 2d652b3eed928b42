"""What writes a program for clients that race or are killed, and for whole tests: it is done in rounds (showing.py)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from typing_extensions import override

from storeproof.conformance.deeds import kind_of
from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.masking import Masking
from storeproof.conformance.trace import (
    READS,
    Event,
    Killed,
    Ruling,
    Step,
    Together,
    Trace,
    Whole,
)
from storeproof.conformance.whole import SUITE
from storeproof.conformance.writer import Writer

_WIDTH = 88
"""Characters of a line that is easily read."""


class Rounds(Writer):
    """Writes in the contract's calls, and has storeproof find the store."""

    def __init__(self, trace: Trace, masking: Masking) -> None:
        super().__init__(trace, {}, "probe.reopen()", Contract(), masking)
        self._imports = {"from storeproof.conformance.showing import show"}
        self._raced = False
        self._apart = False

    def write_on(self, spec: str, token: str, title: str) -> str:
        """The program for the store that `spec` names, with a new name for `token` in each round."""
        if token:
            self.source.generated[token] = "probe.token"
        body, _ = self.body()
        secrets = self.secrets(body)
        processes = ", processes=True" if self._apart else ""
        lines = [
            *self.heading(title),
            *(f"import {module}" for module in sorted(self.needs | self.source.modules)),
            *sorted({*self._imports, *self.dialect.imports()}),
            *secrets,
            *("", "", "def once(probe, store):"),
            *(f"    {line}" for line in body),
            *("", "", f"show({self.masking.address(spec)!r}, once{processes})"),
        ]
        return "\n".join(lines) + "\n"

    @override
    def beside_steps(self, event: Event, *, last: bool) -> list[str]:
        match event:
            case Together():
                return self._together(event)
            case Ruling():
                return self._ruled(event)
            case Killed():
                return self._killed(event)
            case Whole():
                return self._whole(event)
        return super().beside_steps(event, last=last)

    @override
    def step(self, step: Step, last: bool) -> list[str]:
        if self._raced and step.method.startswith(READS):
            return self._read(step, last)
        return super().step(step, last)

    @override
    def matters(self, step: Step) -> bool:
        """What is read once a race is over is part of what happened."""
        return self._raced or super().matters(step)

    def _ruled(self, event: Ruling) -> list[str]:
        self._imports.add("from storeproof.conformance.trace import Ruling")
        arguments = self.source.of(event.arguments, may_be_id=True)
        return [f"race.judge([Ruling({event.rule!r}, {event.about!r}, {arguments})])"]

    def _together(self, race: Together) -> list[str]:
        """The race and its clients' plans; equal ones are written once."""
        self._raced = True
        self._apart |= race.apart
        self._imports.add("from storeproof.conformance.races import Race, do")
        plans = [_listed([self._planned(step) for step in calls]) for calls in race.clients]
        rest = [*map(repr, race.refusals), *(["apart=True"] if race.apart else [])]
        return [
            "race = Race(",
            "    probe,",
            "    [",
            *(f"        {line}" for plan in _grouped(plans) for line in f"{plan},".splitlines()),
            "    ],",
            *(f"    {each}," for each in rest),
            ")",
        ]

    def _killed(self, event: Killed) -> list[str]:
        self._imports.add("from storeproof.conformance.kills import kill")
        done = ", ".join(kind_of(number).value for number in range(event.after)) or "nothing yet"
        where = f"in {kind_of(event.after).value}, " if event.place else ""
        return [
            f"# A client in a process of its own has done: {done}; {where}it is killed by SIGKILL.",
            "# storeproof.conformance.deeds says what it writes, and what must be left of that.",
            f"kill(probe, after={event.after}, place={event.place})",
        ]

    def _whole(self, event: Whole) -> list[str]:
        self._imports.add(f"from {SUITE}.{event.module} import {event.test}")
        depth = f", depth=settings(max_examples={event.examples})" if event.examples else ""
        if depth:
            self._imports.add("from hypothesis import settings")
        drawn = [f"probe.token = {event.token!r}  # what is drawn from it is the same"]
        return [*(drawn if event.token else []), f"{event.test}(probe{depth})"]

    def _planned(self, step: Step) -> str:
        return f"do({self._named(step)})"

    def _named(self, step: Step) -> str:
        """The method, and the arguments by name."""
        arguments = (
            f"{name}={self.dialect.argument(name, value)}" for name, value in step.arguments.items()
        )
        return ", ".join((repr(step.method), *arguments))

    def _read(self, step: Step, last: bool) -> list[str]:
        """What was read once the race was over, which is part of what happened."""
        call = f"race.read({self._named(step)})"
        name, more = self.name(step)
        seen = [f"# expected success; seen: {self.told(str(step.refusal))}"] if last else []
        return [*seen, f"{name} = {call}" if name else call, *more]


def _listed(items: Sequence[str]) -> str:
    """A list of these, in several lines where one would be long."""
    parts = _grouped(items)
    inside = ", ".join(parts)
    if len(inside) < _WIDTH:
        return f"[{inside}]"
    return "\n".join(["[", *(f"    {each}," for each in parts), "]"])


def _grouped(items: Sequence[str]) -> list[str]:
    """The entries of a list; of several in a row that are equal, one and how often."""
    groups = [(each, len(list(equal))) for each, equal in groupby(items)]
    return [each if count == 1 else f"*[{each}] * {count}" for each, count in groups]
