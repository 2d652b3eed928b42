"""Stores that break one rule of runs each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wrapper import Wrapper, breaks

from storeproof.stores.contract import now
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
    Tag,
)
from storeproof.stores.errors import ErrorCode, StoreError, invalid
from storeproof.stores.refusals import no_run


def is_deleted(run: Run) -> bool:
    return run.info.lifecycle_stage is LifecycleStage.DELETED


@breaks("RUN-CREATE")
class StartTimeZeroIsMissing(Wrapper):
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        return super().create_run(experiment_id, user_id, start_time or None, tags, run_name)


@breaks("RUN-CREATE")
class ArtifactsBelowTheRoot(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        uri = f"/artifacts/{run.info.experiment_id}/{run_id}/artifacts"
        return replace(run, info=replace(run.info, artifact_uri=uri))


@breaks("RUN-CREATE")
class TagsInTheAnswerOnly(Wrapper):
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        run = super()._create_run(experiment_id, user_id, start_time, {RUN_NAME_TAG: name}, name)
        return replace(run, tags=tags)


@breaks("RUN-CREATE-DELETED-EXP")
class RunInADeletedExperiment(Wrapper):
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        parent = self._get_experiment(experiment_id)
        if parent.lifecycle_stage is LifecycleStage.DELETED:
            self._restore_experiment(experiment_id, now())
        return super()._create_run(experiment_id, user_id, start_time, tags, name)


@breaks("RUN-CREATE-DELETED-EXP")
class MissingExperimentIsInvalid(Wrapper):
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        try:
            return super()._create_run(experiment_id, user_id, start_time, tags, name)
        except StoreError as error:
            raise invalid(error.message) from error


@breaks("RUN-NAME")
class RenamingLeavesTheTag(Wrapper):
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        tags = self._get_run(run_id).tags
        info = super()._update_run_info(run_id, status, end_time, name)
        super()._log_batch(run_id, (), {}, {RUN_NAME_TAG: tags[RUN_NAME_TAG]}, None)
        return info


@breaks("RUN-NAME")
class TaggingLeavesTheName(Wrapper):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}

    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        name = self.names.setdefault(run_id, run.info.run_name)
        return replace(run, info=replace(run.info, run_name=name))

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        self._get_run(run_id)
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("RUN-NAME")
class NameBeatsTheTag(Wrapper):
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        if run_name:
            tags = [tag for tag in tags if tag.key != RUN_NAME_TAG]
        return super().create_run(experiment_id, user_id, start_time, tags, run_name)


@breaks("RUN-TAG-KEYS")
class TagsCheckedAfterTheInsert(Wrapper):
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        run = super().create_run(experiment_id, user_id, start_time, (), run_name)
        self.log_batch(run.info.run_id, tags=tags)
        return self.get_run(run.info.run_id)


@breaks("RUN-TAG-KEYS")
class FirstTagWins(Wrapper):
    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        turned = list(tags)[::-1]
        return super().create_run(experiment_id, user_id, start_time, turned, run_name)


@breaks("RUN-UPDATE")
class RunningClearsTheEndTime(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        if run.info.status is RunStatus.RUNNING:
            return replace(run, info=replace(run.info, end_time=None))
        return run


@breaks("RUN-UPDATE")
class UpdateDefaultsToFinished(Wrapper):
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        return super()._update_run_info(run_id, status or RunStatus.RUNNING, end_time, name)


@breaks("RUN-UPDATE")
class DeletedRunUpdated(Wrapper):
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        deleted = is_deleted(self._get_run(run_id))
        if deleted:
            self._restore_run(run_id)
        info = super()._update_run_info(run_id, status, end_time, name)
        if deleted:
            self._delete_run(run_id, now())
        return info


@breaks("RUN-STATUS")
class KilledBecomesFailed(Wrapper):
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        kept = RunStatus.FAILED if status is RunStatus.KILLED else status
        return super()._update_run_info(run_id, kept, end_time, name)


@breaks("RUN-DELETE")
class DeletedRunUnreadable(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        if is_deleted(run):
            raise no_run(run_id)
        return run


@breaks("RUN-DELETE")
class DeletionTimeMoves(Wrapper):
    def _delete_run(self, run_id: str, moment: int) -> None:
        super()._restore_run(run_id)
        super()._delete_run(run_id, moment)


@breaks("RUN-DELETE")
class SecondRestoringRefused(Wrapper):
    def _restore_run(self, run_id: str) -> None:
        if not is_deleted(self._get_run(run_id)):
            raise invalid("The run is active.")
        super()._restore_run(run_id)


@breaks("RUN-DELETED-WRITES")
class DeletedRunWritten(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        deleted = is_deleted(self._get_run(run_id))
        if deleted:
            self._restore_run(run_id)
        super()._log_batch(run_id, metrics, params, tags, name)
        if deleted:
            self._delete_run(run_id, now())


@breaks("RUN-DELETED-WRITES")
class EmptyBatchUnchecked(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if metrics or params or tags:
            super()._log_batch(run_id, metrics, params, tags, name)
        else:
            self._get_run(run_id)


@breaks("RUN-DELETED-WRITES")
class DeletedRunLosesTags(Wrapper):
    def _delete_tag(self, run_id: str, key: str) -> None:
        deleted = is_deleted(self._get_run(run_id))
        if deleted:
            self._restore_run(run_id)
        super()._delete_tag(run_id, key)
        if deleted:
            self._delete_run(run_id, now())


@breaks("RUN-MISSING")
class RunIdsInAnyCase(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        return super()._get_run(run_id.lower())


@breaks("RUN-MISSING")
class RunIdsPadded(Wrapper):
    def _delete_run(self, run_id: str, moment: int) -> None:
        super()._delete_run(run_id.rstrip(" "), moment)


@breaks("RUN-MISSING")
class WritesToNowhereSucceed(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        try:
            super()._log_batch(run_id, metrics, params, tags, name)
        except StoreError as error:
            if error.code is not ErrorCode.RESOURCE_DOES_NOT_EXIST:
                raise
