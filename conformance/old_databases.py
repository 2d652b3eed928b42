"""Old databases: made at any revision by our own chain, filled with nasty rows, and what must become of these.

What a row must be after the upgrade is said here from the revisions' descriptions, and not by
the code that does it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, NullPool, Table, create_engine, insert, inspect, select
from sqlalchemy.types import Boolean, Float, Integer

from storeproof.stores.sql.engine import open_database
from storeproof.stores.sql.migrations.chain import CHAIN, HEAD, INITIAL, ONE_WAY
from storeproof.stores.sql.migrations.upgrade import upgrade

__all__ = [
    "AHEAD",
    "CHAIN",
    "HEAD",
    "INITIAL",
    "ONE_WAY",
    "Content",
    "content",
    "expected",
    "in_order",
    "make",
]

Row = Mapping[str, Any]
Content = Mapping[str, Sequence[Row]]
"""The rows of each table."""

AHEAD = "dc11669786a5"
"""MLflow's head at 3.17, which nothing of 2.22 knows."""

_VERSION = "alembic_version"
_USER = "mlflow.user"

_TEXTS = (
    "plain",
    'it\'s "quoted", `ticked` and 100% {braced} \\ back\\slashed',
    "line\r\nends\nand\ttabs ",
    "план 計画 e\N{COMBINING ACUTE ACCENT} \N{PILE OF POO}",
    "'; DROP TABLE experiments; --",
    "%s %(name)s :name ?",
    " ",
    "",
)
_KEYS = ("loss", "a/b.c-d e", "план", "e\N{COMBINING ACUTE ACCENT}", "\N{PILE OF POO}", "k" * 250)
_NUMBERS = (0.0, 1.5, -2.25, 0.5, 1e10, -1024.0)
_DOUBLES = (0.1, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, math.pi)
_TIMES = (0, 1, 2, 1_600_000_000_000, 2**63 - 1)
_STEPS = (-(2**63), -1, 0, 1, 7, 2**63 - 1)
_STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED")
_EXPERIMENTS, _RUNS = range(3), tuple(f"{number:032x}" for number in range(1, 7))
_MODELS = ("model", "модель '%s'", "m" * 256)
_REQUESTS = tuple(f"tr-{number:04x}" for number in range(4))

_ORDER = (
    *("experiments", "experiment_tags", "runs", "params", "tags", "metrics", "latest_metrics"),
    *("registered_models", "registered_model_tags", "model_versions", "model_version_tags"),
    *("registered_model_aliases", "datasets", "inputs", "input_tags"),
    *("trace_info", "trace_tags", "trace_request_metadata"),
)

_OWNERS: dict[str, tuple[str, Sequence[Any]]] = {
    **dict.fromkeys(("params", "tags", "latest_metrics"), ("run_uuid", _RUNS)),
    "experiment_tags": ("experiment_id", _EXPERIMENTS),
    "registered_model_tags": ("name", _MODELS),
    **dict.fromkeys(("trace_tags", "trace_request_metadata"), ("request_id", _REQUESTS)),
}
"""Tables of keys, by the column of what each key belongs to."""

_NAMES = tuple(f"{_TEXTS[number]}{number}" for number in _EXPERIMENTS)
_VERSIONS = tuple(
    {"name": name, "version": number, "alias": f"alias-{number}"}
    for name in _MODELS
    for number in (1, 2, 2**31 - 1)
)
_INPUTS = tuple({"input_uuid": f"input-{number}"} for number in range(4))

_FIXED: dict[str, Sequence[Mapping[str, Any]]] = {
    **dict.fromkeys(
        ("experiments", "datasets"),
        tuple(
            {"experiment_id": number, "name": _NAMES[number], "digest": f"digest-{number}"}
            for number in _EXPERIMENTS
        ),
    ),
    "runs": [{"run_uuid": run} for run in _RUNS],
    "registered_models": [{"name": name} for name in _MODELS],
    **dict.fromkeys(
        ("model_versions", "model_version_tags", "registered_model_aliases"), _VERSIONS
    ),
    **dict.fromkeys(("inputs", "input_tags"), _INPUTS),
    "trace_info": [{"request_id": request} for request in _REQUESTS],
}
"""What tells the rows of the other tables apart."""


def make(uri: str, revision: str, seed: int) -> Content:
    """Make a database at a revision, and fill it with rows drawn from the seed."""
    upgrade(uri, revision)
    database = open_database(uri)  # its sessions write a zero as an id
    try:
        database.write(lambda connection: _fill(connection, revision, random.Random(seed)))
    finally:
        database.close()
    return content(uri)


def content(uri: str, *, with_revision: bool = False) -> Content:
    """Every row of every table, but of Alembic's only if that is wanted."""
    engine = create_engine(uri, poolclass=NullPool)
    with engine.connect() as connection:
        return {
            name: _rows(connection, name)
            for name in inspect(connection).get_table_names()
            if name != _VERSION or with_revision
        }


