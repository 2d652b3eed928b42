"""MLflow's half of these tests: run by an interpreter that has MLflow, it fills and dumps stores.

Each line of input is a question in JSON, and each gets a line of answer:
    {"fill": URI, "steps": [...], "ids": {...}}   -> {"answer": the ids, new ones added}
    {"dump": URI}                                 -> {"answer": all that MLflow can read}
or {"error": a traceback}. A metric's value travels as text, so that NaN and the last bit survive.
Nothing of storeproof is imported here.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient

PAGE = 100
Json = dict[str, Any]


def fill(client: MlflowClient, steps: list[Json], ids: dict[str, str]) -> dict[str, str]:
    """Carry out the steps of a plan; a step's "as" names the id it makes for the steps after it."""
    for step in steps:
        made = STEPS[step["do"]](client, step, ids)
        if "as" in step:
            ids[step["as"]] = made
    return ids


def _create_experiment(client: MlflowClient, step: Json, _ids: dict[str, str]) -> str:
    made: str = client.create_experiment(step["name"], step["artifact_location"], step["tags"])
    return made


def _create_run(client: MlflowClient, step: Json, ids: dict[str, str]) -> str:
    run = client.create_run(
        ids[step["experiment"]], step["start_time"], step["tags"], step["run_name"]
    )
    made: str = run.info.run_id
    return made


def _log_batch(client: MlflowClient, step: Json, ids: dict[str, str]) -> None:
    client.log_batch(
        ids[step["run"]],
        [Metric(key, float(value), time, at) for key, value, time, at in step["metrics"]],
        [Param(key, value) for key, value in step["params"].items()],
        [RunTag(key, value) for key, value in step["tags"].items()],
    )


def _log_metric(client: MlflowClient, step: Json, ids: dict[str, str]) -> None:
    key, value, time, at = step["metric"]
    client.log_metric(ids[step["run"]], key, float(value), time, at)


def _log_input(client: MlflowClient, step: Json, ids: dict[str, str]) -> None:
    tags = [InputTag(key, value) for key, value in step["tags"].items()]
    client.log_inputs(ids[step["run"]], [DatasetInput(Dataset(*step["dataset"]), tags)])


STEPS: dict[str, Callable[[MlflowClient, Json, dict[str, str]], Any]] = {
    "create_experiment": _create_experiment,
    "rename_experiment": lambda client, step, ids: client.rename_experiment(
        ids[step["experiment"]], step["name"]
    ),
    "set_experiment_tag": lambda client, step, ids: client.set_experiment_tag(
        ids[step["experiment"]], step["key"], step["value"]
    ),
    "delete_experiment": lambda client, step, ids: client.delete_experiment(
        ids[step["experiment"]]
    ),
    "restore_experiment": lambda client, step, ids: client.restore_experiment(
        ids[step["experiment"]]
    ),
    "create_run": _create_run,
    "rename_run": lambda client, step, ids: client.update_run(ids[step["run"]], name=step["name"]),
    "set_status": lambda client, step, ids: client.update_run(
        ids[step["run"]], status=step["status"]
    ),
    "end_run": lambda client, step, ids: client.set_terminated(
        ids[step["run"]], step["status"], step["end_time"]
    ),
    "delete_run": lambda client, step, ids: client.delete_run(ids[step["run"]]),
    "restore_run": lambda client, step, ids: client.restore_run(ids[step["run"]]),
    "log_batch": _log_batch,
    "log_metric": _log_metric,
    "log_input": _log_input,
    "log_param": lambda client, step, ids: client.log_param(
        ids[step["run"]], step["key"], step["value"]
    ),
    "set_tag": lambda client, step, ids: client.set_tag(
        ids[step["run"]], step["key"], step["value"]
    ),
    "delete_tag": lambda client, step, ids: client.delete_tag(ids[step["run"]], step["key"]),
}


def dump(client: MlflowClient) -> Json:
    """Everything in the store, by id."""
    experiments = _pages(client.search_experiments, view_type=ViewType.ALL)
    runs = [
        run
        for experiment in experiments
        for run in _pages(
            client.search_runs,
            experiment_ids=[experiment.experiment_id],
            run_view_type=ViewType.ALL,
        )
    ]
    return {
        "experiments": {each.experiment_id: _experiment(each) for each in experiments},
        "runs": {run.info.run_id: _run(client, run.info.run_id) for run in runs},
    }


def _pages(search: Any, **question: Any) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = search(**question, max_results=PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _experiment(experiment: Any) -> Json:
    return {
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage,
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "tags": experiment.tags,
    }


def _run(client: MlflowClient, run_id: str) -> Json:
    run = client.get_run(run_id)
    store = client._tracking_client.store
    return {
        "experiment_id": run.info.experiment_id,
        "run_name": run.info.run_name,
        "user_id": run.info.user_id,
        "status": run.info.status,
        "start_time": run.info.start_time,
        "end_time": run.info.end_time,
        "lifecycle_stage": run.info.lifecycle_stage,
        "artifact_uri": run.info.artifact_uri,
        "params": run.data.params,
        "tags": run.data.tags,
        "inputs": sorted(
            (
                [
                    each.dataset.name,
                    each.dataset.digest,
                    each.dataset.source_type,
                    each.dataset.source,
                    each.dataset.schema,
                    each.dataset.profile,
                ],
                {tag.key: tag.value for tag in each.tags},
            )
            for each in run.inputs.dataset_inputs
        ),
        "latest": sorted(_point(each) for each in run.data._metric_objs),
        "history": {
            key: sorted(_point(each) for each in store.get_metric_history(run_id, key))
            for key in run.data.metrics
        },
    }


def _point(metric: Any) -> list[Any]:
    return [metric.key, repr(metric.value), metric.timestamp, metric.step]


def upgrade(uri: str, revision: str) -> Json:
    """Bring a database to a revision by MLflow's own chain; an empty one gets its first schema before."""
    from alembic import command
    from mlflow.store.db.utils import _get_alembic_config
    from mlflow.store.tracking.dbmodels.initial_models import Base
    from sqlalchemy import create_engine, inspect

    engine = create_engine(uri)
    if not inspect(engine).get_table_names():
        Base.metadata.create_all(engine)
    engine.dispose()
    if revision != "initial":
        command.upgrade(_get_alembic_config(uri), revision)
    return {}


def answer(question: Json) -> Json:
    """Do what is asked."""
    try:
        if "dump" in question:
            return {"answer": dump(MlflowClient(question["dump"]))}
        if "upgrade" in question:
            return {"answer": upgrade(question["upgrade"], question["revision"])}
        client = MlflowClient(question["fill"])
        return {"answer": fill(client, question["steps"], question["ids"])}
    except Exception:  # noqa: BLE001 - whatever it is, the test that asked must show it
        return {"error": traceback.format_exc()}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever MLflow prints must not pass for an answer
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
