"""Where storeproof means to differ from MLflow on the same store, and how far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plans import DOUBLE_MAX, Step, batch, experiment, run
from sides import URIS, Mlflow, Side, Storeproof

pytestmark = pytest.mark.interop

RUN = [experiment("e", "e"), run("r", "e", 0)]


def run_of(dump: dict[str, Any]) -> dict[str, Any]:
    """The only run in a store."""
    (content,) = dump["runs"].values()
    found: dict[str, Any] = content
    return found


def test_an_infinity_that_mlflow_wrote_is_read_as_the_largest_double(
    uri: str, mlflow: Mlflow
) -> None:
    """METRIC-INF. MLflow's own file store reads it as an infinity, its database as we do."""
    mlflow.fill(uri, [*RUN, batch("r", [("up", "inf", 1, 1), ("down", "-inf", 1, 1)])], {})
    assert run_of(Storeproof().dump(uri))["history"] == {
        "up": [["up", DOUBLE_MAX, 1, 1]],
        "down": [["down", f"-{DOUBLE_MAX}", 1, 1]],
    }


def test_an_infinity_that_storeproof_wrote_is_the_largest_double_to_mlflow(
    uri: str, mlflow: Mlflow
) -> None:
    """METRIC-INF."""
    Storeproof().fill(uri, [*RUN, batch("r", [("up", "inf", 1, 1)])], {})
    assert run_of(mlflow.dump(uri))["latest"] == [["up", DOUBLE_MAX, 1, 1]]


TWICE: list[Step] = [{"do": "log_metric", "run": "r", "metric": ("m", "1.5", 1, 1)}] * 2
POINT = ["m", "1.5", 1, 1]


def test_a_point_logged_twice_to_a_file_counts_once_here_and_twice_for_mlflow(
    tmp_path: Path, turns: tuple[Side, Side], mlflow: Mlflow
) -> None:
    """METRIC-DUP: the file holds two equal lines, whoever logged them."""
    uri = URIS["file"](tmp_path)
    turns[0].fill(uri, [*RUN, *TWICE], {})
    assert run_of(Storeproof().dump(uri))["history"] == {"m": [POINT]}
    assert run_of(mlflow.dump(uri))["history"] == {"m": [POINT, POINT]}


def test_a_point_logged_twice_to_a_database_is_one_for_both(
    tmp_path: Path, turns: tuple[Side, Side], mlflow: Mlflow
) -> None:
    """METRIC-DUP."""
    uri = URIS["sqlite"](tmp_path)
    turns[0].fill(uri, [*RUN, *TWICE], {})
    assert run_of(Storeproof().dump(uri))["history"] == {"m": [POINT]}
    assert run_of(mlflow.dump(uri))["history"] == {"m": [POINT]}


def test_mlflow_reads_the_rest_of_a_file_store_with_keys_that_the_layout_cannot_hold(
    tmp_path: Path, mlflow: Mlflow
) -> None:
    """KEY-PREFIX, KEY-LENGTH: the second key of "a" and "a/b", and a name over 255 bytes."""
    uri = URIS["file"](tmp_path)
    wide = "長" * 250
    values = {"a": "1", "a/b": "2", wide: "3", "plain": "4"}
    points = [(key, "1.0", 1, 1) for key in values]
    Storeproof().fill(uri, [*RUN, batch("r", points, values, values)], {})
    ours, theirs = run_of(Storeproof().dump(uri)), run_of(mlflow.dump(uri))
    held = {"a": "1", "plain": "4"}
    assert ours["params"] == values
    assert ours["history"].keys() == values.keys()
    assert theirs["params"] == held
    assert theirs["tags"] == {**held, "mlflow.runName": "r"}
    assert theirs["history"].keys() == held.keys()


def test_mlflow_reads_experiments_with_names_that_its_file_store_would_not_create(
    uri: str, mlflow: Mlflow
) -> None:
    """EXP-NAME-ANY: MLflow's file store refuses to create a name with an apostrophe."""
    names = ["it's", "'", "' OR '1'='1", "''' \"\"\""]
    steps = [experiment(str(nth), name) for nth, name in enumerate(names)]
    Storeproof().fill(uri, steps, {})
    found = mlflow.dump(uri)
    assert {each["name"] for each in found["experiments"].values()} == {"Default", *names}
    assert found == Storeproof().dump(uri)