def expected(before: Content, revision: str, to: str = HEAD) -> dict[str, list[Row]]:
    """What the rows of a database at this revision must be at another, in the columns that they had or got."""
    after = {name: [dict(row) for row in rows] for name, rows in before.items()}

    def passed(step: str) -> bool:
        return _is_before(revision, step) and not _is_before(to, step)

    for row in after["metrics"]:
        if passed("451aebb31d03"):
            row["step"] = 0
        if passed("181f10493468"):
            row["is_nan"] = int(math.isnan(row["value"]))
            row["value"] = 0.0 if row["is_nan"] else row["value"]
    if passed("90e64c465722"):
        tagged = {row["run_uuid"] for row in after["tags"] if row["key"] == _USER}
        after["tags"] += [
            {"key": _USER, "value": row["user_id"], "run_uuid": row["run_uuid"]}
            for row in after["runs"]
            if row["user_id"] and row["run_uuid"] not in tagged
        ]
    if passed("89d4b8295536"):
        after["latest_metrics"] = [dict(row) for row in _latest(after["metrics"])]
    return {name: in_order(rows) for name, rows in after.items()}


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Rows without the columns that are NULL, in an order of their own."""
    kept = [{key: row[key] for key in sorted(row) if row[key] is not None} for row in rows]
    return sorted(kept, key=repr)


def _latest(metrics: Sequence[Row]) -> Iterator[Row]:
    best: dict[tuple[str, str], Row] = {}

    def rank(row: Row) -> tuple[int, int, bool, float]:
        return row["step"], row["timestamp"], not row["is_nan"], row["value"]

    for row in metrics:
        place = row["run_uuid"], row["key"]
        if place not in best or rank(row) > rank(best[place]):
            best[place] = row
    yield from best.values()


def _is_before(revision: str, other: str) -> bool:
    known = (INITIAL, *CHAIN)
    return known.index(revision) < known.index(other)


def _rows(connection: Connection, name: str) -> list[Row]:
    table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    for column in table.columns:
        if isinstance(column.type, Float):
            column.type.asdecimal = False  # or MySQL's doubles would be read with ten digits
    return [
        {key: int(value) if isinstance(value, bool) else value for key, value in row.items()}
        for row in connection.execute(select(table)).mappings()
    ]


def _fill(connection: Connection, revision: str, drawn: random.Random) -> None:
    present = set(inspect(connection).get_table_names())
    doubles = not _is_before(revision, "181f10493468")
    if revision == HEAD:
        connection.exec_driver_sql("DELETE FROM experiments")  # one was made with the schema
    filler = _Filler(drawn, (*_NUMBERS, *_DOUBLES) if doubles else _NUMBERS)
    for name in _ORDER:
        if name in present:
            table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
            rows = filler.rows(table)
            for row in rows:
                connection.execute(insert(table), row)


@dataclass
class _Filler:
    """Draws rows for tables of any revision."""

    drawn: random.Random
    numbers: Sequence[float]

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Rows that differ in the primary key."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        key = [column.name for column in table.primary_key.columns]
        for fixed in self._fixed(table.name):
            row = {column.name: self._value(table.name, column) for column in table.columns}
            row |= {name: value for name, value in fixed.items() if name in row}
            if row.get("is_nan"):
                row["value"] = 0.0
            found.setdefault(tuple(row[name] for name in key), row)
        return list(found.values())

    def _fixed(self, table: str) -> Iterator[dict[str, Any]]:
        """What is not free in each row: keys, and what refers to other rows."""
        if table == "tags":
            yield {"run_uuid": _RUNS[0], "key": _USER, "value": "kept"}
        if table in _OWNERS:
            yield from self._keyed(*_OWNERS[table])
        elif table == "metrics":
            yield from [*self._keyed("run_uuid", _RUNS)] * 4  # some of them at one moment
        else:
            for fixed in _FIXED[table]:
                parent = {"experiment_id": self.drawn.choice(_EXPERIMENTS)}
                yield {**parent, "key": self.drawn.choice(_KEYS), **fixed}

    def _keyed(self, owner: str, owners: Sequence[Any]) -> Iterator[dict[str, Any]]:
        for each in owners:
            for key in self.drawn.sample(_KEYS, 3):
                yield {owner: each, "key": key}

    def _value(self, table: str, column: Any) -> Any:
        choose, name = self.drawn.choice, column.name
        if column.nullable and self.drawn.random() < 0.2:
            return None
        if name == "lifecycle_stage":
            return choose(("active", "deleted"))
        if name == "source_type" and table == "runs":
            return choose(("NOTEBOOK", "JOB", "LOCAL", "UNKNOWN", "PROJECT"))
        if name == "status" and table == "runs":
            return choose(_STATUSES)
        if name == "is_nan":
            return self.drawn.random() < 0.2
        if isinstance(column.type, Float):
            return choose(self.numbers)
        if isinstance(column.type, Boolean):
            return False
        if isinstance(column.type, Integer):
            return choose(_STEPS if name == "step" else _TIMES)
        return self._text(getattr(column.type, "length", None))

    def _text(self, length: int | None) -> str:
        """A text of the column's full length now and then: in characters of four bytes, or long."""
        longest = length or 60_000
        if self.drawn.random() < 0.25:
            return ("\N{PILE OF POO}" * min(longest, 16_000))[:longest]
        return (self.drawn.choice(_TEXTS) * self.drawn.randint(1, 3))[:longest]
