"""From events to results: the state of each clause for each store, and the whole as JSON.

The JSON follows results.schema.json; its version changes when the meaning of a field does.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from storeproof.conformance.catalogue import Catalogue, Clause, Level
from storeproof.conformance.verdict import LOCK_STEP, Event

SCHEMA_VERSION = 1

STATES = ("pass", "unsupported", "not-run", "error", "fail")
"""From best to worst; a clause has the worst state of its tests."""

UNTESTED = "untested"
"""The state of a clause that this version has no test for; it is never counted as a pass."""


@dataclass(frozen=True)
class ClauseResult:
    """The state of one clause for one store, with the events behind it."""

    clause: Clause
    state: str
    events: tuple[Event, ...] = ()

    @property
    def failures(self) -> tuple[Event, ...]:
        """The events that broke this clause."""
        return tuple(
            event
            for event in self.events
            if event["state"] == "fail" and event["clause"] == self.clause.slug
        )

    @property
    def reason(self) -> str:
        """Why the clause has its state, where that needs saying."""
        for event in self.events:
            if event["state"] == self.state and "reason" in event:
                return str(event["reason"])
        return ""


@dataclass(frozen=True)
class StoreResult:
    """All clauses that apply to one store."""

    target: str
    name: str
    clauses: Mapping[str, ClauseResult] = field(default_factory=dict)

    def count(self, state: str, area: str | None = None) -> int:
        """How many clauses (of an area) have this state."""
        return sum(
            1
            for each in self.clauses.values()
            if each.state == state and area in (None, each.clause.area)
        )

    @property
    def verdict(self) -> bool:
        """Every MUST clause that there is a test for ran and passed, and at least one did."""
        musts = [
            each.state
            for each in self.clauses.values()
            if each.clause.level is Level.MUST and each.state != UNTESTED
        ]
        return bool(musts) and all(state == "pass" for state in musts)


@dataclass(frozen=True)
class Problem:
    """A rule of a database that a statement breaks; `statement` is empty where it is about the whole."""

    rule: str
    what: str
    statement: str


@dataclass(frozen=True)
class CompileOnly:
    """A database that was not there: how many statements were compiled and checked, none of them run."""

    kind: str
    statements: int
    problems: tuple[Problem, ...]


def summarise(
    events: Iterable[Event],
    catalogue: Catalogue,
    stores: Sequence[tuple[str, str, frozenset[str]]],
    wanted: frozenset[str] | None = None,
) -> list[StoreResult]:
    """The results of each store, given as (spec, name, kinds); `wanted` limits the clauses."""
    by_clause: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        # A breach may be of a clause that the test does not name (a machine's, a setup's).
        blamed = [event["clause"]] if "clause" in event else []
        for slug in dict.fromkeys([*event["clauses"], *blamed]):
            by_clause.setdefault((event["target"], slug), []).append(event)
    results = []
    for spec, name, kinds in stores:
        clauses = {}
        for clause in catalogue.clauses:
            if not clause.applies(kinds) or (wanted is not None and clause.slug not in wanted):
                continue
            found = tuple(by_clause.get((spec, clause.slug), ()))
            clauses[clause.slug] = ClauseResult(clause, _state(clause.slug, found), found)
        results.append(StoreResult(spec, name, clauses))
    return results


def _state(slug: str, events: Sequence[Event]) -> str:
    states: list[str] = []
    for event in events:
        state = str(event["state"])
        if state == "fail" and event["clause"] != slug:
            # The test ended before it could tell about this clause.
            state = "not-run"
        states.append(state)
    if not states:
        return UNTESTED
    return max(states, key=STATES.index)


def lock_step(events: Iterable[Event]) -> Event | None:
    """The event of the stores driven in lock-step, where there were several; the worst if repeated."""
    found = [event for event in events if event["target"] == LOCK_STEP]
    return max(found, key=lambda event: STATES.index(event["state"]), default=None)


def to_json(
    results: Sequence[StoreResult],
    together: Event | None,
    catalogue: Catalogue,
    options: Mapping[str, object],
    compiled: Sequence[CompileOnly] = (),
) -> dict[str, Any]:
    """The results as JSON data (results.schema.json); `together` is the event in lock-step.

    `compiled` is about databases that nothing was run on; it is no part of any verdict.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "profile": catalogue.profile,
        "options": dict(options),
        "python": platform.python_version(),
        "lock_step": None
        if together is None
        else {
            "state": together["state"],
            "reason": together.get("reason", ""),
            "examples": together["examples"],
            "failures": [{**_failure(together), "clause": together["clause"]}]
            if together["state"] == "fail"
            else [],
        },
        "compile_only": [asdict(each) for each in compiled],
        "stores": [
            {
                "name": result.name,
                "verdict": "pass" if result.verdict else "fail",
                "clauses": [
                    {
                        "slug": each.clause.slug,
                        "level": each.clause.level.value,
                        "area": each.clause.area,
                        "state": each.state,
                        "reason": each.reason,
                        "examples": sum(event["examples"] for event in each.events),
                        "variations": sorted(
                            {
                                name
                                for event in each.events
                                for slug, name in event["variations"]
                                if slug == each.clause.slug
                            }
                        ),
                        "failures": [_failure(event) for event in each.failures],
                    }
                    for each in result.clauses.values()
                ],
            }
            for result in results
        ],
    }


def _failure(event: Event) -> dict[str, Any]:
    names = ("test", "expected", "seen", "script", "trace")
    return {name: event[name] for name in names if name in event}
