"""FILE-CRASH and BATCH-ATOMIC of the file store: an operation that is cut short anywhere is old or new, never half."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    Metric,
    Param,
    RunStatus,
    StoreError,
    Tag,
    ViewType,
)
from storeproof.stores.file.store import FileStore

TAKING_SPACE = ("write", "replace", "rename", "link", "mkdir")
CHANGING = (*TAKING_SPACE, "remove", "unlink", "rmdir", "truncate", "ftruncate")
MOST_STEPS = 400


class Killed(BaseException):
    """Stands for the death of the process."""


class Disk:
    """The os functions that change the disk; call number `step` fails, and if that kills the process, all later ones.

    A kill may come at any change of the disk, a lack of space where space is taken.
    """

    def __init__(self, patch: pytest.MonkeyPatch, step: int, error: BaseException) -> None:
        self.left = step
        self.error = error
        self.hit = False
        for name in CHANGING if isinstance(error, Killed) else TAKING_SPACE:
            patch.setattr(os, name, self._failing(name, getattr(os, name)))

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if isinstance(self.error, Killed) and self.hit:
                raise self.error
            self.left -= 1
            if self.left != 0:
                return real(*args, **kwargs)
            self.hit = True
            if name == "write":  # some of it arrives
                descriptor, data = args
                real(descriptor, data[: len(data) // 2])
            raise self.error

        return call


def full_disk() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


class Place:
    """A copy of a prepared store, and the ids in it."""

    def __init__(self, root: Path, ids: Mapping[str, str]) -> None:
        self.root = root
        self.ids = ids
        self.store = FileStore(str(root))


KNOWN = Dataset("ab", "c", "local", "known")
TWIN = Dataset("a", "bc", "local", "twin")  # of one md5 with the known one
NEW = Dataset("new", "1", "local", "new", "schema", "profile")


def prepare(root: Path) -> dict[str, str]:
    store = FileStore(str(root))
    experiment = store.create_experiment("e", None, [Tag("a", "1")])
    trashed = store.create_experiment("trashed")
    run = store.create_run(experiment, "u", 5, [Tag("t/u", "old")], "run")
    other = store.create_run(experiment, "u", 5, [], "other")
    deleted = store.create_run(experiment, "u", 6, [], "deleted")
    buried = [store.create_run(trashed, "u", 7, [], f"buried {i}") for i in range(2)]
    store.log_batch(
        run.info.run_id,
        [Metric("m", 1, 1, 1), Metric("n", 1, 1, 1)],
        [Param("p", "old")],
        [Tag("a/b", "old")],
    )
    store.log_inputs(run.info.run_id, [DatasetInput(KNOWN, {"a": "old", "b": "old"})])
    store.record_logged_model(run.info.run_id, {"model": 1})
    store.delete_run(deleted.info.run_id)
    store.delete_experiment(trashed)
    return {
        "experiment": experiment,
        "trashed": trashed,
        "run": run.info.run_id,
        "other": other.info.run_id,
        "deleted": deleted.info.run_id,
        "buried": buried[0].info.run_id,
    }


def batch(place: Place) -> None:
    place.store.log_batch(
        place.ids["run"],
        [Metric("m", 2, 2, 2), Metric("m", 3, 3, 3), Metric("new/x", 2, 2, 2), Metric("n/x", 4, 4)],
        [Param("p", "old"), Param("q/r", "new"), Param("p/q", "new")],
        [Tag("t/u", "new"), Tag("t", "new"), Tag("mlflow.runName", "renamed")],
    )


def long_batch(place: Place) -> None:
    points = [Metric("m", i, i, i) for i in range(2, 200)]
    place.store.log_batch(place.ids["run"], points)


def uses(place: Place) -> None:
    place.store.log_inputs(
        place.ids["run"],
        [DatasetInput(NEW, {"x": "y"}), DatasetInput(KNOWN, {"a": "new"}), DatasetInput(TWIN)],
    )


OPERATIONS: dict[str, Callable[[Place], object]] = {
    "a batch of everything": batch,
    "a batch of one metric": long_batch,
    "a point": lambda it: it.store.log_metric(it.ids["run"], Metric("m", 2.25, 2, 2)),
    "a first point": lambda it: it.store.log_metric(it.ids["run"], Metric("k", 2.25, 2, 2)),
    "a point of a blocked key": lambda it: it.store.log_metric(it.ids["run"], Metric("m/x", 2, 2)),
    "a param": lambda it: it.store.log_param(it.ids["run"], Param("q", "new")),
    "a tag": lambda it: it.store.set_tag(it.ids["run"], Tag("t/u", "new")),
    "a deleted tag": lambda it: it.store.delete_tag(it.ids["run"], "t/u"),
    "uses of datasets": uses,
    "a first use": lambda it: it.store.log_inputs(it.ids["other"], [DatasetInput(NEW)]),
    "a logged model": lambda it: it.store.record_logged_model(it.ids["run"], {"model": 2}),
    "a status": lambda it: it.store.update_run_info(it.ids["run"], RunStatus.FAILED, 9),
    "a run name": lambda it: it.store.update_run_info(it.ids["run"], run_name="renamed"),
    "a deleted run": lambda it: it.store.delete_run(it.ids["run"]),
    "a restored run": lambda it: it.store.restore_run(it.ids["deleted"]),
    "a new run": lambda it: it.store.create_run(it.ids["experiment"], "u", 8, [Tag("a", "b")], "x"),
    "a new experiment": lambda it: it.store.create_experiment("new", None, [Tag("a", "b")]),
    "an experiment's tag": lambda it: it.store.set_experiment_tag(
        it.ids["experiment"], Tag("a", "2")
    ),
    "an experiment's name": lambda it: it.store.rename_experiment(it.ids["experiment"], "renamed"),
    "a deleted experiment": lambda it: it.store.delete_experiment(it.ids["experiment"]),
    "a restored experiment": lambda it: it.store.restore_experiment(it.ids["trashed"]),
}

OF_EXPERIMENTS = [name for name in OPERATIONS if "experiment" in name]


def content(store: FileStore) -> dict[str, object]:
    """All that the store holds, but for new ids, times of now, and the place of the copy."""
    experiments = store.search_experiments(ViewType.ALL).items
    runs = store.search_runs([each.experiment_id for each in experiments], ViewType.ALL).items
    found: dict[str, object] = {
        f"experiment {each.name}": (each.lifecycle_stage, dict(each.tags)) for each in experiments
    }
    for run in runs:
        info = run.info
        history = {
            key: store.get_metric_history(info.run_id, key).items for key in sorted(run.metrics)
        }
        state = (info.status, info.end_time, info.lifecycle_stage, info.deleted_time is None)
        logged = (run.params, run.metrics, history, run.tags, run.inputs)
        found[f"run {info.run_name}"] = (state, *logged)
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Place:
    root = tmp_path_factory.mktemp("template") / "store"
    return Place(root, prepare(root))


def copy_of(template: Place, target: Path) -> Place:
    shutil.copytree(template.root, target)
    return Place(target, template.ids)


def cut_short(place: Place, operation: str, step: int, error: BaseException) -> bool:
    """Do the operation on a disk that fails at this step; False if it never came to it."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, step, error)
        try:
            OPERATIONS[operation](place)
        except Killed:
            pass
        except StoreError as refusal:
            if refusal.code is not ErrorCode.TEMPORARILY_UNAVAILABLE:
                raise
        return disk.hit


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_kill_at_any_step_leaves_old_or_new(
    template: Place, tmp_path: Path, operation: str
) -> None:
    done = copy_of(template, tmp_path / "done")
    OPERATIONS[operation](done)
    old, new = content(template.store), content(done.store)
    assert old != new
    for step in itertools.count(1):
        assert step < MOST_STEPS
        place = copy_of(template, tmp_path / str(step))
        place.store.get_run(place.ids["run"])  # so that its caches are warm
        if not cut_short(place, operation, step, Killed()):
            break
        after = content(FileStore(str(place.root)))
        assert after in (old, new), step
        assert content(place.store) == after, step
    assert step > 1


