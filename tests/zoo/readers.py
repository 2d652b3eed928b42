"""Stores that write batches whole while one client is at work, and in parts that a reader beside it sees."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from wrapper import Wrapper

from storeproof.stores.entities import Metric, Run

Part = tuple[Sequence[Metric], Mapping[str, str], Mapping[str, str]]
"""Metrics, params and tags."""

PATIENCE = 0.1
"""Seconds that a batch waits for a reader before it goes on."""


class InParts(Wrapper):
    """Goes on with a batch when somebody has read what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.callers = 0
        self.lock = threading.Lock()
        self.was_read = threading.Event()

    def parts(self, batch: Part) -> Iterator[Part]:
        raise NotImplementedError

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        batch = metrics, params, tags
        with self.inside() as alone:
            if alone:
                super()._log_batch(run_id, *batch, name)
                return
            for number, part in enumerate(self.parts(batch)):
                if number:
                    self.was_read.clear()
                    self.was_read.wait(PATIENCE)
                super()._log_batch(run_id, *part, name)

    def _get_run(self, run_id: str) -> Run:
        with self.inside():
            found = super()._get_run(run_id)
        self.was_read.set()
        return found

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """For the length of a call; whether there is no other."""
        with self.lock:
            self.callers += 1
            alone = self.callers == 1
        try:
            yield alone
        finally:
            with self.lock:
                self.callers -= 1


class HalfOfTheMetricsFirst(InParts):
    """Breaks BATCH-ATOMIC."""

    def parts(self, batch: Part) -> Iterator[Part]:
        metrics, params, tags = batch
        half = len(metrics) // 2
        yield metrics[:half], {}, {}
        yield metrics[half:], params, tags


class HalfOfTheTagsFirst(InParts):
    """Breaks BATCH-ATOMIC."""

    def parts(self, batch: Part) -> Iterator[Part]:
        metrics, params, tags = batch
        half = len(tags) // 2
        yield metrics, params, dict(list(tags.items())[:half])
        yield (), {}, dict(list(tags.items())[half:])


class KindByKind(InParts):
    """Varies from BATCH-ATOMIC as it allows: each kind of entry is whole."""

    def parts(self, batch: Part) -> Iterator[Part]:
        metrics, params, tags = batch
        yield metrics, {}, {}
        yield (), params, {}
        yield (), {}, tags
