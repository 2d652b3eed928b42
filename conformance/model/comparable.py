"""What of an observed answer must be the same in every store that did the same operations."""

from __future__ import annotations

import json
from typing import Any

from storeproof.conformance.model.checks import MAX_DOUBLE
from storeproof.conformance.model.state import DELETED, State
from storeproof.stores.entities import MODELS_TAG, RUN_NAME_TAG

CHOSEN = "the store's choice"


def comparable(answer: Any, state: State, *, strict: bool = False) -> Any:
    """The answer without what a store may choose (times, generated names, ids, ties in order).

    With `strict`, what the clauses leave open stays in: which data of a dataset logged twice,
    in what order a run's datasets.
    """
    if not isinstance(answer, dict):
        return answer
    if "items" in answer:
        return _page(answer, state, strict)
    if "histories" in answer:
        return {symbol: _points(points) for symbol, points in answer["histories"].items() if points}
    if "info" in answer:
        return _run(answer, state, strict)
    if "experiment_id" in answer:
        return _experiment(answer, state)
    return answer


def _page(page: dict[str, Any], state: State, strict: bool) -> Any:
    items = page["items"]
    if items and isinstance(items[0], tuple):
        return _points(items)
    if items and "registered" in items[0]:
        return list(items)
    if all("info" in each for each in items):
        return [_run(each, state, strict) for each in items]
    if page["more"]:
        return CHOSEN  # two experiments made in one millisecond have their own order in each store
    ours = [
        _experiment(each, state) for each in items if each["experiment_id"] in state.experiments
    ]
    return sorted(ours, key=repr)


def _points(points: Any) -> list[Any]:
    return list(dict.fromkeys(_point(each) for each in points))


def _point(point: tuple[Any, ...]) -> tuple[Any, ...]:
    key, value, *rest = point
    if isinstance(value, float):
        value = max(-MAX_DOUBLE, min(MAX_DOUBLE, value))
    return (key, value, *rest)


def _experiment(seen: dict[str, Any], state: State) -> dict[str, Any]:
    experiment = state.experiments.get(seen["experiment_id"])
    kept = dict(seen, real_id=CHOSEN, creation_time=CHOSEN, last_update_time=CHOSEN)
    if experiment is not None and experiment.given_location is None:
        kept["artifact_location"] = CHOSEN
    elif experiment is not None:
        del kept["location_ends_with_id"]
    return kept


def _run(seen: dict[str, Any], state: State, strict: bool) -> dict[str, Any]:
    info, tags = dict(seen["info"]), dict(seen.get("tags", {}))
    run = state.runs.get(info["run_id"])
    chosen = {"real_id", "artifact_uri", "artifact_root", "id_is_32_hex"}
    chosen |= run.generated if run else frozenset()
    info |= dict.fromkeys(chosen, CHOSEN)
    shown = info["deleted_time"] if state.shows_deleted_time else info["lifecycle_stage"] == DELETED
    info["deleted_time"] = bool(shown)
    if "run_name" in chosen and RUN_NAME_TAG in tags:
        tags[RUN_NAME_TAG] = CHOSEN
    if MODELS_TAG in tags:
        tags[MODELS_TAG] = _as_json(tags[MODELS_TAG])
    metrics = {key: _point((key, *point)) for key, point in seen.get("metrics", {}).items()}
    inputs = seen.get("inputs", ())
    if not strict:
        inputs = sorted((each["dataset"].name, each["dataset"].digest) for each in inputs)
    return {**seen, "info": info, "tags": tags, "metrics": metrics, "inputs": inputs}


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
