"""MLflow 2.22 and storeproof share a registry in one database (MIG-CHAIN, REG-*)."""

from __future__ import annotations

from pathlib import Path

import pytest
from registry_hands import ORDERS, sees_one_registry

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("order", ORDERS)
def test_both_keep_one_registry(tmp_path: Path, order: str) -> None:
    sees_one_registry(f"sqlite:///{tmp_path}/mlflow.db", ORDERS[order])
