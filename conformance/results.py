"""What a run found: the state of each clause for each store, as plain data that every report is made of.

results_file.py writes it as results.json (results.schema.json) and reads it back; a report
knows nothing but this, so that it can be made again later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from storeproof.conformance.budget import SPENT
from storeproof.conformance.catalogue import Area, Catalogue, Clause, Level
from storeproof.conformance.verdict import LOCK_STEP, TIME, Event

SCHEMA_VERSION = 2

STATES = ("pass", "unsupported", "inconclusive", "not-run", "error", "known-fail", "fail")
"""From best to worst; a clause has the worst state of its tests, those aside that need what is not claimed."""

UNTESTED = "untested"
"""The state of a clause that this version has no test for; it is never counted as a pass."""

BROKEN = ("fail", "known-fail")
"""The states of a clause that the store broke."""


@dataclass(frozen=True)
class Failure:
    """One test that the store failed, with the example that shows it.

    `id` names it for `storeproof replay`; `clause` is what was broken; `store` is the one
    that did, as a spec without its password; `token` is what made its names its own;
    `history` are the calls of several clients that show it, as histories.py has them.
    """

    test: str
    clause: str
    expected: str
    seen: str
    id: str = ""
    store: str = ""
    script: str = ""
    token: str = ""
    trace: tuple[Any, ...] = ()
    history: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Known:
    """What the ledger says of a clause that is known to be broken."""

    reason: str
    link: str
    expires: str


@dataclass(frozen=True)
class ClauseResult:
    """The state of one clause for one store.

    `reason` says why, where that needs saying; `needs` are the clauses and other things
    that its tests lacked which did not run. `examples` were tried in `tests` tests, in
    `seconds`; `cut` says that a test stopped early because its share of the budget was spent.
    """

    slug: str
    state: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    tests: int = 0
    examples: int = 0
    seconds: float = 0.0
    cut: bool = False
    variations: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    known: Known | None = None


@dataclass(frozen=True)
class StoreResult:
    """All clauses that apply to one store; `run` is the place of its run in Results.runs.

    The verdict is pass (every MUST clause that there is a test for ran and passed, and one
    did), known-fail (but for what the ledger knows), fail (one is broken) or incomplete.
    """

    spec: str
    name: str
    kinds: tuple[str, ...]
    about: str
    run: int
    verdict: str
    clauses: tuple[ClauseResult, ...] = ()
    machine: ClauseResult | None = None
    """Any operations in any order, which is about all clauses and names none; no part of the verdict."""

    def clause(self, slug: str) -> ClauseResult | None:
        """The result of a clause, if it applies to the store and was asked for."""
        return next((each for each in self.clauses if each.slug == slug), None)


@dataclass(frozen=True)
class LockStep:
    """The stores of one run driven with the same operations, and how that ended."""

    run: int
    stores: tuple[str, ...]
    state: str
    reason: str = ""
    examples: int = 0
    cut: bool = False
    failures: tuple[Failure, ...] = ()
    known: Known | None = None


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


@dataclass(frozen=True)
class Missing:
    """A kind of database that was wanted and could not be had."""

    kind: str
    why: str


@dataclass(frozen=True)
class LedgerProblem:
    """An entry of the ledger that cannot stay as it is; `problem` is stale, expired, unmatched or incomplete."""

    ledger: str
    clause: str
    problem: str
    text: str


@dataclass(frozen=True)
class Run:
    """How a run was made: when, for how long, how deep, and with what."""

    began: str
    seconds: float
    depth: str
    seed: int
    clauses: tuple[str, ...]
    budget: float | None
    tests: int
    storeproof: str
    python: str
    platform: str


@dataclass(frozen=True)
class Results:
    """Everything that reports are made of; several runs may have been merged into one.

    `clauses` are as the run's catalogue had them. `compile_only` is about databases that
    nothing was run on, and no part of a verdict.
    """

    profile: str
    areas: tuple[Area, ...]
    clauses: tuple[Clause, ...]
    runs: tuple[Run, ...]
    stores: tuple[StoreResult, ...]
    lock_step: tuple[LockStep, ...] = ()
    compile_only: tuple[CompileOnly, ...] = ()
    missing: tuple[Missing, ...] = ()
    ledger: tuple[LedgerProblem, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @cached_property
    def texts(self) -> dict[str, Clause]:
        """The clauses by their slugs."""
        return {each.slug: each for each in self.clauses}

    @property
    def sound(self) -> bool:
        """Whether the run is one to be content with: what decides a check's exit status."""
        return (
            all(each.verdict in ("pass", "known-fail") for each in self.stores)
            and all(each.state in ("pass", "known-fail") for each in self.lock_step)
            and not any(each.problems for each in self.compile_only)
            and not self.ledger
        )


@dataclass(frozen=True)
class Described:
    """A store of a run, before anything is known of it but what it is."""

    spec: str
    name: str
    kinds: frozenset[str]
    about: str = ""


