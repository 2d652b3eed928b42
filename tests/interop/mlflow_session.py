"""What a user of MLflow does in an afternoon, against the tracking server whose address is the argument.

Run by an interpreter that has MLflow and scikit-learn; prints what MLflow saw, as one JSON object.
Nothing of storeproof is imported here.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LinearRegression

Json = dict[str, Any]


def fluent() -> Json:
    """The fluent API: an experiment by name, a run with everything, a run inside it."""
    experiment = mlflow.set_experiment("fluent é")
    with mlflow.start_run(run_name="outer", description="said") as outer:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({"layers": [1, 2], "empty": ""})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metric("loss", float("nan"), step=2)
        mlflow.log_metrics({"loss": 0.25, "accuracy": 1}, step=3)
        mlflow.set_tag("kind", "test")
        mlflow.set_tags({"gone": "x", "kept": "y"})
        mlflow.delete_tag("gone")
        data = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="six")
        mlflow.log_input(data, context="training", tags={"part": "all"})
        with mlflow.start_run(nested=True) as inner:
            mlflow.log_metric("depth", 2)
    known = mlflow.get_run(outer.info.run_id)
    return {
        "experiment": experiment.experiment_id,
        "outer": outer.info.run_id,
        "inner": inner.info.run_id,
        "status": known.info.status,
        "metrics": known.data.metrics,
        "params": known.data.params,
        "inputs": [each.dataset.name for each in known.inputs.dataset_inputs],
        "parent": mlflow.get_parent_run(inner.info.run_id).info.run_id,
        "table": sorted(mlflow.search_runs([experiment.experiment_id])["run_id"]),
        "last": mlflow.last_active_run().info.run_id,
    }


def autologged() -> Json:
    """A small model of scikit-learn, logged by itself and without its artifacts."""
    mlflow.set_experiment("autologged")
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    x = np.arange(20.0).reshape(10, 2)
    with mlflow.start_run() as run:
        LinearRegression().fit(x, x.sum(axis=1))
    mlflow.sklearn.autolog(disable=True)
    data = mlflow.get_run(run.info.run_id).data
    return {"run": run.info.run_id, "params": data.params, "metrics": sorted(data.metrics)}


def by_client(client: MlflowClient) -> Json:
    """MlflowClient: batches, histories, searches in pages, deletion and return."""
    experiment = client.create_experiment("by client", "mem://artifacts/x", {"team": "a"})
    client.set_experiment_tag(experiment, "more", "b")
    client.rename_experiment(experiment, "renamed")
    runs = [
        client.create_run(experiment, start_time=each, run_name=f"r{each}").info.run_id
        for each in range(1, 6)
    ]
    first = runs[0]
    points = [Metric("m", each / 7, each, each) for each in range(500)]
    client.log_batch(first, points, [Param("p", "1")], [RunTag("t", "1")])
    for each, run in enumerate(runs):
        client.log_metric(run, "rank", -each)
    dataset = Dataset("d", "1", "local", "there", schema="{}", profile="{}")
    client.log_inputs(first, [DatasetInput(dataset, [InputTag("mlflow.data.context", "eval")])])
    client.update_run(first, status="FINISHED", name="renamed")
    client.set_terminated(runs[1], "FAILED", 77)
    client.delete_run(runs[2])
    active = client.search_runs([experiment])
    deleted = client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)
    client.restore_run(runs[2])
    ordered = client.search_runs([experiment], order_by=["metrics.rank ASC"])
    filtered = client.search_runs(
        [experiment], "params.p = '1' AND metrics.m > 1 AND dataset.context = 'eval'"
    )
    client.delete_experiment(experiment)
    gone = client.get_experiment(experiment).lifecycle_stage
    client.restore_experiment(experiment)
    history = client.get_metric_history(first, "m")
    return {
        "experiment": experiment,
        "runs": runs,
        "active": [run.info.run_id for run in active],
        "deleted": [run.info.run_id for run in deleted],
        "ordered": [run.info.run_id for run in ordered],
        "filtered": [run.info.run_id for run in filtered],
        "pages": _pages(client, experiment),
        "history": [[each.value, each.timestamp, each.step] for each in history],
        "gone": gone,
        "by name": client.get_experiment_by_name("renamed").experiment_id,
        "missing": client.get_experiment_by_name("nobody's"),
        "found": [
            each.experiment_id
            for each in client.search_experiments(filter_string="tags.more = 'b'")
        ],
    }


def _pages(client: MlflowClient, experiment: str) -> list[list[str]]:
    pages = []
    token = None
    while True:
        page = client.search_runs([experiment], max_results=2, page_token=token)
        pages.append([run.info.run_id for run in page])
        token = page.token
        if not token:
            return pages


def refusals(client: MlflowClient) -> Json:
    """The codes that MLflow makes of what the server refuses."""
    experiment = client.create_experiment("refusals")
    run = client.create_run(experiment).info.run_id
    client.log_param(run, "p", "1")
    return {
        "taken name": _code(lambda: client.create_experiment("refusals")),
        "unknown experiment": _code(lambda: client.get_experiment("999999")),
        "unknown run": _code(lambda: client.get_run("f" * 32)),
        "changed param": _code(lambda: client.log_param(run, "p", "2")),
        "missing tag": _code(lambda: client.delete_tag(run, "t")),
        "bad filter": _code(lambda: client.search_runs([experiment], "nonsense")),
        "no route": _code(lambda: client.set_trace_tag("tr-1", "k", "v")),
    }


def _code(call: Callable[[], object]) -> str | None:
    try:
        call()
    except MlflowException as error:
        code: str = error.error_code
        return code
    return None


def main() -> None:
    """Do it all."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever MLflow prints must not pass for an answer
    warnings.simplefilter("ignore")
    address = sys.argv[1]
    mlflow.set_tracking_uri(address)
    client = MlflowClient(address)
    seen = {
        "fluent": fluent(),
        "autologged": autologged(),
        "by client": by_client(client),
        "refusals": refusals(client),
    }
    print(json.dumps(seen), file=answers, flush=True)


if __name__ == "__main__":
    main()
