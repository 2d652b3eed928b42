"""Parsed files, kept while the file is the same; safe beside other writers (FILE-LAYOUT).

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

_TICK_NS = 2_000_000_000
_RETRIES = 2
_RETRY_SECONDS = 0.01


def stamp_of(state: os.stat_result) -> Stamp:
    """What changes when a file does: time of change in ns, size in bytes, inode."""
    return state.st_mtime_ns, state.st_size, state.st_ino


def is_settled(mtime_ns: int) -> bool:
    """Whether a change from now on must give another time than this."""
    return time.time_ns() - mtime_ns > _TICK_NS


class Bounded(Generic[V]):
    """A mapping of at most so much weight; the oldest go first."""

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
            while self._weight > self._most and len(self._values) > 1:
                oldest = next(iter(self._values))
                self._weight -= self._values.pop(oldest)[1]


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    stamp: Stamp
    settled: bool
    data: bytes
    result: T | BrokenEntryError


class ParsedFiles(Generic[T]):
    """Small files by path, each parsed once per content."""

    def __init__(self, parse: Callable[[str, bytes], T], most: int) -> None:
        self._parse = parse
        self._entries: Bounded[_Entry[T]] = Bounded(most)

    def read(self, path: str) -> T:
        """What the file says. Raises FileNotFoundError, or BrokenEntryError if it cannot be parsed."""
        stamp = stamp_of(os.stat(path))
        entry = self._entries.get(path)
        if entry is None or not entry.settled or entry.stamp != stamp:
            entry = self._read(path, entry)
            self._entries.put(path, entry)
        if isinstance(entry.result, BrokenEntryError):
            raise entry.result
        return entry.result

    def _read(self, path: str, known: _Entry[T] | None) -> _Entry[T]:
        for left in range(_RETRIES, -1, -1):
            with open(path, "rb") as file:
                stamp = stamp_of(os.fstat(file.fileno()))
                data = file.read()
            settled = is_settled(stamp[0])
            if known is not None and known.data == data:
                return _Entry(stamp, settled, data, known.result)
            try:
                return _Entry(stamp, settled, data, self._parse(path, data))
            except BrokenEntryError as broken:
                if settled or not left:
                    return _Entry(stamp, settled, data, broken)
            time.sleep(_RETRY_SECONDS)  # MLflow writes in place: the file may be whole in a moment
        raise AssertionError
