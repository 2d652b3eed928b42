"""How long a run may take, what each test may take of it, and which tests come first."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from storeproof.conformance.catalogue import Catalogue, Level

SPENT = "the budget was spent"

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")
_LEVELS = (Level.MUST, Level.SHOULD, Level.MAY)

PLAIN, GENERATED, MACHINE = 1.0, 4.0, 20.0
"""What a test weighs that does one thing, one that tries many examples, and a state machine."""


LEAST_SHARE = 1 / 50
"""Of the whole budget, what every test may take: two rounds through the MUST clauses, with two workers."""


class TimeIsUp(pytest.skip.Exception):  # type: ignore[misc,name-defined]
    """The budget of the run, or a test's share of it, is spent.

    It is a skip to Hypothesis, which then tries no other example and makes none smaller.
    `enough` says that the examples done are an answer, if one of less weight.
    """

    def __init__(self, *, enough: bool) -> None:
        super().__init__(SPENT)
        self.enough = enough


@dataclass(frozen=True)
class Stint:
    """The time that one test may take, as moments of time.monotonic().

    At `end` it stops, whatever it is at; at `share`, if an example is done. `generated` says
    that it tries any examples, of which fewer are an answer too.
    """

    end: float
    share: float = math.inf
    generated: bool = False

    def check(self, done: int) -> None:
        """Raise TimeIsUp when it is; `done` is the number of examples that are."""
        now = time.monotonic()
        if now >= self.end or (done > 0 and now >= self.share):
            raise TimeIsUp(enough=self.generated and done > 0)


def seconds(text: str) -> float:
    """The length of a budget such as 90s, 5m or 1h30m; ValueError for another text."""
    match = _DURATION.fullmatch(text.strip().lower())
    total = sum(
        float(number) * _UNITS[unit]
        for number, unit in zip(match.groups() if match else (), _UNITS, strict=False)
        if number
    )
    if total <= 0:
        raise ValueError(f"{text!r} is no budget; write it as 90s, 5m or 1h30m")
    return total


@dataclass(frozen=True)
class Candidate:
    """A test that waits: its name, its function (which several may share), its clauses and its weight."""

    name: str
    function: str
    slugs: tuple[str, ...]
    weight: float = PLAIN


def in_order(tests: Sequence[Candidate], catalogue: Catalogue) -> list[Candidate]:
    """Tests with the most telling first: every clause has one before any has two, MUST before SHOULD.

    Of one clause the cheap come before the dear, and other functions before another variant
    of the same. State machines come last. What is equal keeps its order.
    """
    variants: Counter[str] = Counter()
    waiting: dict[str, list[tuple[int, float, Candidate]]] = {}
    for each in tests:
        clause = each.slugs[0] if each.slugs else ""
        waiting.setdefault(clause, []).append((variants[each.function], each.weight, each))
        variants[each.function] += 1
    rounds = {
        each.name: number
        for found in waiting.values()
        for number, (_, _, each) in enumerate(sorted(found, key=lambda item: item[:2]))
    }

    def key(each: Candidate) -> tuple[bool, int, int]:
        levels = [_LEVELS.index(catalogue.clause(slug).level) for slug in each.slugs]
        last = len(_LEVELS)
        return (each.weight >= MACHINE, min(levels, default=last), rounds[each.name])

    return sorted(tests, key=key)


class Schedule:
    """What each test may take, given the end of the run and the weights of the tests in their order.

    A test gets its part of the time that is left by its weight among the tests that are
    left; `workers` share the tests. What one does not use, the later ones have.
    """

    def __init__(self, end: float, weights: Mapping[str, float], workers: int = 1) -> None:
        self._end = end
        self._least = max(end - time.monotonic(), 0.0) * LEAST_SHARE
        self._weights = weights
        self._workers = workers
        self._left: dict[str, float] = {}
        total = 0.0
        for name in reversed(list(weights)):
            total += weights[name]
            self._left[name] = total

    def stint(self, test: str) -> Stint:
        """The time of a test that begins now."""
        weight = self._weights[test]
        now = time.monotonic()
        part = weight / max(self._left[test] / self._workers, weight)
        share = max((self._end - now) * part, self._least)
        return Stint(self._end, now + share, generated=weight > PLAIN)
