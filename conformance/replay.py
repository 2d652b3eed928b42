"""A recorded breach done again: it is fixed, it still fails, or it cannot be told.

The operations of the trace are done on a new store in their order, with its ids in place of
the recorded ones, and judged as they were: by what was stated of them, or by the model. Clients
that did something at once, or were killed, do it again in rounds, for they may not meet in each as
they met.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storeproof.conformance.anew import Cannot, Ids, do, holds_opaque, put
from storeproof.conformance.kills import kill
from storeproof.conformance.model import Model, Operation, Outcome, judge_pages
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe, Unsupported
from storeproof.conformance.race_anew import raced
from storeproof.conformance.races import Race
from storeproof.conformance.recording import Opaque, from_json
from storeproof.conformance.relations import (
    AS_FIRST,
    BY_MODEL,
    EXISTS,
    IN_PAGES,
    RELATIONS,
    NoExpression,
    look,
)
from storeproof.conformance.showing import ROUNDS
from storeproof.conformance.subject import Subject, model_of
from storeproof.conformance.trace import (
    READS,
    Check,
    Event,
    Killed,
    Ruling,
    Setting,
    Step,
    Tick,
    Together,
    Trace,
    Whole,
    same,
    short,
)
from storeproof.conformance.whole import again


class Ending(StrEnum):
    """How a replay ended."""

    FIXED = "FIXED"
    FAILED = "FAILED"
    UNSEEN = "UNSEEN"
    """It may come about again: what clients do that race or are killed comes out in many ways."""
    ERROR = "ERROR"


@dataclass(frozen=True)
class Answer:
    """How a replay ended, and what was seen in one sentence."""

    ending: Ending
    text: str = ""


def replay(recorded: Any, probe: Probe, token: str = "") -> Answer:
    """Do a recorded trace (JSON data, its last event the breach) again on the store behind `probe`.

    `token` is what made the recorded names its own; on a place that others share too, it is
    replaced by the probe's. Raises Undecodable for data that is no trace, and MissingSecret.
    """
    trace = from_json(recorded)
    if trace.takes_rounds:
        return _in_rounds(recorded, probe, token)
    if probe.place.shared and token:
        trace = from_json(_renamed(recorded, probe, token))
    return _once(trace, probe)


def _renamed(recorded: Any, probe: Probe, token: str) -> Any:
    """The trace with names that are new on the store."""
    return json.loads(json.dumps(recorded).replace(token, probe.token))


def _in_rounds(recorded: Any, probe: Probe, token: str) -> Answer:
    """What clients did together, or were killed at, until it fails; names are new in each round."""
    for _ in range(ROUNDS):
        probe.begin()
        answer = _once(from_json(_renamed(recorded, probe, token) if token else recorded), probe)
        if answer.ending is not Ending.FIXED:
            return answer
    return Answer(
        Ending.UNSEEN,
        f"It was not seen again in {ROUNDS} rounds, which does not say that it is fixed; "
        "run the clause's tests again with storeproof check --clause.",
    )


def _once(trace: Trace, probe: Probe) -> Answer:
    """Do the operations of a trace, and judge what was judged."""
    if not trace.events or not _is_breach(trace.events[-1]):
        return Answer(
            Ending.ERROR,
            "The recorded operations do not show the breach by themselves; "
            "run the clause's tests again with storeproof check --clause.",
        )
    last = trace.events[-1]
    play = _by_model if isinstance(last, Check) and last.relation in BY_MODEL else _by_statements
    try:
        seen = play(trace, probe)
    except (Cannot, Inconclusive, Needs, Unsupported) as why:
        return Answer(Ending.ERROR, f"{str(why)[:1].upper()}{str(why)[1:]}.")
    return Answer(Ending.FIXED) if seen is None else Answer(Ending.FAILED, seen)


def _is_breach(event: object) -> bool:
    if isinstance(event, Check):
        return not event.held
    if isinstance(event, Step):
        return not event.ended_well
    return isinstance(event, Together | Ruling | Killed | Whole)


# What was stated of the operations


def _by_statements(trace: Trace, probe: Probe) -> str | None:
    """What is seen instead of what is expected at the last event, or of a race; None if all is as expected."""
    play = _Statements(probe)
    last = trace.events[-1]
    for event in trace.events:
        wrong = play.done(event, last=event is last)
        if wrong is None:
            continue
        if event is not last and play.race is None:
            raise Cannot(f"before the breach, {wrong}")
        return wrong
    return None


class _Statements:
    """The events of a trace done one by one; each says what is wrong, if anything is."""

    def __init__(self, probe: Probe) -> None:
        self.race: Race | None = None
        """The last that clients did together."""
        self._probe = probe
        self._ids = Ids()
        self._answers: dict[int | None, object] = {}

    def done(self, event: Event, *, last: bool) -> str | None:
        """Do it, and look at it."""
        match event:
            case Step() if self.race is None or not event.method.startswith(READS):
                return self._step(event, last)
            case Together() | Ruling() | Step():
                return self._raced(event)
            case Check():
                return self._check(event)
            case Killed() | Whole():
                return self._by_itself(event)
            case Setting() | Tick():
                put(event, self._probe)
                return None

    def _step(self, event: Step, last: bool) -> str | None:
        done = do(event, self._ids, self._probe)
        self._answers[event.number] = done.answer
        self._ids.learn(event, done)
        done.expected = event.expected
        as_recorded = done.refusal is not None and _code(done) == _code(event)
        return None if done.ended_well or (as_recorded and not last) else _ending(done)

    def _raced(self, event: Together | Ruling | Step) -> str | None:
        try:
            self.race = raced(event, self.race, self._ids, self._probe)
        except Breach as breach:
            return breach.seen
        if isinstance(event, Step):
            self._answers[event.number] = self._probe.trace.steps[-1].answer
        return None

    def _by_itself(self, event: Killed | Whole) -> str | None:
        try:
            if isinstance(event, Killed):
                kill(self._probe, event.after, event.place)
            else:
                again(self._probe, event)
        except Breach as breach:
            return breach.seen
        except LookupError as error:
            raise Cannot(f"there is no test {event}") from error
        return None

    def _check(self, event: Check) -> str | None:
        if event.step not in self._answers or event.relation in BY_MODEL:
            raise Cannot(f"what {event.expression} was looked up in was not recorded")
        held, seen = _holds(event, self._answers, self._ids)
        return None if held else f"{event.expression.format('answer')} is {short(seen)}"


def _holds(check: Check, answers: Mapping[int | None, object], ids: Ids) -> tuple[bool, Any]:
    try:
        seen = look(check.expression, answers[check.step])
    except (AttributeError, LookupError, TypeError, ValueError):
        return False, Opaque("not there")
    except NoExpression as error:
        raise Cannot(str(error)) from None
    if check.relation == EXISTS:
        return True, seen
    expected = ids.translated(check.expected, may_be_id="_id" in check.expression)
    try:
        if check.other is not None and check.other[0] in answers:
            expected = look(check.other[1], answers[check.other[0]])
        return RELATIONS[check.relation](seen, expected), seen
    except NoExpression as error:
        raise Cannot(str(error)) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        return False, seen


def _ending(step: Step) -> str:
    if step.refusal is None:
        return f"{step.method} succeeded with {short(step.answer)}"
    return f"{step.method} {step.refusal}"


def _code(step: Step) -> str | None:
    return None if step.refusal is None else step.refusal.code


# What the model says


def _by_model(trace: Trace, probe: Probe) -> str | None:
    """What the model says of the trace's operations done again; None if nothing is broken."""
    subject = Subject(probe, model_of(probe))
    ids = Ids()
    outcomes: dict[int, Outcome] = {}
    steps = trace.steps
    for event in trace.events:
        if isinstance(event, Setting | Tick):
            put(event, probe)
        if not isinstance(event, Step):
            continue
        op, new = _asked(event, ids)
        if not subject.knows(op):
            raise Cannot(f"{event.method} is about something that could not be created this time")
        try:
            outcomes[event.number] = subject.do(op, new).outcome
        except Breach as breach:
            told = f"{breach.clause}: expected {breach.expected}; seen {breach.seen}"
            if event is steps[-1]:
                return told
            raise Cannot(f"{event.method}, before the breach, broke {told}") from None
        ids.learn(event, probe.trace.steps[-1])
    check = trace.events[-1]
    return _compared(check, outcomes, subject.model) if isinstance(check, Check) else None


