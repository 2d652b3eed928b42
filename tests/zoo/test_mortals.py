"""The suite catches every store that loses or tears something when its process is killed (DUR-ACK, FILE-CRASH, BATCH-ATOMIC)."""

from __future__ import annotations

import pytest
from mortals import MORTALS

from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event

KILLS = "test_kills.py"


def events(name: str, *slugs: str, profile: str = "quick") -> list[Event]:
    """What the tests that kill say of a store."""
    found = run(Options(stores=[f"mortals:{name}"], clauses=slugs, profile=profile, seed=1))
    found = [event for event in found if event["test"].startswith(KILLS)]
    assert [event["reason"] for event in found if event["state"] == "error"] == []
    return found


@pytest.mark.parametrize("name", MORTALS)
def test_a_store_that_does_not_outlive_a_kill_is_caught(name: str) -> None:
    slug = MORTALS[name]
    failures = [event for event in events(name, slug) if event["state"] == "fail"]
    assert {event["clause"] for event in failures} == {slug}


def test_a_store_that_outlives_kills_breaks_nothing() -> None:
    found = events("Mortal", *set(MORTALS.values()), profile="ci")
    assert {event["state"] for event in found} == {"pass"}


def test_a_store_that_nobody_else_can_open_is_not_killed() -> None:
    (found,) = events("WithoutHooks", "DUR-ACK")
    assert found["state"] == "not-run"


def test_a_server_that_nobody_restarts_is_not_killed() -> None:
    found = events("WithoutRestart", "DUR-ACK", profile="ci")
    assert sorted(event["state"] for event in found) == ["not-run", "pass"]
