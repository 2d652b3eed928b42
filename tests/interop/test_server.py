"""MLflow's unmodified client, 2.22 and 3.x, works against the tracking server (HTTP-API).

What MLflow saw is compared with what was asked, and with what this project's client reads.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plans import EVERYTHING, LAST, NEXT
from sides import LIMIT, VARIABLE, Side, Storeproof

from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import Run, TrackingStore, open_store

pytestmark = pytest.mark.interop

SESSION = Path(__file__).with_name("mlflow_session.py")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a new server."""
    with TrackingServer.start(f"sqlite:///{tmp_path}/store.db") as server:
        yield server.url


def test_the_second_reads_what_the_first_wrote(address: str, turns: tuple[Side, Side]) -> None:
    first, second = turns
    first.fill(address, EVERYTHING, {})
    assert second.dump(address) == first.dump(address)


def test_both_write_to_one_server_in_turn(address: str, turns: tuple[Side, Side]) -> None:
    first, second = turns
    ids = first.fill(address, EVERYTHING, {})
    ids = second.fill(address, NEXT, ids)
    first.fill(address, LAST, ids)
    assert second.dump(address) == first.dump(address)


def test_the_store_behind_holds_what_mlflow_sent(tmp_path: Path, turns: tuple[Side, Side]) -> None:
    behind = f"sqlite:///{tmp_path}/store.db"
    with TrackingServer.start(behind) as server:
        turns[0].fill(server.url, EVERYTHING, {})
        sent = turns[1].dump(server.url)
    assert Storeproof().dump(behind) == sent


# One afternoon of using MLflow; each test looks at one part of it.


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server that it is about."""
    folder = tmp_path_factory.mktemp("served")
    with TrackingServer.start(f"sqlite:///{folder}/store.db") as server:
        yield server.url


@pytest.fixture(scope="module")
def seen(served: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What MLflow saw."""
    ended = subprocess.run(
        [os.environ[VARIABLE], str(SESSION), served],
        cwd=tmp_path_factory.mktemp("session"),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.fixture
def store(served: str, seen: dict[str, Any]) -> Iterator[TrackingStore]:
    """The server's store through this project's client, after the afternoon."""
    with open_store(served) as opened:
        yield opened


def test_a_fluent_run_is_read_back(seen: dict[str, Any]) -> None:
    told = seen["fluent"]
    assert told["status"] == "FINISHED"
    assert told["metrics"] == {"loss": 0.25, "accuracy": 1.0}
    assert told["params"] == {"lr": "0.1", "layers": "[1, 2]", "empty": ""}
    assert told["inputs"] == ["six"]
    assert told["parent"] == told["outer"]
    assert told["table"] == sorted([told["outer"], told["inner"]])
    assert told["last"] == told["outer"]


def test_a_fluent_run_is_kept_whole(seen: dict[str, Any], store: TrackingStore) -> None:
    run: Run = store.get_run(seen["fluent"]["outer"])
    assert run.info.run_name == "outer"
    assert run.tags["kind"] == "test"
    assert run.tags["mlflow.note.content"] == "said"
    assert "gone" not in run.tags
    assert run.inputs[0].tags["mlflow.data.context"] == "training"
    history = store.get_metric_history(run.info.run_id, "loss").items
    assert [point.step for point in history] == [1, 2, 3]
    assert math.isnan(history[1].value)


def test_a_run_inside_a_run_names_its_parent(seen: dict[str, Any], store: TrackingStore) -> None:
    inner = store.get_run(seen["fluent"]["inner"])
    assert inner.tags["mlflow.parentRunId"] == seen["fluent"]["outer"]


def test_a_model_is_logged_by_itself(seen: dict[str, Any]) -> None:
    told = seen["autologged"]
    assert told["params"]["fit_intercept"] == "True"
    assert "training_r2_score" in told["metrics"]


def test_a_batch_is_read_back_as_history(seen: dict[str, Any], store: TrackingStore) -> None:
    expected = [[each / 7, each, each] for each in range(500)]
    told = seen["by client"]
    assert told["history"] == expected
    kept = store.get_metric_history(told["runs"][0], "m").items
    assert [[point.value, point.timestamp, point.step] for point in kept] == expected


def test_searches_find_and_order_runs(seen: dict[str, Any]) -> None:
    told = seen["by client"]
    runs = told["runs"]
    newest_first = list(reversed(runs))
    assert told["active"] == [run for run in newest_first if run != runs[2]]
    assert told["deleted"] == [runs[2]]
    assert told["ordered"] == newest_first
    assert told["filtered"] == [runs[0]]
    assert told["pages"] == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_experiments_are_found_deleted_and_restored(
    seen: dict[str, Any], store: TrackingStore
) -> None:
    told = seen["by client"]
    assert told["gone"] == "deleted"
    assert told["by name"] == told["experiment"]
    assert told["found"] == [told["experiment"]]
    assert told["missing"] is None
    kept = store.get_experiment(told["experiment"])
    assert kept.name == "renamed"
    assert kept.artifact_location == "mem://artifacts/x"
    assert kept.tags == {"team": "a", "more": "b"}


def test_runs_are_changed_by_the_client(seen: dict[str, Any], store: TrackingStore) -> None:
    first, second = (store.get_run(run) for run in seen["by client"]["runs"][:2])
    assert (first.info.run_name, first.info.status) == ("renamed", "FINISHED")
    assert (second.info.status, second.info.end_time) == ("FAILED", 77)
    assert first.inputs[0].dataset.source == "there"


def test_what_is_refused_has_mlflows_codes(seen: dict[str, Any]) -> None:
    assert seen["refusals"] == {
        "taken name": "RESOURCE_ALREADY_EXISTS",
        "unknown experiment": "RESOURCE_DOES_NOT_EXIST",
        "unknown run": "RESOURCE_DOES_NOT_EXIST",
        "changed param": "INVALID_PARAMETER_VALUE",
        "missing tag": "RESOURCE_DOES_NOT_EXIST",
        "bad filter": "INVALID_PARAMETER_VALUE",
        "no route": "ENDPOINT_NOT_FOUND",
    }
