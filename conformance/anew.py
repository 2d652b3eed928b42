"""A recorded operation done once more, on a new store, with its ids in place of the recorded ones.

What was recorded may come from a stranger: it names operations, and touches nothing but the store.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from storeproof.conformance.backend import Backend
from storeproof.conformance.dialects.contract import ID_ARGUMENTS
from storeproof.conformance.disk import Disk
from storeproof.conformance.probe import Probe
from storeproof.conformance.recording import Opaque
from storeproof.conformance.source import SURE_ID
from storeproof.conformance.trace import BACKEND, DISK, Setting, Step, Tick
from storeproof.stores.contract import TrackingStore

SETTINGS = "MLFLOW_"
"""What the name of a variable begins with that a trace may set."""


class Cannot(Exception):
    """The trace could not be replayed to its end; the message says why."""


def translated(step: Step, ids: Ids) -> dict[str, Any]:
    """The arguments with the ids that the store chose this time."""
    arguments = {
        name: ids.translated(value, may_be_id=name in ID_ARGUMENTS)
        for name, value in step.arguments.items()
    }
    if holds_opaque(arguments):
        raise Cannot(f"an argument of {step.method} was recorded in words only")
    return arguments


def public(method: str, kind: type = TrackingStore) -> str:
    """The name of an operation that a trace, which may come from a stranger, can ask for."""
    if method.startswith("_") or not callable(getattr(kind, method, None)):
        raise Cannot(f"there is no operation {method}")
    return method


def do(step: Step, ids: Ids, probe: Probe) -> Step:
    """Do an operation, unjudged; Cannot where it is not done for whoever recorded it."""
    arguments = translated(step, ids)
    kind: type = {DISK: Disk, BACKEND: Backend}.get(step.store, TrackingStore)
    public(step.method, kind)
    if kind is Disk:
        _confine(step.method, arguments, probe)
    if kind is Backend and probe.place.shared and not arguments.get("run_ids"):
        raise Cannot("it removes for good, which is done to a throw-away store only")
    return probe.again(step, arguments)


def _confine(method: str, arguments: Mapping[str, Any], probe: Probe) -> None:
    """A trace may come from a stranger: it touches only files of a store that is thrown away."""
    parts = [str(each) for each in arguments.get("path", ())]
    if probe.place.shared or any(part in ("", ".", "..") or "/" in part for part in parts):
        raise Cannot("it changes files of the store, which is done to a throw-away one only")
    if method == "link":
        raise Cannot("it makes links to other folders, which is not replayed")


def put(event: Setting | Tick, probe: Probe) -> None:
    """Set what was set, or let the clock go on."""
    if isinstance(event, Tick):
        probe.tick()
    elif event.name.startswith(SETTINGS):
        probe.setting(event.name, event.value)
    else:
        raise Cannot(f"it sets {event.name}, and only {SETTINGS}* may be set")


def holds_opaque(value: object) -> bool:
    """Whether a part of a value was recorded in words only."""
    if isinstance(value, Mapping):
        return any(map(holds_opaque, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple):
        return any(map(holds_opaque, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Opaque):
        return any(holds_opaque(getattr(value, each.name)) for each in dataclasses.fields(value))
    return isinstance(value, Opaque)


class Ids:
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
