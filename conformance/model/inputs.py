"""Datasets and models of a run: INPUT-*, MODEL-RECORD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from storeproof.conformance.model.entries import not_writable
from storeproof.conformance.model.grounds import Ground, may_refuse, outcomes, refuse, silent
from storeproof.conformance.model.input_checks import name_of
from storeproof.conformance.model.operation import Expected, Operation
from storeproof.conformance.model.rules import text_grounds
from storeproof.conformance.model.state import UNSEEN, DatasetKey, RunState, State, Use
from storeproof.stores.entities import MODELS_TAG, DatasetInput

LENGTHS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
TAG_KEY_LENGTH = 255
TAG_LENGTH = 500
SOURCE_TYPE_LENGTH = 36
"""Of the source's type no clause speaks; so much fits anywhere."""


def log(state: State, op: Operation) -> list[Expected]:
    """log_inputs."""
    reference, uses = op.args["run_id"], op.args["datasets"]
    grounds = not_writable(state, reference, "RUN-DELETED-WRITES")
    for use in uses:
        grounds += _dataset_grounds(use)
    run = state.runs.get(reference)
    if run is not None:
        grounds += _padded(map(_key, uses), state.experiments[run.experiment].datasets)
    again = run is not None and any(_key(each) in run.inputs for each in uses)
    edge = any(len(each.dataset.name) > 250 for each in uses)
    clause = "INPUT-LIMITS" if edge else "INPUT-LOG"
    return outcomes(grounds, [Expected("INPUT-LOG" if again else clause)])


def commit_log(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The run used them, and its experiment knows them; or, refused, neither."""
    run = state.runs.get(op.args["run_id"])
    if run is None:
        return
    known = state.experiments[run.experiment].datasets
    for use in op.args["datasets"]:
        key = _key(use)
        if chosen.codes:
            run.refused.note("input", name_of(key), use, chosen.clause)
            continue
        known.setdefault(key, []).append(use.dataset)
        run.inputs.setdefault(key, Use([])).logged.append(dict(use.tags))


def record(state: State, op: Operation) -> list[Expected]:
    """record_logged_model."""
    reference = op.args["run_id"]
    grounds = not_writable(state, reference, "RUN-DELETED-WRITES")
    run = state.runs.get(reference)
    if run is None:
        return outcomes(grounds, [])
    models = _models(run)
    if models is None:
        grounds.append(silent("MODEL-RECORD"))  # what the tag holds was not put there by this call
    else:
        grounds += _length_grounds([*models, op.args["model"]], state.limits.tag)
    return outcomes(grounds, [Expected("MODEL-RECORD")])


def commit_record(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The list is longer by one; or, refused, it is what it was."""
    run = state.runs.get(op.args["run_id"])
    if run is None or chosen.codes:
        return
    models = _models(run)
    run.tags.pop(MODELS_TAG, None)
    run.models = UNSEEN if models is None else [*models, _as_json(op.args["model"])]


def _models(run: RunState) -> list[Any] | None:
    """The list so far; None if the tag holds what is no list, or what nobody knows."""
    if isinstance(run.models, list):
        return run.models
    if run.models is UNSEEN:
        return None
    try:
        held = json.loads(run.tags.get(MODELS_TAG, "[]"))
    except ValueError:
        return None
    return held if isinstance(held, list) else None


def _as_json(model: Mapping[str, object]) -> Any:
    return json.loads(json.dumps(model))


def _length_grounds(models: list[Any], longest: int) -> list[Ground]:
    """JSON says the same in shorter and longer texts: between the two it is open what fits."""
    shortest = json.dumps(models, ensure_ascii=False, separators=(",", ":"))
    if len(shortest) > longest:
        return [refuse("MODEL-RECORD")]
    return [silent("MODEL-RECORD")] if len(json.dumps(models)) > longest else []


def _key(use: DatasetInput) -> DatasetKey:
    return (str(use.dataset.name), str(use.dataset.digest))


def _dataset_grounds(use: DatasetInput) -> list[Ground]:
    grounds: list[Ground] = []
    for name, longest in LENGTHS.items():
        text = getattr(use.dataset, name)
        if text is not None or name not in ("schema", "profile"):
            grounds += _limited(text, longest)
    grounds += text_grounds(use.dataset.source_type, "INPUT-LOG")
    if len(use.dataset.source_type) > SOURCE_TYPE_LENGTH:
        grounds.append(silent("INPUT-LIMITS"))
    for key, value in use.tags.items():
        grounds += _limited(key, TAG_KEY_LENGTH)
        grounds += _limited(value, TAG_LENGTH)
    if "" in (use.dataset.name, use.dataset.digest, *use.tags):
        grounds.append(silent("INPUT-LOG"))
    return grounds


def _limited(text: object, longest: int) -> list[Ground]:
    grounds = text_grounds(text, "INPUT-LOG")
    if isinstance(text, str) and len(text) > longest:
        grounds.append(refuse("INPUT-LIMITS"))
    return grounds


def _padded(keys: Iterable[DatasetKey], known: Iterable[DatasetKey]) -> list[Ground]:
    """TEXT-DISTINCT, when one of `keys` has a twin by trailing spaces among them or `known`."""
    shown: dict[tuple[str, ...], set[DatasetKey]] = {}
    for key in (*keys, *known):
        shown.setdefault(tuple(str(each).rstrip(" ") for each in key), set()).add(key)
    if any(len(each) > 1 for each in shown.values()):
        return [may_refuse("TEXT-DISTINCT", "a twin by trailing spaces is refused")]
    return []
