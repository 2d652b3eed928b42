"""The ledger of known failures: what it covers, and when an entry may not stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from told_results import event, results

from storeproof.conformance import catalogue, ledger_file
from storeproof.conformance.ledger import Entry, Ledger, LedgerError, proposed
from storeproof.conformance.results import Results

SLUG = "TAG-SET"
TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=1)


def entry(**changes: Any) -> Entry:
    fields: dict[str, Any] = {"clause": SLUG, "reason": "it is known", "expires": LATER}
    return Entry(Path("ledger.toml"), **(fields | changes))


def problems(found: Results, *entries: Entry, wanted: Any = None) -> list[str]:
    judged = Ledger(entries).problems(found, catalogue.load(), wanted)
    return [each.problem for each in judged]


def test_a_failure_that_the_ledger_knows_is_known() -> None:
    told = Ledger((entry(link="https://bugs/1"),)).applied(event(SLUG, "fail"))
    assert told["state"] == "known-fail"
    assert told["known"] == {
        "reason": "it is known",
        "link": "https://bugs/1",
        "expires": str(LATER),
    }


@pytest.mark.parametrize(
    "other",
    [
        entry(clause="TAG-DELETE"),
        entry(store="sqlite"),
        entry(reason=" "),
        entry(expires=None),
        entry(expires=TODAY - timedelta(days=1)),
        entry(until="storeproof 0.0.1"),
        entry(since="storeproof 999"),
    ],
)
def test_an_entry_about_something_else_or_out_of_force_covers_nothing(other: Entry) -> None:
    assert Ledger((other,)).applied(event(SLUG, "fail"))["state"] == "fail"


@pytest.mark.parametrize(
    "same",
    [
        entry(store="fi*"),
        entry(expires=TODAY),
        entry(since="storeproof 0.0.1", until="storeproof 999"),
    ],
)
def test_an_entry_covers_what_it_is_about(same: Entry) -> None:
    assert Ledger((same,)).applied(event(SLUG, "fail"))["state"] == "known-fail"


def test_in_lock_step_the_store_that_is_blamed_counts() -> None:
    failed = event(SLUG, "fail", target="lock-step", store="sqlite")
    assert Ledger((entry(store="sqlite"),)).applied(failed)["state"] == "known-fail"
    assert Ledger((entry(store="file"),)).applied(failed)["state"] == "fail"


def test_an_entry_that_holds_is_no_problem() -> None:
    assert problems(results(event(SLUG, "known-fail")), entry()) == []


@pytest.mark.parametrize("state", ["not-run", "error", "inconclusive"])
def test_what_cannot_be_told_is_no_problem(state: str) -> None:
    assert problems(results(event(SLUG, state)), entry()) == []


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (entry(), "stale"),
        (entry(expires=TODAY - timedelta(days=1)), "expired"),
        (entry(reason=""), "incomplete"),
        (entry(expires=None), "incomplete"),
        (entry(store="sqlite"), "unmatched"),
        (entry(clause="NO-SUCH-CLAUSE"), "unmatched"),
        (entry(clause="REG-MODEL"), "unmatched"),
    ],
)
def test_an_entry_that_cannot_stay_is_a_problem(other: Entry, problem: str) -> None:
    found = results(event(SLUG))
    assert problems(found, other) == [problem]


def test_an_entry_is_stale_only_if_every_store_that_it_is_about_passes() -> None:
    one = results(event(SLUG, target="one"), event(SLUG, "known-fail", target="two"))
    assert problems(one, entry()) == []
    assert problems(one, entry(store="one")) == ["stale"]


def test_an_entry_of_another_version_is_left_alone() -> None:
    assert problems(results(event(SLUG)), entry(until="storeproof 0.0.1")) == []


def test_what_was_not_asked_for_is_left_alone() -> None:
    assert problems(results(event(SLUG)), entry(), wanted={"TAG-DELETE"}) == []


def test_a_run_with_a_problem_is_not_sound() -> None:
    from dataclasses import replace

    found = results(event(SLUG), wanted={SLUG})
    assert found.sound
    judged = Ledger((entry(),)).problems(found, catalogue.load())
    assert not replace(found, ledger=judged).sound


@pytest.mark.parametrize(
    "text",
    [
        "no toml =",
        "[other]",
        "known = 5",
        '[[known]]\nreason = "no clause"',
        '[[known]]\nclause = "TAG-SET"\nreson = "a slip"',
        '[[known]]\nclause = "TAG-SET"\nexpires = "2030-01-01"',
        '[[known]]\nclause = "TAG-SET"\nsince = "one"',
        '[[known]]\nclause = "TAG-SET"\nuntil = "no-such-package 1.0"',
    ],
)
def test_what_is_no_ledger_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    file.write_text(text)
    with pytest.raises(LedgerError) as caught:
        ledger_file.load([file])
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_example_that_is_missing_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    lost = Entry(file, SLUG, reason="known", expires=LATER, example="lost.json")
    with pytest.raises(LedgerError):
        Ledger((lost,)).examples()


def test_entries_are_written_for_a_person_to_complete(tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    found = results(event(SLUG, "fail"), event("TAG-DELETE"))
    ledger_file.add(file, proposed(found, Ledger(), file, LATER))
    loaded = ledger_file.load([file])
    (made,) = loaded.entries
    assert (made.clause, made.store, made.reason, made.expires) == (SLUG, "file", "", LATER)
    assert problems(found, made) == ["incomplete"]
    file.write_text(file.read_text().replace('reason = ""', 'reason = "looked at"'))
    ((_, failure),) = ledger_file.load([file]).examples()
    assert failure == found.stores[0].clauses[_at(found)].failures[0]


def _at(found: Results) -> int:
    return [each.slug for each in found.stores[0].clauses].index(SLUG)


def test_entries_are_added_once_and_what_people_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    file.write_text("# our notes\n")
    found = results(event(SLUG, "fail"))
    ledger_file.add(file, proposed(found, Ledger(), file, LATER))
    assert file.read_text().startswith("# our notes\n")
    assert proposed(found, ledger_file.load([file]), file, LATER) == []


def test_a_store_with_a_password_is_named_by_a_pattern(tmp_path: Path) -> None:
    spec = "mysql://root:${STOREPROOF_PASSWORD}@host/db"
    found = results(event(SLUG, "fail", target=spec))
    ((made, _),) = proposed(found, Ledger(), tmp_path / "l.toml", LATER)
    assert "PASSWORD" not in made.store
    assert made.is_about(spec)


def test_an_expiry_date_is_a_date(tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    file.write_text('[[known]]\nclause = "TAG-SET"\nexpires = 2030-01-31\n')
    assert ledger_file.load([file]).entries[0].expires == date(2030, 1, 31)
