"""Processes that write the same new keys at once, in opposite orders (CONC-PARAM, CONC-TAG, CONC-METRIC, CONC-ERRORS)."""

from __future__ import annotations

import pytest
from crew import BATCHES, Crew, keys

from storeproof.fixtures.ladder import Database
from storeproof.stores import Metric, open_store

pytestmark = pytest.mark.database

WRITERS = 2


def test_writers_of_the_same_new_keys_lose_nothing(database: Database, crew: Crew) -> None:
    numbers = range(WRITERS)
    with open_store(database.url) as store:
        common, *own = (store.create_run("0").info.run_id for _ in range(1 + WRITERS))
        jobs = [
            {"do": "write", "uri": database.url, "common": common, "own": own[number]}
            | {"number": number, "of": WRITERS}
            for number in numbers
        ]
        refusals = [code for answer in crew.together(jobs) for code in answer]
        run = store.get_run(common)
        for key in (key for batch in range(BATCHES) for key in keys(batch)):
            last = [
                Metric(key, 100 + number, WRITERS + number, WRITERS + number) for number in numbers
            ]
            points = {Metric(key, number, step, step) for number in numbers for step in numbers}
            history = store.get_metric_history(common, key).items
            assert sorted(history, key=str) == sorted({*points, *last}, key=str)
            assert run.metrics[key] == last[-1]
            assert run.tags[key] in map(str, numbers)
            assert run.params[f"same/{key}"] == "v"
        for number in numbers:
            params = store.get_run(own[number]).params
            assert {params[key] for batch in range(BATCHES) for key in keys(batch)} == {str(number)}
    # Of each batch of params one writer's values stay, all of them, and the others are told.
    for batch in range(BATCHES):
        assert len({run.params[key] for key in keys(batch)}) == 1
    assert refusals == ["INVALID_PARAMETER_VALUE"] * BATCHES * (WRITERS - 1)
