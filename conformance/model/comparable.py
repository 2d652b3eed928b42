"""What of an observed answer must be the same in every store that did the same operations."""

from __future__ import annotations

from typing import Any

from storeproof.conformance.model.checks import MAX_DOUBLE
from storeproof.conformance.model.state import State
from storeproof.stores.entities import RUN_NAME_TAG

CHOSEN = "the store's choice"


def comparable(answer: Any, state: State) -> Any:
    """The answer without what a store may choose (times, generated names, ids, ties in order)."""
    if not isinstance(answer, dict):
        return answer
    if "items" in answer:
        return _page(answer, state)
    if "info" in answer:
        return _run(answer, state)
    if "experiment_id" in answer:
        return _experiment(answer, state)
    return answer


def _page(page: dict[str, Any], state: State) -> Any:
    items = page["items"]
    if items and isinstance(items[0], tuple):
        return list(dict.fromkeys(_point(each) for each in items))
    ours = [
        comparable(each, state)
        for each in items
        if "info" in each or each["experiment_id"] in state.experiments
    ]
    return sorted(ours, key=repr)


def _point(point: tuple[Any, ...]) -> tuple[Any, ...]:
    key, value, *rest = point
    if isinstance(value, float):
        value = max(-MAX_DOUBLE, min(MAX_DOUBLE, value))
    return (key, value, *rest)


def _experiment(seen: dict[str, Any], state: State) -> dict[str, Any]:
    experiment = state.experiments.get(seen["experiment_id"])
    kept = dict(seen, creation_time=CHOSEN, last_update_time=CHOSEN)
    if experiment is not None and experiment.given_location is None:
        kept["artifact_location"] = CHOSEN
    elif experiment is not None:
        del kept["location_ends_with_id"]
    return kept


def _run(seen: dict[str, Any], state: State) -> dict[str, Any]:
    info, tags = dict(seen["info"]), dict(seen.get("tags", {}))
    run = state.runs.get(info["run_id"])
    chosen = {"artifact_uri", "artifact_root", "id_is_32_hex", *(run.generated if run else ())}
    info |= dict.fromkeys(chosen, CHOSEN)
    info["deleted_time"] = info["deleted_time"] is not None
    if "run_name" in chosen and RUN_NAME_TAG in tags:
        tags[RUN_NAME_TAG] = CHOSEN
    metrics = {key: _point((key, *point)) for key, point in seen.get("metrics", {}).items()}
    return {**seen, "info": info, "tags": tags, "metrics": metrics}
