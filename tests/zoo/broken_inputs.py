"""Stores that break one rule of the inputs of runs each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rewriting import Misreading
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Dataset, DatasetInput, Run, Tag
from storeproof.stores.errors import invalid
from storeproof.stores.search.query import Query, run_query


class Relogging(Wrapper):
    """Logs `given(use)` for each use, as it comes in, before anything is checked."""

    def given(self, use: DatasetInput) -> DatasetInput:
        return use

    def log_inputs(self, run_id: str, datasets: Iterable[DatasetInput]) -> None:
        super().log_inputs(run_id, [self.given(each) for each in datasets])


class Seeing(Misreading):
    """Gives `seen(run)` for the inputs of each run that is read."""

    def seen(self, run: Run) -> Sequence[DatasetInput]:
        return run.inputs

    def shown(self, run: Run) -> Run:
        return replace(run, inputs=tuple(self.seen(run)))


# Logging


@breaks("INPUT-LOG")
class TagsLost(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        return replace(use, tags={})


@breaks("INPUT-LOG")
class EmptyTagsLost(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        return replace(use, tags={key: value for key, value in use.tags.items() if value})


@breaks("INPUT-LOG")
class TagsOfTheRun(Wrapper):
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        super()._log_inputs(run_id, uses)
        for use in uses:
            for key, value in use.tags.items():
                self.good.set_tag(run_id, Tag(key, value))


@breaks("INPUT-LOG")
class LoggedTwiceIsThereTwice(Seeing):
    def __init__(self) -> None:
        super().__init__()
        self.again: dict[str, list[DatasetInput]] = {}

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        known = self.good.get_run(run_id).inputs
        super()._log_inputs(run_id, uses)
        self.again.setdefault(run_id, []).extend(use for use in uses if use in known)

    def seen(self, run: Run) -> Sequence[DatasetInput]:
        return [*run.inputs, *self.again.get(run.info.run_id, ())]


@breaks("INPUT-LOG")
class TwiceInOneCallIsRefused(Wrapper):
    def log_inputs(self, run_id: str, datasets: Iterable[DatasetInput]) -> None:
        given = list(datasets)
        if len({(each.dataset.name, each.dataset.digest) for each in given}) < len(given):
            raise invalid("A dataset is given twice.")
        super().log_inputs(run_id, given)


@breaks("INPUT-LOG")
class SearchesShowNoInputs(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, query)
        return [replace(run, inputs=()) for run in found]


@breaks("INPUT-LOG")
class GetRunShowsNoInputs(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        return replace(super()._get_run(run_id), inputs=())


@breaks("INPUT-LOG")
class OnlyTheInputThatWasFound(Wrapper):
    """The join of the filter is the one that reads the inputs."""

    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, query)
        return [replace(run, inputs=run.inputs[:1]) for run in found] if query.filter else found


@breaks("INPUT-LOG")
class FirstDatasetOfACallOnly(Wrapper):
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        super()._log_inputs(run_id, uses[:1])


@breaks("INPUT-LOG")
class LastCallCounts(Seeing):
    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, Sequence[DatasetInput]] = {}

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        super()._log_inputs(run_id, uses)
        self.last[run_id] = uses

    def seen(self, run: Run) -> Sequence[DatasetInput]:
        return self.last.get(run.info.run_id, ())


@breaks("INPUT-LOG")
class EmptySchemaIsMissing(Seeing):
    def seen(self, run: Run) -> Sequence[DatasetInput]:
        return [
            replace(each, dataset=replace(each.dataset, schema=each.dataset.schema or None))
            for each in run.inputs
        ]


@breaks("INPUT-LOG")
class DeletedRunsHaveNoInputs(Seeing):
    def seen(self, run: Run) -> Sequence[DatasetInput]:
        return run.inputs if run.info.deleted_time is None else ()


@breaks("RUN-DELETED-WRITES")
class DeletedRunsTakeInputs(Wrapper):
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        deleted = self._get_run(run_id).info.deleted_time
        if deleted is not None:
            self._restore_run(run_id)
        super()._log_inputs(run_id, uses)
        if deleted is not None:
            self._delete_run(run_id, deleted)


@breaks("RUN-MISSING")
class InputsOfMissingRunsAreDropped(Wrapper):
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        if self.good._search_runs([], run_query()) or self._known(run_id):
            super()._log_inputs(run_id, uses)

    def _known(self, run_id: str) -> bool:
        return any(self.folder.glob(f"*/{run_id}")) if run_id.isalnum() else False


# What tells datasets apart


class Sharing(Seeing):
    """Keeps one dataset for each `identity(experiment, dataset)`: the one that was logged first."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[object, Dataset] = {}

    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.name, dataset.digest

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        super()._log_inputs(run_id, uses)
        experiment = self.good.get_run(run_id).info.experiment_id
        for use in uses:
            self.first.setdefault(self.identity(experiment, use.dataset), use.dataset)

    def seen(self, run: Run) -> Sequence[DatasetInput]:
        shown = {}
        for use in run.inputs:
            key = self.identity(run.info.experiment_id, use.dataset)
            shown[key] = replace(use, dataset=self.first.get(key, use.dataset))
        return list(shown.values())


