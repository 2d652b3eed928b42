"""FILE-LAYOUT of the file store, and opening one: the folders and files are MLflow's."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from file_folders import (
    MLFLOW_RUN_ID,
    made_by_mlflow,
    make_file,
    new_run,
    refused,
    run_folder,
    yaml_of,
)

from storeproof.stores import ErrorCode, Metric, Param, RunStatus, StoreError, Tag, ViewType
from storeproof.stores.file.store import FileStore

FUTURE = 4_000_000_000  # seconds; a time that is never long past


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


# Opening


def test_a_missing_folder_becomes_a_store_with_the_default_experiment(root: Path) -> None:
    FileStore(str(root / "deep" / "er"))
    document = yaml_of(root / "deep" / "er" / "0" / "meta.yaml")
    assert document["experiment_id"] == "0"
    assert document["name"] == "Default"


def test_a_store_without_experiment_0_does_not_get_it_back(root: Path) -> None:
    made_by_mlflow(root)
    found = FileStore(str(root)).search_experiments(ViewType.ALL).items
    assert [each.experiment_id for each in found] == ["12"]


@pytest.mark.parametrize("below", ["file", "file/below"])
def test_a_path_that_is_a_file_is_refused(tmp_path: Path, below: str) -> None:
    make_file(tmp_path / "file", "")
    refused(ErrorCode.INVALID_PARAMETER_VALUE, FileStore, str(tmp_path / below))


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(StoreError) as caught:
        FileStore("/proc/no/such/folder")
    assert caught.value.code in (ErrorCode.INVALID_PARAMETER_VALUE, ErrorCode.PERMISSION_DENIED)


def test_the_artifact_root_is_the_store_as_a_file_uri(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "a b%é"))
    assert store.get_experiment("0").artifact_location == (tmp_path / "a b%é" / "0").as_uri()


@pytest.mark.parametrize(
    ("artifact_root", "location"),
    [
        ("s3://bucket/mlflow", "s3://bucket/mlflow/0"),
        ("s3://bucket/mlflow/", "s3://bucket/mlflow/0"),
        ("dbfs://host/p?key=1", "dbfs://host/p/0?key=1"),
        ("/srv/artifacts", "/srv/artifacts/0"),
    ],
)
def test_an_artifact_root_is_kept_as_given(root: Path, artifact_root: str, location: str) -> None:
    store = FileStore(str(root), artifact_root)
    assert store.get_experiment("0").artifact_location == location


def test_closing_twice_does_nothing(store: FileStore) -> None:
    store.close()
    store.close()
    assert store.get_experiment("0").name == "Default"


# FILE-LAYOUT: what is written


def test_an_experiment_is_written_as_mlflow_writes_it(store: FileStore, root: Path) -> None:
    new = store.create_experiment("näme", "s3://b", [Tag("team/a", "x\n"), Tag("t", "")])
    document = yaml_of(root / new / "meta.yaml")
    assert isinstance(document.pop("creation_time"), int)
    assert isinstance(document.pop("last_update_time"), int)
    assert document == {
        "artifact_location": "s3://b",
        "experiment_id": new,
        "lifecycle_stage": "active",
        "name": "näme",
    }
    assert (root / new / "tags/team/a").read_bytes() == b"x\n"
    assert (root / new / "tags/t").read_bytes() == b""
    assert 0 < int(new) < 10**18


def test_a_run_is_written_as_mlflow_writes_it(store: FileStore, root: Path) -> None:
    run = store.create_run("0", "me", 5, [Tag("t", "v\r")], "name").info
    folder = root / "0" / run.run_id
    assert yaml_of(folder / "meta.yaml") == {
        "artifact_uri": run.artifact_uri,
        "end_time": None,
        "entry_point_name": "",
        "experiment_id": "0",
        "lifecycle_stage": "active",
        "run_id": run.run_id,
        "run_name": "name",
        "run_uuid": run.run_id,
        "source_name": "",
        "source_type": 4,
        "source_version": "",
        "start_time": 5,
        "status": 1,
        "tags": [],
        "user_id": "me",
    }
    assert (folder / "tags/t").read_bytes() == b"v\r"
    assert (folder / "tags/mlflow.runName").read_bytes() == b"name"
    assert all((folder / name).is_dir() for name in ("params", "metrics", "artifacts"))


def test_entries_are_raw_files_and_points_are_lines(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.log_batch(
        run_id,
        [Metric("m/x", 0.1, 5, -2), Metric("m/x", math.nan, 6, 3), Metric("n", 1e300, 7)],
        [Param("p/q", "a\r\nb\r")],
        [Tag("t", "😀")],
    )
    folder = run_folder(root, run_id)
    assert (folder / "metrics/m/x").read_bytes() == b"5 0.1 -2\n6 nan 3\n"
    assert (folder / "metrics/n").read_bytes() == b"7 1e+300 0\n"
    assert (folder / "params/p/q").read_bytes() == b"a\r\nb\r"
    assert (folder / "tags/t").read_bytes() == "😀".encode()


def test_a_deleted_experiment_is_in_the_trash_with_its_runs_marked(
    store: FileStore, root: Path
) -> None:
    experiment = store.create_experiment("e")
    run_id = store.create_run(experiment).info.run_id
    store.delete_experiment(experiment)
    folder = root / ".trash" / experiment
    document = yaml_of(folder / run_id / "meta.yaml")
    assert yaml_of(folder / "meta.yaml")["lifecycle_stage"] == "deleted"
    assert document["lifecycle_stage"] == "deleted"
    assert isinstance(document["deleted_time"], int)
    assert not (root / experiment).exists()


def test_a_restored_run_has_no_deleted_time_left(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.delete_run(run_id)
    store.restore_run(run_id)
    assert "deleted_time" not in yaml_of(run_folder(root, run_id) / "meta.yaml")


def test_no_folder_of_ours_looks_like_an_experiment_or_a_run(store: FileStore, root: Path) -> None:
    """MLflow takes every folder of the root for an experiment whose name does not end in ".trash"."""
    run_id = new_run(store)
    store.log_batch(run_id, [Metric("a", 1, 1), Metric("a/b", 1, 1)])
    store.set_experiment_tag("0", Tag("a", ""))
    store.set_experiment_tag("0", Tag("a/b", ""))
    folders = {each.name for each in root.iterdir() if not each.name.endswith(".trash")}
    assert folders == {"0"}
    assert {each.name for each in (root / "0").iterdir() if each.is_dir()} == {"tags", run_id}


# FILE-LAYOUT: what is read


def test_what_mlflow_wrote_is_read(root: Path) -> None:
    made_by_mlflow(root)
    store = FileStore(str(root))
    experiment = store.get_experiment_by_name("by mlflow")
    run = store.get_run(MLFLOW_RUN_ID)
    assert experiment is not None
    assert experiment.tags == {"et": "new\r\n"}
    assert experiment.creation_time == 1700000000000
    assert (run.info.status, run.info.end_time) == (RunStatus.FINISHED, 1700000000009)
    assert run.params == {"a/b": "x\n"}
    assert run.tags == {"mlflow.runName": "quiet-owl-1"}
    assert [each.info.run_id for each in store.search_runs(["12"]).items] == [MLFLOW_RUN_ID]


def test_metric_lines_of_two_three_and_more_fields_are_points(root: Path) -> None:
    made_by_mlflow(root)
    store = FileStore(str(root))
    first, second, third = store.get_metric_history(MLFLOW_RUN_ID, "loss").items
    assert (first.value, first.timestamp, first.step) == (1.7976931348623157e308, 5, 1)
    assert (second.value, second.timestamp, second.step) == (1.5, 6, 0)
    assert math.isnan(third.value)
    assert math.isnan(store.get_run(MLFLOW_RUN_ID).metrics["loss"].value)


def test_a_change_keeps_the_keys_of_other_writers(root: Path) -> None:
    run = made_by_mlflow(root)
    store = FileStore(str(root))
    store.rename_experiment("12", "renamed")
    store.update_run_info(MLFLOW_RUN_ID, RunStatus.FAILED)
    experiment = yaml_of(root / "12/meta.yaml")
    document = yaml_of(run / "meta.yaml")
    assert (experiment["name"], experiment["workspace"]) == ("renamed", "default")
    assert experiment["trace_location"] is None
    assert (document["status"], document["source_name"]) == (4, "train.py")
    assert document["entry_point_name"] == "main"


def test_a_document_of_an_old_mlflow_is_read(root: Path) -> None:
    run = made_by_mlflow(root)
    make_file(root / "12/meta.yaml", "{experiment_id: 12, name: old, artifact_location: /a}")
    make_file(
        run / "meta.yaml",
        f"{{run_uuid: {MLFLOW_RUN_ID}, experiment_id: 12, artifact_uri: /a, user_id: u}}",
    )
    store = FileStore(str(root))
    info = store.get_run(MLFLOW_RUN_ID).info
    assert store.get_experiment("12").creation_time is None
    assert (info.status, info.start_time, info.run_name) == (
        RunStatus.RUNNING,
        None,
        "quiet-owl-1",
    )


def test_what_is_written_beside_us_is_seen(store: FileStore, root: Path) -> None:
    """Also where neither the size of a file nor, within the clock's tick, its time changes."""
    run_id = new_run(store)
    folder = run_folder(root, run_id)
    store.log_batch(run_id, [Metric("m", 1, 1)], [], [Tag("t", "aaa")])
    same_tick = (folder / "tags/t", folder / "params", folder / "meta.yaml")
    for each in same_tick:
        os.utime(each, (FUTURE, FUTURE))
    assert store.get_run(run_id).tags["t"] == "aaa"
    make_file(folder / "tags/t", "bbb")
    make_file(folder / "params/new", "value")
    with (folder / "metrics/m").open("a") as file:
        file.write("2 2.0 2\n")
    text = (folder / "meta.yaml").read_text()
    make_file(folder / "meta.yaml", text.replace("status: 1", "status: 5"))
    for each in same_tick:
        os.utime(each, (FUTURE, FUTURE))
    run = store.get_run(run_id)
    assert (run.tags["t"], run.params, run.metrics["m"].step) == ("bbb", {"new": "value"}, 2)
    assert run.info.status is RunStatus.KILLED


@pytest.mark.parametrize(
    "name", ["\x85", "\u2028a", "\ufeff", "\x01\x7f", "null", "1e3", "2020-01-01", " a ", "a: #b"]
)
def test_a_name_that_yaml_could_read_as_something_else_comes_back(
    store: FileStore, root: Path, name: str
) -> None:
    new = store.create_experiment(name)
    assert FileStore(str(root)).get_experiment(new).name == name
