"""What an observed answer must fulfil: each check knows the clause that a difference breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.model.operation import Difference
from storeproof.conformance.model.rules import twin
from storeproof.stores.entities import RUN_NAME_TAG

ABSENT = "nothing"
NAN = "NaN"
"""The observed form of a NaN, which so equals itself."""

MAX_DOUBLE = 1.7976931348623157e308

Point = tuple[float | str, int, int]
"""A point of a metric, observed: value, timestamp, step."""

Ghosts = Mapping[str, Sequence[tuple[object, str]]]
"""What refused calls tried to write: for each key the values, with the clause that forbade it."""


def look(seen: Any, path: Sequence[str]) -> Any:
    """The part of an observed answer at `path`, or ABSENT."""
    for step in path:
        if not isinstance(seen, Mapping) or step not in seen:
            return ABSENT
        seen = seen[step]
    return seen


def text_clause(expected: object, seen: object, clause: str) -> str:
    """The clause that a store breaks which gives `seen` for `expected`; `clause` if none of TEXT-*."""
    if not isinstance(expected, str) or not isinstance(seen, str):
        return clause
    if expected != seen and expected.startswith(seen) and expected.rstrip() != seen:
        return "TEXT-NO-CUT"
    if not (expected.isascii() and expected.isprintable() and expected.strip() == expected):
        return "TEXT-ROUNDTRIP"
    return clause


def label(where: str, path: Sequence[str]) -> str:
    """A path for people."""
    return where + ".".join(path) or "answer"


@dataclass(frozen=True)
class Equal:
    """The part at `path` equals `value`; of a text, `text` says that TEXT-* may be what is broken."""

    path: tuple[str, ...]
    value: object
    clause: str
    text: bool = False

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One, if it does not."""
        found = look(seen, self.path)
        if found != self.value or isinstance(found, bool) != isinstance(self.value, bool):
            clause = text_clause(self.value, found, self.clause) if self.text else self.clause
            yield Difference(clause, label(where, self.path), self.value, found)


@dataclass(frozen=True)
class AtLeast:
    """The part at `path` is a whole number, not under `least`."""

    path: tuple[str, ...]
    least: int
    clause: str

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One, if it is not."""
        found = look(seen, self.path)
        if not isinstance(found, int) or isinstance(found, bool) or found < self.least:
            yield Difference(self.clause, label(where, self.path), f"at least {self.least}", found)


@dataclass(frozen=True)
class NotAmong:
    """The part at `path` is an id that is not among those known: a new one."""

    path: tuple[str, ...]
    known: frozenset[str]
    clause: str

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One, if it is an old id, or none."""
        found = look(seen, self.path)
        if not isinstance(found, str) or found in self.known or found in ("", ABSENT):
            yield Difference(self.clause, label(where, self.path), "a new id", found)


@dataclass(frozen=True)
class OneName:
    """The run's name and its tag mlflow.runName are one value, not empty when generated (RUN-NAME)."""

    generated: bool

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for a tag that says otherwise, one for a name that is no name."""
        name = look(seen, ("info", "run_name"))
        tag = look(seen, ("tags", RUN_NAME_TAG))
        if tag != name:
            yield Difference("RUN-NAME", f"{where}tags.{RUN_NAME_TAG}", name, tag)
        if self.generated and (not isinstance(name, str) or name in ("", ABSENT)):
            yield Difference("RUN-NAME", f"{where}info.run_name", "a generated name", name)


@dataclass(frozen=True)
class Texts:
    """The mapping at `path` (params or tags) holds exactly `entries`."""

    path: tuple[str, ...]
    entries: Mapping[str, str]
    clause: str
    ghosts: Ghosts = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each entry that is missing, wrong or too many."""
        found = look(seen, self.path)
        if not isinstance(found, Mapping):
            yield Difference(self.clause, label(where, self.path), self.entries, found)
            return
        for key in sorted((self.entries.keys() | found.keys()) - self.ignored):
            expected, value = self.entries.get(key, ABSENT), found.get(key, ABSENT)
            if expected != value:
                clause = self._clause(key, expected, value)
                yield Difference(clause, f"{label(where, self.path)}[{key!r}]", expected, value)

    def _clause(self, key: str, expected: object, value: object) -> str:
        for ghost, clause in self.ghosts.get(key, ()):
            if ghost == value:
                return clause
        if value is ABSENT:
            return key_clause(key, self.entries, self.clause)
        return text_clause(expected, value, self.clause)


def key_clause(key: str, entries: Mapping[str, object], clause: str) -> str:
    """The clause that a store breaks which has lost `key` of `entries`."""
    if any(twin(each) == twin(key) for each in entries if each != key):
        return "TEXT-DISTINCT"
    if any(each.startswith(f"{key}/") or key.startswith(f"{each}/") for each in entries):
        return "KEY-PREFIX"
    return clause


