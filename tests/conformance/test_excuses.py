"""What turns a failure into "not run": a method that fails everywhere, a clause that is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from storeproof.conformance.excuses import LEFT_OUT, Excuses
from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.runner import Options, run
from storeproof.conformance.target import target


def test_what_needs_a_method_that_always_fails_is_not_run() -> None:
    events = run(Options(["odd_stores:cannot_read_runs"], clauses=["TAG-*", "RUN-CREATE"], seed=1))
    states = Counter((event["state"], event.get("needs")) for event in events)
    assert states["not-run", "RUN-CREATE"] > 10
    failed = [event for event in events if event["state"] == "fail"]
    assert {event["clause"] for event in failed} == {"RUN-CREATE"}


def test_a_method_that_fails_only_at_times_excuses_nothing() -> None:
    events = run(Options(["odd_stores:cannot_read_deleted_runs"], clauses=["RUN-DELETE"], seed=1))
    assert Counter(event["state"] for event in events)["fail"] > 0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The author leaves one clause out."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.storeproof.leave-out]\nTAG-SET = 'tags are written once'\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("settings")
def test_a_clause_that_is_left_out_is_not_run_for_the_reason_given() -> None:
    events = run(Options(["sqlite"], clauses=["TAG-SET", "TAG-DELETE"], seed=1))
    by_clause = {clause: event for event in events for clause in event["clauses"]}
    assert by_clause["TAG-SET"]["state"] == "not-run"
    assert "tags are written once" in by_clause["TAG-SET"]["reason"]
    assert by_clause["TAG-DELETE"]["state"] == "pass"


def test_a_breach_of_a_clause_that_is_left_out_by_another_test_is_excused() -> None:
    found = target("sqlite")
    probe = Probe(found.place())
    breach = Breach("this", "that", "TAG-SET")
    excuses = Excuses({"TAG-SET": "why"}, 10)
    settled = excuses.settled(breach, ["TAG-DELETE"], found, [probe])
    assert isinstance(settled, Needs)
    assert settled.what == LEFT_OUT
    found.close()
