"""Deletion for good: first what is to go, then its artifacts, then its rows and files (GC-*).

    plan(store, selection)  checks the selection and says what will go; nothing is changed
    collect(store, plan)    removes it, part by part, artifacts before the rest

What a part holds is asked when its turn comes, and again as it is removed, so that a run that is
restored meanwhile stays (GC-SCOPE). Interrupted at any point, it can be done again (GC-IDEMPOTENT).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from storeproof.stores import refusals
from storeproof.stores.artifacts import Artifacts, NotRemoved
from storeproof.stores.contract import now
from storeproof.stores.entities import LifecycleStage
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.removing import (
    AT_ONCE,
    Chosen,
    DeletedExperiment,
    DeletedRun,
    RemovingStore,
)

_DURATION = re.compile(
    r"(?=.)"
    r"(?:(?P<d>\d+(?:\.\d+)?)d)?"
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?"
    r"(?:(?P<m>\d+(?:\.\d+)?)m)?"
    r"(?:(?P<s>\d+(?:\.\d+)?)s)?",
    re.ASCII,
)
_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_LONGEST = 2**63 - 1
_LOOK_AGAIN = 20
"""Runs whose artifacts are removed before it is looked again whether they are still deleted."""


@dataclass(frozen=True)
class Plan:
    """What will go: the runs that `chosen` finds, by experiment, and whole experiments.

    `staying` are deleted experiments of those selected that hold a run that stays.
    """

    chosen: Chosen
    runs: Mapping[str, int]
    experiments: tuple[DeletedExperiment, ...]
    staying: tuple[DeletedExperiment, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing will go."""
        return not self.runs and not self.experiments


@dataclass(frozen=True)
class Collected:
    """What went, and what stays against the plan: runs whose artifacts could not be removed, with the reasons."""

    runs: int
    experiments: int
    kept: Mapping[str, str]


def duration(text: str) -> int:
    """A duration such as 2d8h5m20s in ms: d, h, m, s, each once, in that order; fractions are allowed.

    Raises INVALID_PARAMETER_VALUE for anything else (GC-OLDER).
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise invalid(
            f"{text!r} is no duration; write days, hours, minutes and seconds in this order, as in "
            "2d8h5m20s, 30d or 1.5h."
        )
    total = sum(float(number or 0) * _MS[unit] for unit, number in found.groupdict().items())
    if total > _LONGEST:
        raise invalid(f"The duration {text!r} is longer than the time that can be counted.")
    return round(total)


def plan(
    store: RemovingStore,
    run_ids: Collection[str] | None = None,
    experiment_ids: Collection[str] | None = None,
    older_than: str | None = None,
) -> Plan:
    """What will go: deleted, and selected by all that is given (GC-SCOPE); None selects everything.

    Where runs are selected, experiments stay. Raises RESOURCE_DOES_NOT_EXIST for an unknown id,
    INVALID_PARAMETER_VALUE for an active one or a bad duration (GC-CHECK-FIRST, GC-OLDER).
    """
    until = None if older_than is None else now() - duration(older_than)
    runs = None if run_ids is None else tuple(dict.fromkeys(run_ids))
    experiments = None if experiment_ids is None else tuple(dict.fromkeys(experiment_ids))
    _check(runs, store.stages_of_runs, refusals.no_run, refusals.active_run)
    _check(
        experiments,
        store.stages_of_experiments,
        refusals.no_experiment,
        refusals.active_experiment,
    )
    chosen = Chosen(runs, experiments, until)
    counts: Counter[str] = Counter()
    for part in store.deleted_runs(chosen):
        counts.update(each.experiment_id for each in part)
    found = () if runs is not None else store.deleted_experiments(chosen)
    return Plan(
        chosen,
        counts,
        tuple(each for each in found if not each.is_needed),
        tuple(each for each in found if each.is_needed),
    )


def runs_of(store: RemovingStore, what: Plan) -> Iterator[DeletedRun]:
    """The runs of a plan, one by one, as they are now."""
    for part in store.deleted_runs(what.chosen):
        yield from part


def collect(
    store: RemovingStore,
    what: Plan,
    artifacts: Artifacts,
    progress: Callable[[int, int], None] = lambda runs, experiments: None,  # noqa: ARG005
) -> Collected:
    """Remove what the plan says, and tell `progress` how many runs and experiments a step removed.

    Raises StoreError if the store fails; what was removed until then is whole, and the same
    plan or a new one goes on from there.
    """
    store.finish_removal()
    kept: dict[str, str] = {}
    runs = 0
    for part in store.deleted_runs(what.chosen):
        free = _without_artifacts(store, part, artifacts, kept)
        removed = len(store.remove_runs(free, what.chosen.until)) if free else 0
        runs += removed
        progress(removed, 0)
    experiments = 0
    ids = [each.experiment_id for each in what.experiments]
    for first in range(0, len(ids), AT_ONCE):
        removed = len(store.remove_experiments(ids[first : first + AT_ONCE], what.chosen.until))
        experiments += removed
        progress(0, removed)
    return Collected(runs, experiments, kept)


def _without_artifacts(
    store: RemovingStore, runs: Sequence[DeletedRun], artifacts: Artifacts, kept: dict[str, str]
) -> list[str]:
    """The ids of those runs that have no artifacts left; why others do is noted."""
    free = []
    for first in range(0, len(runs), _LOOK_AGAIN):
        few = runs[first : first + _LOOK_AGAIN]
        stages = store.stages_of_runs([each.run_id for each in few])
        for run in few:
            if stages.get(run.run_id) is not LifecycleStage.DELETED:
                continue  # restored, or removed by another, since it was listed
            try:
                artifacts.remove(run.run_id, run.artifact_uri)
            except NotRemoved as why:
                kept[run.run_id] = str(why)
            else:
                free.append(run.run_id)
    return free


def _check(
    ids: Sequence[str] | None,
    stages: Callable[[Sequence[str]], Mapping[str, LifecycleStage]],
    unknown: Callable[[str], StoreError],
    active: Callable[[str], StoreError],
) -> None:
    """That all of these are there and deleted."""
    for first in range(0, len(ids or ()), AT_ONCE):
        part = (ids or ())[first : first + AT_ONCE]
        found = stages(part)
        for each in part:
            if each not in found:
                raise unknown(each)
            if found[each] is not LifecycleStage.DELETED:
                raise active(each)
