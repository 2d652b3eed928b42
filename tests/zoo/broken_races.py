"""Stores that keep every rule while one client is at work, and break one when two meet.

Each looks, meets another caller that has looked too, and only then acts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from meeting import Pairs
from registered import Registered
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Metric, ModelVersion, Run
from storeproof.stores.errors import ErrorCode, StoreError, invalid, unavailable
from storeproof.stores.paging import Place
from storeproof.stores.points import latest_rank
from storeproof.stores.refusals import name_taken

Batch = tuple[str, Sequence[Metric], Mapping[str, str], Mapping[str, str]]
"""What _log_batch() writes: run, metrics, params, tags."""


# Names


@breaks("CONC-CREATE")
class LooksForTheNameAndThenInserts(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs[str] = Pairs()

    def _create_experiment(self, name: str, *given: Any) -> str:
        if self.good._get_experiment_by_name(name) is not None:
            raise name_taken(name)
        self.pairs.meet(name)
        try:
            return self.good._create_experiment(name, *given)
        except StoreError:
            return self.good._create_experiment(f"{name} again", *given)


@breaks("CONC-CREATE")
class RenamingIsForgottenByTheSlower(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs[str] = Pairs()

    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        if self.good._get_experiment_by_name(name) is not None:
            raise name_taken(name)
        self.pairs.meet(name)
        with suppress(StoreError):
            self.good._rename_experiment(experiment_id, name, moment)


@breaks("CONC-CREATE")
class NobodyHasTheName(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs[str] = Pairs()

    def _create_experiment(self, name: str, *given: Any) -> str:
        if self.pairs.meet(name) is not None:
            raise name_taken(name)
        return self.good._create_experiment(name, *given)


# Batches


class Racing(Wrapper):
    """Batches meet before they are written; `raced()` writes one that met another, and says which it is."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs[Batch] = Pairs()

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        batch = (run_id, metrics, params, tags)
        self.look(batch)
        met = self.pairs.meet(batch) if self.is_about(batch) else None
        if met is None:
            self.good._log_batch(*batch, name)
        else:
            self.raced(batch, *met)

    def is_about(self, batch: Batch) -> bool:
        return True

    def look(self, batch: Batch) -> None:
        """What is there is refused as it should be."""
        held = self.good._get_run(batch[0]).params
        if any(held.get(key, value) != value for key, value in batch[2].items()):
            self.good._log_batch(*batch, None)

    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        raise NotImplementedError


class OfParams(Racing):
    def is_about(self, batch: Batch) -> bool:
        return bool(batch[2])


@breaks("CONC-PARAM")
class BothParamsWin(OfParams):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        with suppress(StoreError):
            self.good._log_batch(*batch, None)


@breaks("CONC-PARAM")
class EqualParamsAreRefused(OfParams):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 1 and batch[2] == other[2]:
            raise invalid("Somebody else wrote this param.")
        self.good._log_batch(*batch, None)


@breaks("CONC-PARAM")
class LosersLeaveAParam(OfParams):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        run, _, params, _ = batch
        if len(params) > 1 and place == 1:
            key = f"{next(iter(params))}/lost"
            self.good._log_batch(run, (), {key: "v"}, {}, None)
        self.good._log_batch(*batch, None)


class OfTags(Racing):
    def is_about(self, batch: Batch) -> bool:
        return bool(batch[3])


@breaks("CONC-TAG")
class TheSlowerTagIsRefused(OfTags):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 1:
            raise unavailable("The database is busy; try again.")
        self.good._log_batch(*batch, None)


@breaks("CONC-TAG")
class TagsThatMeetAreLost(OfTags):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        """Both updated no row, and neither inserted one."""


@breaks("CONC-TAG")
class TagsThatMeetAreMixed(OfTags):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        mixed = {key: value + other[3].get(key, "") for key, value in batch[3].items()}
        self.good._log_batch(*batch[:3], mixed, None)


