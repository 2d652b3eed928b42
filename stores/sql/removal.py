"""What is deleted goes for good: set by set, in transactions of bounded size (GC-LINEAR, HARD-DELETE).

A run goes in two steps. First it is taken from its experiment: from then on no search and no
call finds it, and nobody can restore it. Then its rows go, a bounded number in each
transaction, its own row last. A run that is without experiment when nobody is at it was left by
an interrupted removal, and finish() removes the rest (GC-IDEMPOTENT).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    null,
    or_,
    select,
    true,
    update,
)

from storeproof.stores.entities import LifecycleStage
from storeproof.stores.removing import AT_ONCE, Chosen, DeletedExperiment, DeletedRun
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.experiments import DELETED, Experiments
from storeproof.stores.sql.reading import LOCATION, Record, artifact_uri_of, chunks
from storeproof.stores.sql.runs import is_possible
from storeproof.stores.sql.tables import (
    DATASET,
    RUN,
    datasets,
    experiment_tags,
    experiments,
    input_tags,
    inputs,
    latest_metrics,
    metrics,
    params,
    runs,
    tags,
    trace_info,
)

ROWS = 10_000
"""The most rows of runs that one transaction removes."""

_COLUMNS = (
    runs.c.run_uuid,
    runs.c.experiment_id,
    runs.c.artifact_uri,
    runs.c.deleted_time,
    LOCATION,
)
_OF_RUNS = (metrics, latest_metrics, params, tags)

_TAKEN = and_(runs.c.experiment_id.is_(None), runs.c.lifecycle_stage == DELETED)


class Removal:
    """What a database does to remove for good."""

    def __init__(self, database: Database, experiments: Experiments) -> None:
        self._database = database
        self._dialect = database.dialect
        self._experiments = experiments

    # What is there

    def stages_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """By id, of those that are there."""
        possible = list(filter(is_possible, run_ids))
        statement = select(runs.c.run_uuid, runs.c.lifecycle_stage).where(
            _among(possible), runs.c.experiment_id.is_not(None)
        )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        wanted = set(possible)  # a collation may find others
        return {run: LifecycleStage(stage) for run, stage in rows if run in wanted}

    def stages_of_experiments(self, experiment_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """By id, of those that are there."""
        statement = select(experiments.c.experiment_id, experiments.c.lifecycle_stage).where(
            experiments.c.experiment_id.in_(self._numbers(experiment_ids))
        )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return {str(number): LifecycleStage(stage) for number, stage in rows}

    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        """Part by part in the order of their ids, each in a transaction of its own."""
        if chosen.run_ids is not None:
            possible = sorted(set(filter(is_possible, chosen.run_ids)))
            for ids in chunks(possible, AT_ONCE):
                wanted = set(ids)
                rows = self._part(chosen, _among(ids))
                yield [_run(row) for row in rows if row.run_uuid in wanted]
            return
        after: ColumnElement[bool] = true()
        while rows := self._part(chosen, after):
            yield [_run(row) for row in rows]
            after = runs.c.run_uuid > rows[-1].run_uuid

    def _part(self, chosen: Chosen, among: ColumnElement[bool]) -> Sequence[Record]:
        conditions = [_deleted(chosen.until), runs.c.experiment_id.is_not(None), among]
        if chosen.experiment_ids is not None:
            conditions.append(runs.c.experiment_id.in_(self._numbers(chosen.experiment_ids)))
        statement = select(*_COLUMNS).where(*conditions).order_by(runs.c.run_uuid).limit(AT_ONCE)
        return self._database.read(lambda connection: connection.execute(statement).all())

    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        """In the order of their ids."""
        columns = experiments.c
        statement = select(columns.experiment_id, columns.name, columns.last_update_time).where(
            columns.lifecycle_stage == DELETED
        )
        if chosen.until is not None:
            statement = statement.where(columns.last_update_time <= chosen.until)
        if chosen.experiment_ids is not None:
            wanted = self._numbers(chosen.experiment_ids)
            statement = statement.where(columns.experiment_id.in_(wanted))
        statement = statement.order_by(columns.experiment_id)

        def work(connection: Connection) -> Sequence[DeletedExperiment]:
            rows = connection.execute(statement).all()
            numbers = [row.experiment_id for row in rows]
            needed = _holding(connection, numbers, or_(*_staying(chosen.until)))
            return [
                DeletedExperiment(
                    str(row.experiment_id),
                    row.name,
                    row.last_update_time,
                    row.experiment_id in needed,
                )
                for row in rows
            ]

        return self._database.read(work)

    def _numbers(self, experiment_ids: Sequence[str]) -> BindParameter[Any]:
        numbers = {self._experiments.row_id(each) for each in experiment_ids} - {None}
        return _written(sorted(numbers))

    # Removal

    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """Take them, then remove what was taken."""
        taken = self._database.write(lambda connection: _take(connection, run_ids, until))
        self._clear(taken)
        return taken

    def _clear(self, taken: Sequence[str]) -> None:
        if taken:
            while not self._database.write(lambda connection: self._clear_some(connection, taken)):
                pass

    def _clear_some(self, connection: Connection, taken: Sequence[str]) -> bool:
        """Remove rows of runs that were taken; whether the runs themselves are among them."""
        left = ROWS
        for table in _OF_RUNS:
            where = table.c.run_uuid.in_(taken)
            left -= connection.execute(self._dialect.deleting(table, where, left)).rowcount
            if left <= 0:
                return False
        of_runs = and_(inputs.c.destination_type == RUN, inputs.c.destination_id.in_(taken))
        while found := _remove_uses(connection, of_runs):
            left -= found
            if left <= 0:
                return False
        connection.execute(delete(runs).where(runs.c.run_uuid.in_(taken), _TAKEN))
        return True

    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """One transaction for each: it grows with what MLflow kept of its traces."""
        numbers = [self._experiments.row_id(each) for each in experiment_ids]
        return [
            str(number)
            for number in numbers
            if number is not None
            and self._database.write(
                lambda connection, number=number: self._remove(connection, number, until)  # type: ignore[misc]
            )
        ]

    def _remove(self, connection: Connection, number: int, until: int | None) -> bool:
        row = self._experiments.deleted(connection, number)
        reached = row is not None and Chosen(until=until).reached(row.last_update_time)
        if not reached or _holding(connection, [number], true()):
            return False
        sets = select(datasets.c.dataset_uuid).where(datasets.c.experiment_id == number)
        of_sets = and_(inputs.c.source_type == DATASET, inputs.c.source_id.in_(sets))
        while _remove_uses(connection, of_sets):
            pass
        # The tags and metadata of traces go with them, by the schema.
        for table in (trace_info, datasets, experiment_tags, experiments):
            connection.execute(delete(table).where(table.c.experiment_id == number))
        return True

    def finish(self) -> None:
        """Remove what is left of runs that were taken."""
        left = select(runs.c.run_uuid).where(_TAKEN).limit(AT_ONCE)
        while found := self._database.read(
            lambda connection: connection.execute(left).scalars().all()
        ):
            self._clear(found)


def _run(row: Record) -> DeletedRun:
    return DeletedRun(row.run_uuid, str(row.experiment_id), artifact_uri_of(row), row.deleted_time)


def _among(run_ids: Sequence[str]) -> ColumnElement[bool]:
    return runs.c.run_uuid.in_(run_ids)


def _written(numbers: Sequence[Any]) -> BindParameter[Any]:
    """Numbers written out, which need no bind each."""
    return bindparam(None, list(numbers), expanding=True, literal_execute=True)


def _deleted(until: int | None) -> ColumnElement[bool]:
    if until is None:
        return runs.c.lifecycle_stage == DELETED
    return and_(runs.c.lifecycle_stage == DELETED, runs.c.deleted_time <= until)


def _staying(until: int | None) -> list[ColumnElement[bool]]:
    """What keeps a run where it is."""
    conditions: list[ColumnElement[bool]] = [runs.c.lifecycle_stage != DELETED]
    if until is not None:
        conditions += [runs.c.deleted_time.is_(None), runs.c.deleted_time > until]
    return conditions


def _holding(
    connection: Connection, numbers: Sequence[int], which: ColumnElement[bool]
) -> frozenset[int]:
    """Those of these experiments that hold such a run."""
    if not numbers:
        return frozenset()
    statement = select(runs.c.experiment_id).where(
        runs.c.experiment_id.in_(_written(numbers)), which
    )
    return frozenset(connection.execute(statement.distinct()).scalars().all())


def _take(connection: Connection, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
    """Take those of these runs that are still deleted from their experiments."""
    wanted = list(filter(is_possible, run_ids))
    known = select(runs.c.run_uuid).where(_among(wanted))
    found = connection.execute(known).scalars().all()
    exact = sorted(set(wanted).intersection(found))  # a collation may find others
    connection.execute(
        update(runs)
        .where(_among(exact), _deleted(until), runs.c.experiment_id.is_not(None))
        .values(experiment_id=null())
    )
    taken = select(runs.c.run_uuid).where(_among(exact), _TAKEN)
    return connection.execute(taken).scalars().all()


def _remove_uses(connection: Connection, which: ColumnElement[bool]) -> int:
    """Remove some links of runs and datasets with their tags; how many, 0 if none is left."""
    # By their ids: engines are slow at deleting what a subquery finds.
    some = select(inputs.c.input_uuid).where(which).limit(AT_ONCE)
    uses = connection.execute(some).scalars().all()
    if uses:
        connection.execute(delete(input_tags).where(input_tags.c.input_uuid.in_(uses)))
        connection.execute(delete(inputs).where(inputs.c.input_uuid.in_(uses)))
    return len(uses)
