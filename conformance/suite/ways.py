"""The ways in: every operation that takes a key or a text, so that a rule for all of them is one test."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from storeproof.conformance.probe import Probe, Seen
from storeproof.stores import Metric, Param, Run, Tag
from storeproof.stores.contract import TrackingStore

Make = Callable[[Probe], str]
Write = Callable[[TrackingStore, str, str, str], object]
Look = Callable[[Probe, str], Seen]


@dataclass(frozen=True)
class WayIn:
    """One operation that takes a key and a text, and where they can be seen afterwards."""

    name: str
    place: Make
    """Makes what is written to and gives its id."""
    write: Write
    """Writes to the store, given that id, a key and a text."""
    look: Look
    """The mapping that holds the key, given the id of its run or experiment."""
    creates: bool = False
    """The operation makes a run or an experiment, so that a refusal leaves nothing to look at."""

    def put(self, probe: Probe, place: str, key: str, text: str = "v") -> Seen:
        """Write, which must succeed, and look at the mapping that then holds the key."""
        return self.look(probe, self._owner(place, self.write(probe.store, place, key, text)))

    def refuse(self, probe: Probe, place: str, key: str, text: str = "v") -> None:
        """Write, which must be refused, and see that nothing was written."""
        self.write(probe.refused("INVALID_PARAMETER_VALUE"), place, key, text)
        if not self.creates:
            self.look(probe, place).lacks(key)

    def offer(self, probe: Probe, place: str, key: str, text: str) -> Seen | None:
        """Write and look as `put` does; or None if it was refused as invalid and nothing was written."""
        answer = self.write(probe.may_refuse("INVALID_PARAMETER_VALUE"), place, key, text)
        if probe.refusal is None:
            return self.look(probe, self._owner(place, answer))
        if not self.creates:
            self.look(probe, place).lacks(key)
        return None

    def _owner(self, place: str, answer: object) -> str:
        if not self.creates:
            return place
        return answer.info.run_id if isinstance(answer, Run) else str(answer)


def _run(probe: Probe) -> str:
    return probe.run()


def _experiment(probe: Probe) -> str:
    return probe.experiment()


def _params(probe: Probe, run: str) -> Seen:
    return probe.see(probe.store.get_run(run)).params


def _metrics(probe: Probe, run: str) -> Seen:
    return probe.see(probe.store.get_run(run)).metrics


def _tags(probe: Probe, run: str) -> Seen:
    return probe.see(probe.store.get_run(run)).tags


def _experiment_tags(probe: Probe, experiment: str) -> Seen:
    return probe.see(probe.store.get_experiment(experiment)).tags


TEXT_WAYS = (
    WayIn("log_param", _run, lambda s, run, k, t: s.log_param(run, Param(k, t)), _params),
    WayIn(
        "log_batch-params",
        _run,
        lambda s, run, k, t: s.log_batch(run, params=[Param(k, t)]),
        _params,
    ),
    WayIn("set_tag", _run, lambda s, run, k, t: s.set_tag(run, Tag(k, t)), _tags),
    WayIn("log_batch-tags", _run, lambda s, run, k, t: s.log_batch(run, tags=[Tag(k, t)]), _tags),
    WayIn(
        "create_run-tags",
        _experiment,
        lambda s, experiment, k, t: s.create_run(experiment, tags=[Tag(k, t)]),
        _tags,
        creates=True,
    ),
    WayIn(
        "set_experiment_tag",
        _experiment,
        lambda s, experiment, k, t: s.set_experiment_tag(experiment, Tag(k, t)),
        _experiment_tags,
    ),
    WayIn(
        "create_experiment-tags",
        lambda probe: probe.name("-"),
        lambda s, name, k, t: s.create_experiment(name + secrets.token_hex(4), tags=[Tag(k, t)]),
        _experiment_tags,
        creates=True,
    ),
)
"""The operations that take a key with a text."""

KEY_WAYS = (
    *TEXT_WAYS,
    WayIn("log_metric", _run, lambda s, run, k, _: s.log_metric(run, Metric(k, 1.0, 1)), _metrics),
    WayIn(
        "log_batch-metrics",
        _run,
        lambda s, run, k, _: s.log_batch(run, metrics=[Metric(k, 1.0, 1)]),
        _metrics,
    ),
)
"""The operations that take a key."""


def through(ways: tuple[WayIn, ...]) -> pytest.MarkDecorator:
    """One test for each of the ways, as the argument `way`."""
    return pytest.mark.parametrize("way", ways, ids=lambda way: way.name)
