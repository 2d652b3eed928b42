"""The MLflow that is installed beside storeproof: imported late, kept quiet, asked for stores by address."""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from storeproof.stores.errors import invalid, unavailable

ENTRY_POINTS = "mlflow.tracking_store"
"""The group in which plugins name their schemes."""

_SETTINGS = {
    "MLFLOW_ALLOW_FILE_STORE": "true",  # from 3.13 it opens no file store without
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # an error of a server is an answer, not a reason to wait
}
"""What MLflow's environment has, unless it says otherwise itself."""

_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433, "http": 80, "https": 443}
_PATIENCE = 5.0
"""Seconds in which a server must accept a connection; MLflow itself would try for 105."""


@cache
def _mlflow() -> Any:
    """The package, with its own talk to the terminal turned off."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    with _silence():
        try:
            package = importlib.import_module("mlflow")
        except ImportError as error:
            raise invalid(
                "MLflow is not installed beside storeproof; install the two in one environment."
            ) from error
        importlib.import_module("mlflow.entities.model_registry")
        importlib.import_module("mlflow.exceptions")
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # what it refuses, it also logs
    return package


def entities() -> Any:
    """The module mlflow.entities."""
    return _mlflow().entities


def refusal() -> type[Exception]:
    """The class MlflowException."""
    return _mlflow().exceptions.MlflowException  # type: ignore[no-any-return]


def version() -> str:
    """MLflow's version."""
    return str(_mlflow().__version__)


def store_at(uri: str, artifact_root: str | None, *, look_first: bool = True) -> Any:
    """A new store object of MLflow's at an address, found as MLflow finds it but never from its cache.

    Raises StoreError: INVALID_PARAMETER_VALUE where MLflow is missing or knows no such scheme,
    TEMPORARILY_UNAVAILABLE where the server behind the address takes no connection.
    """
    _mlflow()
    utils = importlib.import_module("mlflow.tracking._tracking_service.utils")
    if look_first:
        _sees_server(uri)
    registry = utils._tracking_store_registry  # noqa: SLF001 - MLflow has no other door that is not cached
    try:
        build: Callable[..., Any] = registry.get_store_builder(uri)
    except refusal() as error:
        raise invalid(
            f"MLflow {version()} knows no store for this address, only for the schemes "
            f"{', '.join(sorted(filter(None, registry._registry)))}. A plugin must be installed "  # noqa: SLF001
            f"with an entry point in the group {ENTRY_POINTS}, and that must load (PLUGIN-LOAD)."
        ) from error
    with _silence():
        return build(store_uri=uri, artifact_uri=artifact_root)


def registry_at(uri: str) -> Any:
    """A new store object of MLflow's for registered models at an address; None where MLflow knows none."""
    _mlflow()
    utils = importlib.import_module("mlflow.tracking._model_registry.utils")
    with _silence():
        try:
            build: Callable[..., Any] = utils._get_store_registry().get_store_builder(uri)  # noqa: SLF001
        except refusal():
            return None
        given = {"store_uri": uri, "tracking_uri": uri}
        wanted = inspect.signature(build).parameters
        return build(**{name: given[name] for name in given if name in wanted})


@contextmanager
def _silence() -> Iterator[None]:
    """Let nothing be logged or warned of: opening a database tells of every migration."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _sees_server(uri: str) -> None:
    """Knock at the server of a database or an http address, before MLflow begins its own attempts."""
    try:
        url = make_url(uri)
    except (ArgumentError, ValueError):
        return
    scheme = url.drivername.partition("+")[0]
    if not url.host or scheme not in _PORTS:
        return
    port = url.port or _PORTS[scheme]
    try:
        socket.create_connection((url.host, port), _PATIENCE).close()
    except OSError as error:
        raise unavailable(
            f"No server takes connections at {url.host}:{port}: {error}. Start it first."
        ) from error
