"""Budgets: how they are written, who comes first, and what each test may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storeproof.conformance import catalogue
from storeproof.conformance.budget import (
    GENERATED,
    MACHINE,
    PLAIN,
    SPENT,
    Candidate,
    Schedule,
    Stint,
    TimeIsUp,
    in_order,
    seconds,
)
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.suite.test_machine import run as run_machine
from storeproof.conformance.target import target
from storeproof.conformance.verdict import TIME, Event, event_of

MUST, OTHER_MUST, SHOULD = "TAG-SET", "TAG-DELETE", "METRIC-DUP"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("90", 90), ("5m", 300), ("1h30m", 5400), ("1.5m", 90), ("2h1m1s", 7261)],
)
def test_a_budget_is_written_in_hours_minutes_and_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0s", "-5m", "m", "5 m", "1s1m", "5d", "nan"])
def test_another_text_is_no_budget(text: str) -> None:
    with pytest.raises(ValueError, match="budget"):
        seconds(text)


def ordered(*tests: Candidate) -> list[str]:
    return [each.name for each in in_order(tests, catalogue.load())]


def test_must_comes_before_should_and_machines_come_last() -> None:
    assert ordered(
        Candidate("machine", "machine", (), MACHINE),
        Candidate("should", "should", (SHOULD,)),
        Candidate("must", "must", (MUST,), GENERATED),
    ) == ["must", "should", "machine"]


def test_every_clause_has_a_test_before_any_has_two() -> None:
    assert ordered(
        Candidate("a", "a", (MUST,)),
        Candidate("b", "b", (MUST,)),
        Candidate("c", "c", (OTHER_MUST,)),
    ) == ["a", "c", "b"]


def test_of_one_clause_the_cheap_come_first_and_variants_of_one_test_last() -> None:
    assert ordered(
        Candidate("f[1]", "f", (MUST,)),
        Candidate("f[2]", "f", (MUST,)),
        Candidate("generated", "generated", (MUST,), GENERATED),
        Candidate("g", "g", (MUST,)),
    ) == ["f[1]", "g", "generated", "f[2]"]


def test_a_test_may_take_its_part_of_what_is_left() -> None:
    now = time.monotonic()
    schedule = Schedule(now + 1000, {"a": PLAIN, "b": PLAIN, "machine": MACHINE})
    first, last = schedule.stint("a"), schedule.stint("machine")
    assert first.share < now + 100
    assert last.share > now + 900
    assert not first.generated
    assert last.generated


def test_workers_share_the_tests_and_not_the_time() -> None:
    now = time.monotonic()
    weights = {str(number): PLAIN for number in range(10)}
    alone = Schedule(now + 1000, weights).stint("0")
    shared = Schedule(now + 1000, weights, workers=5).stint("0")
    assert shared.share > alone.share + 300


def test_no_share_is_less_than_a_fiftieth_of_the_whole() -> None:
    now = time.monotonic()
    weights = {str(number): PLAIN for number in range(100_000)}
    assert Schedule(now + 1000, weights).stint("0").share > now + 19


def test_within_its_share_a_test_goes_on() -> None:
    Stint(math.inf).check(0)
    Stint(math.inf, math.inf).check(5)


def test_after_its_share_a_test_stops_if_an_example_is_done() -> None:
    Stint(math.inf, share=0, generated=True).check(done=0)
    with pytest.raises(TimeIsUp) as caught:
        Stint(math.inf, share=0, generated=True).check(done=1)
    assert caught.value.enough


@pytest.mark.parametrize(("generated", "done"), [(True, 0), (False, 0), (False, 1)])
def test_at_the_end_a_test_stops_whatever_it_is_at(generated: bool, done: int) -> None:
    with pytest.raises(TimeIsUp) as caught:
        Stint(end=0, generated=generated).check(done)
    assert not caught.value.enough


# In the middle of a test


class Repeats(Probe):
    """A probe with no time but for one example more."""

    def __init__(self, **options: Any) -> None:
        super().__init__(target("sqlite").place(), stint=Stint(math.inf, **options))


def told(probe: Probe, test: Callable[[], object]) -> Event:
    """The event of a test that is stopped."""
    try:
        test()
    except BaseException as error:  # noqa: BLE001 - as pytest catches it
        return event_of("t", "sqlite", ["TAG-SET"], [probe], error, 1.0)
    pytest.fail("nothing stopped it")


def test_a_generated_test_that_is_stopped_has_passed_with_the_examples_done() -> None:
    probe = Repeats(share=0, generated=True)

    @settings(database=None, max_examples=50)
    @given(st.integers())
    def generated(number: int) -> None:
        probe.begin()
        probe.run()

    found = told(probe, generated)
    assert (found["state"], found["examples"], found["cut"]) == ("pass", 1, True)


def test_a_plain_test_that_is_stopped_is_inconclusive() -> None:
    probe = Repeats(share=0)

    def cases() -> None:
        for _ in probe.cases(range(50)):
            probe.run()

    found = told(probe, cases)
    assert (found["state"], found["examples"], found["needs"]) == ("inconclusive", 1, TIME)


def test_a_test_that_is_stopped_before_its_first_example_has_not_run() -> None:
    probe = Probe(target("sqlite").place())
    error = TimeIsUp(enough=False)
    found = event_of("t", "sqlite", ["TAG-SET"], [probe], error, 1.0)
    assert (found["state"], found["reason"]) == ("not-run", SPENT)


def test_a_breach_that_was_found_is_told_though_there_is_no_time_to_make_it_smaller() -> None:
    probe = Repeats(share=0, generated=True)

    def stopped() -> None:
        probe.run()
        with pytest.raises(Breach) as caught:
            probe.see(probe.store.get_experiment("0")).name.equals("another")
        probe.note(caught.value)
        probe.begin()

    found = told(probe, stopped)
    assert (found["state"], found["cut"]) == ("fail", True)
    assert "another" in found["script"]
    assert len(found["trace"]) == 4


def test_a_state_machine_stops_too() -> None:
    probe = Repeats(share=0, generated=True)
    depth = settings(database=None, max_examples=50, stateful_step_count=3)
    found = told(probe, lambda: run_machine([probe], depth))
    assert (found["state"], found["cut"]) == ("pass", True)


def test_the_smallest_breach_is_kept() -> None:
    probe = Probe(target("sqlite").place())
    for steps in (3, 1, 2):
        probe.begin()
        for _ in range(steps):
            probe.store.get_experiment("0")
        probe.note(Breach(f"{steps}", "seen"))
    assert probe.found is not None
    assert probe.found[0].expected == "1"