@breaks("CONC-ERRORS")
class TagsThatMeetAreAnInternalError(OfTags):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 1:
            raise StoreError(ErrorCode.INTERNAL_ERROR, "UNIQUE constraint failed: tags.key")
        self.good._log_batch(*batch, None)


@breaks("CONC-ERRORS")
class TheDriverIsHeard(Racing):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 1:
            raise sqlite3.OperationalError("database is locked")
        self.good._log_batch(*batch, None)


# Metrics


class OfMetrics(Racing):
    def is_about(self, batch: Batch) -> bool:
        return bool(batch[1])


@breaks("CONC-METRIC")
class PointsThatMeetAreLost(OfMetrics):
    """Read, change, write back: a lost update."""

    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 0:
            self.good._log_batch(*batch, None)


@breaks("CONC-METRIC")
class HalfOfABatchIsLost(OfMetrics):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        run, metrics, params, tags = batch
        kept = metrics if place == 0 else metrics[: len(metrics) // 2]
        self.good._log_batch(run, kept, params, tags, None)


@breaks("CONC-METRIC")
class DeadlocksAreHeard(OfMetrics):
    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        if place == 1:
            raise unavailable("Deadlock found when trying to get lock; try restarting transaction.")
        self.good._log_batch(*batch, None)


@breaks("CONC-METRIC")
class TheLatestIsTheLastToCome(OfMetrics):
    """Both compare with what was the latest before, and the lesser one writes last."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[tuple[str, str], Metric] = {}

    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        self.good._log_batch(*batch, None)
        run, metrics, _, _ = batch
        for key in {each.key for each in metrics}:
            ours, theirs = (_best(each[1], key) for each in (batch, other))
            if ours is not None and theirs is not None:
                self.shown[run, key] = min(ours, theirs, key=latest_rank)

    def _get_run(self, run_id: str) -> Run:
        found = self.good._get_run(run_id)
        stale = {key: point for (run, key), point in self.shown.items() if run == run_id}
        return replace(found, metrics={**found.metrics, **stale})


@breaks("CONC-METRIC")
class WhatIsTriedAgainIsThereTwice(OfMetrics):
    def __init__(self) -> None:
        super().__init__()
        self.again: list[tuple[str, Metric]] = []

    def raced(self, batch: Batch, place: int, other: Batch) -> None:
        self.good._log_batch(*batch, None)
        if place == 1:
            self.again += [(batch[0], each) for each in batch[1]]

    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = self.good._get_metric_history(run_id, key, limit, after)
        twice = [each for run, each in self.again if run == run_id and each.key == key]
        return [*found, *twice]


def _best(metrics: Sequence[Metric], key: str) -> Metric | None:
    return max((each for each in metrics if each.key == key), key=latest_rank, default=None)


# Versions


class Numbered(Registered):
    """Versions meet after each has looked at the largest number."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: Pairs[int] = Pairs()

    def create_version(self, name: str, *given: Any) -> ModelVersion:
        latest = self.base.latest_versions(name, ("None",))
        met = self.pairs.meet(max((each.version for each in latest), default=0))
        made: ModelVersion = self.base.create_version(name, *given)
        return made if met is None else self.raced(made, *met)

    def raced(self, made: ModelVersion, place: int, seen: int) -> ModelVersion:
        raise NotImplementedError


@breaks("CONC-VERSION")
class ANumberTwice(Numbered):
    def raced(self, made: ModelVersion, place: int, seen: int) -> ModelVersion:
        if place == 1:
            self.base.delete_version(made.name, made.version)
        return replace(made, version=seen + 1)


@breaks("CONC-VERSION")
class ANumberLeftOut(Numbered):
    def raced(self, made: ModelVersion, place: int, seen: int) -> ModelVersion:
        if place == 0:
            return made
        self.base.delete_version(made.name, made.version)
        again: ModelVersion = self.base.create_version(made.name, made.source, None, {}, None, None)
        return again
