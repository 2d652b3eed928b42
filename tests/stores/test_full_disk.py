"""A disk that is full: a clear error, nothing half written, and all as before once there is room (BATCH-ATOMIC, FILE-CRASH)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from storeproof.conformance.deeds import Doer, Judge, left_by
from storeproof.stores import ErrorCode, StoreError, TrackingStore, open_store

TOKEN = "disk"
DEEDS = 14
"""Calls of every kind, each twice."""
PAGES = 70
"""Pages of a sqlite database that its schema leaves some of."""


def fill(store: TrackingStore) -> tuple[Doer, int, StoreError]:
    """Call until a call is refused; who called, how many were acknowledged, and the refusal."""
    doer = Doer(store, TOKEN)
    for number in range(2000):
        try:
            doer.do(number)
        except StoreError as refusal:
            return doer, number, refusal
    raise AssertionError("the disk is never full")


def holds(store: TrackingStore, acknowledged: int) -> None:
    """What was acknowledged is there; the call after it is there wholly or not at all."""
    assert list(Judge(TOKEN, acknowledged, left_by(TOKEN, store)).faults()) == []


def outlives(uri: str, store: TrackingStore, make_room: Callable[[], object]) -> None:
    """The store refuses what does not fit, and goes on when there is room."""
    doer, number, refusal = fill(store)
    assert refusal.code is ErrorCode.TEMPORARILY_UNAVAILABLE
    holds(store, number)
    for _ in range(3):
        with pytest.raises(StoreError):
            doer.do(number)
    make_room()
    for each in range(number, number + DEEDS):
        doer.do(each)
    holds(store, number + DEEDS)
    with open_store(uri) as again:
        holds(again, number + DEEDS)


def test_a_database_that_may_not_grow(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/store.db"
    with open_store(uri, str(tmp_path)) as store:
        engine = store._database.engine  # type: ignore[attr-defined]
        pages = [PAGES]

        @event.listens_for(engine, "checkout")
        def limit(connection: object, _record: object, _proxy: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages[0]}")  # type: ignore[attr-defined]

        outlives(uri, store, lambda: pages.append(pages.pop() * 10))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, and a file on it that can be spared."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "storeproof", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no program to mount a small file system with")
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted: {mounted.stderr.strip()}")
    (folder / "ballast").write_bytes(bytes(400_000))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("uri", ["{}/mlruns", "sqlite:///{}/store.db"], ids=["file", "sqlite"])
def test_a_file_system_without_room(small_disk: Path, uri: str) -> None:
    address = uri.format(small_disk)
    with open_store(address, str(small_disk / "artifacts")) as store:
        outlives(address, store, (small_disk / "ballast").unlink)
