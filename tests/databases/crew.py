"""Processes that do one thing together: run as a script, this file is one of them.

A line of input is a job in JSON, {"do": NAME, ...}; its line of answer is {"answer": ...}, or
{"error": a traceback}, which fails the test.
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from storeproof.stores import Metric, Param, StoreError, Tag, open_store

BATCHES = 8
KEYS = 20

Job = dict[str, Any]


def keys(batch: int) -> list[str]:
    """The keys of a batch, which no other batch has."""
    return [f"b{batch}/k{key}" for key in range(KEYS)]


def open_and_write(uri: str) -> None:
    """Open the store, which may be an empty database, and write to it."""
    with open_store(uri) as store:
        store.log_param(store.create_run("0").info.run_id, Param("p", "v"))


def write(uri: str, common: str, own: str, number: int, of: int) -> list[str]:
    """Write what the other writers write, in another order, to a common run and to one's own; the refusals."""
    value = str(number)
    refusals: list[str] = []
    with open_store(uri) as store:
        for batch in range(BATCHES):
            mine = keys(batch)[:: -1 if number % 2 else 1]
            points = [Metric(key, number, step, step) for step in range(of) for key in mine]
            points += [Metric(key, 100 + number, of + number, of + number) for key in mine]
            for run_id in (common, own):
                store.log_batch(run_id, points, (), [Tag(key, value) for key in mine])
                store.log_batch(run_id, (), [Param(f"same/{key}", "v") for key in mine])
                try:
                    store.log_batch(run_id, (), [Param(key, value) for key in mine])
                except StoreError as error:
                    refusals.append(error.code)
    return refusals


def register(uri: str, name: str, count: int) -> list[int]:
    """Create so many versions of a model, and delete every third of them; the numbers they got."""
    numbers = []
    with open_store(uri) as store:
        for turn in range(count):
            made = store.create_model_version(name, "s3://bucket/model", tags=[Tag("k", "v")])
            numbers.append(made.version)
            if turn % 3 == 0:
                store.delete_model_version(name, made.version)
    return numbers


def create_model(uri: str, name: str) -> str:
    """Create a model; "created", or the code of the refusal."""
    with open_store(uri) as store:
        try:
            store.create_registered_model(name)
        except StoreError as error:
            return error.code
    return "created"


JOBS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (open_and_write, write, register, create_model)
}


class Crew:
    """Processes that wait for jobs."""

    def __init__(self, size: int) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(size)
        ]

    def together(self, jobs: Sequence[Job]) -> list[Any]:
        """Give each job to a process of its own, all at once; the answers in order."""
        for job, process in zip(jobs, self.processes, strict=False):
            assert process.stdin is not None
            print(json.dumps(job), file=process.stdin, flush=True)
        return [_answer(process) for process, _ in zip(self.processes, jobs, strict=False)]


def _answer(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "The process ended; its last words are above."
    reply = json.loads(line)
    assert "error" not in reply, reply["error"]
    return reply["answer"]


@contextmanager
def crew_of(size: int) -> Iterator[Crew]:
    """A crew that goes home at the end."""
    crew = Crew(size)
    try:
        yield crew
    finally:
        for process in crew.processes:
            process.communicate()  # the end of its input is the end of its work


def main() -> None:
    """Do jobs until the input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        try:
            reply = {"answer": JOBS[job.pop("do")](**job)}
        except Exception:  # noqa: BLE001 - whatever it is, the test that asked must show it
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
