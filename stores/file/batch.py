"""What a batch changes in a run's folder: checked against what is stored, then a list of changes (BATCH-*)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storeproof.stores.entities import DatasetInput, Metric
from storeproof.stores.file import atomic, inputs, sidecar
from storeproof.stores.file.journal import Action, Change
from storeproof.stores.file.layout import INPUTS, METRICS, PARAMS, SIDECAR, TAGS
from storeproof.stores.file.points import line
from storeproof.stores.file.sidecar import Sidecar
from storeproof.stores.file.slots import Slot, Slots, slot
from storeproof.stores.refusals import param_changed


class Batch:
    """The changes of one folder so far; `aside` is what its sidecar holds."""

    def __init__(self, folder: str, aside: Sidecar) -> None:
        self._folder = folder
        self._aside = aside
        self._changes: list[Change] = []
        self._lines: list[str] = []

    def changes(self) -> list[Change]:
        """What to make, in this order."""
        if not self._lines:
            return self._changes
        lines = Change(Action.APPEND, SIDECAR, "".join(self._lines), len(self._lines))
        return [*self._changes, lines]

    def put(self, name: str, text: str) -> None:
        """Make or replace a file of the folder."""
        self._changes.append(Change(Action.PUT, name, text))

    def metrics(self, metrics: Iterable[Metric]) -> None:
        """Add points."""
        by_key: dict[str, list[Metric]] = {}
        for metric in metrics:
            by_key.setdefault(metric.key, []).append(metric)
        slots = Slots(f"{self._folder}/{METRICS}")
        for key, series in by_key.items():
            if slots.take(key) is Slot.BLOCKED:
                self._lines.extend(map(sidecar.metric_line, series))
            else:
                text = "".join(map(line, series))
                self._changes.append(Change(Action.APPEND, f"{METRICS}/{key}", text, len(series)))

    def params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Add params; one that has another value: param_changed() (PARAM-IMMUTABLE)."""
        slots = Slots(f"{self._folder}/{PARAMS}")
        for key, value in params.items():
            found = slots.take(key)
            old = self._stored(PARAMS, key, found, self._aside.params)
            if old is None:
                if found is Slot.BLOCKED:
                    self._lines.append(sidecar.param_line(key, value))
                else:
                    self.put(f"{PARAMS}/{key}", value)
            elif old != value:
                raise param_changed(run_id, key, old, value)

    def tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        slots = Slots(f"{self._folder}/{TAGS}")
        for key, value in tags.items():
            if slots.take(key) is Slot.BLOCKED:
                self._lines.append(sidecar.tag_line(key, value))
                continue
            self.put(f"{TAGS}/{key}", value)
            if key in self._aside.tags:
                self._lines.append(sidecar.no_tag_line(key))

    def tag(self, key: str) -> str | None:
        """The value of a tag that is stored."""
        return self._stored(TAGS, key, slot(f"{self._folder}/{TAGS}", key), self._aside.tags)

    def uses(self, uses: Iterable[DatasetInput]) -> None:
        """Note uses of datasets."""
        for use in uses:
            text = inputs.to_text(use)
            self._changes.append(Change(Action.USE, INPUTS, text, lines=2))

    def remove_tag(self, key: str) -> bool:
        """Remove a tag; False if it is not there."""
        in_layout = slot(f"{self._folder}/{TAGS}", key) is Slot.FILE
        in_sidecar = key in self._aside.tags
        if in_layout:
            self._changes.append(Change(Action.REMOVE, f"{TAGS}/{key}"))
        if in_sidecar:
            self._lines.append(sidecar.no_tag_line(key))
        return in_layout or in_sidecar

    def _stored(self, kind: str, key: str, found: Slot, aside: Mapping[str, str]) -> str | None:
        if found is Slot.FILE:
            data = atomic.content_of(f"{self._folder}/{kind}/{key}")
            if data is not None:
                return data.decode(errors="replace")
        return aside.get(key)
