"""The two that keep one registry together, each with the same verb."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from registry_plan import FIRST, LAST, NEXT, Step
from sides import LIMIT, VARIABLE

from storeproof.stores import (
    ModelVersion,
    RegisteredModel,
    StoreError,
    Tag,
    TrackingStore,
    open_store,
)

SCRIPT = Path(__file__).with_name("mlflow_registry.py")

Json = dict[str, Any]
Hand = Callable[[str, Sequence[Step]], Json]
"""Does steps on the store at an address, and tells everything that it then reads."""


def by_mlflow(uri: str, steps: Sequence[Step]) -> Json:
    """MLflow's client, in a process of its own."""
    ended = subprocess.run(
        [os.environ[VARIABLE], str(SCRIPT), uri, json.dumps(steps)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told: Json = json.loads(ended.stdout)
    return told


def by_storeproof(uri: str, steps: Sequence[Step]) -> Json:
    """This project's store."""
    with open_store(uri) as store:
        for method, arguments in steps:
            do(store, method, dict(arguments))
        return {each.name: told(store, each) for each in store.search_registered_models().items}


def do(store: TrackingStore, method: str, arguments: Json) -> None:
    if method == "move":
        arguments["archive_existing_versions"] = arguments.pop("archive", False)
        method = "transition_model_version_stage"
    if "tags" in arguments:
        arguments["tags"] = [Tag(*each) for each in arguments["tags"].items()]
    if "value" in arguments:
        arguments["tag"] = Tag(arguments.pop("key"), arguments.pop("value"))
    getattr(store, method)(**arguments)


def told(store: TrackingStore, model: RegisteredModel) -> Json:
    assert store.get_registered_model(model.name) == model
    versions = store.search_model_versions(filter_string=f'name = "{model.name}"').items
    return {
        "created": model.creation_timestamp,
        "updated": model.last_updated_timestamp,
        "description": model.description or "",
        "tags": model.tags,
        "aliases": model.aliases,
        "latest": [each.version for each in model.latest_versions],
        "pointed": {
            alias: store.get_model_version_by_alias(model.name, alias).version
            for alias in model.aliases
        },
        "versions": {str(each.version): version(store, each) for each in versions},
        "gone": [number for number in range(1, 8) if missing(store, model.name, number)],
    }


def version(store: TrackingStore, known: ModelVersion) -> Json:
    return {
        "created": known.creation_timestamp,
        "updated": known.last_updated_timestamp,
        "stage": known.current_stage,
        "description": known.description or "",
        "source": known.source,
        "stored": store.get_model_version_download_uri(known.name, known.version),
        "run_id": known.run_id or "",
        "run_link": known.run_link or "",
        "status": known.status,
        "tags": known.tags,
    }


def missing(store: TrackingStore, name: str, number: int) -> bool:
    try:
        store.get_model_version(name, number)
    except StoreError as error:
        return error.code == "RESOURCE_DOES_NOT_EXIST"
    return False


ORDERS = {
    "storeproof first": (by_storeproof, by_mlflow),
    "mlflow first": (by_mlflow, by_storeproof),
}
"""The two sides in either order."""


def sees_one_registry(uri: str, hands: tuple[Hand, Hand]) -> None:
    """Each reads what the other wrote, and goes on with it."""
    first, second = hands
    left = first(uri, FIRST)
    assert second(uri, []) == left
    left = second(uri, NEXT)
    assert first(uri, []) == left
    left = first(uri, LAST)
    assert second(uri, []) == left
    assert sorted(left["A"]["versions"]) == ["1", "2", "5", "6"]
    assert sorted(left["gone"]["versions"]) == ["2"]
