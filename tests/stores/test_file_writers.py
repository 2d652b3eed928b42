"""Several writers of one file store: CONC-*, in threads and in processes."""

from __future__ import annotations

import fcntl
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from file_folders import new_run

from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    LifecycleStage,
    Metric,
    StoreError,
    Tag,
    ViewType,
    open_store,
)
from storeproof.stores.file import locks
from storeproof.stores.file.store import FileStore

TWINS = (("ab", "c"), ("a", "bc"))  # datasets of one md5

WRITER = """
import sys
from storeproof.stores import Metric, Param, Tag
from storeproof.stores.file.store import FileStore

root, run_id, name = sys.argv[1:]
store = FileStore(root)
for i in range(100):
    store.log_metric(run_id, Metric("shared", i, 1, int(name) * 1000 + i))
    store.log_batch(run_id, [Metric("b", i, 1, int(name))], [Param(f"{name}/{i}", "x")], [Tag("t", name)])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


def test_two_processes_write_one_run_and_nothing_is_lost(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(root), run_id, name])
        for name in ("1", "2")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    run = store.get_run(run_id)
    assert len(run.params) == 200
    assert len(store.get_metric_history(run_id, "shared").items) == 200
    assert len(store.get_metric_history(run_id, "b").items) == 200


def test_threads_share_one_store_and_a_name_is_given_once(store: FileStore) -> None:
    start = threading.Barrier(8)

    def create(_: int) -> ErrorCode | str:
        start.wait()
        try:
            return store.create_experiment("one")
        except StoreError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(create, range(8)))
    assert results.count(ErrorCode.RESOURCE_ALREADY_EXISTS) == 7
    assert len(store.search_experiments().items) == 2


def test_stores_that_open_one_empty_folder_together_make_one_default(root: Path) -> None:
    start = threading.Barrier(8)

    def open_it(_: int) -> str:
        start.wait()
        return open_store(str(root)).get_experiment("0").name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(open_it, range(8))) == {"Default"}


def test_a_deletion_while_runs_are_written_leaves_no_active_run(store: FileStore) -> None:
    experiment = store.create_experiment("e")
    runs = [store.create_run(experiment).info.run_id for _ in range(4)]
    start = threading.Barrier(5)

    def write(run_id: str) -> int:
        start.wait()
        done = 0
        try:
            while True:
                store.log_batch(run_id, [Metric("m", done, 1, done)], [], [Tag("t", str(done))])
                done += 1
        except StoreError as error:
            if error.code is not ErrorCode.INVALID_PARAMETER_VALUE:
                raise
        return done

    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(write, runs)
        start.wait()
        store.delete_experiment(experiment)
        written = dict(zip(runs, counts, strict=True))
    for run_id, count in written.items():
        assert store.get_run(run_id).info.lifecycle_stage is LifecycleStage.DELETED
        assert len(store.get_metric_history(run_id, "m").items) == count


def test_writers_of_the_same_datasets_lose_nothing(store: FileStore, root: Path) -> None:
    runs = [new_run(store) for _ in range(4)]
    start = threading.Barrier(8)

    def write(nth: int) -> None:
        mine = FileStore(str(root))
        start.wait()
        for turn in range(5):
            # Each says something else of the same datasets, twins among them.
            pairs = (*TWINS, (f"own {nth}", str(turn)))
            tags = {f"by{nth}": str(turn)}
            uses = [DatasetInput(Dataset(*pair, "local", f"{nth}"), tags) for pair in pairs]
            mine.log_inputs(runs[nth % 4], uses[::-1] if nth % 2 else uses)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    sources: dict[tuple[str, str], set[str]] = {twin: set() for twin in TWINS}
    for nth, run_id in enumerate(runs):
        found = {
            (each.dataset.name, each.dataset.digest): each for each in store.get_run(run_id).inputs
        }
        for twin in TWINS:
            seen = found.pop(twin)
            assert seen.tags == {f"by{nth}": "4", f"by{nth + 4}": "4"}
            sources[twin].add(seen.dataset.source)
        assert found.keys() == {
            (f"own {writer}", str(turn)) for writer in (nth, nth + 4) for turn in range(5)
        }
    assert all(len(each) == 1 for each in sources.values())


def test_a_deletion_while_inputs_are_logged_leaves_whole_uses(store: FileStore) -> None:
    experiment = store.create_experiment("e")
    runs = [store.create_run(experiment).info.run_id for _ in range(3)]
    start = threading.Barrier(4)

    def write(run_id: str) -> int:
        start.wait()
        done = 0
        while True:
            try:
                dataset = Dataset("d", str(done), "local", "x")
                store.log_inputs(run_id, [DatasetInput(dataset, {"a": run_id})])
            except StoreError as error:
                if error.code is not ErrorCode.INVALID_PARAMETER_VALUE:
                    raise
                return done
            done += 1

    with ThreadPoolExecutor(3) as pool:
        counts = pool.map(write, runs)
        start.wait()
        store.delete_experiment(experiment)
        written = dict(zip(runs, counts, strict=True))
    for run_id, count in written.items():
        found = store.get_run(run_id).inputs
        assert {each.dataset.digest for each in found} == {str(nth) for nth in range(count)}


def test_an_experiment_may_move_while_its_runs_are_used(store: FileStore) -> None:
    experiment = store.create_experiment("e")
    run_id = store.create_run(experiment).info.run_id
    moved = threading.Event()

    def use(call: Callable[[], object]) -> int:
        for times in itertools.count():
            if moved.is_set():
                return times
            call()
        raise AssertionError

    with ThreadPoolExecutor(4) as pool:
        users = [
            pool.submit(use, call)
            for call in (
                lambda: store.get_run(run_id),
                lambda: store.delete_run(run_id),
                lambda: store.restore_run(run_id),
                lambda: store.search_runs([experiment], ViewType.ALL).items[0],
            )
        ]
        try:
            for _ in range(10):
                store.delete_experiment(experiment)
                store.restore_experiment(experiment)
        finally:
            moved.set()
        assert all(user.result() for user in users)


def test_a_lock_file_that_is_removed_while_it_is_awaited_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    waits = iter([True])
    real = fcntl.flock

    def wait(descriptor: int, operation: int) -> None:
        if next(waits, False):
            lock.unlink()
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", wait)
    with locks.exclusive(str(lock)):
        assert lock.exists()
