"""The rules of SQL Server's engine for a schema as a whole: how wide keys are, and where deletions cascade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

CLUSTERED_KEY = 900
"""Bytes of a key that orders the table itself."""

OTHER_KEY = 1700
"""Bytes of any other."""

_WIDTHS = {
    "BIGINT": 8, "INT": 4, "BIT": 1, "FLOAT": 8, "DOUBLE": 8, "SMALLINT": 2, "TINYINT": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """A primary key, a unique constraint or an index."""

    table: str
    name: str
    columns: tuple[str, ...]
    clustered: bool


def key_widths(creates: Iterable[exp.Create]) -> Iterator[str]:
    """A clustered key has at most 900 bytes, another 1700; a text's unit has two."""
    creates = list(creates)
    widths = {
        (_table(create), column.name): _width(column.args["kind"])
        for create in creates
        for column in create.find_all(exp.ColumnDef)
    }
    for key in (key for create in creates for key in keys(create)):
        width = sum(widths.get((key.table, column), 0) for column in key.columns)
        most = CLUSTERED_KEY if key.clustered else OTHER_KEY
        if width > most:
            yield f"{key.name} of {key.table} may have {width} bytes; {most} are allowed"


def cascades(creates: Iterable[exp.Create]) -> Iterator[str]:
    """No table is reached by two cascading paths, nor by one that returns to it."""
    below: dict[str, list[str]] = defaultdict(list)
    for create in creates:
        for foreign in create.find_all(exp.ForeignKey):
            reference = foreign.args["reference"]
            actions = [each for each in reference.args.get("options") or () if " ON " in f" {each}"]
            if any(not action.endswith("NO ACTION") for action in actions):
                below[reference.find(exp.Table).name].append(_table(create))
    for start in list(below):
        seen = {start}
        waiting = list(below[start])
        while waiting:
            table = waiting.pop()
            if table in seen:
                yield f"{table} is reached by more than one cascading path from {start}"
                break
            seen.add(table)
            waiting += below.get(table, ())


def keys(create: exp.Create) -> Iterator[Key]:
    """The keys or the index that a statement makes; a primary key is clustered unless it says otherwise."""
    table = _table(create)
    if isinstance(create.this, exp.Index):
        clustered = "CLUSTERED" in str(create.args["kind"]).split()
        yield Key(table, create.this.name, _named([create.this]), clustered)
        return
    for part in create.this.expressions:
        inner = part.expressions if isinstance(part, exp.Constraint) else [part]
        name = part.name or "an unnamed key"
        kinds = tuple(type(each) for each in inner)
        if exp.PrimaryKey in kinds or exp.PrimaryKeyColumnConstraint in kinds:
            heap = exp.NonClusteredColumnConstraint in kinds
            yield Key(table, name, _named(inner), not heap)
        elif exp.UniqueColumnConstraint in kinds:
            yield Key(table, name, _named(inner), clustered=False)


def _named(parts: Iterable[exp.Expr]) -> tuple[str, ...]:
    """The columns in the order of the text."""
    found = [
        name.name
        for part in parts
        for holder in part.find_all(exp.Ordered, exp.Schema)
        for name in ([holder.this] if isinstance(holder, exp.Ordered) else holder.expressions)
    ]
    return tuple(dict.fromkeys(found))


def _table(create: exp.Create) -> str:
    """The table that is made, or that an index is on."""
    made = create.this
    table = made.args["table"] if isinstance(made, exp.Index) else made.find(exp.Table)
    return str(table.name)


def _width(kind: exp.DataType) -> int:
    """Bytes of a column in a key; max cannot be in one."""
    name = kind.this.value
    if name in _WIDTHS:
        return _WIDTHS[name]
    size = declared_size(kind)
    if size is None:
        return OTHER_KEY + 1
    return 2 * size if name in ("NVARCHAR", "NCHAR") else size


def declared_size(kind: exp.DataType) -> int | None:
    """The number in brackets; None for max or nothing."""
    sizes = [part.this for part in kind.expressions]
    return int(sizes[0].this) if sizes and sizes[0].is_int else None
