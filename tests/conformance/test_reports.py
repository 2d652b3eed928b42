"""JUnit, Markdown and badge: each made of results alone."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from told_results import event, results

from storeproof.conformance.report.badge import GREEN, GREY, RED, badge
from storeproof.conformance.report.junit import junit
from storeproof.conformance.report.markdown import markdown
from storeproof.conformance.results import LedgerProblem, Results

MUST, OTHER_MUST, SHOULD = "TAG-SET", "TAG-DELETE", "METRIC-DUP"


def only(*events: dict[str, object]) -> Results:
    """The results of these events and of no other clause."""
    return results(*events, wanted={str(each["clauses"][0]) for each in events})  # type: ignore[index]


# JUnit


def case(found: Results, slug: str) -> ET.Element:
    (element,) = (
        each
        for each in ET.fromstring(junit(found)).iter("testcase")
        if each.get("name", "").startswith(f"{slug} ")
    )
    return element


def test_a_case_has_the_slug_and_the_level() -> None:
    element = case(only(event(MUST, variations=[[MUST, "another way"]])), MUST)
    told = {each.get("name"): each.get("value") for each in element.iter("property")}
    assert told == {
        "slug": MUST,
        "level": "MUST",
        "state": "pass",
        "examples": "3",
        "variation": "another way",
    }
    assert element.get("classname") == "storeproof.tags"


@pytest.mark.parametrize(
    ("slug", "state", "tag"),
    [
        (MUST, "fail", "failure"),
        (SHOULD, "fail", "failure"),
        (MUST, "error", "error"),
        (MUST, "not-run", "error"),
        (MUST, "inconclusive", "error"),
        (SHOULD, "not-run", "skipped"),
        (MUST, "known-fail", "skipped"),
    ],
)
def test_what_is_no_pass_is_told_by_its_tag(slug: str, state: str, tag: str) -> None:
    element = case(only(event(slug, state)), slug)
    found = [each for each in ("failure", "error", "skipped") if element.find(each) is not None]
    assert found == [tag]


def test_a_failure_has_the_script_and_how_to_do_it_again() -> None:
    failure = case(only(event(MUST, "fail")), MUST).find("failure")
    assert failure is not None
    assert 'print("shown")' in (failure.text or "")
    assert f"storeproof replay {MUST}-0123abcd" in (failure.text or "")


def test_suites_count_their_cases() -> None:
    found = only(event(MUST), event(OTHER_MUST, "fail"), event(SHOULD, "not-run"))
    suite = ET.fromstring(junit(found)).find("testsuite")
    assert suite is not None
    counted = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}


def test_stores_that_differ_and_a_ledger_that_is_wrong_are_failures() -> None:
    found = only(event(MUST), event(MUST, "fail", target="lock-step"))
    wrong = replace(found, ledger=(LedgerProblem("l.toml", MUST, "stale", "Remove it."),))
    assert len(list(ET.fromstring(junit(wrong)).iter("failure"))) == 2


def test_characters_that_xml_has_not_are_escaped() -> None:
    found = only(event(MUST, "fail", seen="\x00 \x1b[1m <&> \ufffe"))
    assert ET.fromstring(junit(found)) is not None


# Markdown


def test_the_table_has_a_row_for_each_clause_and_a_column_for_each_store() -> None:
    text = markdown(
        only(event(MUST, target="one"), event(MUST, "fail", target="two"), event(SHOULD))
    )
    assert f"| {MUST} | MUST | ✓ passed | ✗ failed |" in text
    assert "**TAG-SET** on two: expected 'a'; seen 'b'" in text


def test_brief_markdown_is_tables_alone() -> None:
    found = only(event(MUST, "fail", seen="what was seen"))
    assert "what was seen" in markdown(found)
    brief = markdown(found, brief=True)
    assert "what was seen" not in brief
    assert f"| {MUST} |" in brief


def test_nothing_in_it_is_markup_by_accident() -> None:
    text = markdown(only(event(MUST, "fail", seen="a|b\n<script>`x`")))
    (line,) = (each for each in text.splitlines() if "seen" in each)
    assert "a\\|b \\<script\\>\\`x\\`" in line


# The badge


@pytest.mark.parametrize(
    ("events", "colour"),
    [
        ([event(MUST)], GREEN),
        ([event(MUST), event(SHOULD, "fail")], GREEN),
        ([event(MUST), event(OTHER_MUST, "fail")], RED),
        ([event(MUST), event(OTHER_MUST, "known-fail")], RED),
        ([event(MUST), event(OTHER_MUST, "error")], GREY),
        ([event(MUST), event(OTHER_MUST, "not-run")], GREY),
        ([event(MUST), event(OTHER_MUST, "inconclusive")], GREY),
        ([event(MUST), event(OTHER_MUST, "unsupported")], GREY),
        ([event(SHOULD)], GREY),
        ([event(MUST), event(MUST, "fail", target="lock-step")], RED),
        ([event(MUST), event(MUST, "not-run", target="lock-step")], GREY),
    ],
)
def test_a_badge_is_green_only_if_every_must_clause_passed(
    events: list[dict[str, object]], colour: str
) -> None:
    drawn = badge(only(*events))
    assert f'fill="{colour}"' in drawn
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_a_badge_of_one_store_is_about_that_one() -> None:
    found = only(event(MUST, target="good"), event(MUST, "fail", target="bad"))
    assert GREEN in badge(found, "good")
    assert RED in badge(found, "bad")
    assert RED in badge(found)
