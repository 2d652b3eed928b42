"""Deletion for good on servers, by several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from storeproof.conformance.backend import Backend
from storeproof.fixtures.ladder import Database
from storeproof.stores import Metric, Param, StoreError, open_store
from storeproof.stores.artifacts import Artifacts
from storeproof.stores.gc import collect, plan
from storeproof.stores.removing import RemovingStore

pytestmark = pytest.mark.database


def gc(url: str) -> int:
    """Collect all that is deleted; how many runs went."""
    with closing(open_store(url)) as store:
        assert isinstance(store, RemovingStore)
        return collect(store, plan(store), Artifacts()).runs


def test_two_collect_at_once_and_everything_goes(database: Database) -> None:
    with open_store(database.url) as store:
        experiment = store.create_experiment("many")
        runs = [store.create_run(experiment).info.run_id for _ in range(30)]
        for run in runs:
            store.log_batch(run, [Metric(f"m{i}", i, i, i) for i in range(20)], [Param("p", "v")])
            store.delete_run(run)
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(gc, [database.url] * 2))
    assert sum(done) >= len(runs)
    with closing(Backend(database.url)) as backend:
        assert [backend.get_traces(run) for run in runs] == [{}] * len(runs)


def test_who_restores_while_another_collects_has_the_whole_run_or_none(database: Database) -> None:
    with open_store(database.url) as store:
        experiment = store.create_experiment("raced")
        runs = [store.create_run(experiment).info.run_id for _ in range(20)]
        for run in runs:
            store.log_batch(run, [Metric(f"m{i}", i, i, i) for i in range(20)], [Param("p", "v")])
            store.delete_run(run)

        def restore() -> set[str]:
            restored = set()
            for run in reversed(runs):
                try:
                    store.restore_run(run)
                except StoreError:
                    continue
                restored.add(run)
            return restored

        with ThreadPoolExecutor() as pool:
            restoring, collecting = pool.submit(restore), pool.submit(gc, database.url)
            restored = restoring.result()
            collecting.result()
        for run in restored:
            found = store.get_run(run)
            assert len(found.metrics) == 20
            assert found.params == {"p": "v"}
