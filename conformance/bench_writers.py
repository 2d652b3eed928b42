"""The part of `storeproof bench` about many writers: so many processes that log to one database at once.

Run as a module it reads a job as JSON from its input. It is one process that has imported
everything and forks the writers. A fixed number of calls is shared by 1, 2, 4, 8 and 16 of them in
turn, each to a run of its own or all to one run. Nothing may be lost, which is looked at once a
figure is taken.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storeproof.conformance import jobs
from storeproof.stores import Metric, open_store
from storeproof.stores.contract import TrackingStore

WRITERS = (1, 2, 4, 8, 16)
MOST = max(WRITERS)
BATCH = 100

_START = 1_700_000_000_000
_PATIENCE = 1800.0


@dataclass(frozen=True)
class Way:
    """How the writers log: so many calls in all, of so many points, to one run or each to its own."""

    calls: int
    points: int
    shared: bool


OPERATIONS: Mapping[str, Way] = {
    "log_metric, own runs": Way(800, 1, shared=False),
    "log_metric, one run": Way(800, 1, shared=True),
    f"log_batch of {BATCH}, own runs": Way(160, BATCH, shared=False),
    f"log_batch of {BATCH}, one run": Way(160, BATCH, shared=True),
}
"""What writers do, by the names that the report shows."""


@dataclass(frozen=True)
class Sample:
    """One repetition with so many writers: calls in a second, and ms of the call that took longest."""

    operation: str
    writers: int
    per_second: float
    longest: float


class WritersError(Exception):
    """The writers could not be measured, or lost something; the message says what."""


def measure(uri: str, repeat: int, operations: Sequence[str]) -> list[Sample]:
    """Samples of these operations on the database at `uri`, every number of writers in turn."""
    job = {"uri": uri, "repeat": repeat, "operations": list(operations)}
    try:
        samples = jobs.answer(__name__, job, _PATIENCE)
    except jobs.JobFailed as error:
        raise WritersError(f"The writers failed: {str(error).splitlines()[-1]}") from error
    return [Sample(**each) for each in samples]


class _Writer:
    """A process with a store of its own."""

    def __init__(self, forking: Any, uri: str) -> None:
        self.line, end = forking.Pipe()
        self.process = forking.Process(target=_write, args=(uri, end), daemon=True)
        self.process.start()
        end.close()


def _write(uri: str, line: Any) -> None:
    """Log what is asked for until nothing more is; the ms of the longest call each time."""
    with open_store(uri) as store:
        store.get_experiment("0")
        line.send(0.0)
        while (job := line.recv()) is not None:
            run, first, calls, points = job
            longest = 0.0
            for at in range(first, first + calls):
                metrics = [_point(at, number) for number in range(points)]
                began = time.perf_counter()
                store.log_batch(run, metrics)
                longest = max(longest, (time.perf_counter() - began) * 1000)
            line.send(longest)


def _point(at: int, number: int) -> Metric:
    return Metric(f"m{number}", at / 7, _START + at, at)


def _sample(store: TrackingStore, writers: Sequence[_Writer], name: str) -> Sample:
    """Have these writers do it once, and see that nothing is lost."""
    way, count = OPERATIONS[name], len(writers)
    runs = [store.create_run("0").info.run_id for _ in range(1 if way.shared else count)]
    each = way.calls // count
    began = time.perf_counter()
    for at, writer in enumerate(writers):
        writer.line.send((runs[at % len(runs)], at * each, each, way.points))
    longest = max(writer.line.recv() for writer in writers)
    seconds = time.perf_counter() - began
    there = sum(len(store.get_metric_history(run, "m0").items) for run in runs)
    if there != way.calls:
        raise WritersError(f"{way.calls - there} of {way.calls} points were lost.")
    return Sample(name, count, way.calls / seconds, longest)


def main() -> None:
    """Do the job that the input says."""
    job = json.load(sys.stdin)
    open_store(job["uri"]).close()  # the schema is made, and all is imported, before anybody forks
    forking = multiprocessing.get_context("fork")
    writers = [_Writer(forking, job["uri"]) for _ in range(MOST)]
    for writer in writers:
        writer.line.recv()
    with open_store(job["uri"]) as store:
        samples = [
            _sample(store, writers[:count], name)
            for name in job["operations"]
            for _ in range(job["repeat"])
            for count in WRITERS
        ]
    for writer in writers:
        writer.line.send(None)
        writer.process.join()
    print(json.dumps([vars(each) for each in samples]))


if __name__ == "__main__":
    main()
