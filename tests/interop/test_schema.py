"""Our tables are MLflow's on every engine: names, columns, types, keys, indexes, constraints (MIG-CHAIN, MIG-FRESH)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sides import SERVED, Mlflow, Storeproof
from sqlalchemy import Inspector, create_engine, inspect

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(
    "kind",
    ["sqlite", *(pytest.param(kind, marks=pytest.mark.database) for kind in SERVED)],
)
def test_a_database_made_by_storeproof_has_the_tables_that_mlflow_makes(
    new_uri: Callable[[], str], mlflow: Mlflow
) -> None:
    ours, theirs = new_uri(), new_uri()
    Storeproof().dump(ours)
    mlflow.dump(theirs)
    assert described(ours) == described(theirs)


def described(uri: str) -> dict[str, dict[str, Any]]:
    """What reflection says of each table, but for the order in which parts were made and collations."""
    engine = create_engine(uri)
    inspector = inspect(engine)
    found = {name: table(inspector, name) for name in inspector.get_table_names()}
    engine.dispose()
    return found


def table(inspector: Inspector, name: str) -> dict[str, Any]:
    """What reflection says of a table."""
    return {
        "columns": {
            column["name"]: {
                "type": repr(exact(column["type"])),
                "nullable": column["nullable"],
                "default": column.get("default"),
                "autoincrement": column.get("autoincrement"),
            }
            for column in inspector.get_columns(name)
        },
        "key": inspector.get_pk_constraint(name),
        "foreign keys": by_text(inspector.get_foreign_keys(name)),
        "indexes": by_text(inspector.get_indexes(name)),
        "unique": by_text(inspector.get_unique_constraints(name)),
        "checks": by_text(inspector.get_check_constraints(name)),
    }


def exact(kind: Any) -> Any:
    """A type without its collation, which is ours to choose (TEXT-DISTINCT)."""
    if hasattr(kind, "collation"):
        kind.collation = None
    return kind


def by_text(parts: Any) -> list[str]:
    """Parts of a table in an order of their own."""
    return sorted(str(part) for part in parts)
