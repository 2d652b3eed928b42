"""A budget, kept with a store that takes 100 ms for every call: what there is time for is told, and what there is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import clauses_of, results_in, suite

from storeproof.conformance import catalogue
from storeproof.conformance.budget import SPENT
from storeproof.conformance.catalogue import Level
from storeproof.conformance.profiles import PROFILES
from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import TIME, Event

SLUGS = ("TAG-SET", "TAG-DELETE", "TAG-LONG", "PARAM-LOG", "PARAM-SAME", "METRIC-DUP")


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """All that 15 s suffice for, which is not everything."""
    return run(Options(stores=["odd_stores:slow"], clauses=SLUGS, seed=1, budget=15.0))


def test_what_there_was_no_time_for_says_so(events: list[Event]) -> None:
    left = [each for each in events if each["state"] == "not-run"]
    assert left
    assert {(each["reason"], each["needs"]) for each in left} == {(SPENT, TIME)}


def test_what_ran_says_how_many_examples_it_had(events: list[Event]) -> None:
    ran = [each for each in events if each["state"] != "not-run"]
    assert ran
    assert {each["state"] for each in ran} <= {"pass", "inconclusive"}
    assert all(each["examples"] > 0 for each in ran)


def test_the_must_clauses_come_first(events: list[Event]) -> None:
    known = catalogue.load()
    ran = {slug for each in events if each["state"] == "pass" for slug in each["clauses"]}
    assert {known.clause(slug).level for slug in ran} == {Level.MUST}


def test_every_clause_has_a_turn_before_any_has_many(events: list[Event]) -> None:
    ran = [each["clauses"][0] for each in events if each["state"] == "pass"]
    musts = len(SLUGS) - 1
    assert len(set(ran[:musts])) == len(ran[:musts])


def test_under_pytest_what_did_not_run_has_not_passed(tmp_path: Path) -> None:
    arguments = ("--clause", "TAG-LONG", "--budget", "1s", "--storeproof-json", "r.json")
    done = suite("--store", "odd_stores:slow", *arguments, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    (clause,) = clauses_of(results_in(tmp_path / "r.json"))
    assert clause["state"] in ("not-run", "inconclusive")


def test_making_an_example_small_has_the_profiles_time() -> None:
    found = run(
        Options(["odd_stores:tells_how_long_it_may_be_shrunk"], clauses=["TAG-DELETE"], seed=1)
    )
    seen = [each["seen"] for each in found if each["state"] == "fail"]
    assert seen
    assert all(f"{PROFILES['quick'].shrinking} seconds" in each for each in seen)
