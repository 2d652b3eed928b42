"""Stores that keep every rule for one session, and break one when two take turns, by what a session remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sessions import RegisteredSession, Session
from wrapper import breaks

from storeproof.stores.entities import (
    Experiment,
    LifecycleStage,
    Metric,
    ModelVersion,
    Run,
    ViewType,
)
from storeproof.stores.errors import StoreError
from storeproof.stores.paging import Place
from storeproof.stores.points import latest_rank
from storeproof.stores.refusals import name_taken
from storeproof.stores.search.query import Query

# Metrics


@breaks("CONC-METRIC")
class WritesTheLatestByWhatItRead(Session):
    """A lost update: what it has read is compared with, and not what is there."""

    in_common = (*Session.in_common, "latest")

    def __init__(self) -> None:
        super().__init__()
        self.latest: dict[tuple[str, str], Metric] = {}
        self.read: dict[tuple[str, str], Metric] = {}

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, params, tags, name)
        for each in metrics:
            key = run_id, each.key
            before = self.read.get(key, self.latest.get(key, each))
            self.latest[key] = max(before, each, key=latest_rank)
            if key in self.read:
                self.read[key] = self.latest[key]

    def _get_run(self, run_id: str) -> Run:
        found = super()._get_run(run_id)
        latest = {key: self.latest.get((run_id, key), each) for key, each in found.metrics.items()}
        self.read |= {(run_id, key): each for key, each in latest.items()}
        return replace(found, metrics=latest)


@breaks("CONC-METRIC")
class RemembersHistories(Session):
    """To what it has read of a history it adds only its own points."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[str, str], set[Metric]] = {}

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, params, tags, name)
        for each in metrics:
            self.known.get((run_id, each.key), set()).add(each)

    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        if (run_id, key) not in self.known:
            every = super()._get_metric_history(run_id, key, None, None)
            self.known[run_id, key] = set(every)
        found = super()._get_metric_history(run_id, key, limit, after)
        return [each for each in found if each in self.known[run_id, key]]


# Tags


class Tagging(Session):
    """Shows `remembered` tags over those that are there, or under them."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered: dict[str, dict[str, str]] = {}

    def _delete_tag(self, run_id: str, key: str) -> None:
        super()._delete_tag(run_id, key)
        self.remembered.get(run_id, {}).pop(key, None)


@breaks("CONC-TAG")
class ShowsTheTagsThatItWrote(Tagging):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, params, tags, name)
        self.remembered.setdefault(run_id, {}).update(tags)

    def _get_run(self, run_id: str) -> Run:
        found = super()._get_run(run_id)
        return replace(found, tags={**found.tags, **self.remembered.get(run_id, {})})


@breaks("CONC-TAG")
class ShowsTheTagsThatAreGone(Tagging):
    def _get_run(self, run_id: str) -> Run:
        found = super()._get_run(run_id)
        shown = {**self.remembered.get(run_id, {}), **found.tags}
        self.remembered[run_id] = dict(shown)
        return replace(found, tags=shown)


# Params


class OfUnseenParams(Session):
    """Does as it likes with params that were not there when it read the run."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, set[str]] = {}

    def _get_run(self, run_id: str) -> Run:
        found = super()._get_run(run_id)
        self.seen[run_id] = set(found.params)
        return found

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if not params or self.seen.get(run_id, set(params)) & params.keys():
            super()._log_batch(run_id, metrics, params, tags, name)
        else:
            self.unseen(run_id, params)
            self.seen[run_id] |= params.keys()

    def unseen(self, run_id: str, params: Mapping[str, str]) -> None:
        raise NotImplementedError


@breaks("CONC-PARAM")
class WritesOverUnseenParams(OfUnseenParams):
    def unseen(self, run_id: str, params: Mapping[str, str]) -> None:
        (folder,) = self.folder.glob(f"*/{run_id}/params")
        for key in params:
            (folder / key).unlink(missing_ok=True)
        self.good._log_batch(run_id, (), params, {}, None)


@breaks("CONC-PARAM")
class TakesUnseenParamsForWritten(OfUnseenParams):
    def unseen(self, run_id: str, params: Mapping[str, str]) -> None:
        with suppress(StoreError):
            self.good._log_batch(run_id, (), params, {}, None)


# Names


