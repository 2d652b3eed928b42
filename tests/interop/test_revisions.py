"""At every revision our chain's schema is MLflow 2.22's (MIG-CHAIN)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sides import Mlflow

from storeproof.conformance.reflected import described
from storeproof.stores.sql.migrations.chain import CHAIN, INITIAL
from storeproof.stores.sql.migrations.upgrade import upgrade

pytestmark = pytest.mark.interop


def test_every_step_leads_where_mlflows_leads(tmp_path: Path, mlflow: Mlflow) -> None:
    """On sqlite; on servers, whose steps differ in words, the heads are compared (test_schema.py)."""
    ours, theirs = f"sqlite:///{tmp_path}/ours.db", f"sqlite:///{tmp_path}/theirs.db"
    for revision in (INITIAL, *CHAIN):
        upgrade(ours, revision)
        mlflow.upgrade(theirs, revision)
        assert described(ours) == described(theirs), revision
