"""FILE-JUNK and FILE-CONFINED: what does not belong into a file store, and what tries to get out of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from file_folders import MLFLOW_EXPERIMENT, made_by_mlflow, make_file, new_run, refused, run_folder

from storeproof.stores import ErrorCode, Metric, Param, Tag, ViewType
from storeproof.stores.file.store import FileStore

UNKNOWN_IDS = [
    "",
    ".",
    "..",
    "/",
    "../outside",
    "0/../0",
    "0/.",
    "./0",
    "00",
    " 0",
    "0 ",
    "0\n",
    "0\0",
    "+0",
    "٠",
    "\ud800",
    "abc",
    ".trash",
    ".storeproof.trash",
    "9" * 5000,
    "é" * 300,
]


BROKEN_DOCUMENTS = [
    b"",
    b"name: [",
    b"just text",
    b"\xff\xfe",
    b"{}",
    b"experiment_id: '13'\nname: x",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[str], int]]:
    """How many warnings hold a text."""
    with caplog.at_level(logging.WARNING, logger="storeproof"):
        yield lambda text: sum(text in message for message in caplog.messages)


# FILE-JUNK


@pytest.mark.parametrize("content", BROKEN_DOCUMENTS)
def test_a_broken_experiment_hides_no_other_and_is_named(
    store: FileStore, root: Path, warnings: Callable[[str], int], content: bytes
) -> None:
    make_file(root / "777/meta.yaml", content)
    assert [each.name for each in store.search_experiments(ViewType.ALL).items] == ["Default"]
    assert store.create_experiment("new")
    assert warnings("777/meta.yaml") == 1
    refused(ErrorCode.RESOURCE_DOES_NOT_EXIST, store.get_experiment, "777")
    refused(ErrorCode.RESOURCE_DOES_NOT_EXIST, store.create_run, "777")


@pytest.mark.parametrize("content", BROKEN_DOCUMENTS)
def test_a_broken_run_hides_no_other_and_is_named(
    store: FileStore, root: Path, warnings: Callable[[str], int], content: bytes
) -> None:
    good, bad = new_run(store), new_run(store)
    make_file(root / "0" / bad / "meta.yaml", content)
    for _ in range(2):
        assert [each.info.run_id for each in store.search_runs(["0"]).items] == [good]
    assert warnings(bad) == 1
    refused(ErrorCode.RESOURCE_DOES_NOT_EXIST, store.get_run, bad)
    refused(ErrorCode.RESOURCE_DOES_NOT_EXIST, store.set_tag, bad, Tag("a", "b"))


def test_stray_files_and_folders_are_no_entries(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    made_by_mlflow(root)
    for name in ("README", "99", "0/notes.txt", f"0/{'a' * 32}", ".trash/5"):
        make_file(root / name, "stray")
    for name in ("empty", "models/m", "0/datasets/d", "0/traces", "0/models/m-1/x", "55/sub"):
        (root / name).mkdir(parents=True)
    found = store.search_experiments(ViewType.ALL).items
    assert [each.experiment_id for each in found] == ["0", "12"]
    assert [each.info.run_id for each in store.search_runs(["0", "55"]).items] == [run_id]


def test_an_experiment_folder_without_a_plain_number_is_named(
    root: Path, warnings: Callable[[str], int]
) -> None:
    made_by_mlflow(root)
    (root / "12").rename(root / "012")
    found = FileStore(str(root)).search_experiments(ViewType.ALL).items
    assert [each.name for each in found] == ["Default"]
    assert warnings("/012 ") == 1


def test_unreadable_entries_hide_no_others_and_are_named(
    store: FileStore, root: Path, warnings: Callable[[str], int]
) -> None:
    run_id = new_run(store)
    store.log_batch(run_id, [Metric("m", 1, 1)], [Param("p", "v")], [Tag("t", "w")])
    folder = run_folder(root, run_id)
    make_file(folder / "params/binary", b"\xff\xfe")
    make_file(folder / "params/backup~", "x")
    make_file(folder / "metrics/empty", "")
    make_file(folder / "metrics/garbage", "what\n1 2 3\n1 x 3\n4\n")
    make_file(folder / "tags/sub#/x", "x")
    run = store.get_run(run_id)
    assert run.params == {"p": "v"}
    assert run.tags.keys() == {"t", "mlflow.runName"}
    assert {key: each.value for key, each in run.metrics.items()} == {"m": 1, "garbage": 2}
    for name in ("binary", "backup~", "empty", "garbage", "sub#"):
        assert warnings(name) == 1, name


def test_an_unfinished_line_is_no_point_and_does_not_spoil_the_next(
    store: FileStore, root: Path
) -> None:
    run_id = new_run(store)
    store.log_metric(run_id, Metric("m", 1.5, 1, 1))
    path = run_folder(root, run_id) / "metrics/m"
    with path.open("ab") as file:
        file.write(b"2 2.5 1")
    assert [each.value for each in store.get_metric_history(run_id, "m").items] == [1.5]
    store.log_metric(run_id, Metric("m", 3.5, 3, 3))
    assert path.read_bytes() == b"1 1.5 1\n3 3.5 3\n"
    assert store.get_run(run_id).metrics["m"].value == 3.5


# FILE-CONFINED


@pytest.mark.parametrize("unknown", UNKNOWN_IDS)
def test_an_id_of_any_shape_is_no_path(store: FileStore, root: Path, unknown: str) -> None:
    make_file(root.parent / "outside/meta.yaml", MLFLOW_EXPERIMENT)
    gone = ErrorCode.RESOURCE_DOES_NOT_EXIST
    for call in (store.get_experiment, store.delete_experiment, store.create_run, store.get_run):
        refused(gone, call, unknown)
    refused(gone, store.restore_experiment, unknown)
    refused(gone, store.rename_experiment, unknown, "n")
    refused(gone, store.set_experiment_tag, unknown, Tag("a", "b"))
    refused(gone, store.log_metric, unknown, Metric("m", 1, 1))
    assert store.search_runs([unknown], ViewType.ALL).items == ()


def test_no_link_leads_a_key_out_of_the_store(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    secret = make_file(root.parent / "outside/secret", "1 1.0 1\n")
    for kind in ("metrics", "params", "tags"):
        (run_folder(root, run_id) / kind / "file").symlink_to(secret)
        (run_folder(root, run_id) / kind / "folder").symlink_to(secret.parent)
    store.log_batch(
        run_id,
        [Metric("file", 2, 2), Metric("folder/new", 2, 2), Metric("folder/secret", 2, 2)],
        [Param("file", "x"), Param("folder/new", "x"), Param("folder/secret", "x")],
        [Tag("file", "x"), Tag("folder/new", "x"), Tag("folder/secret", "x")],
    )
    run = store.get_run(run_id)
    assert run.params == {"file": "x", "folder/new": "x", "folder/secret": "x"}
    assert run.metrics.keys() == run.params.keys()
    assert [each.value for each in store.get_metric_history(run_id, "file").items] == [2]
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]
    assert secret.read_text() == "1 1.0 1\n"
