"""Stores that cannot be tested, or not well: what the command line says of them."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable

from hypothesis.internal.conjecture import engine

from storeproof.stores import Run, Tag, TrackingStore, open_store


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


def tells_how_long_it_may_be_shrunk() -> TrackingStore:
    """For no test of time is sure: it says what Hypothesis goes by."""
    store = open_store(f"{tempfile.mkdtemp()}/mlruns")

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError(f"{engine.MAX_SHRINKING_SECONDS} seconds")

    store.delete_tag = fail  # type: ignore[method-assign,assignment]
    return store


def cannot_read_runs() -> TrackingStore:
    store = open_store(f"sqlite:///{tempfile.mkdtemp()}/store.db")

    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("write only")

    store.get_run = fail  # type: ignore[method-assign,assignment]
    return store


def cannot_read_deleted_runs() -> TrackingStore:
    store = open_store(f"sqlite:///{tempfile.mkdtemp()}/store.db")
    get_run = store.get_run

    def read(run_id: str) -> Run:
        run = get_run(run_id)
        if run.info.lifecycle_stage == "deleted":
            raise RuntimeError("gone")
        return run

    store.get_run = read  # type: ignore[method-assign]
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


def keeps_first_tag() -> TrackingStore:
    """Breaks TAG-SET, unless the environment says that it is mended."""
    store = good()
    set_tag = store.set_tag

    def add(run_id: str, tag: Tag) -> None:
        if tag.key not in store.get_run(run_id).tags:
            set_tag(run_id, tag)

    if "ODD_STORE_MENDED" not in os.environ:
        store.set_tag = add  # type: ignore[method-assign]
    return store


def tells_its_password() -> TrackingStore:
    """Has a password in what it says when it fails."""
    store = good()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"login as ann with {os.environ['ODD_STORE_PASSWORD']} failed")

    store.set_tag = fail  # type: ignore[method-assign]
    return store


def slow() -> TrackingStore:
    """Takes 100 ms for every call."""
    return _slowed(good())


def slow_and_broken() -> TrackingStore:
    """As slow, and breaks TAG-SET."""
    return _slowed(keeps_first_tag())


def _slowed(store: TrackingStore) -> TrackingStore:
    for name in dir(TrackingStore):
        operation = getattr(store, name)
        if not name.startswith("_") and callable(operation) and name != "close":
            setattr(store, name, _after_100_ms(operation))
    return store


def _after_100_ms(operation: Callable[..., object]) -> Callable[..., object]:
    def wait(*arguments: object, **named: object) -> object:
        threading.Event().wait(0.1)
        return operation(*arguments, **named)

    return wait


not_callable = "a store"
