"""What the model knows of one store: its experiments and runs, by symbol."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from storeproof.conformance.model.checks import MAX_DOUBLE, Point
from storeproof.conformance.model.observe import number
from storeproof.conformance.model.registry_state import ModelState
from storeproof.stores.entities import Dataset, LifecycleStage, RunStatus

ACTIVE = str(LifecycleStage.ACTIVE)
DELETED = str(LifecycleStage.DELETED)


class Unseen(Enum):
    """What the store chooses, until it has been read the first time."""

    UNSEEN = "the store's choice"

    def __repr__(self) -> str:
        return self.value


UNSEEN = Unseen.UNSEEN


@dataclass(frozen=True)
class Limits:
    """What may differ by schema and by MLFLOW_TRUNCATE_LONG_VALUES (characters)."""

    artifact_location: int | None = 2048
    """None where the schema is not known: 256 at least, 2048 at most (EXP-ARTIFACT)."""
    param: int = 6000
    tag: int = 8000
    truncates: bool = True


@dataclass(frozen=True)
class LoggedPoint:
    """A point as it was given to the store."""

    value: float
    timestamp: int
    step: int

    def seen(self, infinite: bool) -> Point:
        """The point, observed; an infinity as itself or as the largest double (METRIC-INF)."""
        value = self.value
        if math.isinf(value) and not infinite:
            value = math.copysign(MAX_DOUBLE, value)
        return (number(value), self.timestamp, self.step)

    def rank(self) -> tuple[int, int, bool, float]:
        """The sort key of METRIC-LATEST: step, timestamp, value, NaN under every number."""
        is_nan = math.isnan(self.value)
        return (self.step, self.timestamp, not is_nan, 0.0 if is_nan else self.value)


@dataclass
class Written:
    """What refused calls tried to write: (kind, key) to values, with the clause that forbade it."""

    ghosts: dict[tuple[str, str], list[tuple[object, str]]] = field(default_factory=dict)

    def note(self, kind: str, key: object, value: object, clause: str) -> None:
        """Remember an attempt."""
        if isinstance(key, str):
            self.ghosts.setdefault((kind, key), []).append((value, clause))

    def of(self, kind: str) -> dict[str, list[tuple[object, str]]]:
        """The attempts of one kind, by key."""
        return {key: found for (each, key), found in self.ghosts.items() if each == kind}


@dataclass
class Use:
    """A dataset that a run used: the tags it was logged with, each time that it was."""

    logged: list[Mapping[str, str]]

    def tags_accepted(self) -> Iterator[dict[str, str]]:
        """The tags that may be read back, the reference's first.

        INPUT-LOG does not say what becomes of the tags when the dataset is logged again: the
        last value of each key stays, or the first, or the first tags, or the last.
        """
        last: dict[str, str] = {}
        first: dict[str, str] = {}
        for tags in self.logged:
            last = {**last, **tags}
            first = {**tags, **first}
        yield from (last, first, dict(self.logged[0]), dict(self.logged[-1]))


DatasetKey = tuple[str, str]
"""Name and digest (INPUT-SCOPE)."""


@dataclass
class ExperimentState:
    """An experiment."""

    symbol: str
    name: str
    given_location: str | None
    tags: dict[str, str]
    location: str | Unseen = UNSEEN
    stage: str = ACTIVE
    name_clause: str = "EXP-CREATE"
    stage_clause: str = "EXP-CREATE"
    creation_time: int | Unseen | None = UNSEEN
    last_update_time: int | Unseen | None = UNSEEN
    touched: bool = False
    """Renamed, deleted or restored since its last_update_time was read."""
    datasets: dict[DatasetKey, list[Dataset]] = field(default_factory=dict)
    """What was logged of each, the first first; which of them stays, nobody says."""
    refused: Written = field(default_factory=Written)

    def adopt(self, seen: Mapping[str, Any]) -> None:
        """Take over what the store chose."""
        if self.location is UNSEEN:
            self.location = seen["artifact_location"]
        if self.creation_time is UNSEEN:
            self.creation_time = seen["creation_time"]
        self.last_update_time = seen["last_update_time"]
        self.touched = False


@dataclass
class RunState:
    """A run; `name` and its tag are one value, `tags` are the others (RUN-NAME)."""

    symbol: str
    experiment: str
    name: str | Unseen
    user_id: str | Unseen
    start_time: int | Unseen
    tags: dict[str, str]
    has_name_tag: bool = True
    generated: frozenset[str] = frozenset()
    """The fields that the store chose."""
    status: str = str(RunStatus.RUNNING)
    status_clause: str = "RUN-CREATE"
    end_time: int | None = None
    stage: str = ACTIVE
    stage_clause: str = "RUN-CREATE"
    deleted_time: int | Unseen | None = None
    real_id: str | Unseen = UNSEEN
    artifact_uri: str | Unseen = UNSEEN
    params: dict[str, str] = field(default_factory=dict)
    points: dict[str, list[LoggedPoint]] = field(default_factory=dict)
    inputs: dict[DatasetKey, Use] = field(default_factory=dict)
    models: list[Any] | Unseen | None = None
    """What record_logged_model was given, as JSON has it; None where it was not called."""
    refused: Written = field(default_factory=Written)

    def adopt(self, info: Mapping[str, Any]) -> None:
        """Take over what the store chose."""
        if self.real_id is UNSEEN:
            self.real_id = info["real_id"]
        if self.artifact_uri is UNSEEN:
            self.artifact_uri = info["artifact_uri"]
        if self.name is UNSEEN:
            self.name = info["run_name"]
        if self.user_id is UNSEEN:
            self.user_id = info["user_id"]
        if self.start_time is UNSEEN:
            self.start_time = info["start_time"]
        if self.deleted_time is UNSEEN:
            self.deleted_time = info["deleted_time"]

    def set_stage(self, stage: str, clause: str) -> None:
        """Mark the run deleted or active (RUN-DELETE, EXP-DELETE, EXP-RESTORE)."""
        self.stage, self.stage_clause = stage, clause
        self.deleted_time = UNSEEN if stage == DELETED else None


@dataclass
class State:
    """Everything that the model knows of one store."""

    limits: Limits
    experiments: dict[str, ExperimentState] = field(default_factory=dict)
    runs: dict[str, RunState] = field(default_factory=dict)
    refused_names: dict[str, str] = field(default_factory=dict)
    """Names that no experiment may have because a create or rename was refused, and the clause."""
    default_experiment: str | None = None
    shows_deleted_time: bool = True
    """Whether the time when a run was deleted can be read."""
    models: dict[str, ModelState] = field(default_factory=dict)
    """The registered models, by name."""

    def named(self, name: object) -> ExperimentState | None:
        """The experiment of exactly this name."""
        return next((each for each in self.experiments.values() if each.name == name), None)

    def runs_of(self, symbol: str) -> list[RunState]:
        """The runs of an experiment, active and deleted."""
        return [each for each in self.runs.values() if each.experiment == symbol]
