"""Writers of one param or one tag at once (CONC-PARAM, CONC-TAG)."""

from __future__ import annotations

from collections.abc import Callable

from storeproof.conformance import objects
from storeproof.conformance.checkers.registers import last_written, written_once
from storeproof.conformance.checkers.sets import growing
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.racing import Do
from storeproof.conformance.rulings import rule
from storeproof.stores import Param, Tag

CHANGED = "INVALID_PARAMETER_VALUE"
TOGETHER = 20
"""Entries of a batch."""


def _log_param(run: str, key: str, value: str) -> Do:
    return do("log_param", run_id=run, param=Param(key, value))


def _batch_param(run: str, key: str, value: str) -> Do:
    return do("log_batch", run_id=run, params=[Param(key, value)])


def _set_tag(run: str, key: str, value: str) -> Do:
    return do("set_tag", run_id=run, tag=Tag(key, value))


def _batch_tag(run: str, key: str, value: str) -> Do:
    return do("log_batch", run_id=run, tags=[Tag(key, value)])


Write = Callable[[str, str, str], Do]


def _mixed(ways: tuple[Write, Write], run: str, key: str, values: list[str]) -> list[list[Do]]:
    """A plan for each value; the ways in take turns."""
    return [[ways[at // 2 % 2](run, key, value)] for at, value in enumerate(values)]


# Params


@clause("CONC-PARAM")
def test_of_different_values_of_one_param_one_wins_and_stays(probe: Probe, crowd: Depth) -> None:
    run = probe.run()
    values = [f"v{at}" for at in range(crowd.clients)]
    for turn in probe.cases(range(crowd.rounds)):
        key = f"p{turn}"
        plans = _mixed((_log_param, _batch_param), run, key, values)
        race = Race(probe, plans, CHANGED)
        race.read("get_run", run_id=run)
        race.judge([rule(written_once, objects.param, run, key)])


@clause("CONC-PARAM")
def test_writers_of_one_value_of_one_param_all_succeed(probe: Probe, crowd: Depth) -> None:
    run = probe.run()
    for turn in probe.cases(range(crowd.rounds)):
        key = f"same{turn}"
        race = Race(probe, _mixed((_log_param, _batch_param), run, key, ["v"] * crowd.clients))
        race.read("get_run", run_id=run)
        race.judge([rule(written_once, objects.param, run, key)])


@clause("CONC-PARAM")
def test_a_batch_of_params_that_loses_leaves_nothing(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        plans = [
            [do("log_batch", run_id=run, params=[Param(key, f"v{at}") for key in _turned(at)])]
            for at in range(crowd.clients)
        ]
        race = Race(probe, plans, CHANGED)
        race.read("get_run", run_id=run)
        race.judge([rule(growing, objects.contents, run)])


# Tags


@clause("CONC-TAG")
def test_writers_of_one_new_tag_all_succeed_and_one_value_stays(probe: Probe, crowd: Depth) -> None:
    run = probe.run()
    values = [f"v{at}" for at in range(crowd.clients)]
    for turn in probe.cases(range(crowd.rounds)):
        key = f"t{turn}"
        race = Race(probe, _mixed((_set_tag, _batch_tag), run, key, values))
        race.read("get_run", run_id=run)
        race.judge([rule(last_written, objects.tag, run, key)])


@clause("CONC-TAG")
def test_a_tag_that_is_written_and_read_is_never_older_than_what_was_acknowledged(
    probe: Probe, crowd: Depth
) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        plans = [
            [_set_tag(run, "t", f"v{at}"), do("get_run", run_id=run), _set_tag(run, "t", f"w{at}")]
            for at in range(crowd.clients)
        ]
        race = Race(probe, plans)
        race.read("get_run", run_id=run)
        race.judge([rule(last_written, objects.tag, run, "t")])


@clause("CONC-TAG")
def test_batches_of_the_same_new_tags_in_other_orders_all_succeed(
    probe: Probe, crowd: Depth
) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        plans = [
            [do("log_batch", run_id=run, tags=[Tag(key, f"v{at}") for key in _turned(at)])]
            for at in range(crowd.clients)
        ]
        race = Race(probe, plans)
        race.read("get_run", run_id=run)
        race.judge(rule(last_written, objects.tag, run, key) for key in _turned(0))


@clause("CONC-TAG")
def test_writers_of_one_new_tag_of_an_experiment_all_succeed(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    values = [f"v{at}" for at in range(crowd.clients)]
    for turn in probe.cases(range(crowd.rounds)):
        key = f"e{turn}"
        plans = [
            [do("set_experiment_tag", experiment_id=experiment, tag=Tag(key, value))]
            for value in values
        ]
        race = Race(probe, plans)
        race.read("get_experiment", experiment_id=experiment)
        race.judge([rule(last_written, objects.experiment_tag, experiment, key)])


def _turned(client: int) -> list[str]:
    """The keys of a batch, every second client's in the other order."""
    keys = [f"k{at:03}" for at in range(TOGETHER)]
    return keys[::-1] if client % 2 else keys
