"""From what a store answers to plain data that can be compared, and from symbols to its ids."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.model.checks import NAN
from storeproof.conformance.model.operation import UNKNOWN_ID, Near, Operation, Raw, Reference
from storeproof.conformance.model.registry_state import version_id
from storeproof.conformance.model.search_tree import Filter
from storeproof.stores.entities import (
    DatasetInput,
    Experiment,
    Metric,
    ModelVersion,
    Page,
    RegisteredModel,
    Run,
    RunInfo,
)

ToSymbol = Callable[[str, str], str]
"""From a kind ("experiment", "run") and a store's id to the symbol, or UNKNOWN_ID + id."""

CHANGES: Mapping[str, Callable[[str], str]] = {
    "space before": lambda text: f" {text}",
    "space after": lambda text: f"{text} ",
    "line end after": lambda text: f"{text}\n",
    "zero before": lambda text: f"0{text}",
    "plus before": lambda text: f"+{text}",
    "point after": lambda text: f"{text}.0",
    "dot before": lambda text: f"./{text}",
    "slash after": lambda text: f"{text}/",
    "wild card after": lambda text: f"{text}%",
    "upper case": str.upper,
    "wide": lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "twice": lambda text: text * 2,
    "quoted": lambda text: f"'{text}'",
    "or true": lambda text: f"{text}' OR '1'='1",
}
"""How the id behind a Near is changed into one that no store should know (EXP-ID-UNKNOWN, RUN-MISSING)."""


@dataclass
class Names:
    """The symbols of one store's ids, both ways."""

    ids: dict[str, str] = field(default_factory=dict)
    symbols: dict[tuple[str, str], str] = field(default_factory=dict)

    def adopt(self, kind: str, symbol: str, real: str) -> None:
        """Let `symbol` stand for an id; one that has a symbol already keeps it."""
        if (kind, real) not in self.symbols:
            self.symbols[kind, real] = symbol
            self.ids[symbol] = real

    def release(self, kind: str, symbol: str) -> None:
        """Let the id of something that was removed stand for something new, if the store issues it again."""
        self.symbols.pop((kind, self.ids.get(symbol, "")), None)

    def to_symbol(self, kind: str, real: str) -> str:
        """The symbol of an id, or UNKNOWN_ID and the id."""
        return self.symbols.get((kind, real), f"{UNKNOWN_ID}{real}")

    def real(self, reference: Reference) -> str:
        """The id to hand to the store; KeyError for a symbol that this store does not have."""
        if isinstance(reference, Raw):
            return reference.text
        if isinstance(reference, Near):
            return CHANGES[reference.change](self.ids[reference.symbol])
        return self.ids[reference]

    def collides(self, operation: Operation) -> bool:
        """Whether an id that should be unknown is a known one after all ("41" in upper case)."""
        named = [(kind, operation.args.get(f"{kind}_id")) for kind in ("experiment", "run")]
        named += [("experiment", each) for each in operation.args.get("experiment_ids", ())]
        named += [("run", each) for each in operation.args.get("run_ids", ())]
        return any(
            isinstance(each, Raw | Near) and (kind, self.real(each)) in self.symbols
            for kind, each in named
        )

    def arguments(self, operation: Operation) -> dict[str, Any]:
        """The arguments to call the store with, ids in place of symbols, texts in place of trees."""
        args = dict(operation.args)
        for name in ("experiment_id", "run_id"):
            if name in args:
                args[name] = self.real(args[name])
        for name in ("experiment_ids", "run_ids"):
            if name in args:
                args[name] = [self.real(each) for each in args[name]]
        for name in ("filter_string", "page_token"):
            if isinstance(args.get(name), Raw | Filter):
                args[name] = args[name].text
        if "order_by" in args:
            args["order_by"] = [each.text for each in args["order_by"]]
        return args


