"""The contract: one public method per operation, and every rule that is the same for all stores.

A public method checks its arguments once (validation.py) and calls the store's own
primitive, whose name has a leading underscore. A primitive gets clean values and is
one unit of work: it happens wholly or, if it raises, not at all. What depends on what
is already stored (a missing run, a taken name) the primitive checks inside that unit,
and raises it with the functions of refusals.py.

Every method may raise StoreError with TEMPORARILY_UNAVAILABLE when the store cannot be
reached or is too busy.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from storeproof.stores import paging, run_names, validation
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    DatasetInput,
    Experiment,
    Metric,
    Page,
    Param,
    Run,
    RunInfo,
    RunStatus,
    Tag,
    ViewType,
)
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.registry import RegistryStore
from storeproof.stores.search.query import Query, experiment_query, run_query

DEFAULT_EXPERIMENT_ID = "0"
DEFAULT_EXPERIMENT_NAME = "Default"
DEFAULT_MAX_RESULTS = 1000


class TrackingStore(RegistryStore, ABC):
    """Experiments, runs, params, metrics and tags, wherever they are kept; and the models registered there."""

    artifact_location_length = validation.ARTIFACT_LOCATION_LENGTH
    """The longest artifact location this store keeps, in characters (EXP-ARTIFACT)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Give back what the store holds (connections, files); closing again does nothing."""

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        """Create an experiment and return its new id (EXP-CREATE, EXP-ATOMIC).

        `artifact_location` None or "" stands for `<root>/<id>` (EXP-ARTIFACT). A tag key
        given twice: the last wins. Raises INVALID_PARAMETER_VALUE for a bad name, location
        or tag, RESOURCE_ALREADY_EXISTS for a name that an active or deleted experiment has.
        """
        return self._create_experiment(
            validation.experiment_name(name),
            validation.artifact_location(artifact_location, self.artifact_location_length),
            _last_of_each_key(map(validation.experiment_tag, validation.entries(tags, "tags"))),
            now(),
        )

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment, active or deleted; an unknown id: RESOURCE_DOES_NOT_EXIST (EXP-ID-UNKNOWN)."""
        return self._get_experiment(_id(experiment_id, "experiment"))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The experiment of exactly this name, active or deleted, or None (EXP-BY-NAME-MISSING, EXP-NAME-EXACT)."""
        if not isinstance(name, str):
            raise invalid(f"The experiment name must be a string, not {validation.shown(name)}.")
        try:
            known = validation.experiment_name(name)
        except StoreError:
            return None  # no experiment can have it
        return self._get_experiment_by_name(known)

    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT_MAX_RESULTS,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Experiment]:
        """A page of the experiments in `view` that `filter_string` finds (SEARCH-EXP, SEARCH-GRAMMAR).

        They are in the order of `order_by` ("name DESC"), then by creation_time DESC, id DESC.
        `max_results` is 1 to 50000. Raises INVALID_PARAMETER_VALUE for another number, a bad
        token, or a filter or an order that is not in the language.
        """
        query = experiment_query(view, filter_string, order_by)
        limit, token = validation.max_results(max_results), paging.token(page_token)
        return self._page_of_experiments(replace(query, limit=limit, page_token=token))

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name; to its own name: success (EXP-RENAME).

        Raises RESOURCE_DOES_NOT_EXIST for an unknown id, RESOURCE_ALREADY_EXISTS for a
        taken name, INVALID_PARAMETER_VALUE for a bad name or a deleted experiment.
        """
        self._rename_experiment(
            _id(experiment_id, "experiment"), validation.experiment_name(new_name), now()
        )

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an active experiment and all its runs deleted; else RESOURCE_DOES_NOT_EXIST (EXP-DELETE)."""
        self._delete_experiment(_id(experiment_id, "experiment"), now())

    def restore_experiment(self, experiment_id: str) -> None:
        """Make a deleted experiment and all its runs active; else RESOURCE_DOES_NOT_EXIST (EXP-RESTORE)."""
        self._restore_experiment(_id(experiment_id, "experiment"), now())

    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        """Set or overwrite a tag of an active experiment (EXP-TAG).

        Raises RESOURCE_DOES_NOT_EXIST for an unknown id, INVALID_PARAMETER_VALUE for a bad
        key or value or a deleted experiment.
        """
        self._set_experiment_tag(_id(experiment_id, "experiment"), validation.experiment_tag(tag))

    # Runs

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        """Create a run with status RUNNING in an active experiment (RUN-CREATE, RUN-NAME, RUN-TAG-KEYS).

        `start_time` in ms, None for now. `run_name` None or "": the tag mlflow.runName, or
        else a generated name. Raises RESOURCE_DOES_NOT_EXIST for an unknown experiment,
        INVALID_PARAMETER_VALUE for a deleted one, bad tags, or a name and a tag that disagree.
        """
        parent = _id(experiment_id, "experiment")
        user = validation.optional_text(user_id, "The user id", validation.USER_ID_LENGTH)
        moment = now()
        start = (
            moment if start_time is None else validation.milliseconds(start_time, "The start time")
        )
        kept = _last_of_each_key(map(validation.run_tag, validation.entries(tags, "tags")))
        name = run_names.agreed(run_name, kept.get(RUN_NAME_TAG))
        kept[RUN_NAME_TAG] = name
        return self._create_run(parent, user, start, kept, name)

    def get_run(self, run_id: str) -> Run:
        """The run, active or deleted; an unknown id: RESOURCE_DOES_NOT_EXIST (RUN-MISSING, RUN-DELETE)."""
        return self._get_run(_id(run_id, "run"))

    def update_run_info(
        self,
        run_id: str,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """Set what is given of an active run and leave the rest (RUN-UPDATE); `end_time` in ms.

        `run_name` "" is not given, as in create_run. Raises RESOURCE_DOES_NOT_EXIST for an
        unknown run, INVALID_PARAMETER_VALUE for bad values or a deleted run.
        """
        return self._update_run_info(
            _id(run_id, "run"),
            None if status is None else validation.run_status(status),
            None if end_time is None else validation.milliseconds(end_time, "The end time"),
            validation.run_name(run_name) if run_name not in (None, "") else None,
        )

    def delete_run(self, run_id: str) -> None:
        """Mark a run deleted; again: success, the first deleted_time stays (RUN-DELETE)."""
        self._delete_run(_id(run_id, "run"), now())

    def restore_run(self, run_id: str) -> None:
        """Make a run active and clear its deleted_time; again: success (RUN-DELETE)."""
        self._restore_run(_id(run_id, "run"))

    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = DEFAULT_MAX_RESULTS,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        """A page of the runs of these experiments in `view` that `filter_string` finds (SEARCH-*).

        They are in the order of `order_by` ("metrics.loss ASC"), then by start_time DESC, run
        id ASC. Unknown experiments match nothing, one given twice counts once. `max_results`
        is 1 to 50000. Raises INVALID_PARAMETER_VALUE for another number, a bad token, or a
        filter or an order that is not in the language (SEARCH-GRAMMAR, SEARCH-ORDER).
        """
        parents = sorted(
            {_id(each, "experiment") for each in validation.entries(experiment_ids, "experiments")}
        )
        query = run_query(view, filter_string, order_by)
        limit, token = validation.max_results(max_results), paging.token(page_token)
        return self._page_of_runs(parents, replace(query, limit=limit, page_token=token))

    # Deletion for good

    def hard_delete_run(self, run_id: str) -> None:
        """Remove a deleted run with all that the store keeps of it, for good (HARD-DELETE).

        Artifacts kept elsewhere stay: `storeproof gc` removes them first. Raises
        RESOURCE_DOES_NOT_EXIST for an unknown run, INVALID_PARAMETER_VALUE for an active one,
        NOT_IMPLEMENTED over http, where it is done on the store behind the server.
        """
        self._hard_delete_run(_id(run_id, "run"))

    def hard_delete_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment with its runs, tags and datasets, for good (HARD-DELETE).

        Its name is free then (EXP-NAME-UNIQUE). Raises RESOURCE_DOES_NOT_EXIST for an unknown
        id, INVALID_PARAMETER_VALUE for an active experiment or one that holds an active run,
        NOT_IMPLEMENTED over http.
        """
        self._hard_delete_experiment(_id(experiment_id, "experiment"))

    # What is logged to a run

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Add one point (METRIC-LOG); a batch of one."""
        self.log_batch(run_id, metrics=(metric,))

    def log_param(self, run_id: str, param: Param) -> None:
        """Add one param (PARAM-LOG); a batch of one."""
        self.log_batch(run_id, params=(param,))

    def set_tag(self, run_id: str, tag: Tag) -> None:
        """Set or overwrite one tag (TAG-SET); a batch of one."""
        self.log_batch(run_id, tags=(tag,))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove one tag of an active run; a missing key: RESOURCE_DOES_NOT_EXIST (TAG-DELETE)."""
        self._delete_tag(_id(run_id, "run"), validation.key(key, "tag"))

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        """Write metrics, params and tags to an active run, all or nothing (BATCH-*).

        A point that is there already is not kept twice (METRIC-DUP); a tag key given twice:
        the last wins; the tag mlflow.runName also sets the run's name (RUN-NAME). Raises
        RESOURCE_DOES_NOT_EXIST for an unknown run; INVALID_PARAMETER_VALUE for a deleted
        run, a bad entry, too many entries, a param key given twice, or a param that has
        another value already (PARAM-IMMUTABLE).
        """
        points = validation.entries(metrics, "metrics")
        settings = validation.entries(params, "params")
        labels = validation.entries(tags, "tags")
        validation.batch_size(len(points), len(settings), len(labels))
        clean_params: dict[str, str] = {}
        for entry in map(validation.param, settings):
            if entry.key in clean_params:
                raise invalid(f"The batch gives param {validation.shown(entry.key)} twice.")
            clean_params[entry.key] = entry.value
        clean_tags = _last_of_each_key(map(validation.run_tag, labels))
        if RUN_NAME_TAG in clean_tags:
            validation.run_name(clean_tags[RUN_NAME_TAG])
        self._log_batch(
            _id(run_id, "run"),
            tuple(map(validation.metric, points)),
            clean_params,
            clean_tags,
            clean_tags.get(RUN_NAME_TAG),
        )

    def get_metric_history(
        self,
        run_id: str,
        key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> Page[Metric]:
        """The points of one metric by timestamp, step, value, NaN last (METRIC-HISTORY, METRIC-HISTORY-PAGE).

        `max_results` None gives them all. A key never logged: empty. Raises
        RESOURCE_DOES_NOT_EXIST for an unknown run, INVALID_PARAMETER_VALUE for a bad key,
        number or token.
        """
        name = validation.key(key, "metric")
        limit = None if max_results is None else validation.max_results(max_results)
        return self._page_of_history(_id(run_id, "run"), name, limit, paging.token(page_token))

    def get_metric_history_bulk(
        self, run_ids: Iterable[str], key: str, max_results: int | None = None
    ) -> dict[str, tuple[Metric, ...]]:
        """The points of one metric of each of these runs, as get_metric_history gives them (METRIC-BULK).

        `max_results` is the most points of each run, None gives them all. A run given twice
        counts once. Raises RESOURCE_DOES_NOT_EXIST if one of them is unknown,
        INVALID_PARAMETER_VALUE for a bad key or number.
        """
        name = validation.key(key, "metric")
        wanted = [_id(each, "run") for each in validation.entries(run_ids, "runs")]
        limit = None if max_results is None else validation.max_results(max_results)
        distinct = tuple(dict.fromkeys(wanted))
        found = self._get_metric_history_bulk(distinct, name, limit)
        return {run: tuple(found[run]) for run in distinct}

    def log_inputs(self, run_id: str, datasets: Iterable[DatasetInput]) -> None:
        """Note that an active run used these datasets, all or nothing (INPUT-LOG, INPUT-SCOPE).

        A dataset is known by (name, digest) inside the run's experiment; what else is said of
        it the first time stays. Used again by the same run, it is there once, and its tags are
        set or overwritten. Raises RESOURCE_DOES_NOT_EXIST for an unknown run,
        INVALID_PARAMETER_VALUE for a deleted one or a text that is too long (INPUT-LIMITS).
        """
        uses: dict[tuple[str, str], DatasetInput] = {}
        for use in map(validation.dataset_input, validation.entries(datasets, "datasets")):
            key = (use.dataset.name, use.dataset.digest)
            known = uses.get(key)
            uses[key] = (
                use if known is None else DatasetInput(known.dataset, {**known.tags, **use.tags})
            )
        self._log_inputs(_id(run_id, "run"), tuple(uses.values()))

    def record_logged_model(self, run_id: str, model: Mapping[str, object]) -> None:
        """Append a model, as JSON, to the list in the tag mlflow.log-model.history of an active run (MODEL-RECORD).

        Raises RESOURCE_DOES_NOT_EXIST for an unknown run, INVALID_PARAMETER_VALUE for a
        deleted one, for what JSON cannot hold, and when the list would be too long for a tag;
        the earlier list stays.
        """
        self._record_logged_model(_id(run_id, "run"), validation.json_object(model, "The model"))

    # The primitives. Values are clean; what they must check themselves is said with each.

    @abstractmethod
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        """Insert; a name in use by an active or deleted experiment: name_taken()."""

    @abstractmethod
    def _get_experiment(self, experiment_id: str) -> Experiment:
        """Read; an id this store did not issue, of any shape: no_experiment()."""

    @abstractmethod
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        """Read by exact name."""

    @abstractmethod
    def _page_of_experiments(self, query: Query[Experiment]) -> Page[Experiment]:
        """The page of the answer that the query asks for, in its order; paging.bad_token()."""

    @abstractmethod
    def _rename_experiment(self, experiment_id: str, name: str, moment: int) -> None:
        """Rename; no_experiment(), deleted_experiment(), name_taken()."""

    @abstractmethod
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        """Mark the experiment and its active runs deleted at `moment`; no_experiment(), also if it is not active."""

    @abstractmethod
    def _restore_experiment(self, experiment_id: str, moment: int) -> None:
        """Make the experiment and all its runs active; no_experiment(), also if it is not deleted."""

    @abstractmethod
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        """Upsert; no_experiment(), deleted_experiment()."""

    @abstractmethod
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        """Insert the run, its tags (mlflow.runName among them) and a new id; no_experiment(), deleted_experiment()."""

    @abstractmethod
    def _get_run(self, run_id: str) -> Run:
        """Read; no_run()."""

    @abstractmethod
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        """Set what is not None; a name also sets the tag mlflow.runName; no_run(), deleted_run()."""

    @abstractmethod
    def _delete_run(self, run_id: str, moment: int) -> None:
        """Mark deleted at `moment` if active; no_run()."""

    @abstractmethod
    def _restore_run(self, run_id: str) -> None:
        """Make active and clear deleted_time; no_run()."""

    @abstractmethod
    def _hard_delete_run(self, run_id: str) -> None:
        """Remove a deleted run; no_run(), active_run()."""

    @abstractmethod
    def _hard_delete_experiment(self, experiment_id: str) -> None:
        """Remove a deleted experiment and its runs; no_experiment(), active_experiment()."""

    @abstractmethod
    def _page_of_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Page[Run]:
        """The page of the answer that the query asks for, in its order; ids are distinct and sorted; paging.bad_token()."""

    @abstractmethod
    def _delete_tag(self, run_id: str, key: str) -> None:
        """Remove the tag, leave the run's name; no_run(), deleted_run(), no_tag()."""

    @abstractmethod
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        """Write all or nothing; `name` is the run's new name if tags hold it.

        Equal points are one; the latest of a metric is the largest latest_rank(); a param
        with another value: param_changed(). no_run(), deleted_run(), also for an empty batch.
        """

    @abstractmethod
    def _page_of_history(
        self, run_id: str, key: str, limit: int | None, page_token: str | None
    ) -> Page[Metric]:
        """A page of at most `limit` points in the order of history_place(); no_run(), paging.bad_token()."""

    @abstractmethod
    def _get_metric_history_bulk(
        self, run_ids: Sequence[str], key: str, limit: int | None
    ) -> Mapping[str, Sequence[Metric]]:
        """For each run, all distinct, its first `limit` points in the order of history_place(); no_run()."""

    @abstractmethod
    def _log_inputs(self, run_id: str, uses: Sequence[DatasetInput]) -> None:
        """Insert the datasets that the experiment lacks and the uses that the run lacks, upsert the uses' tags.

        No two uses are of one dataset. All or nothing; no_run(), deleted_run(), also for none.
        """

    @abstractmethod
    def _record_logged_model(self, run_id: str, model: str) -> None:
        """Set the tag MODELS_TAG to with_model() of what it is, in one unit; no_run(), deleted_run()."""


def now() -> int:
    """The time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def _id(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"The {what} id must be a string, not {validation.shown(value)}.")
    return value


def _last_of_each_key(tags: Iterable[Tag]) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags}
