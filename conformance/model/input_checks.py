"""What must be read back of a run's datasets and of its logged models (INPUT-*, MODEL-RECORD)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from storeproof.conformance.model.checks import ABSENT, Ghosts, look, text_clause
from storeproof.conformance.model.operation import Difference
from storeproof.conformance.model.rules import twin
from storeproof.conformance.model.state import DatasetKey, Use
from storeproof.stores.entities import MODELS_TAG, Dataset

MAY_BE_EMPTY = ("schema", "profile")
"""The parts of a dataset of which nobody says whether none reads as None or as ""."""


def name_of(key: DatasetKey) -> str:
    """A dataset's key as a text."""
    return f"{key[0]!r}, {key[1]!r}"


@dataclass(frozen=True)
class Inputs:
    """`inputs` holds exactly these datasets, in any order, each with what was logged of it.

    `contents` are what the experiment logged of each dataset; `others` the keys of datasets
    of other experiments, or of this one's other runs.
    """

    uses: Mapping[DatasetKey, Use]
    contents: Mapping[DatasetKey, Sequence[Dataset]]
    others: frozenset[DatasetKey]
    ghosts: Ghosts

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each dataset that is missing, repeated, wrong or too many."""
        inputs = look(seen, ("inputs",))
        if not isinstance(inputs, list | tuple):
            yield Difference("INPUT-LOG", f"{where}inputs", list(self.uses), inputs)
            return
        found: dict[DatasetKey, list[Any]] = {}
        for each in inputs:
            key = (each["dataset"].name, each["dataset"].digest)
            found.setdefault(key, []).append(each)
        for key in sorted((self.uses.keys() | found.keys()), key=name_of):
            path = f"{where}inputs[{name_of(key)}]"
            if key not in found:
                yield Difference(self._lost(key), path, key, ABSENT)
            elif key not in self.uses:
                yield Difference(self._unwanted(key), path, ABSENT, key)
            elif len(found[key]) > 1:
                yield Difference("INPUT-LOG", path, "once", f"{len(found[key])} times")
            else:
                yield from self._use(key, found[key][0], path)

    def _use(self, key: DatasetKey, seen: Any, path: str) -> Iterator[Difference]:
        accepted = list(self.uses[key].tags_accepted())
        if seen["tags"] not in accepted:
            yield Difference("INPUT-LOG", f"{path}.tags", accepted[0], seen["tags"])
        logged = self.contents[key]
        if any(_says(seen["dataset"], each) for each in logged):
            return
        for each in fields(Dataset):
            expected, part = getattr(logged[0], each.name), getattr(seen["dataset"], each.name)
            if not _is(part, expected, each.name):
                clause = text_clause(expected, part, "INPUT-LOG")
                yield Difference(clause, f"{path}.{each.name}", expected, part)

    def _lost(self, key: DatasetKey) -> str:
        known = (self.uses.keys() | self.others) - {key}
        if any("".join(each) == "".join(key) for each in known):
            return "INPUT-SCOPE"
        alike = any([*map(twin, each)] == [*map(twin, key)] for each in known)
        return "TEXT-DISTINCT" if alike else "INPUT-LOG"

    def _unwanted(self, key: DatasetKey) -> str:
        tried = self.ghosts.get(name_of(key), ())
        if tried:
            return tried[-1][1]
        return "INPUT-SCOPE" if key in self.others else "INPUT-LOG"


@dataclass(frozen=True)
class Models:
    """The tag mlflow.log-model.history holds exactly these models, as JSON (MODEL-RECORD)."""

    models: Sequence[Any]

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One, if it does not."""
        text = look(seen, ("tags", MODELS_TAG))
        try:
            held = json.loads(text)
        except (TypeError, ValueError):
            held = None
        if held != list(self.models):
            yield Difference("MODEL-RECORD", f"{where}tags.{MODELS_TAG}", self.models, text)


def _says(seen: Dataset, logged: Dataset) -> bool:
    return all(
        _is(getattr(seen, each.name), getattr(logged, each.name), each.name)
        for each in fields(Dataset)
    )


def _is(seen: object, logged: object, name: str) -> bool:
    return seen == logged or (name in MAY_BE_EMPTY and logged is None and seen == "")
