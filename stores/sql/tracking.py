"""The database store: every primitive of the contract is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from storeproof.stores import contract, locations
from storeproof.stores.entities import (
    MODELS_TAG,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
    Tag,
)
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.keeping import KeepingStore
from storeproof.stores.logged_models import with_model
from storeproof.stores.paging import Place
from storeproof.stores.registry import Registry
from storeproof.stores.removing import Chosen, DeletedExperiment, DeletedRun
from storeproof.stores.search.query import Query
from storeproof.stores.sql import failures, schema, settings
from storeproof.stores.sql.engine import open_database
from storeproof.stores.sql.experiments import LOCATION_LENGTH, Experiments
from storeproof.stores.sql.labels import Labels
from storeproof.stores.sql.points import Points
from storeproof.stores.sql.registry import SqlRegistry
from storeproof.stores.sql.removal import Removal
from storeproof.stores.sql.runs import Runs
from storeproof.stores.sql.uses import Uses

DEFAULT_ROOT = "./mlruns"
"""Where artifacts are when nothing is said, as in MLflow."""


class SqlStore(KeepingStore):
    """Experiments, runs and what is logged to them, in MLflow's tables (MIG-CHAIN)."""

    artifact_location_length = LOCATION_LENGTH

    def __init__(self, uri: str, artifact_root: str | None = None, *, driver: Any = None) -> None:
        """Open the database at `uri`, making the schema where it is empty (MIG-OPEN-EMPTY).

        `artifact_root` is where experiments without a location of their own keep artifacts,
        ./mlruns by default; `driver` is a DBAPI module in place of the installed one. Raises
        INVALID_PARAMETER_VALUE for an address, a setting or a database that cannot be used
        (MIG-REFUSE), PERMISSION_DENIED for one that must not be, TEMPORARILY_UNAVAILABLE for
        one that does not answer (CONN-DOWN).
        """
        self._database = open_database(uri, driver)
        dialect = self._database.dialect
        self._experiments = Experiments(dialect, locations.absolute(artifact_root or DEFAULT_ROOT))
        self._labels = Labels(dialect)
        self._runs = Runs(dialect, self._experiments, self._labels)
        self._points = Points(dialect)
        self._uses = Uses(dialect)
        self._models = SqlRegistry(self._database)
        self._removal = Removal(self._database, self._experiments)
        try:
            schema.ensure(
                self._database,
                lambda connection: self._experiments.create_default(connection, contract.now()),
            )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections; a database in memory is gone with them."""
        self._database.close()

    def _registry(self) -> Registry:
        return self._models

    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        with self._told_exactly(name):
            return self._database.write(
                lambda connection: self._experiments.create(
                    connection, name, artifact_location, tags, moment
                )
            )

    def _get_experiment(self, experiment_id: str) -> Experiment:
        return self._database.read(
            lambda connection: self._experiments.get(connection, experiment_id)
        )

    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        return self._database.read(
            lambda connection: self._experiments.get_by_name(connection, name)
        )

    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        return self._database.read(lambda connection: self._experiments.search(connection, query))

    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        with self._told_exactly(name):
            self._database.write(
                lambda connection: self._experiments.rename(connection, experiment_id, name, moment)
            )

    @contextmanager
    def _told_exactly(self, name: str) -> Iterator[None]:
        """A name that only the collation takes for another's is not taken but refused (TEXT-DISTINCT)."""
        try:
            yield
        except StoreError as error:
            taken = error.code is ErrorCode.RESOURCE_ALREADY_EXISTS
            if taken and self._get_experiment_by_name(name) is None:
                raise failures.indistinct() from error
            raise

    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        self._database.write(
            lambda connection: self._experiments.delete(connection, experiment_id, moment)
        )

    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        self._database.write(
            lambda connection: self._experiments.restore(connection, experiment_id, moment)
        )

    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        self._database.write(
            lambda connection: self._experiments.set_tag(connection, experiment_id, tag)
        )

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        return self._database.write(
            lambda connection: self._runs.create(
                connection, experiment_id, user_id, start_time, tags, name
            )
        )

    def _get_run(self, run_id: str) -> Run:
        return self._database.read(lambda connection: self._runs.get(connection, run_id))

    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        return self._database.write(
            lambda connection: self._runs.update(connection, run_id, status, end_time, name)
        )

    def _delete_run(self, run_id: str, moment: int) -> None:
        self._database.write(lambda connection: self._runs.delete(connection, run_id, moment))

    def _restore_run(self, run_id: str) -> None:
        self._database.write(lambda connection: self._runs.restore(connection, run_id))

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return self._database.read(
            lambda connection: self._runs.search(connection, experiment_ids, query)
        )

    def _delete_tag(self, run_id: str, key: str) -> None:
        def work(connection: Connection) -> None:
            self._runs.for_writing(connection, run_id)
            self._labels.remove(connection, run_id, key)

        self._database.write(work)

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        def work(connection: Connection) -> None:
            self._runs.for_writing(connection, run_id)
            if params:
                settings.add(connection, run_id, params)
            if tags:
                self._labels.put(connection, run_id, tags)
            if metrics:
                self._points.add(connection, run_id, metrics)
            if name is not None:
                self._runs.set_name(connection, run_id, name)

        self._database.write(work)

    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        def work(connection: Connection) -> Sequence[Metric]:
            self._runs.find(connection, run_id)
            return self._points.history(connection, run_id, key, limit, after)

        return self._database.read(work)

    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Mapping[str, Sequence[Metric]]:
        def work(connection: Connection) -> Mapping[str, Sequence[Metric]]:
            self._runs.need(connection, run_ids)
            return self._points.histories(connection, run_ids, key, limit)

        return self._database.read(work)

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        def work(connection: Connection) -> None:
            run = self._runs.for_writing(connection, run_id)
            self._uses.add(connection, run.experiment_id, run_id, uses)

        self._database.write(work)

    def _record_logged_model(self, run_id: str, model: str) -> None:
        def work(connection: Connection) -> None:
            self._runs.for_writing(connection, run_id)
            longer = with_model(self._labels.get(connection, run_id, MODELS_TAG), model)
            self._labels.put(connection, run_id, {MODELS_TAG: longer})

        self._database.write(work)

    # Removal for good; each of these may be several transactions

    def stages_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """See RemovingStore."""
        return self._removal.stages_of_runs(run_ids)

    def stages_of_experiments(self, experiment_ids: Sequence[str]) -> Mapping[str, LifecycleStage]:
        """See RemovingStore."""
        return self._removal.stages_of_experiments(experiment_ids)

    def deleted_runs(self, chosen: Chosen) -> Iterator[Sequence[DeletedRun]]:
        """See RemovingStore."""
        return self._removal.deleted_runs(chosen)

    def deleted_experiments(self, chosen: Chosen) -> Sequence[DeletedExperiment]:
        """See RemovingStore."""
        return self._removal.deleted_experiments(chosen)

    def remove_runs(self, run_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """See RemovingStore."""
        return self._removal.remove_runs(run_ids, until)

    def remove_experiments(self, experiment_ids: Sequence[str], until: int | None) -> Sequence[str]:
        """See RemovingStore."""
        return self._removal.remove_experiments(experiment_ids, until)

    def finish_removal(self) -> None:
        """See RemovingStore."""
        self._removal.finish()
