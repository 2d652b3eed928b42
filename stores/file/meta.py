"""meta.yaml of experiments, runs, datasets and their uses <-> entities, with MLflow's keys and types (FILE-LAYOUT).

Keys that are not ours are kept when a file is written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from storeproof.stores.entities import Dataset, Experiment, LifecycleStage, RunInfo, RunStatus
from storeproof.stores.file import plain_yaml
from storeproof.stores.file.junk import BrokenEntryError
from storeproof.stores.file.layout import is_folder_name

# LibYAML's, where PyYAML was built with it, are ten times faster.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: type = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Document = Mapping[str, Any]

_STATUS_NUMBERS = {
    RunStatus.RUNNING: 1,
    RunStatus.SCHEDULED: 2,
    RunStatus.FINISHED: 3,
    RunStatus.FAILED: 4,
    RunStatus.KILLED: 5,
}
_STATUSES = {number: status for status, number in _STATUS_NUMBERS.items()}
_SOURCE_TYPE_LOCAL = 4
_DATASET = "DATASET"
_RUN = "RUN"


@dataclass(frozen=True, slots=True)
class ExperimentMeta:
    """An experiment's document, and what it says; its tags are not in it."""

    document: Document
    experiment: Experiment


@dataclass(frozen=True, slots=True)
class RunMeta:
    """A run's document, and what it says."""

    document: Document
    info: RunInfo


@dataclass(frozen=True, slots=True)
class UseMeta:
    """A document of a run's inputs, and what it says: the name of the dataset's folder, and the use's tags."""

    document: Document
    dataset_id: str
    tags: Mapping[str, str]


def new_experiment(experiment_id: str, name: str, location: str, moment: int) -> Document:
    """The document of an experiment that begins."""
    return {
        "artifact_location": location,
        "creation_time": moment,
        "experiment_id": experiment_id,
        "last_update_time": moment,
        "lifecycle_stage": LifecycleStage.ACTIVE.value,
        "name": name,
    }


def new_run(info: RunInfo) -> Document:
    """The document of a run that begins, with the keys that older MLflow versions look for."""
    return {
        "artifact_uri": info.artifact_uri,
        "end_time": info.end_time,
        "entry_point_name": "",
        "experiment_id": info.experiment_id,
        "lifecycle_stage": info.lifecycle_stage.value,
        "run_id": info.run_id,
        "run_name": info.run_name,
        "run_uuid": info.run_id,
        "source_name": "",
        "source_type": _SOURCE_TYPE_LOCAL,
        "source_version": "",
        "start_time": info.start_time,
        "status": _STATUS_NUMBERS[info.status],
        "tags": [],
        "user_id": info.user_id,
    }


def new_dataset(dataset: Dataset) -> Document:
    """The document of a dataset."""
    return {
        "digest": dataset.digest,
        "name": dataset.name,
        "profile": dataset.profile,
        "schema": dataset.schema,
        "source": dataset.source,
        "source_type": dataset.source_type,
    }


def new_use(dataset_id: str, tags: Mapping[str, str]) -> Document:
    """The document of a use of the dataset in the folder `dataset_id`."""
    return {
        "destination_id": dataset_id,  # the run, one would think; MLflow writes this
        "destination_type": _RUN,
        "source_id": dataset_id,
        "source_type": _DATASET,
        "tags": dict(tags),
    }


def status_number(status: RunStatus) -> int:
    """The number that stands for a status."""
    return _STATUS_NUMBERS[status]


def changed(document: Document, **changes: object) -> Document:
    """The document with other values; an active run has no deleted_time, as in MLflow's."""
    together = {**document, **changes}
    if together.get("deleted_time") is None:
        together.pop("deleted_time", None)
    return together


def dump(document: Document) -> str:
    """The text of a meta.yaml: sorted keys, block style, as MLflow writes it."""
    text: str = yaml.dump(
        dict(document), Dumper=_Dumper, default_flow_style=False, allow_unicode=True
    )
    return text


def parse_experiment(path: str, data: bytes) -> ExperimentMeta:
    """What an experiment's meta.yaml says; BrokenEntryError if its folder is not the experiment it names."""
    folder, document = _document(path, data)
    fields = _Fields(path, document)
    if fields.text("experiment_id") != folder:
        raise BrokenEntryError(path, "names another experiment than its folder does")
    experiment = Experiment(
        experiment_id=folder,
        name=fields.text("name"),
        artifact_location=fields.text("artifact_location", ""),
        lifecycle_stage=fields.stage(),
        creation_time=fields.time("creation_time"),
        last_update_time=fields.time("last_update_time"),
    )
    return ExperimentMeta(document, experiment)


