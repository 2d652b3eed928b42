"""MLflow's own stores through the adapter: what they are known to do right, they are seen to do right."""

from __future__ import annotations

from pathlib import Path

import pytest

from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event, message_of

pytestmark = pytest.mark.interop

RIGHT = ("EXP-DEFAULT", "PARAM-SAME", "TAG-SET", "METRIC-LOG", "RUN-STATUS", "SEARCH-VIEWS")
"""Clauses that both of MLflow's stores keep in all its versions."""


def events(spec: str, *clauses: str) -> list[Event]:
    found = run(Options([spec], clauses=clauses, seed=1))
    assert [each["reason"] for each in found if each["state"] == "error"] == []
    return found


@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_a_throw_away_store_of_mlflows_keeps_what_it_is_known_to_keep(kind: str) -> None:
    found = events(f"mlflow:{kind}", *RIGHT)
    assert [message_of(each) for each in found if each["state"] != "pass"] == []
    assert {slug for each in found for slug in each["clauses"]} >= set(RIGHT)


def test_a_store_at_an_address_is_opened_again_and_again(tmp_path: Path) -> None:
    found = events(f"mlflow:sqlite:///{tmp_path}/test.db", "PARAM-LOG", "TAG-SET")
    assert {each["state"] for each in found if "TAG-SET" in each["clauses"]} == {"pass"}


def test_an_address_that_nobody_answers_is_refused_at_once() -> None:
    """MLflow itself would try for 105 seconds."""
    found = events("mlflow:postgresql://nobody@127.0.0.1:1/none", "TAG-SET")
    assert {each["state"] for each in found} == {"not-run"}
    assert all("127.0.0.1:1" in each["reason"] for each in found)
