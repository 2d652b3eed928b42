"""A recorded breach done again: it is fixed, it still fails, or it cannot be told.

The operations of the trace are done on a new store in their order, with its ids in place of
the recorded ones, and judged as they were: by what was stated of them, or by the model.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from storeproof.conformance.backend import Backend
from storeproof.conformance.dialects.contract import ID_ARGUMENTS
from storeproof.conformance.disk import Disk
from storeproof.conformance.model import Model, Operation, Outcome, judge_pages
from storeproof.conformance.probe import Breach, Needs, Probe
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
from storeproof.conformance.source import SURE_ID
from storeproof.conformance.subject import Subject, model_of
from storeproof.conformance.trace import (
    BACKEND,
    DISK,
    Check,
    Setting,
    Step,
    Tick,
    Together,
    Trace,
    same,
    short,
)
from storeproof.stores.contract import TrackingStore

SETTINGS = "MLFLOW_"
"""What the name of a variable begins with that a trace may set: it may come from a stranger."""


class Ending(StrEnum):
    """How a replay ended."""

    FIXED = "FIXED"
    FAILED = "FAILED"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Answer:
    """How a replay ended, and what was seen in one sentence."""

    ending: Ending
    text: str = ""


class _Cannot(Exception):
    """The trace could not be replayed to its end; the message says why."""


def replay(recorded: Any, probe: Probe, token: str = "") -> Answer:
    """Do a recorded trace (JSON data, its last event the breach) again on the store behind `probe`.

    `token` is what made the recorded names its own; on a place that others share too, it is
    replaced by the probe's. Raises Undecodable for data that is no trace, and MissingSecret.
    """
    if probe.place.shared and token:
        recorded = json.loads(json.dumps(recorded).replace(token, probe.token))
    trace = from_json(recorded)
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
    except (_Cannot, Needs) as why:
        return Answer(Ending.ERROR, f"{str(why)[:1].upper()}{str(why)[1:]}.")
    return Answer(Ending.FIXED) if seen is None else Answer(Ending.FAILED, seen)


def _is_breach(event: object) -> bool:
    if isinstance(event, Check):
        return not event.held
    return isinstance(event, Step) and not event.ended_well


# What was stated of the operations


def _by_statements(trace: Trace, probe: Probe) -> str | None:
    """What is seen instead of what is expected at the last event; None if it is as expected."""
    ids = _Ids()
    answers: dict[int | None, object] = {}
    last = trace.events[-1]
    for event in trace.events:
        if isinstance(event, Step):
            done = _do(event, ids, probe)
            answers[event.number] = done.answer
            ids.learn(event, done)
            done.expected = event.expected
            if event is last:
                return None if done.ended_well else _ending(done)
            as_recorded = done.refusal is not None and _code(done) == _code(event)
            if not done.ended_well and not as_recorded:
                raise _Cannot(f"{event.method}, before the breach, {_ending(done)}")
        elif isinstance(event, Check):
            if event.step not in answers or event.relation in BY_MODEL:
                raise _Cannot(f"what {event.expression} was looked up in was not recorded")
            held, seen = _holds(event, answers, ids)
            if event is last:
                return None if held else f"{event.expression.format('answer')} is {short(seen)}"
            if not held:
                raise _Cannot(
                    f"{event.expression.format('answer')}, looked at before the breach, "
                    f"is {short(seen)}"
                )
        else:
            _set(event, probe)
    raise _Cannot("the trace has no end")


def _do(step: Step, ids: _Ids, probe: Probe) -> Step:
    arguments = {
        name: ids.translated(value, may_be_id=name in ID_ARGUMENTS)
        for name, value in step.arguments.items()
    }
    kind: type = {DISK: Disk, BACKEND: Backend}.get(step.store, TrackingStore)
    if step.method.startswith("_") or not callable(getattr(kind, step.method, None)):
        raise _Cannot(f"there is no operation {step.method}")
    if _holds_opaque(arguments):
        raise _Cannot(f"an argument of {step.method} was recorded in words only")
    if kind is Disk:
        _confine(step.method, arguments, probe)
    if kind is Backend and probe.place.shared and not arguments.get("run_ids"):
        raise _Cannot("it removes for good, which is done to a throw-away store only")
    return probe.again(step, arguments)


def _confine(method: str, arguments: Mapping[str, Any], probe: Probe) -> None:
    """A trace may come from a stranger: it touches only files of a store that is thrown away."""
    parts = [str(each) for each in arguments.get("path", ())]
    if probe.place.shared or any(part in ("", ".", "..") or "/" in part for part in parts):
        raise _Cannot("it changes files of the store, which is done to a throw-away one only")
    if method == "link":
        raise _Cannot("it makes links to other folders, which is not replayed")


def _holds(check: Check, answers: Mapping[int | None, object], ids: _Ids) -> tuple[bool, Any]:
    try:
        seen = look(check.expression, answers[check.step])
    except (AttributeError, LookupError, TypeError, ValueError):
        return False, Opaque("not there")
    except NoExpression as error:
        raise _Cannot(str(error)) from None
    if check.relation == EXISTS:
        return True, seen
    expected = ids.translated(check.expected, may_be_id="_id" in check.expression)
    try:
        if check.other is not None and check.other[0] in answers:
            expected = look(check.other[1], answers[check.other[0]])
        return RELATIONS[check.relation](seen, expected), seen
    except NoExpression as error:
        raise _Cannot(str(error)) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        return False, seen


def _ending(step: Step) -> str:
    if step.refusal is None:
        return f"{step.method} succeeded with {short(step.answer)}"
    return f"{step.method} {step.refusal}"


def _code(step: Step) -> str | None:
    return None if step.refusal is None else step.refusal.code


def _set(event: Setting | Tick | Together, probe: Probe) -> None:
    if isinstance(event, Together):
        raise _Cannot(
            "several clients did this at once, and may not meet so again; "
            "run the clause's tests again with storeproof check --clause"
        )
    if isinstance(event, Tick):
        probe.tick()
    elif event.name.startswith(SETTINGS):
        probe.setting(event.name, event.value)
    else:
        raise _Cannot(f"it sets {event.name}, and only {SETTINGS}* may be set")


def _holds_opaque(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_opaque, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple):
        return any(map(_holds_opaque, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Opaque):
        return any(_holds_opaque(getattr(value, each.name)) for each in dataclasses.fields(value))
    return isinstance(value, Opaque)


class _Ids:
    """The ids that the store chose this time in place of those that were recorded."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def learn(self, recorded: Step, done: Step) -> None:
        """Take note of what was created, and of a page's token."""
        for find in (_created, _token):
            old, new = find(recorded), find(done)
            if old is not None and new is not None:
                self.known[old] = new

    def translated(self, value: Any, *, may_be_id: bool) -> Any:
        """A recorded value with the new ids; a short text is one only where it `may_be_id`."""
        if isinstance(value, str):
            return self._text(value, may_be_id)
        if isinstance(value, list | tuple):
            return [self.translated(each, may_be_id=may_be_id) for each in value]
        if isinstance(value, Mapping):
            return {
                self.translated(key, may_be_id=False): self.translated(each, may_be_id=may_be_id)
                for key, each in value.items()
            }
        if dataclasses.is_dataclass(value) and not isinstance(value, type | Opaque):
            changed = {
                each.name: self.translated(
                    getattr(value, each.name), may_be_id=each.name.endswith("_id")
                )
                for each in dataclasses.fields(value)
            }
            return dataclasses.replace(value, **changed)
        return value

    def _text(self, value: str, may_be_id: bool) -> str:
        if value in self.known and (may_be_id or len(value) > SURE_ID):
            return self.known[value]
        for old, new in self.known.items():
            if len(old) > SURE_ID:
                value = value.replace(old, new).replace(old.upper(), new.upper())
        return value


