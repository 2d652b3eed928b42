"""The suite catches every broken migration and blames the right clause (MIG-*)."""

from __future__ import annotations

import pytest
from migrators import MIGRATORS
from programs import status

from storeproof.conformance import catalogue
from storeproof.conformance.catalogue import Level
from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event


def events(name: str, *slugs: str) -> list[Event]:
    """What the tests of these clauses say of a store."""
    found = run(Options(stores=[f"migrators:{name}"], clauses=slugs, seed=1))
    assert [event["reason"] for event in found if event["state"] == "error"] == []
    return found


@pytest.mark.parametrize("name", MIGRATORS)
def test_a_broken_migration_is_caught(name: str) -> None:
    slug, _ = MIGRATORS[name]
    failed = [event for event in events(f"store_{name}", slug) if event["state"] == "fail"]
    assert failed
    assert status(failed[0]["script"]) == 1


def test_good_migrations_break_nothing() -> None:
    assert {event["state"] for event in events("good", "MIG-*")} == {"pass"}


@pytest.mark.parametrize("name", ["without_hooks", "without_downgrade"])
def test_without_a_hook_the_clause_is_not_run(name: str) -> None:
    (found,) = events(name, "MIG-ONEWAY")
    assert found["state"] == "not-run"


def test_every_must_clause_has_a_migration_that_breaks_it() -> None:
    musts = {each.slug for each in catalogue.load().matching("MIG-*") if each.level is Level.MUST}
    assert musts == {slug for slug, _ in MIGRATORS.values()}
