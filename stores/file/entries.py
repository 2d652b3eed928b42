"""Reading folders of params, tags and metrics, where a file is an entry and its path the key (FILE-LAYOUT)."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Generic, TypeVar

from storeproof.stores import validation
from storeproof.stores.entities import Metric
from storeproof.stores.errors import StoreError
from storeproof.stores.file import points
from storeproof.stores.file.cache import Bounded, FileRead, Stamp, is_settled, read_file, stamp_of
from storeproof.stores.file.junk import report
from storeproof.stores.file.slots import Slot, slot
from storeproof.stores.points import latest_rank

V = TypeVar("V")


@dataclass(slots=True)
class Listing:
    """The keys of a folder, walked again only when one of its folders changed."""

    _keys: list[str] = field(default_factory=list)
    _folders: dict[str, Stamp] = field(default_factory=dict)

    def keys(self, folder: str) -> list[str]:
        """The keys of the files in the folder and below; none if it is missing."""
        if self._folders and self._is_the_same(folder):
            return self._keys
        settled_since = time.time_ns()
        self._keys = []
        self._folders = {}
        self._walk(folder, "")
        # A folder changed within the clock's tick may be so again under the same time.
        for mtime, _, _ in self._folders.values():
            if not is_settled(mtime, settled_since):
                self._folders = {}
                break
        return self._keys

    def _is_the_same(self, folder: str) -> bool:
        try:
            for inside, stamp in self._folders.items():
                if stamp_of(os.stat(folder + inside)) != stamp:
                    return False
        except FileNotFoundError:
            return False
        return True

    def _walk(self, folder: str, inside: str) -> None:
        here = folder + inside
        try:
            self._folders[inside] = stamp_of(os.stat(here))
            with os.scandir(here) as found:
                entries = list(found)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            name = f"{inside}/{entry.name}"
            if entry.is_file(follow_symlinks=False) and _is_key(name[1:]):
                self._keys.append(name[1:])
            elif entry.is_dir(follow_symlinks=False):
                self._walk(folder, name)
            else:
                # A link would lead out of the store (FILE-CONFINED).
                report(ascii(folder + name), "is left out: it is no file or its name is no key")


@lru_cache(4096)
def _is_key(name: str) -> bool:
    try:
        return validation.key(name, "stored") == name
    except StoreError:
        return False


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of a metric file of more than a line: where its last whole line begins, in bytes, and that line."""

    stamp: Stamp
    start: int
    last: bytes
    latest: Metric
    """Of the whole file."""


_Entry = tuple[Stamp | None, V | None, _Tail | None]
"""A file's stamp, None where it is not to be trusted; the value, None where there is none; and a long file's end."""


class _Files(ABC, Generic[V]):
    """What the files of a folder say, each read again when it has changed."""

    __slots__ = ("_known", "_listing")

    def __init__(self) -> None:
        self._listing = Listing()
        self._known: dict[str, _Entry[V]] = {}

    @property
    def entries(self) -> int:
        """How many entries are held."""
        return len(self._known)

    def read(self, folder: str, keys: Iterable[str] | None = None) -> dict[str, V]:
        """The keys, all or those of `keys` that are there, and what their files say."""
        known = self._known
        kept: dict[str, _Entry[V]] = {}
        for key in self._listing.keys(folder) if keys is None else _there(folder, keys):
            path = f"{folder}/{key}"
            entry = known.get(key)
            try:
                if entry is None:
                    entry = self._load(path, key, None)
                elif entry[0] is None or entry[0] != stamp_of(os.stat(path)):
                    entry = self._load(path, key, entry[2])
            except FileNotFoundError:
                continue  # removed since it was listed
            kept[key] = entry
        if keys is None:
            self._known = kept
        else:
            known.update(kept)
        return {key: value for key, (_, value, _) in kept.items() if value is not None}

    @abstractmethod
    def _load(self, path: str, key: str, tail: _Tail | None, /) -> _Entry[V]:
        """Read a file, of which this end may be known; what cannot be read is reported (FILE-JUNK)."""


