"""The datasets of experiments, and their uses by runs, which are locked by the caller (INPUT-*)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from storeproof.stores.entities import DatasetInput
from storeproof.stores.sql import failures
from storeproof.stores.sql.dialects.base import Dialect, Row
from storeproof.stores.sql.reading import chunks
from storeproof.stores.sql.tables import DATASET, RUN, datasets, input_tags, inputs

Known = tuple[str, str]
"""What a dataset is known by in its experiment: name and digest (INPUT-SCOPE)."""

_THERE = select(datasets.c.name, datasets.c.digest, datasets.c.dataset_uuid).where(
    datasets.c.experiment_id == bindparam("parent"),
    datasets.c.name.in_(bindparam("names", expanding=True)),
)
_OF_RUN = select(inputs.c.source_id, inputs.c.input_uuid).where(
    inputs.c.destination_type == RUN,
    inputs.c.destination_id == bindparam("run"),
    inputs.c.source_type == DATASET,
)
_TAGS = select(input_tags.c.input_uuid, input_tags.c.name, input_tags.c.value).where(
    input_tags.c.input_uuid.in_(bindparam("uses", expanding=True))
)


class Uses:
    """What the store does with inputs, on a connection that is in a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._newest = dialect.locked(_THERE, datasets, shared=True)

    def add(
        self, connection: Connection, parent: int, run_id: str, uses: Sequence[DatasetInput]
    ) -> None:
        """Note what a run of the experiment `parent` used; what was noted before stays, tags are overwritten."""
        if not uses:
            return
        known = self._datasets(connection, parent, uses)
        noted: dict[str, str] = dict(connection.execute(_OF_RUN, {"run": run_id}).all())
        rows, labels = [], {}
        for use in uses:
            source = known[use.dataset.name, use.dataset.digest]
            if source not in noted:
                noted[source] = uuid.uuid4().hex
                rows.append(
                    {
                        "input_uuid": noted[source],
                        "source_type": DATASET,
                        "source_id": source,
                        "destination_type": RUN,
                        "destination_id": run_id,
                    }
                )
            labels[noted[source]] = use.tags
        if rows:
            connection.execute(insert(inputs), rows)
        self._put_tags(connection, labels)

    def _datasets(
        self, connection: Connection, parent: int, uses: Sequence[DatasetInput]
    ) -> Mapping[Known, str]:
        """The ids of the datasets used, those made that the experiment lacks."""
        wanted = {(use.dataset.name, use.dataset.digest): use.dataset for use in uses}
        found = self._there(connection, parent, wanted)
        if wanted.keys() <= found.keys():
            return found
        rows: list[Row] = [
            (
                uuid.uuid4().hex,
                parent,
                *known,
                dataset.source_type,
                dataset.source,
                dataset.schema,
                dataset.profile,
            )
            for known, dataset in sorted(wanted.items())
            if known not in found
        ]
        self._dialect.add(connection, datasets, rows)
        # Another run's writer may have been quicker: the rows that are there now count.
        found = self._there(connection, parent, wanted, newest=True)
        if not wanted.keys() <= found.keys():
            raise failures.indistinct()
        return found

    def _there(
        self,
        connection: Connection,
        parent: int,
        wanted: Mapping[Known, object],
        *,
        newest: bool = False,
    ) -> dict[Known, str]:
        statement = self._newest if newest else _THERE
        names = sorted({name for name, _ in wanted})
        return {
            (name, digest): identity
            for part in chunks(names, self._dialect.binds)
            for name, digest, identity in connection.execute(
                statement, {"parent": parent, "names": part}
            ).all()
        }

    def _put_tags(self, connection: Connection, labels: Mapping[str, Mapping[str, str]]) -> None:
        """Set or overwrite the tags of uses."""
        there = {
            (use, key): value
            for part in chunks(sorted(labels), self._dialect.binds)
            for use, key, value in connection.execute(_TAGS, {"uses": part}).all()
        }
        given = {(use, key): value for use, tags in labels.items() for key, value in tags.items()}
        self._dialect.put(
            connection,
            input_tags,
            [(*at, given[at]) for at in sorted(given) if at not in there],
            [(*at, given[at]) for at in sorted(given) if there.get(at, given[at]) != given[at]],
        )
