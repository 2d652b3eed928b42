"""Clients that did something at once, at it again: their calls, what was read afterwards, and the rule that it broke."""

from __future__ import annotations

from storeproof.conformance.anew import Cannot, Ids, public, translated
from storeproof.conformance.probe import Probe
from storeproof.conformance.races import Race
from storeproof.conformance.racing import Do
from storeproof.conformance.rulings import NoRuling
from storeproof.conformance.trace import Ruling, Step, Together


def raced(event: Together | Ruling | Step, race: Race | None, ids: Ids, probe: Probe) -> Race:
    """Let clients do their calls at once, or read or judge what came of it; Breach where it broke."""
    if isinstance(event, Together):
        plans = [
            [Do(public(step.method), translated(step, ids)) for step in calls]
            for calls in event.clients
        ]
        return Race(probe, plans, *event.refusals, apart=event.apart)
    if race is None:
        raise Cannot("what clients did at once was not recorded")
    if isinstance(event, Step):
        race.read(public(event.method), **translated(event, ids))
    else:
        arguments = ids.translated(event.arguments, may_be_id=True)
        try:
            race.judge([Ruling(event.rule, event.about, arguments)])
        except NoRuling as error:
            raise Cannot(str(error)) from None
    return race