@dataclass(frozen=True)
class LatestValues:
    """`metrics` holds exactly these latest points; `points` are all that were logged."""

    entries: Mapping[str, Point]
    points: Mapping[str, frozenset[Point]]
    ghosts: Ghosts

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each key whose latest value is missing, wrong or too many."""
        found = look(seen, ("metrics",))
        if not isinstance(found, Mapping):
            yield Difference("METRIC-LATEST", f"{where}metrics", self.entries, found)
            return
        for key in sorted(self.entries.keys() | found.keys()):
            expected, point = self.entries.get(key, ABSENT), found.get(key, ABSENT)
            if expected != point:
                clause = self._clause(key, expected, point)
                yield Difference(clause, f"{where}metrics[{key!r}]", expected, point)

    def _clause(self, key: str, expected: Point | str, point: Point | str) -> str:
        for ghost, clause in self.ghosts.get(key, ()):
            if ghost == point:
                return clause
        if expected is ABSENT or point is ABSENT:
            return key_clause(key, self.entries, "METRIC-LATEST")
        if point in self.points[key]:
            return "METRIC-LATEST"
        return value_clause(expected, point)


def value_clause(expected: Point | str, seen: object) -> str:
    """The clause that a store breaks which gives the point `seen` for `expected`."""
    value = expected[0]
    if value == NAN:
        return "METRIC-NAN"
    if isinstance(value, float) and abs(value) >= MAX_DOUBLE and isinstance(seen, tuple):
        return "METRIC-INF"
    return "METRIC-LOG"


def in_history_order(point: Point) -> tuple[int, int, bool, float | str]:
    """The sort key of METRIC-HISTORY: timestamp, step, value, NaN last."""
    value, timestamp, step = point
    return (timestamp, step, value == NAN, 0.0 if value == NAN else value)


@dataclass(frozen=True)
class History:
    """The items are the points of one metric, as logged; with `limit`, its first page.

    `repeats` accepts a point as often as it was logged (METRIC-DUP's variation).
    """

    key: str
    points: tuple[Point, ...]
    repeats: bool
    limit: int | None
    ghosts: Ghosts

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each point lost, changed or too many, and one for a wrong order."""
        items = look(seen, ("items",))
        if not isinstance(items, list | tuple):
            yield Difference("METRIC-HISTORY", f"{where}items", "points", items)
            return
        for item in items:
            if item[0] != self.key:
                yield Difference("METRIC-HISTORY", f"{where}items", self.key, item)
        found: list[Point] = [item[1:] for item in items]
        yield from self._page(look(seen, ("more",)), found, where)
        yield from self._points(Counter(found), where)
        ordered = sorted(found, key=in_history_order)
        if ordered != found:
            yield Difference("METRIC-HISTORY", f"{where}order", ordered, found)

    def _page(self, more: object, found: list[Point], where: str) -> Iterator[Difference]:
        if self.limit is not None and len(found) > self.limit:
            yield Difference("METRIC-HISTORY-PAGE", f"{where}items", self.limit, len(found))
        due = self.limit is not None and len(set(self.points)) > self.limit
        whole = self.limit is None or len(self.points) <= self.limit
        if (due and not more) or (whole and more):
            yield Difference("METRIC-HISTORY-PAGE", f"{where}more", due, more)

    def _points(self, found: Counter[Point], where: str) -> Iterator[Difference]:
        logged = Counter(self.points)
        whole = self.limit is None or len(self.points) <= self.limit
        lost = [each for each in logged if not found[each]] if whole else []
        for point in [each for each in found if each not in logged]:
            near = next((each for each in lost if each[1:] == point[1:]), None)
            if near is not None:
                lost.remove(near)
                yield Difference(value_clause(near, point), f"{where}items", near, point)
            else:
                yield Difference(self._ghost(point), f"{where}items", ABSENT, point)
        for point in lost:
            yield Difference("METRIC-HISTORY", f"{where}items", point, ABSENT)
        for point, times in found.items():
            if times > (logged[point] if self.repeats else 1) and point in logged:
                yield Difference("METRIC-DUP", f"{where}items", f"{point} once", f"{times} times")

    def _ghost(self, point: Point) -> str:
        ghosts = self.ghosts.get(self.key, ())
        return next((clause for ghost, clause in ghosts if ghost == point), "METRIC-HISTORY")


@dataclass(frozen=True)
class Histories:
    """The histories of several runs are each the points of one metric, as logged (METRIC-BULK).

    With `limit`, the first so many of each run. `repeats` as of History.
    """

    key: str
    points: Mapping[str, tuple[Point, ...]]
    repeats: bool
    limit: int | None

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each run whose history is wrong, and one for each that was not asked for."""
        found = look(seen, ("histories",))
        if not isinstance(found, Mapping):
            yield Difference("METRIC-BULK", f"{where}answer", "a history of each run", seen)
            return
        for symbol in sorted(found.keys() - self.points.keys()):
            yield Difference("METRIC-BULK", f"{where}{symbol}", ABSENT, found[symbol])
        for symbol, logged in self.points.items():
            items = found.get(symbol, ())
            points = [item[1:] for item in items if item[0] == self.key]
            if len(points) != len(items) or not self._is_right(points, Counter(logged)):
                expected = sorted(set(logged), key=in_history_order)[: self.limit]
                yield Difference("METRIC-BULK", f"{where}{symbol}", expected, items)

    def _is_right(self, found: list[Point], logged: Counter[Point]) -> bool:
        due = sorted(logged, key=in_history_order)
        distinct = list(dict.fromkeys(found))
        full = self.limit is not None and len(found) == self.limit
        return (
            found == sorted(found, key=in_history_order)
            and distinct == due[: len(distinct)]
            and (full or len(distinct) == len(due))
            and (self.limit is None or len(found) <= self.limit)
            and all(
                times <= (logged[each] if self.repeats else 1)
                for each, times in Counter(found).items()
            )
        )
