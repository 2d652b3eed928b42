"""Logged models in the file store: MODEL-RECORD, a list in a tag."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from file_folders import MLFLOW_RUN_ID, made_by_mlflow, make_file, new_run

from storeproof.stores import Tag
from storeproof.stores.file.store import FileStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


def test_a_model_joins_those_that_mlflow_recorded(root: Path) -> None:
    run = made_by_mlflow(root)
    tag = make_file(run / "tags/mlflow.log-model.history", '[{"a": 1}]')
    store = FileStore(str(root))
    store.record_logged_model(MLFLOW_RUN_ID, {"b": "é"})
    assert json.loads(tag.read_text()) == [{"a": 1}, {"b": "é"}]


def test_models_are_recorded_where_the_layout_cannot_carry_their_tag(store: FileStore) -> None:
    run_id = new_run(store)
    store.set_tag(run_id, Tag("mlflow.log-model.history/x", "in the way"))
    for nth in range(2):
        store.record_logged_model(run_id, {"n": nth})
    tags = store.get_run(run_id).tags
    assert json.loads(tags["mlflow.log-model.history"]) == [{"n": 0}, {"n": 1}]


def test_writers_of_models_lose_none(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    start = threading.Barrier(4)

    def write(nth: int) -> None:
        mine = FileStore(str(root))
        start.wait()
        for turn in range(10):
            mine.record_logged_model(run_id, {"model": f"{nth}/{turn}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = json.loads(store.get_run(run_id).tags["mlflow.log-model.history"])
    assert sorted(each["model"] for each in found) == sorted(
        f"{nth}/{turn}" for nth in range(4) for turn in range(10)
    )
