"""One side of the benchmark, in a process of its own: it does operations on one store and times them.

    python bench_worker.py SIDE KIND FOLDER

SIDE is storeproof, mlflow or floor; KIND is file or sqlite. It says who it is in one line of
JSON, then answers each line {"operation": NAME} with {"ms": MILLISECONDS PER CALL}. MLflow's
interpreter runs this file too, so it imports nothing but the standard library until it knows
its side. Every side does the same operations on the same data, and whatever prepares an
operation is outside its time.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

Point = tuple[str, float, int, int]
Setting = tuple[str, str]

START = 1_700_000_000_000
ROUNDS = 100
"""Calls of a short operation in one sample."""

HISTORY = 10_000
RUNS = 1000
RUN_METRICS = 10
RUN_PARAMS = 5


FILTER = "metrics.m0 > 10 AND params.p0 = '3'"
ORDER = "metrics.m1 DESC"
"""What is asked of many runs; a tenth of them fit."""


class Side(ABC):
    """What is measured: a store, or the least work that could do the same."""

    library: str
    """The module that a client imports."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder

    @abstractmethod
    def open(self, path: Path) -> None:
        """Open the store at `path`, a folder or a database file; an empty one is made."""

    def close(self) -> None:
        """Give back what the store holds."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """The libraries that do the work."""

    gc: tuple[str, ...] = ()
    """What Python runs for the side's own command gc, before its options."""

    @abstractmethod
    def create_experiment(self, name: str) -> str:
        """Create an experiment."""

    @abstractmethod
    def create_run(self, experiment: str, start_time: int) -> str:
        """Create a run."""

    @abstractmethod
    def batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> Any:
        """A batch in the side's own words, made before the clock runs."""

    @abstractmethod
    def log_batch(self, run: str, batch: Any) -> None:
        """Log a batch."""

    @abstractmethod
    def log_metric(self, run: str, batch: Any) -> None:
        """Log the one metric of a batch by the call for one metric."""

    @abstractmethod
    def history(self, run: str, key: str) -> int:
        """Read all points of a metric; how many there are."""

    @abstractmethod
    def search(self, experiment: str, most: int) -> int:
        """Read the newest `most` runs of an experiment with what was logged to them; how many there are."""

    @abstractmethod
    def filtered(self, experiment: str, most: int) -> int:
        """The same of the first `most` runs that FILTER finds, by ORDER."""


class _Storeproof(Side):
    """This project's store."""

    library = "storeproof.stores"
    gc = ("-c", "from storeproof.conformance.cli import main; main()", "gc", "--yes")

    def open(self, path: Path) -> None:
        from storeproof.stores import open_store

        self.store = open_store(_uri(self.kind, path))

    def close(self) -> None:
        self.store.close()

    def versions(self) -> dict[str, str]:
        return _versions("storeproof", "sqlalchemy")

    def create_experiment(self, name: str) -> str:
        return self.store.create_experiment(name)

    def create_run(self, experiment: str, start_time: int) -> str:
        return self.store.create_run(experiment, "bench", start_time).info.run_id

    def batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> Any:
        from storeproof.stores import Metric, Param

        return [Metric(*each) for each in points], [Param(*each) for each in settings]

    def log_batch(self, run: str, batch: Any) -> None:
        metrics, params = batch
        self.store.log_batch(run, metrics, params)

    def log_metric(self, run: str, batch: Any) -> None:
        self.store.log_metric(run, batch[0][0])

    def history(self, run: str, key: str) -> int:
        return len(self.store.get_metric_history(run, key).items)

    def search(self, experiment: str, most: int) -> int:
        return len(self.store.search_runs([experiment], max_results=most).items)

    def filtered(self, experiment: str, most: int) -> int:
        page = self.store.search_runs(
            [experiment], max_results=most, filter_string=FILTER, order_by=[ORDER]
        )
        return len(page.items)


