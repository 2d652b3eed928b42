"""MLflow's files as MLflow writes them, and broken ones, to be put behind a file store."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from storeproof.conformance.disk import Disk
from storeproof.conformance.probe import Needs, Probe

_EXPERIMENT = {
    "artifact_location": "file:///elsewhere/{id}",
    "creation_time": "1700000000000",
    "experiment_id": "'{id}'",
    "last_update_time": "1700000000001",
    "lifecycle_stage": "active",
    "name": "{name}",
}

_RUN = {
    "artifact_uri": "file:///elsewhere/{id}/artifacts",
    "end_time": "null",
    "entry_point_name": "''",
    "experiment_id": "'{experiment}'",
    "lifecycle_stage": "active",
    "run_id": "{id}",
    "run_name": "quiet-owl-1",
    "run_uuid": "{id}",
    "source_name": "''",
    "source_type": "4",
    "source_version": "''",
    "start_time": "5",
    "status": "1",
    "tags": "[]",
    "user_id": "ann",
}


def new_experiment_id() -> str:
    """An id as MLflow's file store draws them: eighteen digits."""
    return str(10**17 + secrets.randbelow(9 * 10**17))


def new_run_id() -> str:
    """An id as MLflow draws them: 32 hex digits, the first a letter, which no YAML takes for a number."""
    return "a" + secrets.token_hex(16)[1:]


def experiment_file(experiment_id: str, name: str, **fields: object) -> str:
    """An experiment's meta.yaml; `fields` add to MLflow's or replace them."""
    return _document(_EXPERIMENT, fields).format(id=experiment_id, name=name)


def run_file(experiment_id: str, run_id: str, **fields: object) -> str:
    """A run's meta.yaml; `fields` add to MLflow's or replace them."""
    return _document(_RUN, fields).format(id=run_id, experiment=experiment_id)


def _document(document: dict[str, str], fields: dict[str, object]) -> str:
    together = sorted({**document, **fields}.items())
    return "".join(f"{key}: {value}\n" for key, value in together)


def put_run(disk: Disk, experiment_id: str, run_id: str, *above: str, **fields: object) -> None:
    """A run as MLflow makes it, below the folder `above`: it is no run to MLflow 3 without these folders."""
    place = [*above, experiment_id, run_id]
    disk.put([*place, "meta.yaml"], run_file(experiment_id, run_id, **fields))
    for folder in ("artifacts", "metrics", "params", "tags"):
        disk.make_folder([*place, folder])


@contextmanager
def litter(probe: Probe, *paths: Sequence[str], content: str | bytes = "") -> Iterator[None]:
    """Files that lie in the store's folder for a while, and are gone when other tests look at it."""
    folder = probe.place.folder()
    if folder is None:
        raise Needs("the store's folder", "the target does not tell it")
    try:
        for path in paths:
            probe.disk().put(path, content)
        yield
    finally:
        for path in paths:
            Disk(folder).remove(path)  # not recorded: the trace ends with what was found
