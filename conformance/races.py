"""A race on the store behind a probe: run, recorded, and judged by what the checkers say.

A call that crashes breaks CONC-ERRORS, whatever the race is about. What a checker finds broken is
told with the fewest calls that show it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from storeproof.conformance import histories, racing_apart
from storeproof.conformance.capabilities import Support
from storeproof.conformance.checkers.operations import State
from storeproof.conformance.elsewhere import Elsewhere
from storeproof.conformance.histories import Call, History, Outcome
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe, Unsupported
from storeproof.conformance.racing import Do, Plan, race
from storeproof.conformance.rulings import judged
from storeproof.conformance.trace import NOT_IMPLEMENTED, Ruling, Step, Together

ERRORS = "CONC-ERRORS"


def do(method: str, **arguments: Any) -> Do:
    """A call of a plan."""
    return Do(method, arguments)


class Race:
    """Clients of a probe's store that carried out plans at once; `history` is what happened.

    `refusals` are the codes that a call may be refused with. `apart` clients are processes, where
    one can open the place, else threads. Raises Breach of CONC-ERRORS for a call that crashed, of
    `clause` (None: the test's) for one that was refused with another code or that never ended.
    """

    def __init__(
        self,
        probe: Probe,
        plans: Sequence[Plan],
        *refusals: str,
        clause: str | None = None,
        apart: bool = False,
    ) -> None:
        probe.check_time()
        self._clause = clause
        self.probe = probe
        self.readers = len(plans)
        elsewhere = _processes(probe) if apart else None
        self.history: History = _run(probe, plans, elsewhere)
        steps = [[Step(0, "store", each.method, each.arguments) for each in plan] for plan in plans]
        probe.trace.events.append(Together(steps, list(refusals), elsewhere is not None))
        self._demand_endings(refusals)

    def read(self, method: str, **arguments: Any) -> Any:
        """What a client reads once the race is over; it becomes part of the history."""
        began = time.monotonic_ns()
        answer = getattr(self.probe.store, method)(**arguments)
        ended = time.monotonic_ns()
        call = Call(
            *(len(self.history), self.readers, method, arguments, began, ended, Outcome.OK, answer)
        )
        self.history = (*self.history, call)
        return answer

    def judge(self, rulings: Iterable[Ruling], clause: str | None = None) -> None:
        """Breach for the first that is broken, which is recorded; Inconclusive if one is that."""
        open_ended = None
        for ruling in rulings:
            judgement = judged(ruling, self.history)
            if judgement.state is State.BROKEN:
                self.probe.trace.events.append(ruling)
                shown = histories.only(self.history, judgement.calls)
                raise self._breach(judgement.expected, judgement.seen, shown, clause)
            if judgement.state is State.INCONCLUSIVE:
                open_ended = judgement
        if open_ended is not None:
            raise Inconclusive(open_ended.seen)

    def _demand_endings(self, refusals: Sequence[str]) -> None:
        for call in self.history:
            if call.ended is None:
                self.probe.hangs()
                raise self._breach(
                    f"every call to end within {self.probe.time_limit:g} s",
                    f"{call.method} did not",
                    self._beside(call),
                )
            if call.refusal is None or call.refusal.code in refusals:
                continue
            self._excuse(call)
            allowed = " or ".join(("success", *refusals))
            clause = ERRORS if call.refusal.crashed else None
            ended = f"{call.method} {call.refusal}"
            raise self._breach(
                f"every call to end with {allowed}", ended, self._beside(call), clause
            )

    def _excuse(self, call: Call) -> None:
        claim = self.probe.place.claims.of(call.method)
        missing = call.refusal is not None and call.refusal.code == NOT_IMPLEMENTED
        if missing and claim.support is not Support.FULL:
            raise Unsupported(claim.reason or f"the store has no {call.method}")

    def _beside(self, call: Call) -> History:
        """The call, and those that it overlapped."""
        return tuple(each for each in self.history if not (each.before(call) or call.before(each)))

    def _breach(
        self, expected: str, seen: str, history: History, clause: str | None = None
    ) -> Breach:
        told = f"{seen}. What happened: {histories.told(history)}" if history else seen
        return Breach(expected, told, clause or self._clause, history=history)


def _processes(probe: Probe) -> Elsewhere | None:
    """How clients open the place that are processes; None where they cannot, or would find another store."""
    found = probe.place.elsewhere() if probe.place.processes else None
    return found if found is not None and found.importable else None


def _run(probe: Probe, plans: Sequence[Plan], elsewhere: Elsewhere | None) -> History:
    if elsewhere is None:
        return race(probe.clients(len(plans)), plans, probe.time_limit)
    try:
        return racing_apart.race(elsewhere, plans, probe.time_limit)
    except racing_apart.NotApart as error:
        raise Needs("processes that open the store at once", str(error)) from None
