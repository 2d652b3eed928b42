"""`storeproof bench`: how fast the stores are, beside the floor and beside MLflow, measured in turn.

Each side works in a process of its own (bench_worker.py) on a store of its own, and one
operation after the other is asked of all sides in turn, A B C A B C, so that whatever else the
machine does meets them alike. Figures are ms per call; the machine's are only good beside each
other.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from storeproof.conformance import bench_http, bench_worker, bench_writers
from storeproof.fixtures.ladder import Options, ServerUnavailable, provide

HTTP = "http"
DATABASES = ("postgresql", "mysql", "mariadb")
KINDS = ("file", "sqlite", HTTP, *DATABASES)
OPERATIONS = (*bench_worker.OPERATIONS, *bench_http.OPERATIONS, *bench_writers.OPERATIONS)
_NOT_ASKED = {
    "floor": frozenset({bench_worker.IMPORT, bench_worker.GC}),
    # How the time grows is asked of ours alone: MLflow would need minutes.
    "mlflow": bench_worker.GROWTH,
}

OURS = "storeproof"
THEIRS = "mlflow"
FLOOR = "floor"


class BenchError(Exception):
    """The benchmark could not be run; the message says what to do."""


@dataclass(frozen=True)
class Timing:
    """One operation on one kind of store by one side; ms per call, a sample for each repetition."""

    store: str
    operation: str
    side: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure to compare."""
        return median(self.samples)


@dataclass(frozen=True)
class Written:
    """One operation by so many writers at once: the median of the calls in a second, and ms of the longest call."""

    store: str
    operation: str
    writers: int
    calls_per_second: float
    longest_ms: float


