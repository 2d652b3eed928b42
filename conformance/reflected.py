"""A database's schema as the engine tells it, to be compared with another's (MIG-FRESH)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Inspector, NullPool, create_engine, inspect


def described(uri: str) -> list[str]:
    """The schema as lines, in an order of their own; collations are each store's to choose."""
    engine = create_engine(uri, poolclass=NullPool)
    with engine.connect() as connection:
        inspector = inspect(connection)
        return sorted(
            line for table in inspector.get_table_names() for line in _lines(inspector, table)
        )


def _lines(inspector: Inspector, table: str) -> Iterator[str]:
    for column in inspector.get_columns(table):
        parts = {
            "type": _exact(column["type"]),
            "nullable": column["nullable"],
            "default": column.get("default"),
            "autoincrement": column.get("autoincrement"),
        }
        yield f"{table}.{column['name']}: {parts}"
    yield f"{table}: key {_plain(inspector.get_pk_constraint(table))}"
    for kind, found in (
        ("foreign key", inspector.get_foreign_keys(table)),
        ("index", inspector.get_indexes(table)),
        ("unique", inspector.get_unique_constraints(table)),
        ("check", inspector.get_check_constraints(table)),
    ):
        for each in found:
            yield f"{table}: {kind} {_plain(each)}"


def _exact(kind: Any) -> str:
    for part in ("collation", "charset"):
        if hasattr(kind, part):
            setattr(kind, part, None)
    return repr(kind)


def _plain(part: Any) -> str:
    return str({key: part[key] for key in sorted(part)})
