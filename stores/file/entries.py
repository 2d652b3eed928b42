"""Reading folders of params, tags and metrics, where a file is an entry and its path the key (FILE-LAYOUT)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from storeproof.stores import validation
from storeproof.stores.entities import Metric
from storeproof.stores.errors import StoreError
from storeproof.stores.file import points
from storeproof.stores.file.cache import Stamp, is_settled, stamp_of
from storeproof.stores.file.junk import report

V = TypeVar("V")


@dataclass(slots=True)
class Listing:
    """The keys of a folder, walked again only when one of its folders changed."""

    _keys: tuple[str, ...] = ()
    _folders: tuple[tuple[str, int, int], ...] = ()

    def keys(self, folder: str) -> tuple[str, ...]:
        """The keys of the files in the folder and below; none if it is missing."""
        try:
            if self._folders and all(
                _folder_stamp(folder + name) == (time, inode) for name, time, inode in self._folders
            ):
                return self._keys
        except FileNotFoundError:
            pass
        seen: list[tuple[str, int, int]] = []
        found = tuple(_walk(folder, "", seen))
        # A folder changed within the clock's tick may be so again under the same time.
        settled = all(is_settled(time) for _, time, _ in seen)
        self._folders = tuple(seen) if settled else ()
        self._keys = found
        return found


def _folder_stamp(path: str) -> tuple[int, int]:
    state = os.stat(path)
    return state.st_mtime_ns, state.st_ino


def _walk(folder: str, inside: str, seen: list[tuple[str, int, int]]) -> Iterator[str]:
    here = folder + inside
    try:
        seen.append((inside, *_folder_stamp(here)))
        with os.scandir(here) as found:
            entries = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        name = f"{inside}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, name, seen)
        elif entry.is_file(follow_symlinks=False) and _is_key(name[1:]):
            yield name[1:]
        else:
            # A link would lead out of the store (FILE-CONFINED).
            report(ascii(folder + name), "is left out: it is no file or its name is no key")


def _is_key(name: str) -> bool:
    try:
        return validation.key(name, "stored") == name
    except StoreError:
        return False


@dataclass(slots=True)
class _Entry(Generic[V]):
    stamp: Stamp
    settled: bool
    value: V


@dataclass(slots=True)
class Texts:
    """The params or tags in a folder: the whole file is the value."""

    _listing: Listing = field(default_factory=Listing)
    _known: dict[str, _Entry[str | None]] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """How many entries are held."""
        return len(self._known)

    def read(self, folder: str) -> dict[str, str]:
        """Keys and values; a file that is no text is reported and left out."""
        known: dict[str, _Entry[str | None]] = {}
        values: dict[str, str] = {}
        for key in self._listing.keys(folder):
            path = f"{folder}/{key}"
            entry = self._known.get(key)
            try:
                if entry is None or not entry.settled or entry.stamp != stamp_of(os.stat(path)):
                    entry = _read_text(path)
            except FileNotFoundError:
                continue  # removed since it was listed
            known[key] = entry
            if entry.value is not None:
                values[key] = entry.value
        self._known = known
        return values


def _read_text(path: str) -> _Entry[str | None]:
    with open(path, "rb") as file:
        stamp = stamp_of(os.fstat(file.fileno()))
        data = file.read()
    try:
        value = data.decode()
    except UnicodeDecodeError:
        report(path, "is left out: it is not UTF-8")
        value = None
    return _Entry(stamp, is_settled(stamp[0]), value)


@dataclass(frozen=True, slots=True)
class _Series:
    """A metric file as far as it was read: up to the end of its last whole line."""

    stamp: Stamp
    end: int
    latest: points.Point | None


@dataclass(slots=True)
class LatestPoints:
    """The latest point of each metric file of a folder; of a file that grew only the rest is read."""

    _listing: Listing = field(default_factory=Listing)
    _known: dict[str, _Series] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """How many entries are held."""
        return len(self._known)

    def read(self, folder: str) -> dict[str, points.Point]:
        """Keys and latest points; a file without any point is left out."""
        known: dict[str, _Series] = {}
        for key in self._listing.keys(folder):
            path = f"{folder}/{key}"
            series = self._known.get(key)
            try:
                if series is None or series.stamp != stamp_of(os.stat(path)):
                    series = _read_latest(path, series)
            except FileNotFoundError:
                continue  # removed since it was listed
            known[key] = series
        self._known = known
        return {key: each.latest for key, each in known.items() if each.latest is not None}


def _read_latest(path: str, known: _Series | None) -> _Series:
    with open(path, "rb") as file:
        stamp = stamp_of(os.fstat(file.fileno()))
        grew = known is not None and known.stamp[2] == stamp[2] and known.stamp[1] < stamp[1]
        start, latest = (known.end, known.latest) if known is not None and grew else (0, None)
        file.seek(start)
        whole = _whole_lines(path, file.read())
    found = points.parse(whole, lambda why: report(path, why))
    if latest is not None:
        found.append(latest)
    best = max(found, key=points.rank, default=None)
    if best is None:
        report(path, "holds no metric point")
    return _Series(stamp, start + len(whole), best)


def history(path: str) -> list[points.Point]:
    """Every point of a metric file; none if it is missing."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return []
    return points.parse(_whole_lines(path, data), lambda why: report(path, why))


def _whole_lines(path: str, data: bytes) -> bytes:
    """The data up to the last line end: what follows was not written to its end (FILE-CRASH)."""
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        report(path, "ends in an unfinished line, which does not count")
    return whole


def metrics_of(latest: dict[str, points.Point]) -> dict[str, Metric]:
    """The entities of latest points."""
    return {key: points.metric_of(key, point) for key, point in latest.items()}
