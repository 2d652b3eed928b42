"""MLflow's unmodified client, 2.22 and 3.x, keeps models through the tracking server (HTTP-API, REG-*)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_hands import ORDERS, by_mlflow, by_storeproof, sees_one_registry
from registry_plan import FIRST

from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import open_store

pytestmark = pytest.mark.interop


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a new server."""
    with TrackingServer.start(f"sqlite:///{tmp_path}/store.db") as server:
        yield server.url


@pytest.mark.parametrize("order", ORDERS)
def test_both_keep_one_registry(served: str, order: str) -> None:
    sees_one_registry(served, ORDERS[order])


def test_mlflow_copies_a_version(served: str) -> None:
    by_storeproof(served, FIRST)
    by_mlflow(served, [("copy_model_version", {"src_model_uri": "models:/b/1", "dst_name": "c"})])
    with open_store(served) as store:
        copied = store.get_model_version("c", 1)
        assert copied.source == "models:/b/1"
        assert copied.tags == {"k": "v", "line": "a\nb"}
        assert store.get_model_version_download_uri("c", 1) == "s3://bucket/model"
