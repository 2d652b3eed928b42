"""MLflow's routes, one small function each: from a request to the contract, and from what it gives to an answer.

They block, and know nothing of HTTP: the server reads the request and sends the answer (HTTP-API).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from storeproof.stores.contract import DEFAULT_MAX_RESULTS, TrackingStore
from storeproof.stores.entities import Metric
from storeproof.stores.errors import invalid, missing
from storeproof.stores.http import messages, requested, writing
from storeproof.stores.http.messages import Nothing
from storeproof.stores.http.registry_routes import REGISTRY_ROUTES
from storeproof.stores.http.route import MEGABYTE, Route
from storeproof.stores.http.wire import status, view, whole
from storeproof.stores.validation import max_results as page_size
from storeproof.stores.validation import shown

BATCH_LIMIT = MEGABYTE
"""Bytes of a batch, as in MLflow."""
INPUTS_LIMIT = 32 * MEGABYTE
"""A dataset's profile alone has up to 16 million characters, some of which JSON escapes (INPUT-LIMITS)."""

BULK_RUNS = 100
BULK_POINTS = 2500
"""The most runs of one bulk history, and points of each, as in MLflow."""


# Experiments


def create_experiment(
    store: TrackingStore, asked: messages.CreateExperiment
) -> messages.ExperimentCreated:
    """EXP-CREATE."""
    name: Any = asked.name
    tags = requested.tags(asked.tags)
    return messages.ExperimentCreated(store.create_experiment(name, asked.artifact_location, tags))


def get_experiment(store: TrackingStore, asked: messages.OfExperiment) -> messages.ExperimentFound:
    """EXP-ID-UNKNOWN."""
    return messages.ExperimentFound(writing.experiment(store.get_experiment(_given(asked))))


def get_experiment_by_name(
    store: TrackingStore, asked: messages.GetExperimentByName
) -> messages.ExperimentFound:
    """EXP-BY-NAME-MISSING: over http a missing name is an error, which the client takes for None."""
    name: Any = asked.experiment_name
    found = store.get_experiment_by_name(name)
    if found is None:
        raise missing(f"No experiment is named {shown(name)}.")
    return messages.ExperimentFound(writing.experiment(found))


def search_experiments(
    store: TrackingStore, asked: messages.SearchExperiments
) -> messages.ExperimentsFound:
    """SEARCH-EXP."""
    page = store.search_experiments(
        view(asked.view_type),
        _limit(asked.max_results),
        asked.page_token,
        asked.filter,
        asked.order_by,
    )
    return messages.ExperimentsFound(writing.some(page.items, writing.experiment), page.token)


def rename_experiment(store: TrackingStore, asked: messages.UpdateExperiment) -> Nothing:
    """EXP-RENAME; without a new name nothing changes."""
    if asked.new_name is None:
        store.get_experiment(_given(asked))
    else:
        store.rename_experiment(_given(asked), asked.new_name)
    return Nothing()


def delete_experiment(store: TrackingStore, asked: messages.OfExperiment) -> Nothing:
    """EXP-DELETE."""
    store.delete_experiment(_given(asked))
    return Nothing()


def restore_experiment(store: TrackingStore, asked: messages.OfExperiment) -> Nothing:
    """EXP-RESTORE."""
    store.restore_experiment(_given(asked))
    return Nothing()


def set_experiment_tag(store: TrackingStore, asked: messages.SetExperimentTag) -> Nothing:
    """EXP-TAG."""
    store.set_experiment_tag(_given(asked), requested.tag(asked))
    return Nothing()


# Runs


def create_run(store: TrackingStore, asked: messages.CreateRun) -> messages.RunFound:
    """RUN-CREATE."""
    made = store.create_run(
        _given(asked),
        asked.user_id,
        whole(asked.start_time),
        requested.tags(asked.tags),
        asked.run_name,
    )
    return messages.RunFound(writing.run(made))


