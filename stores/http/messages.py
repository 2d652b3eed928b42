"""The messages of MLflow's REST API, as MLflow 2.22 and 3.x send and expect them (HTTP-API).

A field that is None is not sent, and one that is absent or null is read as None; an empty
list likewise. Whole numbers of 64 bits travel as numbers and are also read as strings, and
NaN and the infinities travel as strings. Fields that are not here are ignored.
"""

from __future__ import annotations

import msgspec

Text = str | None
Texts = list[str] | None
Number = int | float | str | None


class Message(msgspec.Struct, omit_defaults=True, gc=False):
    """A JSON object."""


class Nothing(Message):
    """An answer that says only that it was done."""


# What is kept


class Entry(Message):
    """A param or a tag; without a value it has an empty one (TAG-TYPES)."""

    key: Text = None
    value: Text = None


class Point(Message):
    """A point of a metric; `run_id` is told where points of several runs are in one answer."""

    key: Text = None
    value: Number = None
    timestamp: Number = None
    step: Number = None
    run_id: Text = None


class Dataset(Message):
    """A dataset."""

    name: Text = None
    digest: Text = None
    source_type: Text = None
    source: Text = None
    schema: Text = None
    profile: Text = None


class DatasetInput(Message):
    """A use of a dataset."""

    tags: list[Entry] | None = None
    dataset: Dataset | None = None


class Experiment(Message):
    """An experiment."""

    experiment_id: Text = None
    name: Text = None
    artifact_location: Text = None
    lifecycle_stage: Text = None
    last_update_time: Number = None
    creation_time: Number = None
    tags: list[Entry] | None = None


class RunInfo(Message):
    """What a run is; `deleted_time` is ours, and MLflow's clients ignore it."""

    run_uuid: Text = None
    experiment_id: Text = None
    run_name: Text = None
    user_id: Text = None
    status: str | int | None = None
    start_time: Number = None
    end_time: Number = None
    artifact_uri: Text = None
    lifecycle_stage: Text = None
    run_id: Text = None
    deleted_time: Number = None


class RunData(Message):
    """What was logged to a run."""

    metrics: list[Point] | None = None
    params: list[Entry] | None = None
    tags: list[Entry] | None = None


class RunInputs(Message):
    """What a run used."""

    dataset_inputs: list[DatasetInput] | None = None


class Run(Message):
    """A run."""

    info: RunInfo | None = None
    data: RunData | None = None
    inputs: RunInputs | None = None


class Failure(Message):
    """Why a request was refused (HTTP-ERRORS)."""

    error_code: Text = None
    message: Text = None


# Requests, and the answers that say more than that it was done


class CreateExperiment(Message):
    """POST experiments/create."""

    name: Text = None
    artifact_location: Text = None
    tags: list[Entry] | None = None


class ExperimentCreated(Message):
    """The new id."""

    experiment_id: Text = None


class OfExperiment(Message):
    """GET experiments/get, POST experiments/delete and experiments/restore."""

    experiment_id: Text = None


class GetExperimentByName(Message):
    """GET experiments/get-by-name."""

    experiment_name: Text = None


class ExperimentFound(Message):
    """One experiment."""

    experiment: Experiment | None = None


class UpdateExperiment(Message):
    """POST experiments/update."""

    experiment_id: Text = None
    new_name: Text = None


class SetExperimentTag(Message):
    """POST experiments/set-experiment-tag."""

    experiment_id: Text = None
    key: Text = None
    value: Text = None


class SearchExperiments(Message):
    """POST and GET experiments/search."""

    max_results: Number = None
    page_token: Text = None
    filter: Text = None
    order_by: Texts = None
    view_type: str | int | None = None


class ExperimentsFound(Message):
    """A page of experiments."""

    experiments: list[Experiment] | None = None
    next_page_token: Text = None


class CreateRun(Message):
    """POST runs/create."""

    experiment_id: Text = None
    user_id: Text = None
    run_name: Text = None
    start_time: Number = None
    tags: list[Entry] | None = None


class OfRun(Message):
    """GET runs/get, POST runs/delete and runs/restore; `run_uuid` is the old name of the id."""

    run_id: Text = None
    run_uuid: Text = None


class RunFound(Message):
    """One run."""

    run: Run | None = None


class UpdateRun(Message):
    """POST runs/update."""

    run_id: Text = None
    run_uuid: Text = None
    status: str | int | None = None
    end_time: Number = None
    run_name: Text = None


class RunUpdated(Message):
    """The run as it is now."""

    run_info: RunInfo | None = None


class SearchRuns(Message):
    """POST runs/search."""

    experiment_ids: Texts = None
    filter: Text = None
    run_view_type: str | int | None = None
    max_results: Number = None
    order_by: Texts = None
    page_token: Text = None


class RunsFound(Message):
    """A page of runs."""

    runs: list[Run] | None = None
    next_page_token: Text = None


class LogMetric(Message):
    """POST runs/log-metric."""

    run_id: Text = None
    run_uuid: Text = None
    key: Text = None
    value: Number = None
    timestamp: Number = None
    step: Number = None


class LogEntry(Message):
    """POST runs/log-parameter, runs/set-tag and, without a value, runs/delete-tag."""

    run_id: Text = None
    run_uuid: Text = None
    key: Text = None
    value: Text = None


class LogBatch(Message):
    """POST runs/log-batch."""

    run_id: Text = None
    metrics: list[Point] | None = None
    params: list[Entry] | None = None
    tags: list[Entry] | None = None


class LogInputs(Message):
    """POST runs/log-inputs."""

    run_id: Text = None
    datasets: list[DatasetInput] | None = None


class LogModel(Message):
    """POST runs/log-model; the model is JSON in a string."""

    run_id: Text = None
    model_json: Text = None


class GetMetricHistory(Message):
    """GET metrics/get-history."""

    run_id: Text = None
    run_uuid: Text = None
    metric_key: Text = None
    max_results: Number = None
    page_token: Text = None


class GetMetricHistoryBulkInterval(Message):
    """GET metrics/get-history-bulk-interval."""

    run_ids: Texts = None
    metric_key: Text = None
    start_step: Number = None
    end_step: Number = None
    max_results: Number = None


class MetricHistory(Message):
    """Points, and how to go on."""

    metrics: list[Point] | None = None
    next_page_token: Text = None
