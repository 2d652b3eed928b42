"""What a client does that is killed sooner or later, and what must be there afterwards.

The deeds of a client are numbered, and each can be told from what it left. Those before the
first that was not acknowledged are there; that one is there, wholly and once, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Metric, Param, Run, RunStatus, Tag, ViewType

ENTRIES = 5
"""The metrics, the params and the tags of a batch, and the tags of a run."""
LENGTH = 4000
"""Characters of a text that takes a while to write."""

BY_KIND = "all or nothing for each of params, metrics and tags"
"""The variation that BATCH-ATOMIC accepts."""


class Kind(Enum):
    """What a deed does."""

    EXPERIMENT = "create_experiment"
    RUN = "create_run"
    BATCH = "log_batch"
    POINT = "log_metric"
    TAG = "set_tag"
    STATUS = "update_run_info"
    EXPERIMENT_TAG = "set_experiment_tag"


_FIRST = (Kind.EXPERIMENT, Kind.RUN)
_THEN = (Kind.BATCH, Kind.POINT, Kind.TAG, Kind.STATUS, Kind.EXPERIMENT_TAG, Kind.RUN)
FIRST_RUN = _FIRST.index(Kind.RUN)
"""The number of the deed that creates the run of which most of the others are about."""


def kind_of(number: int) -> Kind:
    """What the deed of a number does."""
    after = number - len(_FIRST)
    return _FIRST[number] if after < 0 else _THEN[after % len(_THEN)]


def second(kind: Kind) -> int:
    """The number of the second deed of a kind, which overwrites where the kind does; the first of an experiment."""
    numbers = [number for number in range(3 * len(_THEN)) if kind_of(number) is kind]
    return numbers[min(1, len(numbers) - 1)]


class Doer:
    """A client at work on a store; its names begin with its token."""

    def __init__(self, store: TrackingStore, token: str) -> None:
        self._store = store
        self._token = token
        self._experiment = ""
        self._run = ""

    def do(self, number: int) -> None:
        """Do the deed of a number; those before it are done."""
        store = self._store
        match kind_of(number):
            case Kind.EXPERIMENT:
                self._experiment = store.create_experiment(
                    self._token, None, [Tag(key, self._token) for key in keys(number)]
                )
            case Kind.RUN:
                tags = [Tag(key, str(number)) for key in keys(number)]
                name = f"{self._token}-{number}"
                made = store.create_run(self._experiment, "ann", number, tags, name)
                self._run = self._run or made.info.run_id
            case Kind.BATCH:
                store.log_batch(self._run, points(number), params(number), tags_of(number))
            case Kind.POINT:
                store.log_metric(self._run, point(number))
            case Kind.TAG:
                store.set_tag(self._run, Tag("text", text(number)))
            case Kind.STATUS:
                store.update_run_info(self._run, status(number), number)
            case Kind.EXPERIMENT_TAG:
                store.set_experiment_tag(self._experiment, Tag("text", text(number)))


def keys(number: int) -> list[str]:
    """The keys that a deed has and no other."""
    return [f"k{number}/{each}" for each in range(ENTRIES)]


def points(number: int) -> list[Metric]:
    """The points of a batch."""
    return [Metric(key, number, number, number) for key in keys(number)]


def params(number: int) -> list[Param]:
    """The params of a batch."""
    return [Param(key, str(number)) for key in keys(number)]


def tags_of(number: int) -> list[Tag]:
    """The tags of a batch."""
    return [Tag(key, str(number)) for key in keys(number)]


def point(number: int) -> Metric:
    """The point of a deed that logs one."""
    return Metric("count", number, number, number)


def text(number: int) -> str:
    """A long text that no other deed has, nor a part of it."""
    return (f"{number}," * LENGTH)[:LENGTH]


def status(number: int) -> RunStatus:
    """What a deed sets; it sets the end too, to its number."""
    return RunStatus.FAILED if number % 2 else RunStatus.FINISHED


@dataclass(frozen=True)
class Left:
    """What is there of a client's deeds: its experiment's tags, if it is, its runs, the points of its first run."""

    experiment: Mapping[str, str] | None
    runs: Sequence[Run] = ()
    points: Sequence[Metric] = ()


def left_by(token: str, store: TrackingStore) -> Left:
    """Read what a client has left."""
    experiment = store.get_experiment_by_name(token)
    if experiment is None:
        return Left(None)
    searched = store.search_runs([experiment.experiment_id], ViewType.ALL, max_results=10_000)
    runs = [store.get_run(each.info.run_id) for each in searched.items]
    first = _first_of(token, runs)
    points = () if first is None else store.get_metric_history(first.info.run_id, "count").items
    return Left(experiment.tags, runs, points)


def _first_of(token: str, runs: Sequence[Run]) -> Run | None:
    name = f"{token}-{FIRST_RUN}"
    return next((each for each in runs if each.info.run_name == name), None)


@dataclass(frozen=True)
class Fault:
    """What is not as it must be, and the clause if it is not the test's own."""

    expected: str
    seen: str
    clause: str | None = None