def _there(folder: str, keys: Iterable[str]) -> Iterator[str]:
    # A filter may ask for any text, so what is no key must not become a path (FILE-CONFINED).
    return (key for key in keys if _is_key(key) and slot(folder, key) is Slot.FILE)


class Texts(_Files[str]):
    """The params or tags in a folder: the whole file is the value."""

    __slots__ = ()

    def _load(self, path: str, _key: str, _tail: _Tail | None, /) -> _Entry[str]:
        stamp, settled, data = read_file(path)
        value: str | None
        try:
            value = data.decode()
        except UnicodeDecodeError:
            report(path, "is left out: it is not UTF-8")
            value = None
        return stamp if settled else None, value, None


class LatestPoints(_Files[Metric]):
    """The latest point of each metric file of a folder; of a file that grew only the rest is read."""

    __slots__ = ()

    def _load(self, path: str, key: str, tail: _Tail | None, /) -> _Entry[Metric]:
        grown = None if tail is None else _grown(path, tail)
        if tail is not None and grown is not None:
            return _long(path, key, grown, tail)
        read = stamp, _, data = read_file(path)
        only = points.only(key, data)
        # As in most files of most runs; like a longer one (_is_trusted) it is to be trusted.
        return _long(path, key, read, None) if only is None else (stamp, only, None)


def _grown(path: str, tail: _Tail) -> FileRead | None:
    """A file from its last known line on; None if it did not just grow behind that."""
    stamp, _, data = read = read_file(path, tail.start)
    grew = stamp[2] == tail.stamp[2] and stamp[1] > tail.stamp[1]
    return read if grew and data.startswith(tail.last) else None


def _long(path: str, key: str, read: FileRead, before: _Tail | None) -> _Entry[Metric]:
    """A metric file of which this was read: the whole, or what begins with the last line that was known before."""
    stamp, settled, data = read
    whole = _whole_lines(path, data)
    trusted = stamp if _is_trusted(settled, whole, data) else None
    point = points.latest(whole, partial(report, path))
    found = [] if point is None else [points.metric_of(key, point)]
    start = 0
    if before is not None:
        found.append(before.latest)
        start = before.start
    if not found:
        report(path, "holds no metric point")
        return trusted, None, None
    latest = max(found, key=latest_rank)
    last = whole[whole.rfind(b"\n", 0, -1) + 1 :]
    return trusted, latest, _Tail(stamp, start + len(whole) - len(last), last, latest)


class Histories:
    """Histories of metric files, the last ones read, at most `most` points."""

    def __init__(self, most: int) -> None:
        self._known: Bounded[tuple[Stamp, tuple[Metric, ...]]] = Bounded(most)

    def read(self, path: str, key: str, more: Sequence[points.Point]) -> Sequence[Metric]:
        """Every point of a metric file and `more`, each once, in order; FileNotFoundError."""
        known = self._known.get(path)
        if known is not None and not more and stamp_of(os.stat(path)) == known[0]:
            return known[1]
        stamp, settled, data = read_file(path)
        whole = _whole_lines(path, data)
        found = tuple(points.history(key, whole, more, partial(report, path)))
        if not more and _is_trusted(settled, whole, data):
            self._known.put(path, (stamp, found), 1 + len(found))
        return found


def _is_trusted(settled: bool, whole: bytes, data: bytes) -> bool:
    # Points are only added, so a file of this size has no others, unless a part of a line is yet to be cut off.
    return settled or len(whole) == len(data)


def _whole_lines(path: str, data: bytes) -> bytes:
    """The data up to the last line end: what follows was not written to its end (FILE-CRASH)."""
    if data.endswith(b"\n"):
        return data
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        report(path, "ends in an unfinished line, which does not count")
    return whole