def get_run(store: TrackingStore, asked: messages.OfRun) -> messages.RunFound:
    """RUN-MISSING."""
    return messages.RunFound(writing.run(store.get_run(_run_id(asked))))


def update_run(store: TrackingStore, asked: messages.UpdateRun) -> messages.RunUpdated:
    """RUN-UPDATE."""
    info = store.update_run_info(
        _run_id(asked), status(asked.status), whole(asked.end_time), asked.run_name
    )
    return messages.RunUpdated(writing.run_info(info))


def delete_run(store: TrackingStore, asked: messages.OfRun) -> Nothing:
    """RUN-DELETE."""
    store.delete_run(_run_id(asked))
    return Nothing()


def restore_run(store: TrackingStore, asked: messages.OfRun) -> Nothing:
    """RUN-DELETE."""
    store.restore_run(_run_id(asked))
    return Nothing()


def search_runs(store: TrackingStore, asked: messages.SearchRuns) -> messages.RunsFound:
    """SEARCH-GRAMMAR, SEARCH-PAGES."""
    page = store.search_runs(
        asked.experiment_ids or (),
        view(asked.run_view_type),
        _limit(asked.max_results),
        asked.page_token,
        asked.filter,
        asked.order_by,
    )
    return messages.RunsFound(writing.some(page.items, writing.run), page.token)


# What is logged to a run


def log_metric(store: TrackingStore, asked: messages.LogMetric) -> Nothing:
    """METRIC-LOG."""
    store.log_metric(_run_id(asked), requested.metric(asked))
    return Nothing()


def log_param(store: TrackingStore, asked: messages.LogEntry) -> Nothing:
    """PARAM-LOG."""
    store.log_param(_run_id(asked), requested.param(asked))
    return Nothing()


def set_tag(store: TrackingStore, asked: messages.LogEntry) -> Nothing:
    """TAG-SET."""
    store.set_tag(_run_id(asked), requested.tag(asked))
    return Nothing()


def delete_tag(store: TrackingStore, asked: messages.LogEntry) -> Nothing:
    """TAG-DELETE."""
    key: Any = asked.key
    store.delete_tag(_run_id(asked), key)
    return Nothing()


def log_batch(store: TrackingStore, asked: messages.LogBatch) -> Nothing:
    """BATCH-ATOMIC."""
    store.log_batch(
        _run_id(asked),
        [requested.metric(each) for each in asked.metrics or ()],
        [requested.param(each) for each in asked.params or ()],
        requested.tags(asked.tags),
    )
    return Nothing()


def log_inputs(store: TrackingStore, asked: messages.LogInputs) -> Nothing:
    """INPUT-LOG."""
    uses = [requested.dataset_input(each) for each in asked.datasets or ()]
    store.log_inputs(_run_id(asked), uses)
    return Nothing()


def log_model(store: TrackingStore, asked: messages.LogModel) -> Nothing:
    """MODEL-RECORD."""
    try:
        model = json.loads(asked.model_json or "")
    except (ValueError, RecursionError):
        raise invalid("model_json must be a JSON object, written as a string.") from None
    store.record_logged_model(_run_id(asked), model)
    return Nothing()


# Metrics


def get_metric_history(
    store: TrackingStore, asked: messages.GetMetricHistory
) -> messages.MetricHistory:
    """METRIC-HISTORY; without max_results all points are in one answer, as in MLflow."""
    key: Any = asked.metric_key
    page = store.get_metric_history(_run_id(asked), key, whole(asked.max_results), asked.page_token)
    return messages.MetricHistory(writing.some(page.items, writing.point), page.token)