@pytest.mark.parametrize("operation", OF_EXPERIMENTS)
def test_a_full_disk_at_any_step_leaves_an_experiment_old_or_new(
    template: Place, tmp_path: Path, operation: str
) -> None:
    done = copy_of(template, tmp_path / "done")
    OPERATIONS[operation](done)
    old, new = content(template.store), content(done.store)
    for step in itertools.count(1):
        assert step < MOST_STEPS
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, operation, step, full_disk()):
            break
        assert content(place.store) in (old, new), step
        assert content(FileStore(str(place.root))) == content(place.store), step


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - OF_EXPERIMENTS))
def test_a_write_refused_by_a_full_disk_is_taken_back(
    template: Place, tmp_path: Path, operation: str
) -> None:
    old = content(template.store)
    for step in itertools.count(1):
        assert step < MOST_STEPS
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, operation, step, full_disk()):
            break
        assert content(place.store) == old, step
        OPERATIONS[operation](place)
        assert content(place.store) != old, step


def test_uses_refused_by_a_full_disk_leave_no_dataset(template: Place, tmp_path: Path) -> None:
    """What is said of a dataset first stays, so what was refused must not have been said."""
    other_words = Dataset(NEW.name, NEW.digest, "s3", "elsewhere")
    for step in itertools.count(1):
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, "uses of datasets", step, full_disk()):
            break
        place.store.log_inputs(place.ids["other"], [DatasetInput(other_words)])
        assert place.store.get_run(place.ids["other"]).inputs == (DatasetInput(other_words),), step


