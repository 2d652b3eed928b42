"""The contract over MLflow's stores, tried on something shaped like one: MLflow itself is not needed."""

from __future__ import annotations

import inspect
import os
from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import pytest

from storeproof.conformance.adapters.mlflow import MlflowStore, wrapped
from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    LifecycleStage,
    Metric,
    Page,
    Param,
    RunStatus,
    StoreError,
    Tag,
    TrackingStore,
    ViewType,
)


class Refusal(Exception):
    """As MlflowException is."""

    def __init__(self, message: str, error_code: str) -> None:
        super().__init__(message)
        self.message, self.error_code = message, error_code


class Paged(list[Any]):
    """As PagedList is."""

    token: object = None


ENTITIES = SimpleNamespace(
    Metric=namedtuple("Metric", "key value timestamp step"),
    Param=namedtuple("Param", "key value"),
    RunTag=namedtuple("RunTag", "key value"),
    ExperimentTag=namedtuple("ExperimentTag", "key value"),
    InputTag=namedtuple("InputTag", "key value"),
    Dataset=namedtuple("Dataset", "name digest source_type source schema profile"),
    DatasetInput=namedtuple("DatasetInput", "dataset tags"),
    RunStatus=SimpleNamespace(from_string={"FINISHED": 3, "RUNNING": 1}.__getitem__),
    ViewType=SimpleNamespace(ACTIVE_ONLY=1, DELETED_ONLY=2, ALL=3),
)

INFO = SimpleNamespace(
    run_id="r",
    experiment_id="e",
    run_name="n",
    user_id="u",
    status="FINISHED",
    start_time=1,
    end_time=None,
    lifecycle_stage="deleted",
    artifact_uri="a",
)
POINT = ENTITIES.Metric("m", 1.0, 2, 3)
RUN = SimpleNamespace(
    info=INFO, data=SimpleNamespace(params={"p": "1"}, tags={}, _metric_objs=[POINT]), inputs=None
)