def get_metric_history_bulk_interval(
    store: TrackingStore, asked: messages.GetMetricHistoryBulkInterval
) -> messages.MetricHistory:
    """METRIC-BULK: of each run at most max_results points, evenly spread over its steps from start to end."""
    run_ids, key = asked.run_ids or [], asked.metric_key
    most = BULK_POINTS if asked.max_results is None else page_size(whole(asked.max_results))
    first, last = _bound(asked.start_step, "start_step"), _bound(asked.end_step, "end_step")
    if len(run_ids) > BULK_RUNS or most > BULK_POINTS:
        raise invalid(
            f"A bulk history is of at most {BULK_RUNS} runs and {BULK_POINTS} points of each."
        )
    histories = store.get_metric_history_bulk(run_ids, key)  # type: ignore[arg-type]
    return messages.MetricHistory(
        [
            writing.point(each, run_id)
            for run_id, history in histories.items()
            for each in _spread(_within(history, first, last), most)
        ]
        or None
    )


def _bound(value: messages.Number, name: str) -> int | None:
    step = whole(value)
    if step is not None and not isinstance(step, int):
        raise invalid(f"{name} must be a whole number, not {shown(value)}.")
    return step


def _within(history: Sequence[Metric], first: int | None, last: int | None) -> list[Metric]:
    found = [
        each
        for each in history
        if (first is None or each.step >= first) and (last is None or each.step <= last)
    ]
    return sorted(found, key=lambda each: (each.step, each.timestamp))


def _spread(points: Sequence[Metric], most: int) -> Sequence[Metric]:
    """At most so many of the points, at even distances, the first and the last among them."""
    if len(points) <= most:
        return points
    if most == 1:
        return points[-1:]
    return [points[each * (len(points) - 1) // (most - 1)] for each in range(most)]


# What requests have in common. A missing id is refused by the contract, as anything but a text is.


def _given(asked: Any) -> Any:
    return asked.experiment_id


def _run_id(asked: Any) -> Any:
    """The run's id, which older clients call run_uuid."""
    if asked.run_id is None:
        return getattr(asked, "run_uuid", None)
    return asked.run_id


def _limit(max_results: messages.Number) -> Any:
    return DEFAULT_MAX_RESULTS if max_results is None else whole(max_results)


ROUTES = (
    Route("POST", "experiments/create", messages.CreateExperiment, create_experiment),
    Route("GET", "experiments/get", messages.OfExperiment, get_experiment),
    Route("GET", "experiments/get-by-name", messages.GetExperimentByName, get_experiment_by_name),
    Route("POST", "experiments/search", messages.SearchExperiments, search_experiments),
    Route("GET", "experiments/search", messages.SearchExperiments, search_experiments),
    Route("POST", "experiments/update", messages.UpdateExperiment, rename_experiment),
    Route("POST", "experiments/delete", messages.OfExperiment, delete_experiment),
    Route("POST", "experiments/restore", messages.OfExperiment, restore_experiment),
    Route("POST", "experiments/set-experiment-tag", messages.SetExperimentTag, set_experiment_tag),
    Route("POST", "runs/create", messages.CreateRun, create_run),
    Route("GET", "runs/get", messages.OfRun, get_run),
    Route("POST", "runs/update", messages.UpdateRun, update_run),
    Route("POST", "runs/delete", messages.OfRun, delete_run),
    Route("POST", "runs/restore", messages.OfRun, restore_run),
    Route("POST", "runs/search", messages.SearchRuns, search_runs),
    Route("POST", "runs/log-metric", messages.LogMetric, log_metric),
    Route("POST", "runs/log-parameter", messages.LogEntry, log_param),
    Route("POST", "runs/set-tag", messages.LogEntry, set_tag),
    Route("POST", "runs/delete-tag", messages.LogEntry, delete_tag),
    Route("POST", "runs/log-batch", messages.LogBatch, log_batch, BATCH_LIMIT),
    Route("POST", "runs/log-inputs", messages.LogInputs, log_inputs, INPUTS_LIMIT),
    Route("POST", "runs/log-model", messages.LogModel, log_model),
    Route("GET", "metrics/get-history", messages.GetMetricHistory, get_metric_history),
    Route(
        "GET",
        "metrics/get-history-bulk-interval",
        messages.GetMetricHistoryBulkInterval,
        get_metric_history_bulk_interval,
    ),
    *REGISTRY_ROUTES,
)
"""Every route, by MLflow's own names."""