def parse_run(path: str, data: bytes) -> RunMeta:
    """What a run's meta.yaml says; BrokenEntryError if its folders are not the run and experiment it names."""
    folder, document = _document(path, data)
    parent = path.split("/")[-3]
    fields = _Fields(path, document)
    if fields.text("run_id", fields.text("run_uuid", "")) != folder:
        raise BrokenEntryError(path, "names another run than its folder does")
    if fields.text("experiment_id") != parent:
        raise BrokenEntryError(path, "names another experiment than its folder is in")
    info = RunInfo(
        run_id=folder,
        experiment_id=parent,
        run_name=fields.text("run_name", ""),
        user_id=fields.text("user_id", ""),
        status=fields.status(),
        start_time=fields.time("start_time"),
        end_time=fields.time("end_time"),
        lifecycle_stage=fields.stage(),
        artifact_uri=fields.text("artifact_uri", ""),
        deleted_time=fields.time("deleted_time"),
    )
    return RunMeta(document, info)


def parse_dataset(path: str, data: bytes) -> Dataset:
    """What a dataset's meta.yaml says; its folder may have any name."""
    _, document = _document(path, data)
    fields = _Fields(path, document)
    return Dataset(
        name=fields.text("name"),
        digest=fields.text("digest"),
        source_type=fields.text("source_type", ""),
        source=fields.text("source", ""),
        schema=fields.text("schema") if document.get("schema") is not None else None,
        profile=fields.text("profile") if document.get("profile") is not None else None,
    )


def parse_use(path: str, data: bytes) -> UseMeta | None:
    """What a meta.yaml of a run's inputs says; None for a use of something else than a dataset."""
    _, document = _document(path, data)
    fields = _Fields(path, document)
    if fields.text("source_type") != _DATASET:
        return None
    dataset_id = fields.text("source_id")
    if not is_folder_name(dataset_id):
        raise BrokenEntryError(path, "has a source_id that is no name of a folder")
    return UseMeta(document, dataset_id, fields.texts("tags"))


def _document(path: str, data: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = data.decode()
        document = plain_yaml.load(text)
        if document is None:
            document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BrokenEntryError(path, f"is not YAML: {type(error).__name__}") from None
    if document is None:
        raise BrokenEntryError(path, "is empty")
    if not isinstance(document, dict):
        raise BrokenEntryError(path, "holds no keys and values")
    return path.split("/")[-2], document


@dataclass(frozen=True, slots=True)
class _Fields:
    """The values of a document by type; BrokenEntryError for another type."""

    path: str
    document: Document

    def text(self, key: str, default: str | None = None) -> str:
        """A text; a number that an older MLflow or a hand wrote stands for its digits."""
        value = self.document.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
        raise self._broken(key, value)

    def texts(self, key: str) -> dict[str, str]:
        """Texts by name; none if there are none."""
        value = self.document.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._broken(key, value)
        inner = _Fields(self.path, value)
        return {str(name): inner.text(name) for name in value}

    def time(self, key: str) -> int | None:
        """A time in ms, or None if there is none."""
        value = self.document.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self._broken(key, value)

    def stage(self) -> LifecycleStage:
        """The stage; MLflow once wrote none, and meant active."""
        value = self.document.get("lifecycle_stage", LifecycleStage.ACTIVE.value)
        try:
            return LifecycleStage(value)
        except ValueError:
            raise self._broken("lifecycle_stage", value) from None

    def status(self) -> RunStatus:
        """The status by its number, RUNNING if there is none."""
        value = self.document.get("status", _STATUS_NUMBERS[RunStatus.RUNNING])
        try:
            return _STATUSES[value]
        except (KeyError, TypeError):
            raise self._broken("status", value) from None

    def _broken(self, key: str, value: object) -> BrokenEntryError:
        if value is None:
            return BrokenEntryError(self.path, f"has no {key}")
        return BrokenEntryError(
            self.path, f"has a {key} of type {type(value).__name__} or unknown value"
        )