class _Mlflow(Side):
    """MLflow's store of the same kind."""

    library = "mlflow"
    gc = ("-m", "mlflow", "gc")

    def open(self, path: Path) -> None:
        store: Any
        uri = _uri(self.kind, path)
        if self.kind == "file":
            from mlflow.store.tracking.file_store import FileStore

            store = FileStore(uri, f"{self.folder}/artifacts")
        else:
            from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

            store = SqlAlchemyStore(uri, f"{self.folder}/artifacts")
        self.store = store

    def versions(self) -> dict[str, str]:
        import mlflow

        return {"mlflow": str(mlflow.__version__), **_versions("sqlalchemy")}

    def create_experiment(self, name: str) -> str:
        return str(self.store.create_experiment(name))

    def create_run(self, experiment: str, start_time: int) -> str:
        return str(self.store.create_run(experiment, "bench", start_time, [], None).info.run_id)

    def batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> Any:
        from mlflow.entities import Metric, Param

        return [Metric(*each) for each in points], [Param(*each) for each in settings]

    def log_batch(self, run: str, batch: Any) -> None:
        metrics, params = batch
        self.store.log_batch(run, metrics, params, [])

    def log_metric(self, run: str, batch: Any) -> None:
        self.store.log_metric(run, batch[0][0])

    def history(self, run: str, key: str) -> int:
        return len(self.store.get_metric_history(run, key))

    def search(self, experiment: str, most: int) -> int:
        from mlflow.entities import ViewType

        return len(self.store.search_runs([experiment], "", ViewType.ACTIVE_ONLY, most))

    def filtered(self, experiment: str, most: int) -> int:
        from mlflow.entities import ViewType

        view = ViewType.ACTIVE_ONLY
        return len(self.store.search_runs([experiment], FILTER, view, most, [ORDER]))


