"""MLflow's side of the registry: `URI` and steps in JSON as arguments; prints everything that MLflow then reads.

Run by an interpreter that has MLflow; nothing of storeproof is imported here.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

Json = dict[str, Any]


def do(client: MlflowClient, method: str, arguments: Json) -> None:
    """Do one step."""
    if method == "move":
        client.transition_model_version_stage(
            arguments["name"],
            arguments["version"],
            arguments["stage"],
            arguments.get("archive", False),
        )
        return
    if method == "create_model_version":
        arguments = {"run_id": None, **arguments, "await_creation_for": None}
    getattr(client, method)(**arguments)


def dump(client: MlflowClient) -> Json:
    """All models, with their versions."""
    return {each.name: model(client, each) for each in client.search_registered_models()}


def model(client: MlflowClient, known: Any) -> Json:
    """A model, read by name and by a search."""
    assert client.get_registered_model(known.name).tags == known.tags
    return {
        "created": known.creation_timestamp,
        "updated": known.last_updated_timestamp,
        "description": known.description or "",
        "tags": known.tags,
        "aliases": {alias: int(number) for alias, number in known.aliases.items()},
        "latest": sorted(int(each.version) for each in known.latest_versions),
        "pointed": {
            alias: int(client.get_model_version_by_alias(known.name, alias).version)
            for alias in known.aliases
        },
        "versions": {
            each.version: version(client, each)
            for each in client.search_model_versions(f'name = "{known.name}"')
        },
        "gone": [number for number in range(1, 8) if missing(client, known.name, number)],
    }


def version(client: MlflowClient, known: Any) -> Json:
    """A version, and where it is stored."""
    return {
        "created": known.creation_timestamp,
        "updated": known.last_updated_timestamp,
        "stage": known.current_stage,
        "description": known.description or "",
        "source": known.source,
        "stored": client.get_model_version_download_uri(known.name, known.version),
        "run_id": known.run_id or "",
        "run_link": known.run_link or "",
        "status": known.status,
        "tags": known.tags,
    }


def missing(client: MlflowClient, name: str, number: int) -> bool:
    """Whether there is no such version."""
    try:
        client.get_model_version(name, str(number))
    except MlflowException as error:
        return bool(error.error_code == "RESOURCE_DOES_NOT_EXIST")
    return False


def main() -> None:
    """Do the steps, and tell."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever MLflow prints must not pass for an answer
    warnings.simplefilter("ignore")
    uri, steps = sys.argv[1], json.loads(sys.argv[2])
    client = MlflowClient(uri, registry_uri=uri)
    for method, arguments in steps:
        if "version" in arguments:
            arguments["version"] = str(arguments["version"])
        do(client, method, arguments)
    print(json.dumps(dump(client)), file=answers, flush=True)


if __name__ == "__main__":
    main()
