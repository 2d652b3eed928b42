"""The store that a test is about, and the two sides; MLflow's is the interpreter that STOREPROOF_MLFLOW_PYTHON names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sides import URIS, Mlflow, Side, Storeproof

VARIABLE = "STOREPROOF_MLFLOW_PYTHON"

# Without MLflow these tests are absent: they neither pass nor hide behind a skip.
collect_ignore_glob = [] if VARIABLE in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mlflow]:
    """MLflow's side: one process for all tests, since its import is most of the work."""
    with closing(Mlflow(os.environ[VARIABLE], tmp_path_factory.mktemp("mlflow"))) as side:
        yield side


@pytest.fixture(params=["storeproof first", "mlflow first"])
def turns(request: pytest.FixtureRequest, mlflow: Mlflow) -> tuple[Side, Side]:
    """The two sides in either order."""
    if request.param == "storeproof first":
        return Storeproof(), mlflow
    return mlflow, Storeproof()


@pytest.fixture(params=sorted(URIS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store that both sides know."""
    name: str = request.param
    return name


@pytest.fixture
def uri(kind: str, tmp_path: Path) -> str:
    """The address of a store of this kind that does not exist yet."""
    return URIS[kind](tmp_path)
