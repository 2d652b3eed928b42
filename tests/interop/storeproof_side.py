"""storeproof's half of these tests: the same steps and the same dump as mlflow_side.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

from storeproof.stores import (
    Dataset,
    DatasetInput,
    Experiment,
    Metric,
    Param,
    Run,
    RunStatus,
    Tag,
    TrackingStore,
    ViewType,
    open_store,
)

PAGE = 100
Json = dict[str, Any]


def fill(uri: str, steps: Sequence[Json], ids: dict[str, str]) -> dict[str, str]:
    """Carry out the steps of a plan and return the ids, those given and those made."""
    known = dict(ids)
    with open_store(uri) as store:
        for step in steps:
            made = STEPS[step["do"]](store, step, known)
            if "as" in step:
                known[step["as"]] = str(made)
    return known


def _tags(tags: dict[str, str]) -> list[Tag]:
    return [Tag(key, value) for key, value in tags.items()]


def _point(key: str, value: str, timestamp: int, step: int) -> Metric:
    return Metric(key, float(value), timestamp, step)


def _create_run(store: TrackingStore, step: Json, ids: dict[str, str]) -> str:
    run = store.create_run(
        ids[step["experiment"]],
        step["tags"].get("mlflow.user", "unknown"),  # as MLflow's client does
        step["start_time"],
        _tags(step["tags"]),
        step["run_name"],
    )
    return run.info.run_id


STEPS: dict[str, Callable[[TrackingStore, Json, dict[str, str]], object]] = {
    "create_experiment": lambda store, step, _ids: store.create_experiment(
        step["name"], step["artifact_location"], _tags(step["tags"])
    ),
    "rename_experiment": lambda store, step, ids: store.rename_experiment(
        ids[step["experiment"]], step["name"]
    ),
    "set_experiment_tag": lambda store, step, ids: store.set_experiment_tag(
        ids[step["experiment"]], Tag(step["key"], step["value"])
    ),
    "delete_experiment": lambda store, step, ids: store.delete_experiment(ids[step["experiment"]]),
    "restore_experiment": lambda store, step, ids: store.restore_experiment(
        ids[step["experiment"]]
    ),
    "create_run": _create_run,
    "rename_run": lambda store, step, ids: store.update_run_info(
        ids[step["run"]], run_name=step["name"]
    ),
    "set_status": lambda store, step, ids: store.update_run_info(
        ids[step["run"]], RunStatus(step["status"])
    ),
    "end_run": lambda store, step, ids: store.update_run_info(
        ids[step["run"]], RunStatus(step["status"]), step["end_time"]
    ),
    "delete_run": lambda store, step, ids: store.delete_run(ids[step["run"]]),
    "restore_run": lambda store, step, ids: store.restore_run(ids[step["run"]]),
    "log_batch": lambda store, step, ids: store.log_batch(
        ids[step["run"]],
        [_point(*each) for each in step["metrics"]],
        [Param(key, value) for key, value in step["params"].items()],
        _tags(step["tags"]),
    ),
    "log_metric": lambda store, step, ids: store.log_metric(
        ids[step["run"]], _point(*step["metric"])
    ),
    "log_param": lambda store, step, ids: store.log_param(
        ids[step["run"]], Param(step["key"], step["value"])
    ),
    "set_tag": lambda store, step, ids: store.set_tag(
        ids[step["run"]], Tag(step["key"], step["value"])
    ),
    "log_input": lambda store, step, ids: store.log_inputs(
        ids[step["run"]], [DatasetInput(Dataset(*step["dataset"]), step["tags"])]
    ),
    "delete_tag": lambda store, step, ids: store.delete_tag(ids[step["run"]], step["key"]),
}


def dump(uri: str) -> Json:
    """Everything in the store, by id, in the form of mlflow_side.py."""
    with open_store(uri) as store:
        experiments = _experiments(store)
        return {
            "experiments": {each.experiment_id: _experiment(each) for each in experiments},
            "runs": {
                run.info.run_id: _run(store, store.get_run(run.info.run_id))
                for experiment in experiments
                for run in _runs(store, experiment.experiment_id)
            },
        }


def _experiments(store: TrackingStore) -> list[Experiment]:
    found: list[Experiment] = []
    token: str | None = None
    while True:
        page = store.search_experiments(ViewType.ALL, PAGE, token)
        found += page.items
        token = page.token
        if token is None:
            return found


def _runs(store: TrackingStore, experiment_id: str) -> list[Run]:
    found: list[Run] = []
    token: str | None = None
    while True:
        page = store.search_runs([experiment_id], ViewType.ALL, PAGE, token)
        found += page.items
        token = page.token
        if token is None:
            return found


def _experiment(experiment: Experiment) -> Json:
    return {
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": str(experiment.lifecycle_stage),
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }


def _run(store: TrackingStore, run: Run) -> Json:
    info = run.info
    return {
        "experiment_id": info.experiment_id,
        "run_name": info.run_name,
        "user_id": info.user_id,
        "status": str(info.status),
        "start_time": info.start_time,
        "end_time": info.end_time,
        "lifecycle_stage": str(info.lifecycle_stage),
        "artifact_uri": info.artifact_uri,
        "params": dict(run.params),
        "tags": dict(run.tags),
        "inputs": sorted([list(astuple(each.dataset)), dict(each.tags)] for each in run.inputs),
        "latest": sorted(_listed(each) for each in run.metrics.values()),
        "history": {
            key: sorted(_listed(each) for each in store.get_metric_history(info.run_id, key).items)
            for key in run.metrics
        },
    }


def _listed(metric: Metric) -> list[Any]:
    return [metric.key, repr(metric.value), metric.timestamp, metric.step]
