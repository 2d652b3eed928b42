"""Stores that cannot be tested, or not well: what the command line says of them."""

from __future__ import annotations

import tempfile
import threading

from storeproof.stores import TrackingStore, open_store


def raises_when_made() -> TrackingStore:
    raise RuntimeError("the licence server\nsays no")


def hangs_when_made() -> TrackingStore:
    threading.Event().wait()
    raise AssertionError


def hangs_when_asked() -> TrackingStore:
    store = open_store(f"{tempfile.mkdtemp()}/mlruns")

    def hang(*_: object, **__: object) -> str:
        threading.Event().wait()
        raise AssertionError

    store.create_experiment = hang  # type: ignore[method-assign]
    return store


def cannot_create_runs() -> TrackingStore:
    store = open_store(f"{tempfile.mkdtemp()}/mlruns")

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("no runs today")

    store.create_run = fail  # type: ignore[method-assign,assignment]
    return store


class _WithoutBulkHistories:
    get_metric_history_bulk = None

    def __init__(self, store: TrackingStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def without_bulk_histories() -> TrackingStore:
    return _WithoutBulkHistories(open_store(f"{tempfile.mkdtemp()}/mlruns"))  # type: ignore[return-value]


def good() -> TrackingStore:
    return open_store(f"{tempfile.mkdtemp()}/mlruns")


not_callable = "a store"
