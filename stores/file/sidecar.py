"""The entries that the layout cannot carry, in one file per folder (KEY-PREFIX, KEY-LENGTH, TEXT-DISTINCT).

A key with a part of over 255 bytes is no file name, and "a" and "a/b" cannot be a file
and a folder at once. Such an entry is one line of JSON that is appended:

    ["param", key, value]    ["tag", key, value]    ["no tag", key]
    ["metric", key, timestamp, value, step]

Where the layout has the key too (MLflow wrote it there since), a param or tag is the
layout's, and a metric has the points of both.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field

from storeproof.stores.entities import Metric
from storeproof.stores.file.junk import report
from storeproof.stores.file.layout import SIDECAR
from storeproof.stores.file.points import Point, point_of, rank


def param_line(key: str, value: str) -> str:
    """The line that sets a param."""
    return _line("param", key, value)


def tag_line(key: str, value: str) -> str:
    """The line that sets a tag."""
    return _line("tag", key, value)


def no_tag_line(key: str) -> str:
    """The line that removes a tag."""
    return _line("no tag", key)


def metric_line(metric: Metric) -> str:
    """The line that adds a point."""
    return _line("metric", metric.key, metric.timestamp, metric.value, metric.step)


@dataclass(slots=True)
class Sidecar:
    """What the file said when it was last read; only what was appended since is read again."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, list[Point]] = field(default_factory=dict)
    latest: dict[str, Point] = field(default_factory=dict)
    _inode: int = 0
    _read: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def entries(self) -> int:
        """How many entries are held."""
        if not self._read:
            return 0
        return len(self.params) + len(self.tags) + sum(map(len, self.metrics.values()))

    def is_current(self, folder: str) -> bool:
        """Whether the folder's file has nothing that was not read."""
        try:
            state = os.stat(f"{folder}/{SIDECAR}")
        except FileNotFoundError:
            return not self._read
        return (state.st_ino, state.st_size) == (self._inode, self._read)

    def refresh(self, folder: str) -> None:
        """Read the folder's file up to its last whole line. The caller holds the folder's lock."""
        path = f"{folder}/{SIDECAR}"
        with self._guard:
            try:
                state = os.stat(path)
            except FileNotFoundError:
                if self._read:
                    self._forget()
                return
            if state.st_ino != self._inode or state.st_size < self._read:
                self._forget()
                self._inode = state.st_ino
            if state.st_size == self._read:
                return
            with open(path, "rb") as file:
                file.seek(self._read)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read += len(whole)
            for text in whole.splitlines():
                self._take(path, text)

    def _take(self, path: str, text: bytes) -> None:
        try:
            match json.loads(text):
                case ["param", str(key), str(value)]:
                    self.params[key] = value
                case ["tag", str(key), str(value)]:
                    self.tags[key] = value
                case ["no tag", str(key)]:
                    self.tags.pop(key, None)
                case ["metric", str(key), int(timestamp), float(value), int(step)]:
                    point = point_of(Metric(key, value, timestamp, step))
                    self.metrics.setdefault(key, []).append(point)
                    self.latest[key] = max(point, self.latest.get(key, point), key=rank)
                case _:
                    report(path, f"holds the line {text[:60]!r}, which is no entry")
        except ValueError:
            report(path, f"holds the line {text[:60]!r}, which is no entry")

    def _forget(self) -> None:
        self.params.clear()
        self.tags.clear()
        self.metrics.clear()
        self.latest.clear()
        self._inode = self._read = 0


def _line(*parts: str | float) -> str:
    return json.dumps(parts) + "\n"