def _created(step: Step) -> str | None:
    if step.method == "create_experiment" and isinstance(step.answer, str):
        return step.answer
    run_id = getattr(getattr(step.answer, "info", None), "run_id", None)
    return run_id if step.method == "create_run" and isinstance(run_id, str) else None


def _token(step: Step) -> str | None:
    token = getattr(step.answer, "token", None)
    return token if isinstance(token, str) else None


# What the model says


def _by_model(trace: Trace, probe: Probe) -> str | None:
    """What the model says of the trace's operations done again; None if nothing is broken."""
    subject = Subject(probe, model_of(probe))
    ids = _Ids()
    outcomes: dict[int, Outcome] = {}
    steps = trace.steps
    for event in trace.events:
        if isinstance(event, Setting | Tick | Together):
            _set(event, probe)
        if not isinstance(event, Step):
            continue
        op, new = _asked(event, ids)
        if not subject.knows(op):
            raise _Cannot(f"{event.method} is about something that could not be created this time")
        try:
            outcomes[event.number] = subject.do(op, new).outcome
        except Breach as breach:
            told = f"{breach.clause}: expected {breach.expected}; seen {breach.seen}"
            if event is steps[-1]:
                return told
            raise _Cannot(f"{event.method}, before the breach, broke {told}") from None
        ids.learn(event, probe.trace.steps[-1])
    check = trace.events[-1]
    return _compared(check, outcomes, subject.model) if isinstance(check, Check) else None


def _asked(step: Step, ids: _Ids) -> tuple[Operation, str | None]:
    if step.asked is None:
        raise _Cannot(f"what a model was asked about {step.method} was not recorded")
    if _holds_opaque(step.asked):
        raise _Cannot(f"an argument of {step.method} was recorded in words only")
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
