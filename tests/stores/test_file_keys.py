"""Keys that the file store's layout cannot carry as files: KEY-PREFIX, KEY-LENGTH, TEXT-DISTINCT."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_folders import make_file, new_run, refused, run_folder

from storeproof.stores import ErrorCode, Metric, Param, Tag
from storeproof.stores.file.store import FileStore

LONG = "é" * 250
CONFLICTS = [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b"), (LONG, "x"), (f"{LONG[:200]}/b", "b")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


@pytest.mark.parametrize(("first", "second"), CONFLICTS)
@pytest.mark.parametrize("together", [True, False])
def test_keys_that_block_each_other_are_both_kept(
    store: FileStore, root: Path, first: str, second: str, together: bool
) -> None:
    run_id = new_run(store)
    keys = (first, second)
    for batch in [keys] if together else [(first,), (second,)]:
        store.log_batch(
            run_id,
            [Metric(key, len(key), 1) for key in batch],
            [Param(key, f"p{key}") for key in batch],
            [Tag(key, f"t{key}") for key in batch],
        )
    again = FileStore(str(root))
    run = again.get_run(run_id)
    assert run.params == {key: f"p{key}" for key in keys}
    assert {key: run.tags[key] for key in keys} == {key: f"t{key}" for key in keys}
    assert {key: metric.value for key, metric in run.metrics.items()} == {
        key: len(key) for key in keys
    }
    assert [len(again.get_metric_history(run_id, key).items) for key in keys] == [1, 1]
    refused(ErrorCode.INVALID_PARAMETER_VALUE, again.log_param, run_id, Param(second, "other"))


def test_what_the_layout_cannot_carry_is_no_file_that_mlflow_reads(
    store: FileStore, root: Path
) -> None:
    run_id = new_run(store)
    store.log_batch(run_id, [], [Param("a", "1"), Param("a/b", "2"), Param(LONG, "3")], [])
    params = run_folder(root, run_id) / "params"
    assert {file.name: file.read_text() for file in params.iterdir()} == {"a": "1"}


def test_a_blocked_tag_is_overwritten_and_deleted_like_any_other(store: FileStore) -> None:
    run_id = new_run(store)
    for key, value in (("a", "1"), ("a/b", "2"), ("a/b", "3"), ("a", "4")):
        store.set_tag(run_id, Tag(key, value))
    assert {"a": "4", "a/b": "3"}.items() <= store.get_run(run_id).tags.items()
    store.delete_tag(run_id, "a")
    assert store.get_run(run_id).tags["a/b"] == "3"
    store.set_tag(run_id, Tag("a/b", "5"))  # no longer blocked
    store.delete_tag(run_id, "a/b")
    assert store.get_run(run_id).tags.keys() == {"mlflow.runName"}
    refused(ErrorCode.RESOURCE_DOES_NOT_EXIST, store.delete_tag, run_id, "a/b")


def test_a_tag_that_is_no_longer_blocked_has_one_place(store: FileStore, root: Path) -> None:
    """Else the old value would come back when MLflow deletes the tag."""
    run_id = new_run(store)
    store.log_batch(run_id, [], [], [Tag("a/b", "1"), Tag("a", "old")])
    store.delete_tag(run_id, "a/b")
    store.set_tag(run_id, Tag("a", "new"))
    (run_folder(root, run_id) / "tags/a").unlink()
    assert "a" not in store.get_run(run_id).tags


def test_a_deleted_tag_leaves_no_folder_in_the_way(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.set_tag(run_id, Tag("a/b/c", "1"))
    store.delete_tag(run_id, "a/b/c")
    store.set_tag(run_id, Tag("a", "2"))
    assert (run_folder(root, run_id) / "tags/a").read_text() == "2"


def test_experiment_tags_that_block_each_other_are_both_kept(store: FileStore, root: Path) -> None:
    new = store.create_experiment("e", None, [Tag("a", "1"), Tag("a/b", "2")])
    store.set_experiment_tag(new, Tag("a/b/c", "3"))
    store.set_experiment_tag(new, Tag("a/b", "4"))
    assert FileStore(str(root)).get_experiment(new).tags == {"a": "1", "a/b": "4", "a/b/c": "3"}


def test_a_tag_that_mlflow_wrote_since_is_the_one_read(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.log_batch(run_id, [], [], [Tag("a/b", "ours"), Tag("a", "aside")])
    store.delete_tag(run_id, "a/b")
    make_file(run_folder(root, run_id) / "tags/a", "theirs")
    assert store.get_run(run_id).tags["a"] == "theirs"