def observe(answer: object, to_symbol: ToSymbol) -> Any:
    """An answer of a TrackingStore as dicts, tuples and plain values, symbols in place of ids.

    A text alone is the id that create_experiment answers, a mapping alone the histories of
    get_metric_history_bulk, a tuple alone the versions of get_latest_versions. What the store may choose stays in the data, an id as "real_id",
    beside a fact that can be compared: whether a location ends with the id.
    """
    match answer:
        case str():
            return to_symbol("experiment", answer)
        case Experiment():
            return _experiment(answer, to_symbol)
        case Run():
            return _run(answer, to_symbol)
        case RunInfo():
            return {"info": _info(answer, to_symbol)}
        case RegisteredModel():
            return _model(answer)
        case ModelVersion():
            return _version(answer)
        case tuple():
            return {"versions": tuple(_version(each) for each in _by_number(answer))}
        case Page():
            return {
                "items": tuple(_item(each, to_symbol) for each in answer.items),
                "more": answer.token is not None,
            }
        case Mapping():
            return {
                "histories": {
                    to_symbol("run", run_id): tuple(_item(each, to_symbol) for each in points)
                    for run_id, points in answer.items()
                }
            }
        case _:
            return answer


def _item(item: object, to_symbol: ToSymbol) -> Any:
    return (item.key, *point(item)) if isinstance(item, Metric) else observe(item, to_symbol)


def _experiment(experiment: Experiment, to_symbol: ToSymbol) -> dict[str, Any]:
    location = experiment.artifact_location
    return {
        "experiment_id": to_symbol("experiment", experiment.experiment_id),
        "real_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": location,
        "location_ends_with_id": isinstance(location, str)
        and location.endswith(f"/{experiment.experiment_id}"),
        "lifecycle_stage": str(experiment.lifecycle_stage),
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }


def _info(info: RunInfo, to_symbol: ToSymbol) -> dict[str, Any]:
    root, separator, rest = info.artifact_uri.rpartition(f"/{info.run_id}/artifacts")
    return {
        "run_id": to_symbol("run", info.run_id),
        "real_id": info.run_id,
        "id_is_32_hex": re.fullmatch("[0-9a-f]{32}", info.run_id) is not None,
        "experiment_id": to_symbol("experiment", info.experiment_id),
        "run_name": info.run_name,
        "user_id": info.user_id,
        "status": str(info.status),
        "start_time": info.start_time,
        "end_time": info.end_time,
        "lifecycle_stage": str(info.lifecycle_stage),
        "artifact_uri": info.artifact_uri,
        "artifact_root": root if separator and not rest else None,
        "deleted_time": info.deleted_time,
    }


def _run(run: Run, to_symbol: ToSymbol) -> dict[str, Any]:
    return {
        "info": _info(run.info, to_symbol),
        "params": dict(run.params),
        "tags": dict(run.tags),
        "metrics": {key: point(metric) for key, metric in run.metrics.items()},
        "inputs": tuple(_uses(run.inputs)),
    }


def _model(model: RegisteredModel) -> dict[str, Any]:
    """Without times, of which no clause speaks; a description that is missing reads as an empty one."""
    return {
        "registered": "model",
        "name": model.name,
        "description": model.description or "",
        "tags": dict(model.tags),
        "aliases": dict(model.aliases),
        "latest": tuple(_version(each) for each in _by_number(model.latest_versions)),
    }


def _version(version: ModelVersion) -> dict[str, Any]:
    return {
        "registered": "version",
        "id": version_id(version.name, version.version),
        "name": version.name,
        "version": version.version,
        "stage": str(version.current_stage),
        "source": version.source,
        "run_id": version.run_id or "",
        "run_link": version.run_link or "",
        "description": version.description or "",
        "status": version.status,
        "tags": dict(version.tags),
        "aliases": tuple(sorted(version.aliases)),
    }


def _by_number(versions: Iterable[ModelVersion]) -> list[ModelVersion]:
    return sorted(versions, key=lambda each: each.version)


def _uses(inputs: Iterable[DatasetInput]) -> Iterable[dict[str, Any]]:
    return ({"dataset": each.dataset, "tags": dict(each.tags)} for each in inputs)


def point(metric: Metric) -> tuple[float | str, int, int]:
    """A point as value, timestamp and step."""
    return (number(metric.value), metric.timestamp, metric.step)


def number(value: float) -> float | str:
    """A double that equals itself: NaN as a word, -0.0 as 0.0; what is no double stays itself."""
    if not isinstance(value, float):
        return value
    return NAN if math.isnan(value) else value + 0.0
