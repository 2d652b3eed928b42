"""A store told by hand, for the tests of the oracle: what it answered, and what the oracle says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storeproof.conformance.model import (
    Expected,
    Model,
    Names,
    Operation,
    Outcome,
    observe,
)
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    Experiment,
    LifecycleStage,
    Metric,
    Page,
    Run,
    RunInfo,
    RunStatus,
)
from storeproof.stores.errors import ErrorCode

IPV = ErrorCode.INVALID_PARAMETER_VALUE
RAE = ErrorCode.RESOURCE_ALREADY_EXISTS
RDNE = ErrorCode.RESOURCE_DOES_NOT_EXIST

E1_REAL = "41"
R1_REAL = "0123456789abcdef0123456789abcdef"
LOCATION = "s3://root/41"


class Store:
    """A model, told by hand what a store answered."""

    def __init__(self, **options: Any) -> None:
        self.model = Model(**options)
        self.names = Names()
        self.names.adopt("experiment", "E1", E1_REAL)
        self.names.adopt("run", "R1", R1_REAL)

    def accepts(self, method: str, answer: object = None, **args: Any) -> Expected:
        """The store succeeded with `answer`, and the model agrees."""
        op = Operation(method, args)
        verdict = self.model.take(op, Outcome(observe(answer, self.names.to_symbol)))
        assert isinstance(verdict, Expected), [str(each) for each in verdict]
        return verdict

    def accepts_refusal(self, method: str, code: str, **args: Any) -> Expected:
        """The store refused, and the model agrees."""
        verdict = self.model.take(Operation(method, args), Outcome(code=code))
        assert isinstance(verdict, Expected), [str(each) for each in verdict]
        return verdict

    def blames(
        self, method: str, answer: object = None, code: str | None = None, **args: Any
    ) -> set[str]:
        """The clauses that the model says this ending breaks."""
        seen = None if code else observe(answer, self.names.to_symbol)
        verdict = self.model.take(Operation(method, args), Outcome(seen, code))
        assert not isinstance(verdict, Expected), f"accepted as {verdict}"
        return {each.clause for each in verdict}


def experiment(**changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "experiment_id": E1_REAL,
        "name": "one",
        "artifact_location": LOCATION,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "creation_time": 1000,
        "last_update_time": 1000,
        "tags": {},
    }
    return Experiment(**(fields | changes))


def info(**changes: Any) -> RunInfo:
    fields: dict[str, Any] = {
        "run_id": R1_REAL,
        "experiment_id": E1_REAL,
        "run_name": "calm-owl",
        "user_id": "ann",
        "status": RunStatus.RUNNING,
        "start_time": 5,
        "end_time": None,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "artifact_uri": f"{LOCATION}/{R1_REAL}/artifacts",
    }
    return RunInfo(**(fields | changes))


def run(
    params: Mapping[str, str] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    tags: Mapping[str, str] | None = None,
    **changes: Any,
) -> Run:
    seen = info(**changes)
    return Run(seen, params or {}, metrics or {}, {RUN_NAME_TAG: seen.run_name} | dict(tags or {}))


def history(*points: tuple[float, int, int], token: str | None = None) -> Page[Metric]:
    return Page(tuple(Metric("m", *point) for point in points), token)


def with_run(made: Store) -> Store:
    made.accepts("create_experiment", E1_REAL, name="one")
    made.accepts("get_experiment", experiment(), experiment_id="E1")
    made.names.symbols.pop(("run", R1_REAL))
    made.names.adopt("run", "R1", R1_REAL)
    made.accepts("create_run", run(), experiment_id="E1", user_id="ann", start_time=5)
    return made
