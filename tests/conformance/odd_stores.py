"""Stores that cannot be tested, or not well: what the command line says of them."""

from __future__ import annotations

import tempfile
import threading

from storeproof.stores import Run, TrackingStore, open_store


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


def good() -> TrackingStore:
    return open_store(f"{tempfile.mkdtemp()}/mlruns")


not_callable = "a store"