class Inner:
    """A store that notes how it is called, and answers or raises what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.ending: object = None
        self.missing = ""

    def __getattr__(self, method: str) -> Any:
        if method == self.missing:
            raise AttributeError(method)

        def call(*arguments: Any, **named: Any) -> Any:
            self.calls.append((method, arguments, named))
            if isinstance(self.ending, Exception):
                raise self.ending
            return self.ending

        return call

    @property
    def last(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.calls[-1][1:]


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def store(inner: Inner) -> MlflowStore:
    return MlflowStore(inner, ENTITIES, Refusal)


def test_it_has_the_methods_of_the_contract_with_the_same_arguments() -> None:
    """But for hard deletion, which MLflow's stores offer to MLflow's own gc alone."""
    for name, method in inspect.getmembers(TrackingStore, inspect.isfunction):
        if not name.startswith(("_", "hard_delete_")):
            ours = inspect.signature(getattr(MlflowStore, name)).parameters
            assert list(ours) == list(inspect.signature(method).parameters), name


# On the way in


def test_entries_become_mlflows_with_the_same_values_however_wrong(
    store: MlflowStore, inner: Inner
) -> None:
    bad: Any = object()
    store.log_batch("r", [Metric("m", bad, bad, bad)], [Param(bad, bad)], [Tag("", bad)])
    assert inner.last == (
        (),
        {
            "run_id": "r",
            "metrics": [ENTITIES.Metric("m", bad, bad, bad)],
            "params": [ENTITIES.Param(bad, bad)],
            "tags": [ENTITIES.RunTag("", bad)],
        },
    )


def test_what_is_no_entry_and_no_list_arrives_as_it_is(store: MlflowStore, inner: Inner) -> None:
    wrong: Any = None
    store.log_batch("r", wrong, "text", [wrong, 1])  # type: ignore[arg-type, list-item]
    named = inner.last[1]
    assert (named["metrics"], named["params"], named["tags"]) == (None, "text", [None, 1])


def test_a_tag_of_an_experiment_is_mlflows_tag_of_an_experiment(
    store: MlflowStore, inner: Inner
) -> None:
    store.create_experiment("n", tags=[Tag("k", "v")])
    assert inner.last[1]["tags"] == [ENTITIES.ExperimentTag("k", "v")]


def test_what_mlflows_client_fills_in_is_filled_in(store: MlflowStore, inner: Inner) -> None:
    inner.ending = RUN
    store.create_run("e")
    named = inner.last[1]
    assert named["user_id"] == "unknown"
    assert named["start_time"] > 1_600_000_000_000
    store.create_run("e", "", 0)
    named = inner.last[1]
    assert (named["user_id"], named["start_time"]) == ("", 0)


def test_statuses_and_views_are_mlflows_numbers_and_others_stay(
    store: MlflowStore, inner: Inner
) -> None:
    inner.ending = INFO
    wrong: Any = "DONE"
    store.update_run_info("r", RunStatus.FINISHED)
    store.update_run_info("r", wrong)
    inner.ending = Paged()
    store.search_runs(["e"], ViewType.DELETED_ONLY)
    store.search_runs(["e"], wrong)
    assert [call[1][1] for call in inner.calls[:2]] == [3, "DONE"]
    assert [call[2]["run_view_type"] for call in inner.calls[2:]] == [2, "DONE"]


def test_a_dataset_is_handed_over_with_the_tags_of_its_use(
    store: MlflowStore, inner: Inner
) -> None:
    store.log_inputs("r", [DatasetInput(Dataset("n", "d", "t", "s"), {"k": "v"})])
    dataset = ENTITIES.Dataset("n", "d", "t", "s", None, None)
    tags = [ENTITIES.InputTag("k", "v")]
    assert inner.last[1]["datasets"] == [ENTITIES.DatasetInput(dataset, tags)]


# On the way out


def test_a_run_comes_back_in_our_words(store: MlflowStore, inner: Inner) -> None:
    inner.ending = RUN
    run = store.get_run("r")
    assert run.info.lifecycle_stage is LifecycleStage.DELETED
    assert run.info.status is RunStatus.FINISHED
    assert run.params == {"p": "1"}
    assert run.metrics == {"m": Metric("m", 1.0, 2, 3)}
    assert run.inputs == ()


def test_a_wrong_value_in_an_answer_is_not_mended(store: MlflowStore, inner: Inner) -> None:
    inner.ending = SimpleNamespace(**{**vars(INFO), "status": 7, "run_id": 5})
    info = store.update_run_info("r")
    assert (info.status, info.run_id) == (7, 5)


@pytest.mark.parametrize(("given", "kept"), [("t", "t"), (b"t", b"t"), ("", None), (None, None)])
def test_a_token_is_handed_on_and_an_empty_one_is_none(
    given: object, kept: object, store: MlflowStore, inner: Inner
) -> None:
    inner.ending = Paged([RUN])
    inner.ending.token = given
    found = store.search_runs(["e"])
    assert (found.items[0].info.run_id, found.token) == ("r", kept)


def test_a_history_that_is_a_plain_list_is_one_page(store: MlflowStore, inner: Inner) -> None:
    inner.ending = [POINT]
    assert store.get_metric_history("r", "m") == Page((Metric("m", 1.0, 2, 3),))


def test_the_history_of_several_runs_is_told_apart(store: MlflowStore, inner: Inner) -> None:
    one = SimpleNamespace(run_id="a", key="m", value=1.0, timestamp=1, step=0)
    inner.ending = [one]
    assert store.get_metric_history_bulk(["a", "b"], "m") == {"a": (Metric("m", 1.0, 1),), "b": ()}


# Endings


@pytest.mark.parametrize("code", [*ErrorCode, "INVALID_STATE", "BAD_REQUEST"])
def test_a_refusal_keeps_its_code(code: str, store: MlflowStore, inner: Inner) -> None:
    inner.ending = Refusal("why", str(code))
    with pytest.raises(StoreError) as caught:
        store.get_run("r")
    assert (str(caught.value.code), caught.value.message) == (str(code), "why")


def test_whatever_else_is_raised_comes_through(store: MlflowStore, inner: Inner) -> None:
    inner.ending = ZeroDivisionError("a defect")
    with pytest.raises(ZeroDivisionError):
        store.get_run("r")


def test_a_method_that_is_not_implemented_or_not_there_is_refused_as_such(
    store: MlflowStore, inner: Inner
) -> None:
    inner.ending = NotImplementedError()
    with pytest.raises(StoreError) as raised:
        store.log_inputs("r", [])
    inner.missing = "delete_tag"
    with pytest.raises(StoreError) as missing:
        store.delete_tag("r", "k")
    assert {raised.value.code, missing.value.code} == {ErrorCode.NOT_IMPLEMENTED}


def test_the_store_does_not_see_that_it_is_tested(
    store: MlflowStore, inner: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow 3 checks its sessions where this variable is set, and for no user."""
    seen: list[str | None] = []
    monkeypatch.setattr(
        Inner,
        "get_experiment_by_name",
        lambda *_: seen.append(os.environ.get("PYTEST_CURRENT_TEST")),
        raising=False,
    )
    store.get_experiment_by_name("n")
    assert seen == [None]
    assert "PYTEST_CURRENT_TEST" in os.environ


def test_closing_closes_what_the_store_holds(inner: Inner) -> None:
    ended: list[str] = []
    held = SimpleNamespace(engine=SimpleNamespace(dispose=lambda: ended.append("engine")))
    MlflowStore(held, ENTITIES, Refusal).close()
    MlflowStore(SimpleNamespace(close=lambda: ended.append("store")), ENTITIES, Refusal).close()
    assert ended == ["engine", "store"]


def test_what_is_no_store_is_not_taken_for_one() -> None:
    with pytest.raises(TypeError):
        wrapped(object())
