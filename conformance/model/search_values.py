"""What a field of a search is on a run and on an experiment, as far as the model knows it."""

from __future__ import annotations

import math

from storeproof.conformance.model.search_tree import Field, Kind
from storeproof.conformance.model.state import (
    UNSEEN,
    DatasetKey,
    ExperimentState,
    LoggedPoint,
    RunState,
    State,
    Unseen,
    Use,
)
from storeproof.stores.entities import DATASET_CONTEXT_TAG, MODELS_TAG, RUN_NAME_TAG

Known = float | str | Unseen | None
"""A value; None where there is none; UNSEEN where it is the store's choice, or open whether there is one."""


def of_run(run: RunState, field: Field, infinite: bool) -> Known:
    """A metric's latest value, a param, a tag or an attribute; `infinite` as in LoggedPoint.seen()."""
    name = field.name
    match field.kind:
        case Kind.METRIC:
            return _latest(run.points.get(name, []), infinite)
        case Kind.PARAM:
            return run.params.get(name)
        case Kind.TAG:
            return _tag(run, name)
    match name:
        case "run_id":
            return run.real_id
        case "run_name":
            return run.name  # never its tag (SEARCH-RUNNAME)
        case "user_id":
            # Nobody says whether a user whom nobody named is an empty text or none.
            return UNSEEN if "user_id" in run.generated and not run.user_id else run.user_id
        case "status":
            return run.status
        case "artifact_uri":
            return run.artifact_uri
        case "start_time":
            return run.start_time
    return run.end_time


def of_use(use: Use, key: DatasetKey, field: Field) -> Known:
    """A part of the dataset `key` that a run used."""
    if field.name != "context":
        return key[0] if field.name == "name" else key[1]
    contexts = {tags.get(DATASET_CONTEXT_TAG) for tags in use.tags_accepted()}
    return contexts.pop() if len(contexts) == 1 else UNSEEN


def of_experiment(experiment: ExperimentState, field: Field) -> Known:
    """A tag or an attribute."""
    if field.kind is Kind.TAG:
        return experiment.tags.get(field.name)
    if field.name == "name":
        return experiment.name
    if field.name == "creation_time":
        return experiment.creation_time
    return UNSEEN if experiment.touched else experiment.last_update_time


def value_of(state: State, symbol: str, field: Field) -> float | str | None:
    """What a run or an experiment has there; None if there is nothing, or if it is not known."""
    value: Known = None
    run, experiment = state.runs.get(symbol), state.experiments.get(symbol)
    if run is not None and field.kind is Kind.DATASET:
        found = [of_use(use, key, field) for key, use in sorted(run.inputs.items())]
        value = found[0] if found else None
    elif run is not None:
        value = of_run(run, field, infinite=False)
    elif experiment is not None and field.kind in (Kind.TAG, Kind.ATTRIBUTE):
        value = of_experiment(experiment, field)
    return value if isinstance(value, int | float | str) else None


def keys_of(state: State, symbol: str, kind: Kind) -> list[str]:
    """The keys of the metrics, params or tags of a run or an experiment."""
    run, experiment = state.runs.get(symbol), state.experiments.get(symbol)
    if run is None:
        return [] if experiment is None else sorted(experiment.tags)
    if kind is Kind.METRIC:
        return sorted(run.points)
    if kind is Kind.PARAM:
        return sorted(run.params)
    return sorted([*run.tags, *[RUN_NAME_TAG] * run.has_name_tag])


def _latest(points: list[LoggedPoint], infinite: bool) -> float | None:
    if not points:
        return None
    value = max(points, key=LoggedPoint.rank).seen(infinite)[0]
    return math.nan if isinstance(value, str) else value


def _tag(run: RunState, key: str) -> Known:
    if key == RUN_NAME_TAG:
        return run.name if run.has_name_tag else None
    if key == MODELS_TAG and run.models is not None:
        return UNSEEN  # JSON says the same in many texts
    return run.tags.get(key)
