"""Names and places of MLflow's folder layout, and the only way from an id to a path (FILE-LAYOUT, FILE-CONFINED)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

META = "meta.yaml"
TRASH = ".trash"
PARAMS = "params"
TAGS = "tags"
METRICS = "metrics"
ARTIFACTS = "artifacts"
DATASETS = "datasets"
INPUTS = "inputs"

# Ours. MLflow lists no file in an experiment's or a run's folder, and no folder of the
# root whose name ends in ".trash".
WORK = ".storeproof.trash"
LOCK = ".storeproof.lock"
JOURNAL = ".storeproof.journal"
SIDECAR = ".storeproof.keys"
TEMPORARY = ".storeproof.tmp"
STAGE = ".storeproof.new"

_EXPERIMENT_ID = re.compile(r"0|[1-9][0-9]{0,63}")
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]{0,254}")
_USUAL_RUN_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ExperimentPlace:
    """Where an experiment's folder is."""

    experiment_id: str
    path: str
    trashed: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one root folder. An id that is no plain name has no path."""

    root: str

    @property
    def trash(self) -> str:
        """The folder of deleted experiments."""
        return f"{self.root}/{TRASH}"

    @property
    def work(self) -> str:
        """The folder of the store's lock, its journal and what is being prepared."""
        return f"{self.root}/{WORK}"

    def experiment(self, experiment_id: str) -> ExperimentPlace | None:
        """The place of an experiment, active ones first; None if there is no such folder."""
        if _EXPERIMENT_ID.fullmatch(experiment_id):
            for parent, trashed in self._parents():
                path = f"{parent}/{experiment_id}"
                if os.path.isdir(path):
                    return ExperimentPlace(experiment_id, path, trashed)
        return None

    def experiments(self) -> Iterator[ExperimentPlace]:
        """Every folder that is named as an experiment, in no order; a number in both places once."""
        seen: set[str] = set()
        for parent, trashed in self._parents():
            for name in subfolders(parent):
                if _EXPERIMENT_ID.fullmatch(name) and name not in seen:
                    seen.add(name)
                    yield ExperimentPlace(name, f"{parent}/{name}", trashed)

    def misnamed(self) -> Iterator[str]:
        """Folders with an experiment's meta.yaml whose name is not a plain number."""
        for parent, _ in self._parents():
            for name in subfolders(parent):
                if not _EXPERIMENT_ID.fullmatch(name) and Path(parent, name, META).is_file():
                    yield f"{parent}/{name}"

    def _parents(self) -> tuple[tuple[str, bool], ...]:
        # The root twice: what is restored while the trash is looked at is there in the end.
        return (self.root, False), (self.trash, True), (self.root, False)


def run_ids(experiment: str) -> list[str]:
    """The folders of an experiment that hold a run, or should: MLflow's other folders have no meta.yaml."""
    return [
        name
        for name in subfolders(experiment)
        if _RUN_ID.fullmatch(name)
        and (_USUAL_RUN_ID.fullmatch(name) or Path(experiment, name, META).is_file())
    ]


def is_run_id(value: str) -> bool:
    """Whether this can be the name of a run's folder."""
    return _RUN_ID.fullmatch(value) is not None


def is_folder_name(value: str) -> bool:
    """Whether this names a folder beside others, and no way out of there."""
    return _RUN_ID.fullmatch(value) is not None


def subfolders(path: str) -> list[str]:
    """The names of the folders in a folder; none if it is missing."""
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
