"""Plugins of MLflow's, installed for one test; MLflow must be in the interpreter that runs the tests."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from installed import Plugin, example

# Without MLflow these tests are absent: they neither pass nor hide behind a skip.
collect_ignore_glob = [] if importlib.util.find_spec("mlflow") else ["test_*.py"]


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], Plugin]:
    """Installs a plugin of one module, given its scheme and its source, for programs that are told of it."""

    def install(scheme: str, source: str) -> Plugin:
        return Plugin.of(tmp_path / scheme, scheme, source)

    return install


@pytest.fixture
def memory_store(tmp_path: Path) -> Plugin:
    """The example plugin of this repository, installed in the same way."""
    return example(tmp_path / "example")
