"""The store behind a tracking server, through the server's routes (HTTP-SAME).

The contract has checked the arguments before they are sent, and the server checks them again.
What depends on what is stored, the server finds, and its error is raised here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from storeproof.stores import refusals
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import (
    DatasetInput,
    Experiment,
    Metric,
    Page,
    Run,
    RunInfo,
    RunStatus,
    Tag,
)
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.http import answered, messages, writing
from storeproof.stores.http.address import Address
from storeproof.stores.http.connection import Connection
from storeproof.stores.http.messages import Nothing
from storeproof.stores.http.registry import HttpRegistry
from storeproof.stores.http.sayable import is_sayable, sayable_token
from storeproof.stores.registry import Registry
from storeproof.stores.search.query import Query

HISTORY_PAGE = 25_000
"""Points of a history that are fetched at a time, as MLflow's client does."""


class HttpStore(TrackingStore):
    """A tracking server's store. No request is made before the first operation; close() closes the connections."""

    def __init__(self, address: Address) -> None:
        """Raises INVALID_PARAMETER_VALUE for certificates that cannot be read."""
        self._server = Connection(address)
        self._models = HttpRegistry(self._server)

    @override
    def close(self) -> None:
        """Close the connections; the server goes on."""
        self._server.close()

    @override
    def _registry(self) -> Registry:
        return self._models

    # Experiments

    @override
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        made = self._server.write(
            "experiments/create",
            messages.CreateExperiment(name, artifact_location, writing.entries(tags)),
            messages.ExperimentCreated,
        )
        return self._server.told(answered.experiment_id, made)

    @override
    def _get_experiment(self, experiment_id: str) -> Experiment:
        found = self._server.get(
            "experiments/get", _of_experiment(experiment_id), messages.ExperimentFound
        )
        return self._server.told(answered.experiment, found.experiment)

    @override
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        try:
            found = self._server.get(
                "experiments/get-by-name",
                messages.GetExperimentByName(name),
                messages.ExperimentFound,
            )
        except StoreError as error:
            if error.code is ErrorCode.RESOURCE_DOES_NOT_EXIST:
                return None
            raise
        return self._server.told(answered.experiment, found.experiment)

    @override
    def _page_of_experiments(self, query: Query[Experiment]) -> Page[Experiment]:
        found = self._server.read(
            "experiments/search",
            messages.SearchExperiments(
                query.limit,
                sayable_token(query.page_token),
                query.filter_string,
                list(query.order_by) or None,
                query.view.value,
            ),
            messages.ExperimentsFound,
        )
        return self._server.page(answered.experiment, found.experiments, found.next_page_token)

    @override
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        asked = messages.UpdateExperiment(_sayable_experiment(experiment_id), name)
        self._server.write("experiments/update", asked, Nothing)

    @override
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        self._server.write("experiments/delete", _of_experiment(experiment_id), Nothing)

    @override
    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        self._server.write("experiments/restore", _of_experiment(experiment_id), Nothing)

    @override
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        asked = messages.SetExperimentTag(_sayable_experiment(experiment_id), tag.key, tag.value)
        self._server.write("experiments/set-experiment-tag", asked, Nothing)

    # Runs

    @override
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        made = self._server.write(
            "runs/create",
            messages.CreateRun(
                _sayable_experiment(experiment_id),
                user_id,
                name,
                start_time,
                writing.entries(tags),
            ),
            messages.RunFound,
        )
        return self._server.told(answered.run, made.run)

    @override
    def _get_run(self, run_id: str) -> Run:
        found = self._server.get("runs/get", _of_run(run_id), messages.RunFound)
        return self._server.told(answered.run, found.run)

    @override
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        asked = messages.UpdateRun(
            _sayable_run(run_id),
            status=None if status is None else status.value,
            end_time=end_time,
            run_name=name,
        )
        updated = self._server.write("runs/update", asked, messages.RunUpdated)
        return self._server.told(answered.run_info, updated.run_info)

    @override
    def _delete_run(self, run_id: str, moment: int) -> None:
        self._server.write("runs/delete", _of_run(run_id), Nothing)

    @override
    def _restore_run(self, run_id: str) -> None:
        self._server.write("runs/restore", _of_run(run_id), Nothing)

    @override
    def _hard_delete_run(self, run_id: str) -> None:
        raise _done_behind()

    @override
    def _hard_delete_experiment(self, experiment_id: str) -> None:
        raise _done_behind()

    @override
    def _page_of_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Page[Run]:
        found = self._server.read(
            "runs/search",
            messages.SearchRuns(
                [each for each in experiment_ids if is_sayable(each)] or None,
                query.filter_string,
                query.view.value,
                query.limit,
                list(query.order_by) or None,
                sayable_token(query.page_token),
            ),
            messages.RunsFound,
        )
        return self._server.page(answered.run, found.runs, found.next_page_token)

    # What is logged to a run

    @override
    def _delete_tag(self, run_id: str, key: str) -> None:
        asked = messages.LogEntry(_sayable_run(run_id), key=key)
        self._server.write("runs/delete-tag", asked, Nothing)

    @override
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        asked = messages.LogBatch(
            _sayable_run(run_id),
            writing.some(metrics, writing.point),
            writing.entries(params),
            writing.entries(tags),
        )
        self._server.write("runs/log-batch", asked, Nothing)

    @override
    def _page_of_history(
        self, run_id: str, key: str, limit: int | None, page_token: str | None
    ) -> Page[Metric]:
        if limit is not None:
            return self._history(run_id, key, limit, page_token)
        points: list[Metric] = []
        token = page_token
        while True:
            page = self._history(run_id, key, HISTORY_PAGE, token)
            points += page.items
            token = page.token
            if token is None:
                return Page(tuple(points))

    def _history(self, run_id: str, key: str, limit: int, page_token: str | None) -> Page[Metric]:
        asked = messages.GetMetricHistory(
            _sayable_run(run_id),
            metric_key=key,
            max_results=limit,
            page_token=sayable_token(page_token),
        )
        found = self._server.get("metrics/get-history", asked, messages.MetricHistory)
        return self._server.page(answered.metric, found.metrics, found.next_page_token)

    @override
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Mapping[str, Sequence[Metric]]:
        return {run: self._page_of_history(run, key, limit, None).items for run in run_ids}

    @override
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        asked = messages.LogInputs(_sayable_run(run_id), writing.some(uses, writing.dataset_input))
        self._server.write("runs/log-inputs", asked, Nothing)

    @override
    def _record_logged_model(self, run_id: str, model: str) -> None:
        asked = messages.LogModel(_sayable_run(run_id), model)
        self._server.write("runs/log-model", asked, Nothing)


def _sayable_experiment(experiment_id: str) -> str:
    if not is_sayable(experiment_id):
        raise refusals.no_experiment(experiment_id)
    return experiment_id


def _sayable_run(run_id: str) -> str:
    if not is_sayable(run_id):
        raise refusals.no_run(run_id)
    return run_id


def _of_experiment(experiment_id: str) -> messages.OfExperiment:
    return messages.OfExperiment(_sayable_experiment(experiment_id))


def _of_run(run_id: str) -> messages.OfRun:
    return messages.OfRun(_sayable_run(run_id))


def _done_behind() -> StoreError:
    return StoreError(
        ErrorCode.NOT_IMPLEMENTED,
        "Nothing is removed for good through a tracking server; run `storeproof gc` with the "
        "address of the store behind it.",
    )