@breaks("CONC-CREATE")
class RemembersFreeNames(Session):
    """Write skew: it looked, so it need not look again."""

    def __init__(self) -> None:
        super().__init__()
        self.free: set[str] = set()

    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        found = super()._get_experiment_by_name(name)
        if found is None:
            self.free.add(name)
        return found

    def _create_experiment(self, name: str, *given: Any) -> str:
        if name in self.free and self.good._get_experiment_by_name(name) is not None:
            name = f"{name} again"
        self.free.discard(name)
        return super()._create_experiment(name, *given)


@breaks("CONC-CREATE")
class RemembersTakenNames(Session):
    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, str] = {}

    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        found = super()._get_experiment_by_name(name)
        if found is not None:
            self.taken[found.experiment_id] = name
        return found

    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        super()._rename_experiment(experiment_id, name, moment)
        self.taken.pop(experiment_id, None)

    def _create_experiment(self, name: str, *given: Any) -> str:
        if name in self.taken.values():
            raise name_taken(name)
        return super()._create_experiment(name, *given)


# Stages


class Counting(Session):
    """Remembers which runs an experiment had when they were searched for."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[str, set[str]] = {}

    def runs_of(self, experiment_id: str) -> set[str]:
        found = self.good.search_runs([experiment_id], ViewType.ALL)
        return {each.info.run_id for each in found.items}

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        self.runs |= {each: self.runs_of(each) for each in experiment_ids}
        return super()._search_runs(experiment_ids, query)

    def _create_run(self, experiment_id: str, *given: Any) -> Run:
        made = super()._create_run(experiment_id, *given)
        self.runs.get(experiment_id, set()).add(made.info.run_id)
        return made

    def unknown(self, experiment_id: str) -> set[str]:
        """The runs that were made since by somebody else."""
        there = self.runs_of(experiment_id)
        return there - self.runs.get(experiment_id, there)


@breaks("CONC-ERRORS")
class CrashesOnWhatItDidNotFind(Counting):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        if self.unknown(experiment_id):
            raise RuntimeError("more rows were changed than the session knows")
        super()._delete_experiment(experiment_id, moment)


@breaks("EXP-DELETE")
class DeletesTheRunsThatItFound(Counting):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        unknown = self.unknown(experiment_id)
        super()._delete_experiment(experiment_id, moment)
        for each in unknown:
            self.good._restore_run(each)


class Staging(Session):
    """Remembers the stage in which it found a run, and what it did to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: dict[str, LifecycleStage] = {}

    def _get_run(self, run_id: str) -> Run:
        found = super()._get_run(run_id)
        self.stages[run_id] = found.info.lifecycle_stage
        return found

    def _delete_run(self, run_id: str, moment: int) -> None:
        super()._delete_run(run_id, moment)
        self.stages.pop(run_id, None)

    def _restore_run(self, run_id: str) -> None:
        super()._restore_run(run_id)
        self.stages.pop(run_id, None)


@breaks("RUN-DELETED-WRITES")
class WritesIntoARunThatItSawAlive(Staging):
    def _log_batch(self, run_id: str, *given: Any) -> None:
        there = self.good._get_run(run_id).info.lifecycle_stage
        if (self.stages.get(run_id), there) != (LifecycleStage.ACTIVE, LifecycleStage.DELETED):
            super()._log_batch(run_id, *given)
            return
        self.good._restore_run(run_id)
        super()._log_batch(run_id, *given)
        self.good._delete_run(run_id, 1)


@breaks("RUN-DELETE")
class ShowsTheStageThatItSaw(Staging):
    def _get_run(self, run_id: str) -> Run:
        seen = self.stages.get(run_id)
        found = super()._get_run(run_id)
        if seen is not LifecycleStage.DELETED:
            return found
        self.stages[run_id] = seen
        return replace(found, info=replace(found.info, lifecycle_stage=seen))


# Versions


@breaks("CONC-VERSION")
class CountsForItself(RegisteredSession):
    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, int] = {}

    def create_version(self, name: str, *given: Any) -> ModelVersion:
        made: ModelVersion = self.base.create_version(name, *given)
        number = self.given.get(name, made.version - 1) + 1
        self.given[name] = number
        if number != made.version:
            self.base.delete_version(name, made.version)
        return replace(made, version=number)
