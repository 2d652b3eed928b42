"""Processes that register at once (REG-VERSION, REG-MODEL)."""

from __future__ import annotations

import pytest
from crew import Crew

from storeproof.fixtures.ladder import Database
from storeproof.stores import open_store

pytestmark = pytest.mark.database

WRITERS = 2
EACH = 12


def test_numbers_of_versions_are_unique_and_without_gaps(database: Database, crew: Crew) -> None:
    with open_store(database.url) as store:
        store.create_registered_model("m")
        job = {"do": "register", "uri": database.url, "name": "m", "count": EACH}
        numbers = [each for answer in crew.together([dict(job)] * WRITERS) for each in answer]
        assert sorted(numbers) == list(range(1, WRITERS * EACH + 1))
        kept = store.search_model_versions(filter_string="name = 'm'").items
        assert len(kept) == WRITERS * EACH * 2 // 3
        assert all(each.tags == {"k": "v"} for each in kept)


def test_one_of_several_creates_the_model(database: Database, crew: Crew) -> None:
    open_store(database.url).close()
    job = {"do": "create_model", "uri": database.url, "name": "m"}
    answers = crew.together([dict(job)] * WRITERS)
    assert sorted(answers) == ["RESOURCE_ALREADY_EXISTS"] * (WRITERS - 1) + ["created"]
