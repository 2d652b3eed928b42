"""A tracking server over sqlite for all tests of this folder that do not spoil it, and plain requests to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import httpx
import pytest
from http_servers import API, running

from storeproof.stores import TrackingStore, open_store
from storeproof.stores.http.server import application

VARIABLES = (
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
    "DATABRICKS_HOST",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CONFIG_FILE",
    "DATABRICKS_CONFIG_PROFILE",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own settings stay out."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server."""
    folder = tmp_path_factory.mktemp("served")
    behind = open_store(f"sqlite:///{folder}/store.db", str(folder / "artifacts"))
    with running(application(behind)) as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[TrackingStore]:
    """The server's store, through our client."""
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def wire(url: str) -> Iterator[httpx.Client]:
    """Plain requests to the routes."""
    with httpx.Client(base_url=url + API, trust_env=False, timeout=30) as client:
        yield client


class Failing:
    """In place of a store: reading a run raises `error`."""

    error: Exception

    def get_run(self, run_id: str) -> NoReturn:
        """Raise it."""
        raise self.error

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def broken() -> Iterator[tuple[httpx.Client, Failing]]:
    """A server whose store fails, and plain requests to it."""
    behind = Failing()
    store: Any = behind
    with (
        running(application(store)) as address,
        httpx.Client(base_url=address + API, trust_env=False) as client,
    ):
        yield client, behind
