"""From the registry's rows to entities; what belongs to many models is read with one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select

from storeproof.stores.entities import ModelVersion, RegisteredModel, Stage
from storeproof.stores.sql.reading import Record, chunks
from storeproof.stores.sql.tables import (
    given,
    model_version_tags,
    model_versions,
    registered_model_aliases,
    registered_model_tags,
    registered_models,
)

REMOVED = "Deleted_Internal"
"""The stage in which MLflow keeps the row of a deleted version, so that its number is never free again (REG-VERSION)."""

STAGE = func.coalesce(model_versions.c.current_stage, given(Stage.NONE.value))
"""A version's stage."""

THERE = STAGE != REMOVED
"""Whether a row of model_versions is a version, and not the memory of one."""

MODEL_COLUMNS = (
    registered_models.c.name,
    registered_models.c.creation_time,
    registered_models.c.last_updated_time,
    registered_models.c.description,
)

VERSION_COLUMNS = (
    model_versions.c.name,
    model_versions.c.version,
    model_versions.c.creation_time,
    model_versions.c.last_updated_time,
    model_versions.c.description,
    model_versions.c.user_id,
    STAGE.label("current_stage"),
    model_versions.c.source,
    model_versions.c.run_id,
    model_versions.c.status,
    model_versions.c.status_message,
    model_versions.c.run_link,
    model_versions.c.storage_location,
)

_NAMES: BindParameter[str] = bindparam("names", expanding=True)

_MODEL_TAGS = select(
    registered_model_tags.c.name, registered_model_tags.c.key, registered_model_tags.c.value
).where(registered_model_tags.c.name.in_(_NAMES))
_ALIASES = select(
    registered_model_aliases.c.name,
    registered_model_aliases.c.alias,
    registered_model_aliases.c.version,
).where(registered_model_aliases.c.name.in_(_NAMES))
_VERSION_TAGS = select(
    model_version_tags.c.name,
    model_version_tags.c.version,
    model_version_tags.c.key,
    model_version_tags.c.value,
).where(
    model_version_tags.c.name.in_(_NAMES),
    model_version_tags.c.version.in_(bindparam("numbers", expanding=True)),
)


def _latest() -> Select[tuple[str, int]]:
    """Of each model and stage the largest number."""
    return (
        select(model_versions.c.name, func.max(model_versions.c.version).label("version"))
        .where(model_versions.c.name.in_(_NAMES), THERE)
        .group_by(model_versions.c.name, STAGE)
    )


_LARGEST = _latest().subquery()
_LATEST = (
    select(*VERSION_COLUMNS)
    .join(
        _LARGEST,
        (model_versions.c.name == _LARGEST.c.name)
        & (model_versions.c.version == _LARGEST.c.version),
    )
    .order_by(model_versions.c.version)
)


def latest(connection: Connection, names: Sequence[str], binds: int) -> list[Record]:
    """The rows of the latest versions of these models in each stage, by number."""
    return [
        row
        for part in chunks(names, binds)
        for row in connection.execute(_LATEST, {"names": part}).all()
    ]


def whole_models(
    connection: Connection, rows: Sequence[Record], binds: int
) -> list[RegisteredModel]:
    """Models with their tags, aliases and latest versions, in the order of `rows`."""
    names = [row.name for row in rows]
    labels: dict[str, dict[str, str]] = {name: {} for name in names}
    for part in chunks(names, binds):
        for name, key, value in connection.execute(_MODEL_TAGS, {"names": part}).all():
            labels[name][key] = value or ""
    aliases = _aliases(connection, names, binds)
    newest: dict[str, list[ModelVersion]] = {name: [] for name in names}
    found = latest(connection, names, binds)
    for version in _versions(connection, found, aliases, binds):
        newest[version.name].append(version)
    return [
        RegisteredModel(
            name=row.name,
            creation_timestamp=row.creation_time,
            last_updated_timestamp=row.last_updated_time,
            description=row.description,
            tags=labels[row.name],
            aliases=aliases[row.name],
            latest_versions=tuple(newest[row.name]),
        )
        for row in rows
    ]


def whole_versions(
    connection: Connection, rows: Sequence[Record], binds: int
) -> list[ModelVersion]:
    """Versions with their tags and aliases, in the order of `rows`."""
    names = list(dict.fromkeys(row.name for row in rows))
    return _versions(connection, rows, _aliases(connection, names, binds), binds)


def _versions(
    connection: Connection,
    rows: Sequence[Record],
    aliases: dict[str, dict[str, int]],
    binds: int,
) -> list[ModelVersion]:
    labels: dict[tuple[str, int], dict[str, str]] = {(row.name, row.version): {} for row in rows}
    # Half of the values are names, half are numbers; what belongs to neither pair is passed over.
    for part in chunks(rows, binds // 2):
        wanted = {"names": _once(row.name for row in part)}
        wanted["numbers"] = _once(row.version for row in part)
        for name, number, key, value in connection.execute(_VERSION_TAGS, wanted).all():
            if (name, number) in labels:
                labels[name, number][key] = value or ""
    pointing: dict[tuple[str, int], list[str]] = {}
    for name, targets in aliases.items():
        for alias, number in targets.items():
            pointing.setdefault((name, number), []).append(alias)
    return [
        ModelVersion(
            name=row.name,
            version=row.version,
            creation_timestamp=row.creation_time,
            last_updated_timestamp=row.last_updated_time,
            current_stage=Stage(row.current_stage),
            source=row.source or "",
            description=row.description,
            user_id=row.user_id or None,
            run_id=row.run_id or None,
            run_link=row.run_link or None,
            status=row.status or "READY",
            status_message=row.status_message or None,
            tags=labels[row.name, row.version],
            aliases=tuple(sorted(pointing.get((row.name, row.version), ()))),
        )
        for row in rows
    ]


def _aliases(connection: Connection, names: Sequence[str], binds: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for part in chunks(names, binds):
        for name, alias, number in connection.execute(_ALIASES, {"names": part}).all():
            found[name][alias] = number
    return found


def _once(values: Iterable[object]) -> list[object]:
    return list(dict.fromkeys(values))
