"""Folders for the tests of the file store: a store, and what MLflow and others leave in one."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from storeproof.stores import ErrorCode, StoreError
from storeproof.stores.file.store import FileStore

MLFLOW_EXPERIMENT = """\
artifact_location: file:///elsewhere/12
creation_time: 1700000000000
effective_trace_archival_retention: null
experiment_id: '12'
last_update_time: 1700000000001
lifecycle_stage: active
name: by mlflow
tags:
  et: old
trace_location: null
workspace: default
"""
MLFLOW_RUN_ID = "0123456789abcdef0123456789abcdef"
MLFLOW_RUN = f"""\
artifact_uri: file:///elsewhere/12/{MLFLOW_RUN_ID}/artifacts
end_time: 1700000000009
entry_point_name: main
experiment_id: '12'
lifecycle_stage: active
run_id: {MLFLOW_RUN_ID}
run_name: quiet-owl-1
run_uuid: {MLFLOW_RUN_ID}
source_name: train.py
source_type: 4
source_version: ''
start_time: 1700000000005
status: 3
tags: []
user_id: me
"""


def make_file(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def made_by_mlflow(root: Path) -> Path:
    """An experiment with a run as MLflow leaves them; the run's folder."""
    make_file(root / "12/meta.yaml", MLFLOW_EXPERIMENT)
    make_file(root / "12/tags/et", "new\r\n")
    run = root / "12" / MLFLOW_RUN_ID
    make_file(run / "meta.yaml", MLFLOW_RUN)
    make_file(run / "params/a/b", "x\n")
    make_file(run / "tags/mlflow.runName", "quiet-owl-1")
    make_file(run / "metrics/loss", "5 inf 1\n6 1.5\n7 nan 3 data 1a2b\n7 nan 3\n")
    return run


def run_folder(root: Path, run_id: str) -> Path:
    return next(root.glob(f"*/{run_id}"))


def yaml_of(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict)
    return document


def new_run(store: FileStore) -> str:
    return store.create_run("0").info.run_id


def refused(code: ErrorCode, call: Any, *args: Any) -> None:
    with pytest.raises(StoreError) as caught:
        call(*args)
    assert caught.value.code is code


def age(root: Path) -> None:
    """Make everything in the folder look as if it was left alone for a while, so that caches trust it."""
    past = time.time() - 100
    for each in (root, *root.rglob("*")):
        os.utime(each, (past, past), follow_symlinks=False)
