"""Stores with something to collect, and what is left in them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from storeproof.conformance.backend import Backend
from storeproof.stores import Dataset, DatasetInput, Metric, Param, Run, Tag, open_store
from storeproof.stores.artifacts import Artifacts
from storeproof.stores.gc import Collected, collect, plan
from storeproof.stores.removing import RemovingStore

GOING, STAYING = "going", "staying"


@dataclass(frozen=True)
class Filled:
    """A store at an address, with runs that are deleted and known by GOING, and others."""

    uri: str
    going: tuple[str, ...]
    """Deleted runs of an active experiment."""
    inside: str
    """A run of a deleted experiment."""
    experiment: str
    """The deleted experiment."""
    whole: dict[str, Run]
    """Each run as it was when it was deleted, or as it stays."""

    def open(self) -> RemovingStore:
        store = open_store(self.uri)
        assert isinstance(store, RemovingStore)
        return store

    def collect(self) -> Collected:
        with closing(self.open()) as store:
            return collect(store, plan(store), Artifacts())

    def traces(self, word: str) -> dict[str, int]:
        with closing(Backend(self.uri)) as backend:
            return backend.get_traces(word)


def fill(uri: str, runs: int = 2) -> Filled:
    """A new store with `runs` deleted runs in an active experiment, and a deleted experiment with one."""
    with open_store(uri) as store:

        def logged(experiment: str, word: str) -> str:
            run = store.create_run(experiment, tags=[Tag(f"tag-{word}", word)]).info.run_id
            points = [Metric(f"m-{word}", step, step, step) for step in range(12)]
            store.log_batch(run, points, [Param(f"p-{word}", word)])
            # Datasets are the experiment's.
            owner = STAYING if experiment == alive else word
            dataset = Dataset(f"data-{owner}", "1", "local", owner)
            store.log_inputs(run, [DatasetInput(dataset, {f"use-{word}": word})])
            return run

        alive = store.create_experiment(STAYING)
        deleted = store.create_experiment(GOING, tags=[Tag("tag", GOING)])
        stays = logged(alive, STAYING)
        going = tuple(logged(alive, f"run-{GOING}") for _ in range(runs))
        inside = logged(deleted, GOING)
        for run in going:
            store.delete_run(run)
        store.delete_experiment(deleted)
        whole = {run: store.get_run(run) for run in (stays, *going, inside)}
    return Filled(uri, going, inside, deleted, whole)
