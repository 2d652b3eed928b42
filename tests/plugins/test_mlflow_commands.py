"""What MLflow's own commands do behind its stores, for the clauses about gc and migrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storeproof.conformance import old_databases
from storeproof.conformance.adapters.commands import migrations, open_mlflows, upgrade_mlflows
from storeproof.conformance.adapters.library import version
from storeproof.conformance.backend import Backend
from storeproof.conformance.doors import MLFLOW
from storeproof.stores import ErrorCode, StoreError
from storeproof.stores.contract import TrackingStore

pytestmark = pytest.mark.interop


@pytest.fixture(params=["sqlite:///{}/store.db", "{}/mlruns"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.param.format(tmp_path))


@pytest.fixture
def store(uri: str, tmp_path: Path) -> Iterator[TrackingStore]:
    opened = MLFLOW.open(uri, f"{tmp_path}/artifacts")
    yield opened
    opened.close()


def test_its_gc_removes_the_deleted_runs_that_are_named(store: TrackingStore, uri: str) -> None:
    experiment = store.create_experiment("e")
    stays, goes = (store.create_run(experiment).info.run_id for _ in range(2))
    for run in (stays, goes):
        store.delete_run(run)
    backend = Backend.of_mlflow(uri)
    assert backend.gc(run_ids=[goes]) == []
    assert store.get_run(stays).info.run_id == stays
    with pytest.raises(StoreError) as refused:
        store.get_run(goes)
    assert refused.value.code is ErrorCode.RESOURCE_DOES_NOT_EXIST
    assert backend.get_traces(goes) == {}
    assert backend.get_traces(stays) != {}


def test_what_its_gc_refuses_is_a_refusal(store: TrackingStore, uri: str) -> None:
    with pytest.raises(StoreError) as refused:
        Backend.of_mlflow(uri).gc(run_ids=["0" * 32])
    assert refused.value.code is ErrorCode.RESOURCE_DOES_NOT_EXIST


def test_a_single_hard_deletion_is_not_to_be_had(store: TrackingStore, uri: str) -> None:
    with pytest.raises(StoreError) as refused:
        Backend.of_mlflow(uri).hard_delete_run("0" * 32)
    assert refused.value.code is ErrorCode.NOT_IMPLEMENTED


def test_its_upgrade_ends_at_its_own_newest_schema(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/old.db"
    old_databases.make(uri, old_databases.CHAIN[-3], seed=1)
    upgrade_mlflows(uri)
    open_mlflows(uri)


def test_the_hooks_are_of_the_mlflow_whose_schema_is_the_catalogues() -> None:
    assert (migrations("sqlite") is None) == (not version().startswith("2."))
