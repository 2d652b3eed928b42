"""Each call sends as many statements to a server as to sqlite, which says BEGIN besides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storeproof.fixtures.ladder import Database
from storeproof.stores import (
    Dataset,
    DatasetInput,
    Metric,
    Param,
    RunStatus,
    Tag,
    TrackingStore,
)
from storeproof.stores.sql.tracking import SqlStore

pytestmark = pytest.mark.database

Call = Callable[[TrackingStore, str, str], object]

BATCH: dict[str, Any] = {
    "metrics": [Metric(f"m{i}", i, i, i) for i in range(800)],
    "params": [Param(f"p{i}", "v") for i in range(100)],
    "tags": [Tag(f"t{i}", "v") for i in range(100)],
}
"""The largest that is allowed."""

USE = DatasetInput(Dataset("d", "1", "local", "{}"), {"mlflow.data.context": "training"})
MODEL = {"artifact_path": "model"}

CALLS: list[tuple[str, Call]] = [
    # on an active experiment and an active run
    (
        "create_experiment",
        lambda store, _e, _r: store.create_experiment("x", None, [Tag("k", "v")]),
    ),
    ("get_experiment", lambda store, parent, _: store.get_experiment(parent)),
    ("get_experiment_by_name", lambda store, _e, _r: store.get_experiment_by_name("e")),
    ("search_experiments", lambda store, _e, _r: store.search_experiments()),
    ("rename_experiment", lambda store, parent, _: store.rename_experiment(parent, "y")),
    (
        "set_experiment_tag",
        lambda store, parent, _: store.set_experiment_tag(parent, Tag("k", "1")),
    ),
    (
        "set_experiment_tag",
        lambda store, parent, _: store.set_experiment_tag(parent, Tag("k", "2")),
    ),
    ("create_run", lambda store, parent, _: store.create_run(parent, tags=BATCH["tags"])),
    ("log_batch", lambda store, _, run: store.log_batch(run, **BATCH)),
    ("log_batch", lambda store, _, run: store.log_batch(run, **BATCH)),
    ("log_metric", lambda store, _, run: store.log_metric(run, Metric("m", 1.0, 1, 1))),
    ("log_metric", lambda store, _, run: store.log_metric(run, Metric("m", 2.0, 2, 2))),
    ("log_param", lambda store, _, run: store.log_param(run, Param("p", "v"))),
    ("set_tag", lambda store, _, run: store.set_tag(run, Tag("t", "v"))),
    ("set_tag", lambda store, _, run: store.set_tag(run, Tag("t", "w"))),
    ("delete_tag", lambda store, _, run: store.delete_tag(run, "t")),
    ("get_run", lambda store, _, run: store.get_run(run)),
    ("get_metric_history", lambda store, _, run: store.get_metric_history(run, "m")),
    (
        "get_metric_history_bulk",
        lambda store, _, run: store.get_metric_history_bulk([run], "m", 10),
    ),
    ("log_inputs", lambda store, _, run: store.log_inputs(run, [USE])),
    ("log_inputs", lambda store, _, run: store.log_inputs(run, [USE])),
    ("record_logged_model", lambda store, _, run: store.record_logged_model(run, MODEL)),
    ("record_logged_model", lambda store, _, run: store.record_logged_model(run, MODEL)),
    ("search_runs", lambda store, parent, _: store.search_runs([parent, "0"])),
    (
        "update_run_info",
        lambda store, _, run: store.update_run_info(run, RunStatus.FINISHED, 1, "name"),
    ),
    ("delete_run", lambda store, _, run: store.delete_run(run)),
    ("restore_run", lambda store, _, run: store.restore_run(run)),
    ("delete_experiment", lambda store, parent, _: store.delete_experiment(parent)),
    ("restore_experiment", lambda store, parent, _: store.restore_experiment(parent)),
    ("delete_run", lambda store, _, run: store.delete_run(run)),
    ("hard_delete_run", lambda store, _, run: store.hard_delete_run(run)),
    ("delete_experiment", lambda store, parent, _: store.delete_experiment(parent)),
    ("hard_delete_experiment", lambda store, parent, _: store.hard_delete_experiment(parent)),
]
"""Each method of the contract, and again where what is there makes a difference."""

Sent = list[tuple[str, int]]


def sent(uri: str) -> Sent:
    """How many statements each of the calls sends, BEGIN left out."""
    counts: Sent = []
    with SqlStore(uri, "/artifacts") as store:
        parent = store.create_experiment("e")
        run_id = store.create_run(parent).info.run_id
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                statements.append(statement)

        event.listen(store._database.engine, "before_cursor_execute", note)
        for name, call in CALLS:
            call(store, parent, run_id)
            counts.append((name, len(statements)))
            statements.clear()
    return counts


@pytest.fixture(scope="module")
def sent_to_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    path: Path = tmp_path_factory.mktemp("sqlite") / "store.db"
    return sent(f"sqlite:///{path}")


def test_each_call_sends_as_many_statements_as_to_sqlite(
    database: Database, sent_to_sqlite: Sent
) -> None:
    assert sent(database.url) == sent_to_sqlite


def test_every_method_of_the_contract_is_counted() -> None:
    methods = {
        name
        for name, value in vars(TrackingStore).items()
        if callable(value) and not name.startswith("_") and name != "close"
    }
    assert {name for name, _ in CALLS} == methods
