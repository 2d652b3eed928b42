"""A race that failed, done again: as a program of its own, and by a replay."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storeproof.conformance import objects
from storeproof.conformance.checkers.registers import last_written
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.races import Race, do
from storeproof.conformance.recording import to_json
from storeproof.conformance.replay import Ending, replay
from storeproof.conformance.rulings import rule
from storeproof.conformance.script import script
from storeproof.conformance.target import target
from storeproof.conformance.trace import Trace, Whole
from storeproof.stores import Tag

HERE = Path(__file__).parent
BROKEN, GOOD = "racers:LosesThoseWhoMeet", "racers:Good"


def new(spec: str) -> Probe:
    return Probe(target(spec).place(), spec=spec)


@pytest.fixture
def broken() -> Iterator[Probe]:
    with closing(new(BROKEN)) as probe:
        yield probe


@pytest.fixture
def good() -> Iterator[Probe]:
    with closing(new(GOOD)) as probe:
        yield probe


def lost_tags(probe: Probe) -> None:
    """Two write one tag; in the broken store, neither does."""
    run = probe.run()
    plans = [[do("set_tag", run_id=run, tag=Tag("t", value))] for value in "ab"]
    race = Race(probe, plans)
    race.read("get_run", run_id=run)
    race.judge([rule(last_written, objects.tag, run, "t")])


def lost_when_read_later(probe: Probe) -> None:
    """What is stated of a read that follows is a part of the race too."""
    run = probe.run()
    Race(probe, [[do("set_tag", run_id=run, tag=Tag("t", "a"))]] * 2)
    probe.see(probe.store.get_run(run)).tags["t"].equals("a")


def refused(probe: Probe) -> None:
    run = probe.run()
    Race(probe, [[do("set_tag", run_id=run, tag=Tag("refused", "a"))]] * 2)


RACES = [lost_tags, lost_when_read_later, refused]


def breach(probe: Probe, test: Any) -> list[Any]:
    with pytest.raises(Breach):
        test(probe)
    return to_json(probe.trace)


def ended(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("test", RACES)
def test_a_race_is_shown_by_a_program_and_a_good_store_is_not_blamed(
    test: Any, broken: Probe
) -> None:
    breach(broken, test)
    program = script(broken.trace, (), "a title", spec=BROKEN, token=broken.token)
    assert broken.token not in program
    shown, blamed = ended(program), ended(program.replace(repr(BROKEN), repr(GOOD)))
    assert (shown.returncode, blamed.returncode) == (1, 0), blamed.stderr
    assert "Traceback" not in blamed.stderr


def test_a_program_for_a_store_that_nobody_can_name_says_so(broken: Probe) -> None:
    breach(broken, lost_tags)
    done = ended(script(broken.trace, (), "a title", token=broken.token))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("test", RACES)
def test_a_race_that_still_fails_failed(test: Any, broken: Probe) -> None:
    recorded = breach(broken, test)
    with closing(new(BROKEN)) as again:
        assert replay(recorded, again, broken.token).ending is Ending.FAILED


@pytest.mark.parametrize("test", RACES)
def test_a_race_that_passes_is_not_called_fixed(test: Any, broken: Probe, good: Probe) -> None:
    answer = replay(breach(broken, test), good, broken.token)
    assert answer.ending is Ending.UNSEEN, answer.text


def test_clients_that_were_processes_are_processes_again(good: Probe) -> None:
    run = good.run()
    race = Race(good, [[do("set_tag", run_id=run, tag=Tag("t", "a"))]] * 2, apart=True)
    race.read("get_run", run_id=run)
    program = script(good.trace, (), "a title", spec=GOOD, token=good.token)
    assert "apart=True" in program
    done = ended(program.replace("processes=True)", "processes=True, rounds=1)"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("judge", "about"), [("last_written", "op_of"), ("print", "tag")])
def test_a_rule_that_is_none_is_not_looked_for(
    judge: str, about: str, broken: Probe, good: Probe
) -> None:
    recorded = breach(broken, lost_tags)
    recorded[-1] = {"$": "Ruling", "rule": judge, "about": about, "arguments": []}
    assert replay(recorded, good, broken.token).ending is Ending.ERROR


@pytest.mark.parametrize("test", [("test_migrations", "Breach"), ("os", "system")])
def test_a_test_that_is_none_is_not_done(test: tuple[str, str], good: Probe) -> None:
    assert replay(to_json(Trace([Whole(*test)])), good).ending is Ending.ERROR


def test_an_operation_that_is_none_is_not_called(broken: Probe, good: Probe) -> None:
    recorded = json.dumps(breach(broken, lost_tags)).replace('"set_tag"', '"_open"')
    assert replay(json.loads(recorded), good, broken.token).ending is Ending.ERROR
