"""Whether a database that says it is at the head has the head's schema: what somebody's own changes left out."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, ForeignKeyConstraint, Inspector, Table, inspect

from storeproof.stores.sql import tables


def missing(connection: Connection) -> Iterator[str]:
    """What of the head's tables is not there, in words; what else there is does no harm."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    for table in tables.metadata.sorted_tables:
        if table.name in present:
            yield from _missing_of(table, inspector)
        else:
            yield f"the table {table.name}"


def _missing_of(table: Table, inspector: Inspector) -> Iterator[str]:
    columns = {column["name"]: column for column in inspector.get_columns(table.name)}
    for column in table.columns:
        found = columns.get(column.name)
        if found is None:
            yield f"the column {table.name}.{column.name}"
        elif found["nullable"] != column.nullable:
            yield f"{'' if column.nullable else 'NOT '}NULL of {table.name}.{column.name}"
    key = inspector.get_pk_constraint(table.name)["constrained_columns"]
    if key != [column.name for column in table.primary_key.columns]:
        yield f"the primary key of {table.name}"
    indexes = {index["name"] for index in inspector.get_indexes(table.name)}
    for index in sorted(str(index.name) for index in table.indexes):
        if index not in indexes:
            yield f"the index {index} of {table.name}"
    keys = {
        (
            tuple(key["constrained_columns"]),
            key["referred_table"],
            *_rules(key["options"].get("ondelete"), key["options"].get("onupdate")),
        )
        for key in inspector.get_foreign_keys(table.name)
    }
    for wanted in table.constraints:
        if isinstance(wanted, ForeignKeyConstraint):
            names = tuple(wanted.column_keys)
            rules = _rules(wanted.ondelete, wanted.onupdate)
            if (names, wanted.referred_table.name, *rules) not in keys:
                yield f"the foreign key of {table.name} over {', '.join(names)}"


def _rules(*given: str | None) -> tuple[str, ...]:
    """Rules as they are told by every engine: nothing is NO ACTION or RESTRICT on some."""
    return tuple(
        "" if each is None or each.upper() in ("NO ACTION", "RESTRICT") else each.upper()
        for each in given
    )
