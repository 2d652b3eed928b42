"""From events to the state of each clause and the verdict on each store; results.json."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from told_results import event, results

from storeproof.conformance import results_file
from storeproof.conformance.budget import SPENT
from storeproof.conformance.results import STATES, UNTESTED, ClauseResult, Results
from storeproof.conformance.results_file import UnreadableResults
from storeproof.conformance.verdict import LOCK_STEP, TIME

MUST, OTHER_MUST, SHOULD = "TAG-SET", "TAG-DELETE", "METRIC-DUP"


def clause(found: Results, slug: str) -> ClauseResult:
    result = found.stores[0].clause(slug)
    assert result is not None
    return result


def verdict(*events: Any) -> str:
    wanted = {slug for each in events for slug in each["clauses"]}
    return results(*events, wanted=wanted).stores[0].verdict


@pytest.mark.parametrize("worse", STATES[2:])
def test_a_clause_has_the_worst_state_of_its_tests(worse: str) -> None:
    found = results(event(MUST), event(MUST, worse), event(MUST, "unsupported"))
    assert clause(found, MUST).state == worse


def test_a_part_that_needs_what_is_not_claimed_tells_nothing_of_the_rest() -> None:
    found = results(event(MUST), event(MUST, "unsupported"), event(OTHER_MUST, "unsupported"))
    assert clause(found, MUST).state == "pass"
    assert clause(found, OTHER_MUST).state == "unsupported"


def test_a_clause_without_a_test_is_untested_and_not_passed() -> None:
    assert clause(results(event(MUST)), OTHER_MUST).state == UNTESTED


def test_a_test_that_ended_at_another_clause_tells_nothing_of_this_one() -> None:
    found = results(event(MUST, "fail", clauses=[MUST, OTHER_MUST]))
    assert clause(found, MUST).state == "fail"
    assert clause(found, OTHER_MUST).state == "not-run"
    assert clause(found, OTHER_MUST).needs == (MUST,)


def test_a_breach_counts_for_the_clause_that_it_blames() -> None:
    found = results(event(MUST, "fail", clauses=[]))
    assert clause(found, MUST).state == "fail"


def test_the_shortest_script_comes_first() -> None:
    long, none, short = (event(MUST, "fail", script=text) for text in ("long script", "", "short"))
    scripts = [each.script for each in clause(results(long, none, short), MUST).failures]
    assert scripts == ["short", "long script", ""]


def test_examples_and_seconds_are_summed() -> None:
    found = clause(results(event(MUST), event(MUST, "fail")), MUST)
    assert (found.tests, found.examples, found.seconds) == (2, 6, 1.0)


def test_the_variations_chosen_are_told_whichever_test_saw_them() -> None:
    found = results(event(MUST), event(OTHER_MUST, variations=[[MUST, "another way"]]))
    assert clause(found, MUST).variations == ("another way",)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event(MUST)], "pass"),
        ([event(MUST), event(SHOULD, "fail")], "pass"),
        ([event(MUST), event(OTHER_MUST, "fail")], "fail"),
        ([event(MUST), event(OTHER_MUST, "known-fail")], "known-fail"),
        ([event(MUST, "fail"), event(OTHER_MUST, "known-fail")], "fail"),
        ([event(MUST), event(OTHER_MUST, "not-run")], "incomplete"),
        ([event(MUST), event(OTHER_MUST, "not-run", needs=MUST)], "incomplete"),
        ([event(MUST, "known-fail"), event(OTHER_MUST, "not-run", needs=MUST)], "known-fail"),
        ([event(MUST), event(OTHER_MUST, "error")], "incomplete"),
        ([event(MUST), event(OTHER_MUST, "inconclusive")], "incomplete"),
        ([event(MUST), event(OTHER_MUST, "unsupported")], "incomplete"),
        ([event(SHOULD)], "incomplete"),
    ],
)
def test_the_verdict_is_of_the_must_clauses(events: list[Any], expected: str) -> None:
    assert verdict(*events) == expected


@pytest.mark.parametrize("state", ["fail", "not-run", "error", "inconclusive"])
def test_what_differs_in_lock_step_is_no_sound_run(state: str) -> None:
    assert results(event(MUST), event(MUST, target=LOCK_STEP)).sound
    assert not results(event(MUST), event(MUST, state, target=LOCK_STEP)).sound


def test_what_the_budget_left_out_makes_a_clause_inconclusive() -> None:
    left = event(MUST, "not-run", reason=SPENT, needs=TIME, examples=0)
    found = clause(results(event(MUST), left), MUST)
    assert (found.state, found.tests, found.examples) == ("inconclusive", 1, 3)
    assert clause(results(left, left), MUST).state == "not-run"
    assert clause(results(event(MUST, "fail"), left), MUST).state == "fail"


def test_any_operations_in_any_order_are_told_apart() -> None:
    found = results(event(MUST), event(MUST, "fail", clauses=[], examples=40))
    machine = found.stores[0].machine
    assert machine is not None
    assert (machine.state, machine.examples) == ("fail", 40)


def everything() -> Results:
    events = [event(slug, state) for slug, state in zip(("TAG-SET", *SLUGS), STATES, strict=False)]
    return results(*events, event(MUST, "fail", target=LOCK_STEP, clauses=[]))


SLUGS = ("TAG-DELETE", "TAG-LONG", "TAG-TYPES", "PARAM-LOG", "PARAM-SAME", "PARAM-LONG")


def test_what_is_written_follows_the_schema_and_is_read_back_equal(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    written = everything()
    results_file.write(written, file)
    schema = resources.files("storeproof.conformance").joinpath("results.schema.json").read_text()
    jsonschema.validate(json.loads(file.read_text()), json.loads(schema))
    assert results_file.read(file) == written


def test_texts_that_are_no_unicode_survive_the_file(tmp_path: Path) -> None:
    written = results(event(MUST, "fail", trace=[{"key": "\ud800\x00"}]))
    results_file.write(written, tmp_path / "r.json")
    assert results_file.read(tmp_path / "r.json") == written


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"schema_version": 1}', '{"schema_version": 2, "stores": 5}'],
)
def test_a_file_that_holds_no_results_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(text)
    with pytest.raises(UnreadableResults):
        results_file.read(file)
    with pytest.raises(UnreadableResults):
        results_file.read(tmp_path / "absent.json")
