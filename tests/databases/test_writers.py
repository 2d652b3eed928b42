"""Processes that write the same new keys to one run at once, in opposite orders (CONC-PARAM, CONC-TAG, CONC-METRIC, CONC-ERRORS)."""

from __future__ import annotations

import subprocess
import sys

import pytest
import writing

from storeproof.fixtures.ladder import Database
from storeproof.stores import Metric, open_store

pytestmark = pytest.mark.database

WRITERS = 2


def test_two_writers_of_the_same_new_keys_lose_nothing(database: Database) -> None:
    with open_store(database.url) as store:
        run_id = store.create_run("0").info.run_id
        refusals = write_together(database.url, [run_id] * WRITERS)
        run = store.get_run(run_id)
        histories = {
            key: store.get_metric_history(run_id, key).items
            for batch in range(writing.BATCHES)
            for key in writing.keys(batch, backwards=False)
        }
    numbers = range(WRITERS)
    for key, history in histories.items():
        common = {Metric(key, number, step, step) for number in numbers for step in numbers}
        own = {Metric(key, 100 + number, WRITERS + number, WRITERS + number) for number in numbers}
        assert set(history) == common | own
        assert len(history) == len(common | own)
        latest = 2 * WRITERS - 1
        assert run.metrics[key] == Metric(key, 100 + WRITERS - 1, latest, latest)
        assert run.tags[key] in {str(number) for number in numbers}
        assert run.params[f"same/{key}"] == "v"
    # Of each batch of params, one writer's values stay, all of them, and the other is told.
    for batch in range(writing.BATCHES):
        assert len({run.params[key] for key in writing.keys(batch, backwards=False)}) == 1
    assert refusals == f"INVALID_PARAMETER_VALUE {writing.BATCHES * (WRITERS - 1)}"


def test_writers_of_runs_of_their_own_do_not_meet(database: Database) -> None:
    with open_store(database.url) as store:
        runs = [store.create_run("0").info.run_id for _ in range(WRITERS)]
        assert write_together(database.url, runs) == ""
        for number, run_id in enumerate(runs):
            run = store.get_run(run_id)
            assert {run.params[key] for key in writing.keys(0, backwards=False)} == {str(number)}


def write_together(uri: str, runs: list[str]) -> str:
    """Let one writer for each of these runs write; what they were refused, added up."""
    writers = [
        subprocess.Popen(
            [sys.executable, writing.__file__, uri, run_id, str(number), str(len(runs))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, run_id in enumerate(runs)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    counts: dict[str, int] = {}
    for writer in writers:
        said, failed = writer.communicate()
        assert writer.returncode == 0, failed
        for line in said.splitlines():
            code, count = line.split()
            counts[code] = counts.get(code, 0) + int(count)
    return " ".join(f"{code} {count}" for code, count in counts.items())
