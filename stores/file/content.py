"""What is remembered of one run's folder, and reading it: all of it, or what a question looks at."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from storeproof.stores.entities import Metric
from storeproof.stores.file import points
from storeproof.stores.file.cache import Stamp, is_settled, stamp_of
from storeproof.stores.file.entries import LatestPoints, Texts
from storeproof.stores.file.layout import INPUTS, JOURNAL, METRICS, PARAMS, SIDECAR, TAGS
from storeproof.stores.file.sidecar import Sidecar
from storeproof.stores.points import latest_rank

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a run is looked at: these keys of each kind, all of them for None; and its inputs or not."""

    params: frozenset[str] | None = None
    metrics: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    inputs: bool = True


EVERYTHING = Parts()


class Folder(NamedTuple):
    """A run's folder as it was found, without what is in its folders."""

    stamp: Stamp
    settled: bool
    """Whether a batch that begins from now on must change the stamp."""
    journal: bool
    sidecar: bool
    inputs: bool


@dataclass(slots=True)
class Content:
    """What is remembered of what was logged to a run. Whoever uses it holds the guard."""

    params: Texts = field(default_factory=Texts)
    tags: Texts = field(default_factory=Texts)
    metrics: LatestPoints = field(default_factory=LatestPoints)
    aside: Sidecar = field(default_factory=Sidecar)
    guard: threading.Lock = field(default_factory=threading.Lock)
    kept_weight: int = 0
    """The weight it had when it was last put among the contents that are kept."""
    _folder: Folder | None = None

    @property
    def weight(self) -> int:
        """How many entries are held, and one for the run."""
        logged = self.params.entries + self.tags.entries + self.metrics.entries
        return 1 + logged + self.aside.entries

    def forget(self) -> None:
        """Remember nothing: what was read may be half of a batch."""
        self.params, self.tags, self.metrics = Texts(), Texts(), LatestPoints()
        self._folder = None

    def look(self, path: str) -> Folder:
        """The run's folder as it is now; FileNotFoundError."""
        moment = time.time_ns()
        stamp = stamp_of(os.stat(path))
        known = self._folder
        if known is not None and known.stamp == stamp:
            return known
        names = os.listdir(path)
        settled = is_settled(stamp[0], moment)
        found = Folder(stamp, settled, JOURNAL in names, SIDECAR in names, INPUTS in names)
        self._folder = found if settled else None
        return found

    def has_all_aside(self, path: str, folder: Folder) -> bool:
        """Whether nothing of the sidecar is left to read."""
        return self.aside.is_current(path) if folder.sidecar else not self.aside.entries

    def logged(
        self, path: str, parts: Parts
    ) -> tuple[dict[str, str], dict[str, Metric], dict[str, str]]:
        """Params, latest metrics and tags, as far as they are asked for. The sidecar is as it was read last."""
        params = self.params.read(f"{path}/{PARAMS}", parts.params)
        metrics = self.metrics.read(f"{path}/{METRICS}", parts.metrics)
        tags = self.tags.read(f"{path}/{TAGS}", parts.tags)
        aside = self.aside
        if aside.entries:
            params = {**_asked(aside.params, parts.params), **params}
            tags = {**_asked(aside.tags, parts.tags), **tags}
            for key, point in _asked(aside.latest, parts.metrics).items():
                metric = points.metric_of(key, point)
                metrics[key] = max(metric, metrics.get(key, metric), key=latest_rank)
        return params, metrics, tags


def _asked(entries: Mapping[str, V], keys: frozenset[str] | None) -> Mapping[str, V]:
    if keys is None:
        return entries
    return {key: value for key, value in entries.items() if key in keys}
