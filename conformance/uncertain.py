"""A store behind a network that fails: a call that was cut off has happened wholly, or not at all.

What it was is seen by another way to the same store, and the model goes on with what was seen.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from storeproof.conformance.model import (
    Difference,
    Expected,
    Model,
    Operation,
    Outcome,
    judge,
    observe,
)
from storeproof.conformance.model.entries import entries_of
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.strategies import plain
from storeproof.conformance.subject import Ending, Subject
from storeproof.conformance.trace import READS
from storeproof.fixtures.network import Fate, Fault, Network, Way
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import ViewType
from storeproof.stores.errors import ErrorCode, StoreError

SILENCE = 0.2
"""Seconds after which a network that swallows everything is put right, so that the call ends."""

_LIMIT = 50_000


class Uncertain(Subject):
    """A store whose probe goes through `network`; `beside` is another way to it, which does not."""

    def __init__(self, probe: Probe, model: Model, network: Network, beside: TrackingStore) -> None:
        super().__init__(probe, model)
        self._network = network
        self._beside = beside
        self._sound = True
        self._silent = False
        self._shaken = False
        """The network has failed since a call last went through a sound one, so that the next may be cut off."""

    def disturb(self, way: Way, fault: Fault) -> None:
        """Let a fault befall what is sent from now on."""
        self._network.fault(way, fault)
        self._shaken, self._sound = True, False
        self._silent = self._silent or fault.fate is Fate.DROP

    def mend(self) -> None:
        """Put the network right."""
        self._network.heal()
        self._sound, self._silent = True, False

    @override
    def pages(self, op: Operation, parts: int, clause: str) -> None:
        self.mend()
        super().pages(op, parts, clause)

    @override
    def do(self, op: Operation, new: str | None = None) -> Ending:
        if not self._shaken:
            return super().do(op, new)
        op = self._completed(op)
        expected = self.model.expect(op)
        outcome = self._cut_or_done(op, new)
        if outcome.code == ErrorCode.TEMPORARILY_UNAVAILABLE:
            self.mend()
            happened = not op.method.startswith(READS) and self._happened(op, new, expected)
            return Ending(self, Outcome() if happened else outcome, expected[0], expected[0])
        if outcome.code is None:  # what is refused need not have been sent
            self._shaken = not self._sound
        return Ending(self, outcome, self._judge(op, outcome, expected), expected[0])

    def _cut_or_done(self, op: Operation, new: str | None) -> Outcome:
        """How a call ended; nothing waits for ever for a network that swallows what is sent."""
        timer = threading.Timer(SILENCE, self._network.heal)
        if self._silent:
            timer.start()
        try:
            outcome, _ = self._attempt(op, new)
        finally:
            timer.cancel()
        return outcome

    # What a call that was cut off has done

    def _happened(self, op: Operation, new: str | None, expected: list[Expected]) -> bool:
        """Whether it did anything; the model is then as it did. Breach if it did half of it, or did it twice."""
        if all(each.codes for each in expected):
            return False
        answer = None if new is None else self._created(op, new)
        if new is not None and answer is None:
            return False
        done = [self._after(op, each, answer) for each in expected if not each.codes]
        looks = [(look, self._read(look)) for look in self._looks(op, new)]
        found: list[Difference] = []
        for model in (*done, self.model):
            differences = _differences(model, looks)
            if not differences:
                self.model = model
                for look, seen in looks:
                    model.take(look, seen)
                return model in done
            found = found or differences
        first = found[0]
        raise Breach(
            f"{op.method}, cut off by the network, to have happened wholly or not at all",
            f"{first.path}: {first.seen!r} where {first.expected!r} was due",
            first.clause,
            self.probe,
        )

    def _created(self, op: Operation, new: str) -> Any:
        """The answer that would have told what was created; None if nothing was."""
        kind = op.method.removeprefix("create_")
        if kind == "experiment":
            made = self._ask("get_experiment_by_name", name=plain(op.args["name"]))
            real = None if made is None else made.experiment_id
        else:
            parent = self.names.arguments(op)["experiment_id"]
            page = self._ask(
                "search_runs", experiment_ids=[parent], view=ViewType.ALL, max_results=_LIMIT
            )
            ids = [each.info.run_id for each in page.items]
            fresh = [each for each in ids if ("run", each) not in self.names.symbols]
            if len(fresh) > 1:
                raise Breach(
                    "one run of a call that was cut off", str(len(fresh)), None, self.probe
                )
            real = fresh[0] if fresh else None
        if real is None or (kind, real) in self.names.symbols:
            return None
        self.names.adopt(kind, new, real)
        return new if kind == "experiment" else self._read(_get("run", new)).answer

    def _after(self, op: Operation, chosen: Expected, answer: Any) -> Model:
        """The model of a store that did the operation."""
        model = copy.deepcopy(self.model)
        if answer is None and "run_id" in op.args:
            answer = self._read(_get("run", op.args["run_id"])).answer
        model.commit(op, chosen, answer)
        return model

    def _looks(self, op: Operation, new: str | None) -> list[Operation]:
        """Reads that show what an operation did."""
        looks = []
        run, experiment = op.args.get("run_id"), op.args.get("experiment_id")
        if op.method == "create_run":
            run, experiment = new, None
        elif op.method == "create_experiment":
            experiment = new
        if run is not None:
            looks.append(_get("run", run))
            metrics, _, _ = entries_of(op)
            keys = dict.fromkeys(each.key for each in metrics)
            looks += [Operation("get_metric_history", {"run_id": run, "key": key}) for key in keys]
        if experiment is not None:
            looks.append(_get("experiment", experiment))
            looks += [
                _get("run", each.symbol) for each in self.model.state.runs_of(str(experiment))
            ]
        return looks

    def _read(self, op: Operation) -> Outcome:
        arguments = {name: plain(value) for name, value in self.names.arguments(op).items()}
        try:
            answer = self._ask(op.method, **arguments)
        except StoreError as refusal:
            return Outcome(code=refusal.code)
        return Outcome(observe(answer, self.names.to_symbol))

    def _ask(self, method: str, **arguments: Any) -> Any:
        """An answer by the way beside the network."""
        call: Callable[..., Any] = getattr(self._beside, method)

        def asked() -> Any:
            try:
                return call(**arguments), None
            except StoreError as refusal:
                return None, refusal

        answer, refusal = self.probe.unrecorded(asked)
        if refusal is not None:
            raise refusal
        return answer


def _get(kind: str, symbol: Any) -> Operation:
    return Operation(f"get_{kind}", {f"{kind}_id": symbol})


def _differences(model: Model, looks: list[tuple[Operation, Outcome]]) -> list[Difference]:
    """What of the things seen is not as a model says."""
    verdicts = [judge(seen, model.expect(look)) for look, seen in looks]
    return [each for verdict in verdicts if isinstance(verdict, list) for each in verdict]