def _asked(step: Step, ids: Ids) -> tuple[Operation, str | None]:
    if step.asked is None:
        raise Cannot(f"what a model was asked about {step.method} was not recorded")
    if holds_opaque(step.asked):
        raise Cannot(f"an argument of {step.method} was recorded in words only")
    args: Any = _frozen(step.asked["args"])
    token = args.get("page_token")
    if isinstance(token, str):
        args["page_token"] = ids.known.get(token, token)
    new: Any = step.asked["new"]
    return Operation(step.method, args), new


def _frozen(value: Any) -> Any:
    """Recorded arguments with tuples for lists, as the machine makes them."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return value


def _compared(check: Check, outcomes: Mapping[int, Outcome], model: Model) -> str | None:
    """The check that is about more than one operation, made again."""
    expected: Any = check.expected
    if check.relation == IN_PAGES:
        pages = list(outcomes.values())[-expected["pages"] :]
        found = judge_pages(
            outcomes[expected["whole"]].answer,
            [page.answer for page in pages],
            expected["size"],
            expected["clause"],
        )
        return str(found[0]) if found else None
    if check.relation == AS_FIRST and check.step is not None:
        outcome = outcomes[check.step]
        parts: dict[str, Callable[[], Any]] = {
            "code": lambda: None if outcome.code is None else str(outcome.code),
            "answer": lambda: model.comparable(outcome.answer),
        }
        (part,) = expected
        seen = parts[part]()
        return None if same(seen, expected[part]) else f"not as in the first store: {short(seen)}"
    return None