@dataclass(frozen=True)
class BenchResults:
    """Everything measured, and on what."""

    machine: dict[str, str | int | None]
    sides: dict[str, dict[str, dict[str, str]]]
    """By kind of store and side: the versions of what did the work."""
    timings: tuple[Timing, ...]
    writers: tuple[Written, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The results for a machine to read; times in ms per call."""
        return {
            "version": 1,
            "machine": self.machine,
            "sides": self.sides,
            "timings": [
                {
                    "store": each.store,
                    "operation": each.operation,
                    "side": each.side,
                    "median_ms": each.median,
                    "samples_ms": list(each.samples),
                }
                for each in self.timings
            ],
            "writers": [asdict(each) for each in self.writers],
        }


def run_bench(
    stores: Sequence[str],
    mlflow_python: str | None,
    repeat: int,
    out: Console,
    operations: Sequence[str] = OPERATIONS,
) -> BenchResults:
    """Measure these kinds of store (KINDS), print a table for each, and return it all.

    Databases on servers are asked how they bear many writers, and sqlite is asked that too.

    `mlflow_python` is an interpreter that has MLflow, or None to do without the comparison;
    `repeat` is the number of samples of each operation. Raises BenchError for an unknown kind
    or operation, and when a side fails.
    """
    for asked, known in ((stores, KINDS), (operations, OPERATIONS)):
        for each in asked:
            if each not in known:
                raise BenchError(f"bench does not know {each!r}; it knows: {'; '.join(known)}.")
    if repeat < 1:
        raise BenchError(f"bench needs at least one repetition, not {repeat}.")
    machine = _machine()
    out.print(
        f"{machine['cpus']} CPUs ({machine['processor']}), {machine['system']}; "
        f"median of {repeat} (least..most), ms per call. floor: the least such a store must do; "
        f"ratio: {THEIRS} over {OURS}"
    )
    sides: dict[str, dict[str, dict[str, str]]] = {}
    timings: list[Timing] = []
    writers: list[Written] = []
    for kind in stores:
        if kind not in DATABASES:
            measure = _measure_servers if kind == HTTP else _measure
            sides[kind], measured = measure(kind, mlflow_python, repeat, operations, out)
            timings += measured
            out.print(_table(kind, measured))
            for name, versions in sides[kind].items():
                out.print(
                    f"{name}: " + ", ".join(f"{key} {each}" for key, each in versions.items())
                )
        if kind == "sqlite" or kind in DATABASES:
            writers += _measure_writers(kind, repeat, operations, out)
    return BenchResults(machine, sides, tuple(timings), tuple(writers))


def _machine() -> dict[str, str | int | None]:
    return {
        "cpus": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
    }


def _measure(
    kind: str, mlflow_python: str | None, repeat: int, operations: Sequence[str], out: Console
) -> tuple[dict[str, dict[str, str]], list[Timing]]:
    interpreters = {OURS: sys.executable, FLOOR: sys.executable}
    if mlflow_python is not None:
        interpreters[THEIRS] = mlflow_python
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storeproof-bench-")))
        workers = {
            side: stack.enter_context(_worker(python, side, kind, scratch))
            for side, python in interpreters.items()
        }
        timings = []
        for operation in filter(bench_worker.OPERATIONS.__contains__, operations):
            if kind == "file" and operation in bench_worker.DATABASE_ONLY:
                continue
            asked = [side for side in workers if operation not in _NOT_ASKED.get(side, ())]
            samples: dict[str, list[float]] = {side: [] for side in asked}
            with out.status(f"{kind}: {operation}"):
                for _ in range(repeat):
                    for side in asked:
                        samples[side].append(workers[side].ask(operation))
            timings += [
                Timing(kind, operation, side, tuple(each)) for side, each in samples.items()
            ]
        return {side: worker.versions for side, worker in workers.items()}, timings


def _measure_servers(
    kind: str, mlflow_python: str | None, repeat: int, operations: Sequence[str], out: Console
) -> tuple[dict[str, dict[str, str]], list[Timing]]:
    timings = []
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storeproof-bench-")))
        try:
            servers = {OURS: stack.enter_context(bench_http.ours(scratch))}
            if mlflow_python is not None:
                servers[THEIRS] = stack.enter_context(bench_http.theirs(mlflow_python, scratch))
            loads = {side: bench_http.Load(server.url) for side, server in servers.items()}
            for name, operation in bench_http.OPERATIONS.items():
                if name not in operations:
                    continue
                samples: dict[str, list[float]] = {side: [] for side in loads}
                with out.status(f"{kind}: {name}"):
                    for _ in range(repeat):
                        for side, load in loads.items():
                            samples[side].append(operation(load))
                timings += [Timing(kind, name, side, tuple(each)) for side, each in samples.items()]
        except bench_http.ServerError as error:
            raise BenchError(str(error)) from None
        sides = {
            side: {"memory of its processes": bench_http.memory(server.pid)}
            for side, server in servers.items()
        }
    return sides, timings


def _measure_writers(
    kind: str, repeat: int, operations: Sequence[str], out: Console
) -> list[Written]:
    """Print the table too, with the load of the machine, which the figures hang on."""
    asked = [each for each in bench_writers.OPERATIONS if each in operations]
    if not asked:
        return []
    with (
        ExitStack() as stack,
        out.status(f"{kind}: {', '.join(map(str, bench_writers.WRITERS))} writers"),
    ):
        try:
            samples = bench_writers.measure(_database(kind, stack), repeat, asked)
        except (bench_writers.WritersError, ServerUnavailable, ValueError) as error:
            raise BenchError(str(error)) from None
    found = []
    for name in asked:
        for count in bench_writers.WRITERS:
            these = [each for each in samples if (each.operation, each.writers) == (name, count)]
            speed = median(each.per_second for each in these)
            found.append(Written(kind, name, count, speed, max(each.longest for each in these)))
    out.print(_writers_table(kind, found))
    out.print(f"load of the machine: {', '.join(f'{each:.1f}' for each in os.getloadavg())}")
    return found


def _database(kind: str, stack: ExitStack) -> str:
    """The address of an empty database that keeps what it acknowledged."""
    if kind == "sqlite":
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="storeproof-bench-"))
        return f"sqlite:///{scratch}/store.db"
    options = replace(Options.from_environment(kind), durable=True)
    server = stack.enter_context(provide(kind, options))
    return stack.enter_context(server.database()).url


def _writers_table(kind: str, found: Sequence[Written]) -> Table:
    table = Table(
        title=f"{kind}, calls in a second by so many processes; the longest call in ms",
        title_justify="left",
        box=box.SIMPLE,
        pad_edge=False,
    )
    table.add_column("operation", no_wrap=True)
    headings = (*map(str, bench_writers.WRITERS), f"{bench_writers.MOST}:best", "longest")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for name in dict.fromkeys(each.operation for each in found):
        these = [each for each in found if each.operation == name]
        speeds = [each.calls_per_second for each in these]
        cells = [*map(_short, speeds), f"{speeds[-1] / max(speeds):.2f}"]
        table.add_row(name, *cells, _short(max(each.longest_ms for each in these)))
    return table


class _Worker:
    def __init__(self, side: str, process: subprocess.Popen[str], log: Path) -> None:
        self.side = side
        self.process = process
        self.log = log
        self.versions: dict[str, str] = self._answer()

    def ask(self, operation: str) -> float:
        """The ms that one call took."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, and its log says why
            print(json.dumps({"operation": operation}), file=self.process.stdin, flush=True)
        return float(self._answer()["ms"])

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = self.log.read_text(errors="replace").strip().splitlines()
            raise BenchError(
                f"The {self.side} side of the benchmark failed: {said[-1] if said else 'no word'}"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def _worker(python: str, side: str, kind: str, scratch: Path) -> Iterator[_Worker]:
    folder = scratch / side
    folder.mkdir()
    # A copy, because Python puts a script's own folder on the path of what it imports.
    script = shutil.copy(bench_worker.__file__, folder / "bench_worker.py")
    log = folder / "log"
    with log.open("w") as errors:
        try:
            process = subprocess.Popen(
                [python, script, side, kind, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                text=True,
            )
        except OSError as error:
            raise BenchError(f"{python!r} cannot be run: {error.strerror}.") from None
    with process:
        try:
            yield _Worker(side, process, log)
        finally:
            process.kill()


def _table(kind: str, timings: Sequence[Timing]) -> Table:
    found = {(each.operation, each.side): each for each in timings}
    compared = any(each.side == THEIRS for each in timings)
    table = Table(title=f"{kind} store", title_justify="left", box=box.SIMPLE, pad_edge=False)
    table.add_column("operation", no_wrap=True)
    for heading in (OURS, FLOOR, "x floor", *((THEIRS, "ratio") if compared else ())):
        table.add_column(heading, justify="right")
    for operation in dict.fromkeys(each.operation for each in timings):
        ours, least = found[operation, OURS], found.get((operation, FLOOR))
        cells = [_figure(ours)]
        cells += ["-", "-"] if least is None else [_short(least.median), _ratio(ours, least)]
        if compared:
            theirs = found.get((operation, THEIRS))
            cells += ["-", "-"] if theirs is None else [_figure(theirs), _ratio(theirs, ours)]
        table.add_row(operation, *cells)
    return table


def _figure(timing: Timing) -> str:
    least, most = min(timing.samples), max(timing.samples)
    return f"{_short(timing.median)} ({_short(least)}..{_short(most)})"


def _ratio(one: Timing, other: Timing) -> str:
    return f"{one.median / other.median:.1f}"


def _short(number: float) -> str:
    return f"{number:.3f}" if number < 1 else f"{number:.2f}" if number < 10 else f"{number:.0f}"
