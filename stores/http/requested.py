"""What a request brings, as entities and unjudged: the contract refuses what is wrong in it."""

from __future__ import annotations

from typing import Any

from storeproof.stores.entities import Dataset, DatasetInput, Metric, Param, Tag
from storeproof.stores.http import messages, registry_messages
from storeproof.stores.http.wire import double, whole


def metric(given: messages.Point | messages.LogMetric) -> Metric:
    """A point; without a step it is at step 0."""
    key: Any = given.key
    step = 0 if given.step is None else whole(given.step)
    return Metric(key, double(given.value), whole(given.timestamp), step)


def param(given: messages.Entry | messages.LogEntry) -> Param:
    """A param."""
    return Param(*pair(given))


def tag(given: messages.Entry | messages.LogEntry | messages.SetExperimentTag) -> Tag:
    """A tag."""
    return Tag(*pair(given))


def tags(given: list[messages.Entry] | None) -> list[Tag]:
    """Tags."""
    return [tag(each) for each in given or ()]


def pair(
    given: messages.Entry
    | messages.LogEntry
    | messages.SetExperimentTag
    | registry_messages.ModelTag
    | registry_messages.VersionTag,
) -> tuple[Any, str]:
    """A key and its value, "" where there is none (TAG-TYPES)."""
    return given.key, "" if given.value is None else given.value


def dataset_input(given: messages.DatasetInput) -> DatasetInput:
    """A use of a dataset; one that names no dataset has one without a name."""
    known: Any = given.dataset or messages.Dataset()
    return DatasetInput(
        Dataset(
            known.name,
            known.digest,
            known.source_type,
            known.source,
            known.schema,
            known.profile,
        ),
        dict(map(pair, given.tags or ())),
    )
