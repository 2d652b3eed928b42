"""The registry's part of the contract over MLflow's stores, tried on something shaped like one."""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import pytest

from storeproof.conformance.adapters.mlflow import MlflowStore, wrapped
from storeproof.stores import ErrorCode, ModelVersion, RegisteredModel, StoreError, Tag

ENTITIES = SimpleNamespace(
    model_registry=SimpleNamespace(
        RegisteredModelTag=namedtuple("RegisteredModelTag", "key value"),
        ModelVersionTag=namedtuple("ModelVersionTag", "key value"),
    )
)
VERSION = SimpleNamespace(
    name="m",
    version="2",  # as MLflow's client has it; its database store has a number
    creation_timestamp=1,
    last_updated_timestamp=2,
    current_stage="Production",
    source="s",
    description="d",
    user_id=None,
    run_id="r",
    run_link="l",
    status="READY",
    status_message=None,
    tags={"k": "v"},
    aliases=["a"],
)
MODEL = SimpleNamespace(
    name="m",
    creation_timestamp=1,
    last_updated_timestamp=2,
    description="d",
    tags={},
    aliases={"a": "2"},
    latest_versions=[VERSION],
)


class Refusal(Exception):
    """As MlflowException is."""


class Models:
    """A store of models that notes how it is called."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def __getattr__(self, method: str) -> Any:
        def call(*arguments: Any, **named: Any) -> object:
            self.calls.append((method, arguments, named))
            return self.answer

        return call


def over(models: Models | None) -> MlflowStore:
    return MlflowStore(SimpleNamespace(), ENTITIES, Refusal, lambda: models)


def test_a_version_is_read_with_its_number_as_a_number() -> None:
    found = over(Models(VERSION)).get_model_version("m", 2)
    assert isinstance(found, ModelVersion)
    assert (found.version, found.current_stage, found.aliases) == (2, "Production", ("a",))


def test_a_model_is_read_with_its_aliases_and_latest_versions() -> None:
    found = over(Models(MODEL)).get_registered_model("m")
    assert isinstance(found, RegisteredModel)
    assert found.aliases == {"a": 2}
    assert [each.version for each in found.latest_versions] == [2]


def test_a_number_is_said_as_mlflows_client_says_it() -> None:
    models = Models(VERSION)
    over(models).update_model_version("m", 2, "d")
    assert models.calls == [("update_model_version", ("m", "2", "d"), {})]


def test_models_and_versions_have_tags_of_their_own_kinds() -> None:
    models = Models()
    store, tag = over(models), Tag("k", "v")
    store.set_registered_model_tag("m", tag)
    store.set_model_version_tag("m", 1, tag)
    kinds = [type(arguments[-1]).__name__ for _, arguments, _ in models.calls]
    assert kinds == ["RegisteredModelTag", "ModelVersionTag"]


def test_a_store_without_models_has_none_of_the_methods() -> None:
    with pytest.raises(StoreError) as caught:
        over(None).get_registered_model("m")
    assert caught.value.code is ErrorCode.NOT_IMPLEMENTED


def test_the_store_of_models_is_opened_when_it_is_used_and_closed_with_the_other() -> None:
    opened: list[Models] = []

    def open_one() -> Models:
        opened.append(Models(MODEL))
        return opened[-1]

    store = MlflowStore(SimpleNamespace(), ENTITIES, Refusal, open_one)
    assert opened == []
    for _ in range(2):
        store.get_registered_model("m")
    store.close()
    assert [models.closed for models in opened] == [True]


def test_one_of_ours_is_handed_on_as_it_is() -> None:
    ours = SimpleNamespace(get_metric_history=lambda run_id, key: None)
    assert wrapped(ours) is ours
