"""MLflow takes a database of ours, new or upgraded, for its own (MIG-CHAIN)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from plans import EVERYTHING
from sides import SERVED, Mlflow, Storeproof

from storeproof.fixtures import snapshots
from storeproof.fixtures.ladder import Server
from storeproof.stores.sql.migrations.upgrade import upgrade

pytestmark = pytest.mark.interop

KINDS = ["sqlite", *(pytest.param(kind, marks=pytest.mark.database) for kind in SERVED)]


@pytest.mark.parametrize("kind", KINDS)
def test_mlflows_own_upgrade_takes_our_database_to_its_head_and_reads_it(
    uri: str, mlflow: Mlflow
) -> None:
    """2.22 has nothing to do; 3 has revisions of its own."""
    ours = Storeproof()
    ours.fill(uri, EVERYTHING, {})
    written = ours.dump(uri)
    mlflow.upgrade(uri, "head")
    assert mlflow.dump(uri) == written


@pytest.mark.parametrize("kind", KINDS)
def test_mlflow_reads_an_old_database_that_was_upgraded(
    kind: str, tmp_path: Path, servers: Callable[[str], Server], mlflow: Mlflow
) -> None:
    with ExitStack() as made:
        uri = f"sqlite:///{tmp_path}/old.db"
        if kind in SERVED:
            uri = made.enter_context(servers(kind).database(prepare=None)).url
        snapshots.load(kind, "1.0.0", uri)
        upgrade(uri)
        read = Storeproof().dump(uri)
        assert len(read["runs"]) > 1
        mlflow.upgrade(uri, "head")
        assert mlflow.dump(uri) == read