@pytest.mark.parametrize("first", ["run", "other"])
def test_datasets_of_a_killed_writer_are_those_that_others_see(
    template: Place, tmp_path: Path, first: str
) -> None:
    """Another run may log the same dataset before or after the killed writer's work is finished."""
    other_words = Dataset(NEW.name, NEW.digest, "s3", "elsewhere")
    for step in itertools.count(1):
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, "uses of datasets", step, Killed()):
            break
        again = FileStore(str(place.root))
        if first == "run":
            again.get_run(place.ids["run"])
        again.log_inputs(place.ids["other"], [DatasetInput(other_words), DatasetInput(TWIN)])
        (twin, seen) = again.get_run(place.ids["other"]).inputs
        assert twin.dataset == TWIN
        assert seen.dataset in (NEW, other_words)
        of_run = {
            each.dataset.name: each.dataset for each in again.get_run(place.ids["run"]).inputs
        }
        assert of_run["ab"] == KNOWN
        assert of_run.get("a", TWIN) == TWIN
        assert of_run.get("new", seen.dataset) == seen.dataset


def test_what_a_killed_writer_left_is_no_entry_and_in_nobody_s_way(
    template: Place, tmp_path: Path
) -> None:
    for step in itertools.count(1):
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, "a first point", step, Killed()):
            break
        # MLflow cannot read a run that has an empty metric file.
        metrics = next(place.root.glob(f"*/{place.ids['run']}/metrics"))
        assert all(each.stat().st_size for each in metrics.rglob("*") if each.is_file())
        again = FileStore(str(place.root))
        again.log_metric(place.ids["run"], Metric("m", 5, 5, 5))
        again.log_param(place.ids["run"], Param("after", "x"))
        run = again.get_run(place.ids["run"])
        assert run.metrics["m"].value == 5
        assert run.params.keys() == {"p", "after"}
        assert run.metrics.keys() <= {"m", "n", "k"}


def test_a_point_refused_by_a_full_disk_leaves_no_part_of_a_line(
    template: Place, tmp_path: Path
) -> None:
    place = copy_of(template, tmp_path / "store")
    file = next(place.root.glob(f"*/{place.ids['run']}/metrics/m"))
    before = file.read_bytes()
    assert cut_short(place, "a point", 1, full_disk())
    assert file.read_bytes() == before


def test_a_killed_creation_does_not_leak_into_the_next(template: Place, tmp_path: Path) -> None:
    for step in itertools.count(1):
        place = copy_of(template, tmp_path / str(step))
        if not cut_short(place, "a new run", step, Killed()):
            break
        run = FileStore(str(place.root)).create_run(place.ids["experiment"], tags=[Tag("z", "z")])
        assert run.tags.keys() == {"z", "mlflow.runName"}
        assert FileStore(str(place.root)).get_run(run.info.run_id) == run


WRITER = """
import itertools, sys
from storeproof.stores import Metric, Param, Tag
from storeproof.stores.file.store import FileStore

root, run_id = sys.argv[1:]
store = FileStore(root)
for i in itertools.count():
    points = [Metric(f"m{k}", i, i, i) for k in range(20)]
    store.log_batch(run_id, points, [Param(f"p{i}", str(i))], [Tag("last", str(i))])
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_after_sigkill_every_acknowledged_batch_is_there_whole(
    template: Place, tmp_path: Path
) -> None:
    place = copy_of(template, tmp_path / "store")
    run_id = place.ids["run"]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place.root), run_id], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if line == "20\n":
                break
        writer.kill()
        acknowledged = max([20, *map(int, writer.stdout.read().split())])
    run = place.store.get_run(run_id)
    last = int(run.tags["last"])
    assert last in (acknowledged, acknowledged + 1)
    assert {key for key in run.params if key != "p"} == {f"p{i}" for i in range(last + 1)}
    for k in range(20):
        points = place.store.get_metric_history(run_id, f"m{k}").items
        assert [point.value for point in points] == list(range(last + 1))
