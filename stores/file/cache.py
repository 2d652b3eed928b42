"""Files and what they say, kept while the file is the same; safe beside other writers (FILE-LAYOUT).

A file is the same if its time, size and inode are. Clocks of file systems tick, so a
file that was changed within the last seconds may be changed again without a new time:
until it is older, its bytes are read again and only the parsing is saved.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from storeproof.stores.file.junk import BrokenEntryError

T = TypeVar("T")
V = TypeVar("V")

Stamp = tuple[int, int, int]

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_CHUNK = 1 << 20
_TICK_NS = 2_000_000_000
_RETRIES = 2
_RETRY_SECONDS = 0.01


def stamp_of(state: os.stat_result) -> Stamp:
    """What changes when a file does: time of change in ns, size in bytes, inode."""
    return state.st_mtime_ns, state.st_size, state.st_ino


def is_settled(mtime_ns: int, moment_ns: int) -> bool:
    """Whether a change after `moment_ns`, a time before the file was looked at, must give another time than this."""
    return moment_ns - mtime_ns > _TICK_NS


FileRead = tuple[Stamp, bool, bytes]
"""A file as it was read: a stamp that is not newer than the bytes, whether it is settled, and the bytes."""


def read_file(path: str, start: int = 0) -> FileRead:
    """A file from byte `start` on; FileNotFoundError, and whatever else the system says."""
    moment = time.time_ns()
    descriptor = os.open(path, _READ)
    try:
        state = os.fstat(descriptor)
        left = state.st_size - start
        if start:
            os.lseek(descriptor, start, os.SEEK_SET)
        data = os.read(descriptor, left + 1 if left > 0 else 1)
        if len(data) != left:  # it grew or shrank meanwhile, or is longer than one read
            while more := os.read(descriptor, _CHUNK):
                data += more
    finally:
        os.close(descriptor)
    stamp = stamp_of(state)
    return stamp, is_settled(stamp[0], moment), data


class Bounded(Generic[V]):
    """A mapping of at most so much weight; the oldest go first, and what alone weighs more is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._values: dict[str, tuple[V, int]] = {}
        self._guard = threading.Lock()

    def get(self, key: str) -> V | None:
        """The value, or None."""
        found = self._values.get(key)
        return None if found is None else found[0]

    def put(self, key: str, value: V, weight: int = 1) -> None:
        """Keep the value, and drop the oldest if they weigh too much together."""
        with self._guard:
            self._weight += weight - self._values.get(key, (None, 0))[1]
            self._values[key] = (value, weight)
            if weight > self._most:
                del self._values[key]
                self._weight -= weight
            while self._weight > self._most:
                oldest = next(iter(self._values))
                self._weight -= self._values.pop(oldest)[1]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    stamp: Stamp
    result: T | BrokenEntryError
    unsettled: bytes | None  # the bytes, while the file may change without a new time


class ParsedFiles(Generic[T]):
    """Files by path, each parsed once per content; `most_kilobytes` of them are kept."""

    def __init__(self, parse: Callable[[str, bytes], T], most_kilobytes: int) -> None:
        self._parse = parse
        self._entries: Bounded[_Entry[T]] = Bounded(most_kilobytes)

    def read(self, path: str) -> T:
        """What the file says. Raises FileNotFoundError, or BrokenEntryError if it cannot be parsed."""
        entry = self._entries.get(path)
        if entry is None or entry.unsettled is not None or entry.stamp != stamp_of(os.stat(path)):
            entry = self._read(path, entry)
            self._entries.put(path, entry, 1 + (entry.stamp[1] >> 10))
        if isinstance(entry.result, BrokenEntryError):
            raise entry.result
        return entry.result

    def _read(self, path: str, known: _Entry[T] | None) -> _Entry[T]:
        for left in range(_RETRIES, -1, -1):
            stamp, settled, data = read_file(path)
            kept = None if settled else data
            if known is not None and known.unsettled == data:
                return _Entry(stamp, known.result, kept)
            try:
                return _Entry(stamp, self._parse(path, data), kept)
            except BrokenEntryError as broken:
                if settled or not left:
                    return _Entry(stamp, broken, kept)
            time.sleep(_RETRY_SECONDS)  # MLflow writes in place: the file may be whole in a moment
        raise AssertionError