class Work:
    """The operations; each answers with the ms of one call."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.stores = 0
        self.runs = 0
        self.prepared: dict[str, str] = {}
        self.path = self._new_path()
        side.open(self.path)
        self.experiment = side.create_experiment("bench")

    def create_run(self) -> float:
        """Create a run."""
        return _timed(lambda: self._run(self.experiment), ROUNDS)

    def log_metric(self) -> float:
        """Log one metric by itself."""
        run = self._run(self.experiment)
        batches = iter([self.side.batch([point], []) for point in _steps(ROUNDS)])
        return _timed(lambda: self.side.log_metric(run, next(batches)), ROUNDS)

    def log_batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> float:
        """Log one batch to a new run."""
        run = self._run(self.experiment)
        batch = self.side.batch(points, settings)
        return _timed(lambda: self.side.log_batch(run, batch))

    def get_metric_history(self) -> float:
        """Read a long history whole."""
        run = self._prepared("history", self._run_with_history)
        return _timed(lambda: _expect(HISTORY, self.side.history(run, "m")))

    def search_first(self) -> float:
        """Read every run of an experiment in one page, by a store just opened, with nothing at hand."""
        experiment = self._prepared("search", self._experiment_with_runs)
        fresh = self._another()
        fresh.open(self.path)
        elapsed = _timed(lambda: _expect(RUNS, fresh.search(experiment, RUNS)))
        fresh.close()
        return elapsed

    def search_again(self) -> float:
        """Read them by the store that wrote them and has been asked before."""
        experiment = self._prepared("search", self._experiment_with_runs)
        return _timed(lambda: _expect(RUNS, self.side.search(experiment, RUNS)))

    def search_filtered(self, runs: int, most: int) -> float:
        """Find the first `most` of so many runs by what was logged to them."""
        experiment = self._prepared(f"{runs} runs", lambda: self._experiment_with_drawn_runs(runs))
        self.side.filtered(experiment, 1)  # what a store that was asked before has at hand
        return _timed(
            lambda: _expect(min(most, _fitting(runs)), self.side.filtered(experiment, most))
        )

    def open_empty(self) -> float:
        """Open a store that does not exist yet."""
        fresh = self._another()
        path = self._new_path()
        elapsed = _timed(lambda: fresh.open(path))
        fresh.close()
        return elapsed

    def import_library(self) -> float:
        """Import what a client imports, in an interpreter that has just started."""
        question = (
            "from time import perf_counter as now; start = now(); "
            f"import {self.side.library}; print((now() - start) * 1000)"
        )
        answer = subprocess.run(
            [sys.executable, "-c", question], check=True, capture_output=True, text=True
        )
        return float(answer.stdout)

    def collect(self) -> float:
        """Remove many deleted runs by the command as a person gives it, with its start."""
        full = Path(self._prepared("gc", self._store_with_deleted_runs))
        path = self._new_path()
        shutil.copy(full, path)
        elapsed = _timed(lambda: self._gc(path))
        with closing(sqlite3.connect(path)) as database:
            (left,) = database.execute("SELECT count(*) FROM runs").fetchone()
        _expect(0, left)
        return elapsed

    def _gc(self, path: Path) -> None:
        uri = _uri(self.side.kind, path)
        environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        # Compiled as an installed package is, in a place of our own.
        environment["PYTHONPYCACHEPREFIX"] = str(self.side.folder / "compiled")
        environment["MLFLOW_TRACKING_URI"] = uri  # MLflow's looks for experiments there
        subprocess.run(
            [sys.executable, *self.side.gc, "--backend-store-uri", uri],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )

    def _another(self) -> Side:
        return type(self.side)(self.side.kind, self.side.folder)

    def _new_path(self) -> Path:
        self.stores += 1
        return self.side.folder / f"store{self.stores}{'' if self.side.kind == 'file' else '.db'}"

    def _run(self, experiment: str) -> str:
        self.runs += 1
        return self.side.create_run(experiment, START + self.runs)

    def _prepared(self, name: str, prepare: Callable[[], str]) -> str:
        if name not in self.prepared:
            self.prepared[name] = prepare()
        return self.prepared[name]

    def _run_with_history(self) -> str:
        run = self._run(self.experiment)
        points = _steps(HISTORY)
        for first in range(0, HISTORY, 1000):
            self.side.log_batch(run, self.side.batch(points[first : first + 1000], []))
        return run

    def _experiment_with_runs(self) -> str:
        experiment = self.side.create_experiment("search")
        for _ in range(RUNS):
            run = self._run(experiment)
            self.side.log_batch(run, self.side.batch(_keys(RUN_METRICS), _params(RUN_PARAMS)))
        return experiment

    def _store_with_deleted_runs(self) -> str:
        """A store with RUNS deleted runs of RUN_METRICS metrics and one param each, on which gc was tried."""
        path = self._new_path()
        fresh = self._another()
        fresh.open(path)
        experiment = fresh.create_experiment("gc")
        fresh.close()
        self._gc(path)  # so that no sample pays for compiling
        _fill(path, experiment, RUNS)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM params WHERE key <> 'p0'")
            database.execute(
                "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = 1, "
                "artifact_uri = ? || run_uuid || '/artifacts'",
                [f"{self.side.folder}/artifacts/"],
            )
        return str(path)

    def _experiment_with_drawn_runs(self, count: int) -> str:
        experiment = self.side.create_experiment(f"{count} runs")
        if self.side.kind == "sqlite":
            _fill(self.path, experiment, count)
            return experiment
        for number in range(count):
            run = self._run(experiment)
            points = [(f"m{nth}", value, START, 0) for nth, value in enumerate(_drawn(number))]
            settings = [(f"p{nth}", str((number + nth) % 5)) for nth in range(RUN_PARAMS)]
            self.side.log_batch(run, self.side.batch(points, settings))
        return experiment


IMPORT = "import the library"
GC = "gc of 1000 deleted runs, whole command"

OPERATIONS: dict[str, Callable[[Work], float]] = {
    "create_run": Work.create_run,
    "log_metric": Work.log_metric,
    "log_batch, 1000 metrics, 1 key": lambda work: work.log_batch(_steps(1000), []),
    "log_batch, 1000 metrics, 1000 keys": lambda work: work.log_batch(_keys(1000), []),
    "log_batch, 100 params": lambda work: work.log_batch([], _params(100)),
    "history, 10k points": Work.get_metric_history,
    "search_runs, 1k runs, first": Work.search_first,
    "search_runs, 1k runs, again": Work.search_again,
    "search_runs, 1k runs, filter, order, 10": lambda work: work.search_filtered(1000, 10),
    "search_runs, 10k runs, filter, order, 10": lambda work: work.search_filtered(10_000, 10),
    "search_runs, 10k runs, filter, order, 1000": lambda work: work.search_filtered(10_000, 1000),
    "search_runs, 100k runs, filter, order, 10": lambda work: work.search_filtered(100_000, 10),
    "open an empty store": Work.open_empty,
    IMPORT: Work.import_library,
    GC: Work.collect,
}
"""What can be asked of every side, by the names that the report shows."""


GROWTH = frozenset(name for name in OPERATIONS if "100k" in name)
DATABASE_ONLY = frozenset(
    name for name in OPERATIONS if ", 10k runs" in name or "100k" in name or name == GC
)
"""What is not asked of the file store, where so many runs take too long to make."""


def _drawn(number: int) -> list[float]:
    """The metrics of a run, spread over 0 to 20 and the same on every side."""
    return [(number * (nth + 7) * 7919 % 20_011) / 1000.55 for nth in range(RUN_METRICS)]


def _fitting(count: int) -> int:
    """How many of the drawn runs FILTER finds."""
    return sum(_drawn(number)[0] > 10 and number % 5 == 3 for number in range(count))


def _fill(path: Path, experiment: str, count: int) -> None:
    """Put drawn runs into a database past the store, which would take minutes: the tables are the same for all sides."""
    ids = [f"{number:032x}" for number in range(count * 10, count * 11)]
    runs = ((run, f"n{nth}", START + nth, int(experiment)) for nth, run in enumerate(ids))
    points = [
        (f"m{at}", value, START, run)
        for nth, run in enumerate(ids)
        for at, value in enumerate(_drawn(nth))
    ]
    settings = (
        (f"p{at}", str((nth + at) % 5), run)
        for nth, run in enumerate(ids)
        for at in range(RUN_PARAMS)
    )
    statements: list[tuple[str, Any]] = [
        (
            "INSERT INTO runs (run_uuid, name, start_time, experiment_id, source_type, source_name, "
            "entry_point_name, source_version, user_id, status, lifecycle_stage, artifact_uri) "
            "VALUES (?, ?, ?, ?, 'LOCAL', '', '', '', 'bench', 'RUNNING', 'active', '/artifacts')",
            runs,
        ),
        (
            "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, 0, 0)",
            points,
        ),
        (
            "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) "
            "VALUES (?, ?, ?, ?, 0, 0)",
            points,
        ),
        ("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", settings),
        (
            "INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.runName', ?, ?)",
            ((f"n{nth}", run) for nth, run in enumerate(ids)),
        ),
    ]
    database = sqlite3.connect(path)
    with database:
        for statement, rows in statements:
            database.executemany(statement, rows)
    database.close()


def _steps(count: int) -> list[Point]:
    return [("m", 1 / (1 + at), START + at, at) for at in range(count)]


def _keys(count: int) -> list[Point]:
    return [(f"m{nth}", nth / 7, START, 0) for nth in range(count)]


def _params(count: int) -> list[Setting]:
    return [(f"p{nth}", f"value {nth}") for nth in range(count)]


def _timed(call: Callable[[], object], rounds: int = 1) -> float:
    start = perf_counter()
    for _ in range(rounds):
        call()
    return (perf_counter() - start) * 1000 / rounds


def _expect(count: int, found: int) -> None:
    if found != count:
        raise RuntimeError(f"{found} were read where {count} were written")


def _uri(kind: str, path: Path) -> str:
    return str(path) if kind == "file" else f"sqlite:///{path}"


def _versions(*distributions: str) -> dict[str, str]:
    return {name: metadata.version(name) for name in distributions}


def _side(name: str, kind: str, folder: Path) -> Side:
    if name == "storeproof":
        return _Storeproof(kind, folder)
    if name == "mlflow":
        return _Mlflow(kind, folder)
    from storeproof.conformance.bench_floor import floor

    return floor(kind, folder)


def main(name: str, kind: str, folder: str) -> None:
    """Answer what is asked on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not pass for an answer
    side = _side(name, kind, Path(folder))
    work = Work(side)
    hello = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    print(json.dumps({**hello, **side.versions()}), file=answers, flush=True)
    for line in sys.stdin:
        elapsed = OPERATIONS[json.loads(line)["operation"]](work)
        print(json.dumps({"ms": elapsed}), file=answers, flush=True)
    side.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
