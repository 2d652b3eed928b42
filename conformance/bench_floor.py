"""The floor under the benchmark: the least that any store of this kind must do, with the same durability.

It keeps what it is given and reads it back, and does nothing else: no check, no latest value,
no search. A store cannot be faster; how near it comes is what the ratio tells.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storeproof.conformance.bench_worker import Point, Setting, Side
from storeproof.stores import open_store


def floor(kind: str, folder: Path) -> Side:
    """The floor for a kind of store."""
    return _FileFloor(kind, folder) if kind == "file" else _SqliteFloor(kind, folder)


class _SqliteFloor(Side):
    """Rows in the same schema through sqlite3 alone: the store's journal mode, synchronous=FULL."""

    def __init__(self, kind: str, folder: Path) -> None:
        super().__init__(kind, folder)
        self.schema, self.journal = _schema_of_the_store(folder / "model.db")

    def open(self, path: Path) -> None:
        empty = not path.exists()
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute(f"PRAGMA journal_mode={self.journal}")
        self.db.execute("PRAGMA synchronous=FULL")
        if empty:
            self.db.executescript(f"BEGIN; {self.schema}; COMMIT")

    def close(self) -> None:
        self.db.close()

    def versions(self) -> dict[str, str]:
        return {"journal_mode": self.journal}

    def create_experiment(self, name: str) -> str:
        with self._transaction():
            row = self.db.execute(
                "INSERT INTO experiments (name, lifecycle_stage) VALUES (?, 'active')", (name,)
            )
        return str(row.lastrowid)

    def create_run(self, experiment: str, start_time: int) -> str:
        run = uuid.uuid4().hex
        with self._transaction():
            self.db.execute(
                "INSERT INTO runs (run_uuid, experiment_id, start_time, status, lifecycle_stage)"
                " VALUES (?, ?, ?, 'RUNNING', 'active')",
                (run, int(experiment), start_time),
            )
        return run

    def batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> Any:
        return points, settings

    def log_batch(self, run: str, batch: Any) -> None:
        points, settings = batch
        with self._transaction():
            self.db.executemany(
                "INSERT INTO metrics (run_uuid, key, value, timestamp, step, is_nan)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                [(run, *point) for point in points],
            )
            self.db.executemany(
                "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
                [(run, *setting) for setting in settings],
            )

    def log_metric(self, run: str, batch: Any) -> None:
        self.log_batch(run, batch)

    def history(self, run: str, key: str) -> int:
        question = "SELECT value, timestamp, step FROM metrics WHERE run_uuid = ? AND key = ?"
        return len(self.db.execute(question, (run, key)).fetchall())

    def search(self, experiment: str, most: int) -> int:
        chosen = (
            "SELECT run_uuid FROM runs WHERE experiment_id = ? ORDER BY start_time DESC LIMIT ?"
        )
        for table in ("metrics", "params"):
            self.db.execute(
                f"SELECT * FROM {table} WHERE run_uuid IN ({chosen})",  # noqa: S608
                (int(experiment), most),
            ).fetchall()
        runs = "SELECT * FROM runs WHERE experiment_id = ? ORDER BY start_time DESC LIMIT ?"
        return len(self.db.execute(runs, (int(experiment), most)).fetchall())

    def filtered(self, experiment: str, most: int) -> int:
        chosen = [
            run
            for (run,) in self.db.execute(
                "SELECT runs.run_uuid FROM runs"
                " JOIN latest_metrics AS m0 ON m0.run_uuid = runs.run_uuid AND m0.key = 'm0'"
                " JOIN latest_metrics AS m1 ON m1.run_uuid = runs.run_uuid AND m1.key = 'm1'"
                " JOIN params AS p0 ON p0.run_uuid = runs.run_uuid AND p0.key = 'p0'"
                " WHERE runs.experiment_id = ? AND m0.value > 10 AND p0.value = '3'"
                " ORDER BY m1.value DESC LIMIT ?",
                (int(experiment), most),
            )
        ]
        listed = ", ".join("?" * len(chosen))
        for table in ("runs", "latest_metrics", "params", "tags"):
            question = f"SELECT * FROM {table} WHERE run_uuid IN ({listed})"  # noqa: S608
            self.db.execute(question, chosen).fetchall()
        return len(chosen)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN")
        yield
        self.db.execute("COMMIT")


def _schema_of_the_store(path: Path) -> tuple[str, str]:
    open_store(f"sqlite:///{path}").close()
    db = sqlite3.connect(path)
    statements = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    journal: str = db.execute("PRAGMA journal_mode").fetchone()[0]
    db.close()
    path.unlink()
    return ";".join(statement for (statement,) in statements), journal


class _FileFloor(Side):
    """Open, append, close; one file for each key, as the layout has it; no fsync, no cache."""

    def open(self, path: Path) -> None:
        self.root = path
        (path / "0").mkdir(parents=True, exist_ok=True)
        (path / "0" / "meta.yaml").write_text("name: Default\n")

    def versions(self) -> dict[str, str]:
        return {}

    def create_experiment(self, name: str) -> str:
        (self.root / name).mkdir()
        return name

    def create_run(self, experiment: str, start_time: int) -> str:
        run = self.root / experiment / uuid.uuid4().hex
        run.mkdir()
        for folder in ("metrics", "params", "tags", "artifacts"):
            (run / folder).mkdir()
        (run / "meta.yaml").write_text(f"start_time: {start_time}\n")
        (run / "tags" / "mlflow.runName").write_text("a name")
        return str(run)

    def batch(self, points: Sequence[Point], settings: Sequence[Setting]) -> Any:
        lines: dict[str, list[str]] = {}
        for key, value, timestamp, step in points:
            lines.setdefault(key, []).append(f"{timestamp} {value} {step}\n")
        return {key: "".join(each) for key, each in lines.items()}, settings

    def log_batch(self, run: str, batch: Any) -> None:
        lines, settings = batch
        for key, text in lines.items():
            with open(f"{run}/metrics/{key}", "a") as file:  # noqa: PTH123
                file.write(text)
        for key, value in settings:
            with open(f"{run}/params/{key}", "w") as file:  # noqa: PTH123
                file.write(value)

    def log_metric(self, run: str, batch: Any) -> None:
        self.log_batch(run, batch)

    def history(self, run: str, key: str) -> int:
        return len(Path(run, "metrics", key).read_text().splitlines())

    def search(self, experiment: str, most: int) -> int:
        runs = [entry.path for entry in os.scandir(self.root / experiment) if entry.is_dir()]
        for run in runs[:most]:
            for folder, _, names in os.walk(run):
                for name in names:
                    with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123
                        file.read()
        return len(runs[:most])

    def filtered(self, experiment: str, most: int) -> int:
        found = []
        for entry in os.scandir(self.root / experiment):
            if entry.is_dir():
                value = Path(entry.path, "metrics", "m0").read_text().split()[1]
                if float(value) > 10 and Path(entry.path, "params", "p0").read_text() == "3":
                    rank = float(Path(entry.path, "metrics", "m1").read_text().split()[1])
                    found.append((-rank, entry.path))
        return len(sorted(found)[:most])
