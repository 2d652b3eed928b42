"""The JSON of the answers is MLflow's, field by field (HTTP-API)."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

Json = dict[str, Any]


def post(wire: httpx.Client, path: str, body: Json) -> Json:
    answer = wire.post(path, json=body)
    assert answer.status_code == 200, answer.text
    read: Json = answer.json()
    return read


def get(wire: httpx.Client, path: str, **query: Any) -> Json:
    answer = wire.get(path, params=query)
    assert answer.status_code == 200, answer.text
    read: Json = answer.json()
    return read


@pytest.fixture
def experiment(wire: httpx.Client) -> str:
    made = post(wire, "experiments/create", {"name": secrets.token_hex(8)})
    assert set(made) == {"experiment_id"}
    return str(made["experiment_id"])


@pytest.fixture
def run(wire: httpx.Client, experiment: str) -> str:
    body = {"experiment_id": experiment, "user_id": "ann", "start_time": 5, "run_name": "first"}
    return str(post(wire, "runs/create", body)["run"]["info"]["run_id"])


def test_an_experiment_has_mlflows_fields(wire: httpx.Client) -> None:
    name = secrets.token_hex(8)
    tags = [{"key": "a", "value": "x"}]
    body = {"name": name, "artifact_location": "s3://bucket/x", "tags": tags}
    made = post(wire, "experiments/create", body)["experiment_id"]
    found = get(wire, "experiments/get", experiment_id=made)["experiment"]
    created = found.pop("creation_time")
    assert isinstance(created, int)
    assert found.pop("last_update_time") == created
    assert found == {
        "experiment_id": made,
        "name": name,
        "artifact_location": "s3://bucket/x",
        "lifecycle_stage": "active",
        "tags": tags,
    }


def test_what_an_experiment_lacks_is_left_out(wire: httpx.Client, experiment: str) -> None:
    found = get(wire, "experiments/get", experiment_id=experiment)["experiment"]
    assert "tags" not in found


def test_a_run_has_mlflows_fields(wire: httpx.Client, experiment: str, run: str) -> None:
    found = get(wire, "runs/get", run_id=run)["run"]
    uri = found["info"].pop("artifact_uri")
    assert uri.endswith(f"/{experiment}/{run}/artifacts")
    assert found == {
        "info": {
            "run_id": run,
            "run_uuid": run,
            "experiment_id": experiment,
            "run_name": "first",
            "user_id": "ann",
            "status": "RUNNING",
            "start_time": 5,
            "lifecycle_stage": "active",
        },
        "data": {"tags": [{"key": "mlflow.runName", "value": "first"}]},
        "inputs": {},
    }


def test_what_was_logged_has_mlflows_fields(wire: httpx.Client, run: str) -> None:
    point = {"key": "m", "value": "NaN", "timestamp": 7, "step": -2}
    use = {
        "tags": [{"key": "mlflow.data.context", "value": "train"}],
        "dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "s"},
    }
    post(wire, "runs/log-batch", {"run_id": run, "metrics": [point]})
    post(wire, "runs/log-parameter", {"run_id": run, "key": "p", "value": ""})
    post(wire, "runs/log-inputs", {"run_id": run, "datasets": [use]})
    found = get(wire, "runs/get", run_id=run)["run"]
    assert found["data"]["metrics"] == [point]
    assert found["data"]["params"] == [{"key": "p", "value": ""}]
    assert found["inputs"] == {"dataset_inputs": [use]}


def test_the_old_name_of_a_runs_id_is_understood(wire: httpx.Client, run: str) -> None:
    assert get(wire, "runs/get", run_uuid=run)["run"]["info"]["run_id"] == run
    point = {"run_uuid": run, "key": "m", "value": 1, "timestamp": 1}
    assert post(wire, "runs/log-metric", point) == {}


def test_a_deleted_run_tells_when_it_was_deleted(wire: httpx.Client, run: str) -> None:
    post(wire, "runs/delete", {"run_id": run})
    info = get(wire, "runs/get", run_id=run)["run"]["info"]
    assert info["lifecycle_stage"] == "deleted"
    assert isinstance(info["deleted_time"], int)


def test_an_update_answers_with_the_run(wire: httpx.Client, run: str) -> None:
    told = post(wire, "runs/update", {"run_id": run, "status": "FINISHED", "end_time": "9"})
    assert told["run_info"]["status"] == "FINISHED"
    assert told["run_info"]["end_time"] == 9


def test_an_empty_answer_of_a_search_is_an_empty_object(wire: httpx.Client) -> None:
    assert post(wire, "runs/search", {}) == {}
    assert post(wire, "runs/search", {"experiment_ids": ["unknown"]}) == {}


def test_runs_are_found_in_pages(wire: httpx.Client, experiment: str, run: str) -> None:
    post(wire, "runs/create", {"experiment_id": experiment, "start_time": 6})
    question = {"experiment_ids": [experiment], "max_results": 1, "run_view_type": "ALL"}
    first = post(wire, "runs/search", question)
    last = post(wire, "runs/search", {**question, "page_token": first["next_page_token"]})
    assert [each["info"]["start_time"] for each in first["runs"] + last["runs"]] == [6, 5]
    assert "next_page_token" not in last


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_experiments_are_found_by_both_methods(
    wire: httpx.Client, experiment: str, method: str
) -> None:
    name = get(wire, "experiments/get", experiment_id=experiment)["experiment"]["name"]
    asked = {"filter": f"name = '{name}'", "max_results": 5, "view_type": "ALL"}
    found = (
        get(wire, "experiments/search", **asked)
        if method == "GET"
        else post(wire, "experiments/search", asked)
    )
    assert [each["experiment_id"] for each in found["experiments"]] == [experiment]


def test_a_query_may_give_a_list(wire: httpx.Client, experiment: str) -> None:
    orders = ["name ASC", "experiment_id DESC"]
    assert get(wire, "experiments/search", order_by=orders)["experiments"]


def test_a_missing_name_is_missing(wire: httpx.Client) -> None:
    answer = wire.get("experiments/get-by-name", params={"experiment_name": secrets.token_hex(8)})
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def log(wire: httpx.Client, run: str, key: str, count: int) -> None:
    points = [{"key": key, "value": each, "timestamp": each, "step": each} for each in range(count)]
    post(wire, "runs/log-batch", {"run_id": run, "metrics": points})


def test_a_history_without_a_limit_is_whole(wire: httpx.Client, run: str) -> None:
    log(wire, run, "m", 20)
    told = get(wire, "metrics/get-history", run_id=run, metric_key="m")
    assert [each["step"] for each in told["metrics"]] == list(range(20))
    assert "next_page_token" not in told


def test_a_history_goes_on_behind_its_token(wire: httpx.Client, run: str) -> None:
    log(wire, run, "m", 3)
    asked = {"run_id": run, "metric_key": "m", "max_results": 2}
    first = get(wire, "metrics/get-history", **asked)
    last = get(wire, "metrics/get-history", **asked, page_token=first["next_page_token"])
    assert [each["step"] for each in first["metrics"] + last["metrics"]] == [0, 1, 2]


def test_a_bulk_history_names_the_runs_and_keeps_to_the_steps(
    wire: httpx.Client, experiment: str, run: str
) -> None:
    other = post(wire, "runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
    log(wire, run, "m", 9)
    log(wire, other, "m", 3)
    told = get(
        wire,
        "metrics/get-history-bulk-interval",
        run_ids=[run, other],
        metric_key="m",
        start_step=2,
        end_step=7,
    )
    seen = [(each["run_id"], each["step"]) for each in told["metrics"]]
    assert seen == [(run, step) for step in range(2, 8)] + [(other, 2)]


@pytest.mark.parametrize(("most", "steps"), [(1, [8]), (2, [0, 8]), (3, [0, 4, 8])])
def test_a_bulk_history_is_spread_evenly(
    wire: httpx.Client, run: str, most: int, steps: list[int]
) -> None:
    log(wire, run, "m", 9)
    told = get(
        wire,
        "metrics/get-history-bulk-interval",
        run_ids=run,
        metric_key="m",
        max_results=most,
    )
    assert [each["step"] for each in told["metrics"]] == steps


def test_a_model_joins_the_list_of_its_run(wire: httpx.Client, run: str) -> None:
    post(wire, "runs/log-model", {"run_id": run, "model_json": '{"artifact_path": "a"}'})
    tags = get(wire, "runs/get", run_id=run)["run"]["data"]["tags"]
    assert {"key": "mlflow.log-model.history", "value": '[{"artifact_path": "a"}]'} in tags


def test_fields_that_are_not_known_are_ignored(wire: httpx.Client, run: str) -> None:
    body = {"run_id": run, "key": "t", "value": "v", "model_id": None, "more": {"a": [1]}}
    assert post(wire, "runs/set-tag", body) == {}


def test_fields_that_are_null_are_absent(wire: httpx.Client) -> None:
    body = {"name": secrets.token_hex(8), "artifact_location": None, "tags": None}
    assert post(wire, "experiments/create", body)["experiment_id"]


def test_health_and_version_are_plain_text(url: str) -> None:
    from importlib.metadata import version

    assert httpx.get(f"{url}/health", trust_env=False).text == "OK"
    assert httpx.get(f"{url}/version", trust_env=False).text == version("storeproof")