@breaks("INPUT-SCOPE")
class SharedBetweenExperiments(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return dataset.name, dataset.digest


@breaks("INPUT-SCOPE")
class NameAndDigestJoined(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.name + dataset.digest


@breaks("INPUT-SCOPE")
class NameAndDigestJoinedByAColon(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, f"{dataset.name}:{dataset.digest}"


@breaks("INPUT-SCOPE")
class KnownByTheDigestAlone(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.digest


@breaks("INPUT-SCOPE")
class KnownByTheNameAlone(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.name


@breaks("INPUT-SCOPE")
class KnownInAnyCase(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.name.lower(), dataset.digest.lower()


@breaks("INPUT-SCOPE")
class KnownWithoutTrailingCharacters(Sharing):
    def identity(self, experiment: str, dataset: Dataset) -> object:
        return experiment, dataset.name.rstrip(), dataset.digest.rstrip()


@breaks("INPUT-SCOPE")
class OneSetOfTagsForADataset(Seeing):
    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[object, dict[str, str]] = {}

    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        super()._log_inputs(run_id, uses)
        experiment = self.good.get_run(run_id).info.experiment_id
        for use in uses:
            self.tags.setdefault((experiment, use.dataset), {}).update(use.tags)

    def seen(self, run: Run) -> Sequence[DatasetInput]:
        experiment = run.info.experiment_id
        return [replace(each, tags=self.tags[experiment, each.dataset]) for each in run.inputs]


# Limits


class Cutting(Relogging):
    """Cuts one field of a dataset to `length` characters without a word."""

    field = ""
    length = 0

    def given(self, use: DatasetInput) -> DatasetInput:
        changes: dict[str, Any] = {self.field: getattr(use.dataset, self.field)}
        if isinstance(changes[self.field], str):
            changes[self.field] = changes[self.field][: self.length]
        return replace(use, dataset=replace(use.dataset, **changes))


@breaks("INPUT-LIMITS")
class NamesCut(Cutting):
    field, length = "name", 500


@breaks("INPUT-LIMITS")
class DigestsCut(Cutting):
    field, length = "digest", 36


@breaks("INPUT-LIMITS")
class SourcesCut(Cutting):
    field, length = "source", 65_535


@breaks("INPUT-LIMITS")
class SchemasCutAt64K(Cutting):
    """A TEXT column of MySQL's, from before the revision that widened it."""

    field, length = "schema", 65_535


@breaks("INPUT-LIMITS")
class ProfilesCut(Cutting):
    field, length = "profile", 16_777_215


@breaks("INPUT-LIMITS")
class TagsCut(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        return replace(use, tags={key[:255]: value[:500] for key, value in use.tags.items()})


@breaks("INPUT-LIMITS")
class LongTagKeysCut(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        return replace(use, tags={key[:255]: value for key, value in use.tags.items()})


@breaks("INPUT-LIMITS")
class NothingIsTooLong(Wrapper):
    def log_inputs(self, run_id: str, datasets: Iterable[DatasetInput]) -> None:
        self.good._log_inputs(run_id, list(datasets))


@breaks("INPUT-LIMITS")
class NamesCountedInBytes(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        if len(use.dataset.name.encode(errors="replace")) > 500:
            raise invalid("The name has more than 500 bytes.")
        return use


@breaks("INPUT-LIMITS")
class TagsOf250Characters(Relogging):
    def given(self, use: DatasetInput) -> DatasetInput:
        if any(len(value) > 250 for value in use.tags.values()):
            raise invalid("A tag has more than 250 characters.")
        return use