def summarise(
    events: Iterable[Event],
    catalogue: Catalogue,
    stores: Sequence[Described],
    run: Run,
    wanted: Collection[str] | None = None,
) -> Results:
    """The results of one run; `wanted` limits the clauses. A spec is given as in the events."""
    events = list(events)
    by_clause: dict[tuple[str, str], list[Event]] = {}
    varied: dict[tuple[str, str], set[str]] = {}
    for event in events:
        for slug, name in event["variations"]:
            varied.setdefault((event["target"], slug), set()).add(name)
        # A breach may be of a clause that the test does not name (a machine's, a setup's).
        blamed = [event["clause"]] if "clause" in event else []
        for slug in dict.fromkeys([*event["clauses"], *blamed]):
            by_clause.setdefault((event["target"], slug), []).append(event)
    results = []
    named: set[str] = set()
    for store in stores:
        clauses = []
        for clause in catalogue.clauses:
            if clause.applies(store.kinds) and (wanted is None or clause.slug in wanted):
                named.add(clause.slug)
                key = (store.spec, clause.slug)
                result = _clause_result(clause.slug, by_clause.get(key, ()))
                clauses.append(replace(result, variations=tuple(sorted(varied.get(key, ())))))
        results.append(
            StoreResult(
                spec=store.spec,
                name=store.name,
                kinds=tuple(sorted(store.kinds)),
                about=store.about,
                run=0,
                verdict=_verdict(clauses, catalogue),
                clauses=tuple(clauses),
                machine=_machine(store.spec, events),
            )
        )
    together = _lock_step(events, results)
    named.update(failure.clause for failure in (together.failures if together else ()))
    return Results(
        profile=catalogue.profile,
        areas=catalogue.areas,
        clauses=tuple(each for each in catalogue.clauses if each.slug in named),
        runs=(run,),
        stores=tuple(results),
        lock_step=(together,) if together else (),
    )


def _clause_result(slug: str, events: Sequence[Event]) -> ClauseResult:
    if not events:
        return ClauseResult(slug, UNTESTED)
    told = [_as_told_of(slug, event) for event in events]
    left = [each for each in told if each["state"] == "not-run" and each["needs"] == TIME]
    if len(left) < len(told):  # what was left out says nothing against what ran
        told = [each for each in told if each not in left]
    claimed = [each for each in told if each["state"] != "unsupported"]
    told = claimed or told  # nor does a part of it that needs what the store does not claim
    state = max((each["state"] for each in told), key=STATES.index)
    if state == "pass" and left:
        state = "inconclusive"
    failures = [failure_of(each) for each in told if each["state"] in BROKEN]
    decisive = [each for each in told if each["state"] == state]
    whole = len(told) + len(left)
    reason = f"{len(told)} of {whole} tests passed, and {SPENT}" if left else ""
    return ClauseResult(
        slug=slug,
        state=state,
        reason=next((each["reason"] for each in decisive if each.get("reason")), reason),
        needs=tuple(dict.fromkeys(each["needs"] for each in (*told, *left) if "needs" in each)),
        tests=sum(each["state"] != "not-run" for each in told),
        examples=sum(each["examples"] for each in told),
        seconds=round(sum(each["seconds"] for each in told), 4),
        cut=any(each["cut"] for each in told),
        failures=tuple(sorted(failures, key=lambda each: (not each.script, len(each.script)))),
        known=next((Known(**each["known"]) for each in decisive if "known" in each), None),
    )


def _machine(spec: str, events: Iterable[Event]) -> ClauseResult | None:
    """How the tests of a store fared that name no clause."""
    found = [event for event in events if event["target"] == spec and not event["clauses"]]
    if not found:
        return None
    worst = max(found, key=lambda event: STATES.index(event["state"]))
    result = _clause_result("", [{**each, "clause": ""} for each in found])
    ended = f"it ended at a breach of {worst['clause']}" if "clause" in worst else result.reason
    return replace(result, failures=(), reason=ended)


def _as_told_of(slug: str, event: Event) -> Event:
    """An event as it bears on one of its clauses: a test that ended at another tells nothing of this one."""
    if event["state"] not in BROKEN or event["clause"] == slug:
        return event
    reason = f"its test ended at a breach of {event['clause']}"
    return {**event, "state": "not-run", "reason": reason, "needs": event["clause"]}


def failure_of(event: Event) -> Failure:
    """The failure that an event tells of."""
    names = ("test", "clause", "expected", "seen", "id", "store", "script", "token", "history")
    given = {name: event[name] for name in names if name in event}
    return Failure(**given, trace=tuple(event.get("trace", ())))


def _verdict(clauses: Sequence[ClauseResult], catalogue: Catalogue) -> str:
    known = {each.slug for each in clauses if each.state == "known-fail"}
    musts = [
        each
        for each in clauses
        if catalogue.clause(each.slug).level is Level.MUST and each.state != UNTESTED
    ]
    if any(each.state == "fail" for each in musts):
        return "fail"
    if not musts or not all(_settled(each, known) for each in musts):
        return "incomplete"
    return "pass" if all(each.state == "pass" for each in musts) else "known-fail"


def _settled(clause: ClauseResult, known: Collection[str]) -> bool:
    """Whether a clause is kept, known to be broken, or waits for nothing but such clauses."""
    if clause.state == "not-run":
        return bool(clause.needs) and all(each in known for each in clause.needs)
    return clause.state in ("pass", "known-fail")


def _lock_step(events: Iterable[Event], stores: Sequence[StoreResult]) -> LockStep | None:
    """How the stores driven in lock-step fared, where there were several; the worst if repeated."""
    found = [event for event in events if event["target"] == LOCK_STEP]
    if not found:
        return None
    worst = max(found, key=lambda event: STATES.index(event["state"]))
    return LockStep(
        run=0,
        stores=tuple(each.name for each in stores),
        state=worst["state"],
        reason=worst.get("reason", ""),
        examples=worst["examples"],
        cut=worst["cut"],
        failures=(failure_of(worst),) if worst["state"] in BROKEN else (),
        known=Known(**worst["known"]) if "known" in worst else None,
    )


def counts(
    store: StoreResult, texts: Mapping[str, Clause], area: str | None = None
) -> dict[str, int]:
    """How many clauses of a store (of an area) have each state, the best first."""
    found = [each.state for each in store.clauses if area in (None, texts[each.slug].area)]
    return {state: found.count(state) for state in (*STATES, UNTESTED) if state in found}