class Judge:
    """Looks at what a client left whose first `acknowledged` deeds were acknowledged."""

    def __init__(self, token: str, acknowledged: int, left: Left) -> None:
        self._token = token
        self._acknowledged = acknowledged
        self._left = left
        self.by_kind = False
        """The batch that was not acknowledged is there in part, which BATCH-ATOMIC lets pass."""

    def faults(self) -> Iterator[Fault]:
        """All that is not as it must be."""
        left, experiment = self._left, self._left.experiment
        if experiment is None:
            yield from self._lost(0)
            return
        yield from self._whole(0, experiment, dict.fromkeys(keys(0), self._token))
        yield from self._overwritten(Kind.EXPERIMENT_TAG, experiment.get("text"))
        for number in self._numbers(Kind.RUN):
            yield from self._run(number)
        wanted = {f"{self._token}-{number}" for number in self._numbers(Kind.RUN)}
        for run in left.runs:
            if run.info.run_name not in wanted:
                seen = f"a run {run.info.run_name!r} with the tags {dict(run.tags)}"
                yield Fault("no run but those that were created, each whole", seen)
        first = _first_of(self._token, left.runs)
        if first is not None:
            yield from self._entries(first)

    def _numbers(self, kind: Kind) -> list[int]:
        """The deeds of a kind that were begun."""
        return [each for each in range(self._acknowledged + 1) if kind_of(each) is kind]

    def _lost(self, number: int) -> Iterator[Fault]:
        """What it means that nothing is there of a deed."""
        if number < self._acknowledged:
            yield Fault(f"what {told(number)} wrote, which was acknowledged", "it is not there")

    def _whole(
        self, number: int, seen: Mapping[str, str], wanted: Mapping[str, str]
    ) -> Iterator[Fault]:
        missing = [key for key, value in wanted.items() if seen.get(key) != value]
        if missing:
            yield Fault(f"{told(number)} to be there wholly or not at all", f"without {missing}")

    def _run(self, number: int) -> Iterator[Fault]:
        name = f"{self._token}-{number}"
        found = [each for each in self._left.runs if each.info.run_name == name]
        if not found:
            yield from self._lost(number)
        if len(found) > 1:
            yield Fault(f"one run of {told(number)}", f"{len(found)}")
        for run in found:
            yield from self._whole(number, run.tags, {key: str(number) for key in keys(number)})

    def _entries(self, run: Run) -> Iterator[Fault]:
        for number in self._numbers(Kind.BATCH):
            yield from self._batch(number, run)
        yield from self._history()
        yield from self._overwritten(Kind.TAG, run.tags.get("text"))
        end = run.info.end_time
        begun = self._due(Kind.STATUS)
        if end not in begun or (end is not None and run.info.status is not status(end)):
            seen = f"status {run.info.status}, end_time {end}"
            yield Fault(f"the status and end_time of one of the deeds {begun}", seen)

    def _due(self, kind: Kind) -> list[int | None]:
        """The deeds of which one was the last to overwrite: the last that was acknowledged, and one that may have been."""
        begun = self._numbers(kind)
        due: list[int | None] = [each for each in begun if each == self._acknowledged]
        due += [each for each in begun if each < self._acknowledged][-1:] or [None]
        return due

    def _overwritten(self, kind: Kind, seen: str | None) -> Iterator[Fault]:
        due = self._due(kind)
        if seen not in [None if each is None else text(each) for each in due]:
            shown = "nothing" if seen is None else f"{len(seen)} characters: {seen[:20]!r}..."
            wanted = " or ".join(told(each) for each in due if each is not None) or "nobody"
            yield Fault(f"the {LENGTH} characters that {wanted} wrote", shown)

    def _batch(self, number: int, run: Run) -> Iterator[Fault]:
        mine = keys(number)
        metrics = [
            run.metrics.get(key) == each for key, each in zip(mine, points(number), strict=True)
        ]
        entries = {
            "metrics": sum(metrics),
            "params": sum(run.params.get(key) == str(number) for key in mine),
            "tags": sum(run.tags.get(key) == str(number) for key in mine),
        }
        there = set(entries.values())
        if there == {0}:
            yield from self._lost(number)
        elif there != {ENTRIES}:
            told_parts = ", ".join(f"{count} {name}" for name, count in entries.items())
            if number < self._acknowledged:
                yield Fault(f"what {told(number)} wrote, which was acknowledged", told_parts)
            elif there == {0, ENTRIES}:
                self.by_kind = True
            else:
                wanted = f"all {ENTRIES} metrics, params and tags of {told(number)}, or none"
                yield Fault(wanted, told_parts, "BATCH-ATOMIC")

    def _history(self) -> Iterator[Fault]:
        seen = list(self._left.points)
        begun = self._numbers(Kind.POINT)
        for number in begun:
            count = seen.count(point(number))
            if count == 0:
                yield from self._lost(number)
            elif count > 1:
                yield Fault(f"one point of {told(number)}", f"{count}")
        strange = [each for each in seen if each not in [point(number) for number in begun]]
        if strange:
            yield Fault("no point but those that were logged", f"{strange[0]}")


def told(number: int) -> str:
    """A deed, for people."""
    return f"call {number} ({kind_of(number).value})"
