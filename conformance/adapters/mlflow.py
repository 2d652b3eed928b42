"""The contract over any MLflow `AbstractStore`, of MLflow 2.22 and 3.

Each public method of TrackingStore becomes the one call that MLflow's own client and server
make for it, with the arguments as they are: nothing is checked first, so that bad input
reaches the store. What MLflow's client fills in before it calls a store (a user, a start
time) is filled in here too, because no store is ever called without it.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from typing_extensions import override

from storeproof.conformance.adapters import entities as convert
from storeproof.conformance.adapters.registry import RegistryCalls, listed
from storeproof.conformance.capabilities import by_class
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import (
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
from storeproof.stores.errors import ErrorCode, StoreError

MLFLOW_MANY_POINTS = 25_000
"""The most points that MLflow's server asks get_metric_history_bulk for."""

_UNDER_TEST = "PYTEST_CURRENT_TEST"
"""Where it is set, MLflow 3 checks its sessions in a way that it does for no user."""


class MlflowStore(RegistryCalls):
    """A store of MLflow's behind the methods of TrackingStore; `inner` is the store itself.

    `entities` is the module mlflow.entities, `refusal` the class MlflowException; `registry`
    opens MLflow's store of registered models, None where there is none.
    """

    def __init__(
        self,
        inner: Any,
        entities: Any,
        refusal: type[Exception],
        registry: Callable[[], Any] = lambda: None,
    ) -> None:
        super().__init__(registry)
        self.inner = inner
        self._entities = entities
        self._refusal = refusal

    def close(self) -> None:
        """Give back what the store holds, as far as it lets itself be asked to."""
        models = [each for each in self.opened_registry() if each is not self.inner]
        for store in (self.inner, *models):
            for owner, name in ((store, "close"), (getattr(store, "engine", None), "dispose")):
                end = getattr(owner, name, None)
                if callable(end):
                    end()

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        """See TrackingStore."""
        answer = self._call(
            "create_experiment",
            name=name,
            artifact_location=artifact_location,
            tags=self._each(convert.experiment_tag_in, tags),
        )
        return cast(str, answer)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """See TrackingStore."""
        return convert.experiment_out(self._call("get_experiment", experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """See TrackingStore."""
        found = self._call("get_experiment_by_name", name)
        return None if found is None else convert.experiment_out(found)

    def search_experiments(
        self,
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Experiment]:
        """See TrackingStore."""
        found = self._call(
            "search_experiments",
            view_type=convert.view_in(view, self._entities),
            max_results=max_results,
            filter_string=filter_string,
            order_by=listed(order_by),
            page_token=page_token,
        )
        return convert.page_out(map(convert.experiment_out, found), found.token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """See TrackingStore."""
        self._call("rename_experiment", experiment_id, new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        """See TrackingStore."""
        self._call("delete_experiment", experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        """See TrackingStore."""
        self._call("restore_experiment", experiment_id)

    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        """See TrackingStore."""
        given = convert.experiment_tag_in(tag, self._entities)
        self._call("set_experiment_tag", experiment_id, given)

    # Runs

    def create_run(
        self,
        experiment_id: str,
        user_id: str | None = None,
        start_time: int | None = None,
        tags: Iterable[Tag] = (),
        run_name: str | None = None,
    ) -> Run:
        """See TrackingStore."""
        made = self._call(
            "create_run",
            experiment_id=experiment_id,
            user_id="unknown" if user_id is None else user_id,
            start_time=time.time_ns() // 1_000_000 if start_time is None else start_time,
            tags=self._each(convert.run_tag_in, tags),
            run_name=run_name,
        )
        return convert.run_out(made)

    def get_run(self, run_id: str) -> Run:
        """See TrackingStore."""
        return convert.run_out(self._call("get_run", run_id))

    def update_run_info(
        self,
        run_id: str,
        status: RunStatus | None = None,
        end_time: int | None = None,
        run_name: str | None = None,
    ) -> RunInfo:
        """See TrackingStore."""
        changed = self._call(
            "update_run_info",
            run_id,
            convert.status_in(status, self._entities),
            end_time,
            run_name,
        )
        return convert.info_out(changed)

    def delete_run(self, run_id: str) -> None:
        """See TrackingStore."""
        self._call("delete_run", run_id)

    def restore_run(self, run_id: str) -> None:
        """See TrackingStore."""
        self._call("restore_run", run_id)

    def search_runs(
        self,
        experiment_ids: Iterable[str],
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[Run]:
        """See TrackingStore."""
        found = self._call(
            "search_runs",
            experiment_ids=listed(experiment_ids),
            filter_string="" if filter_string is None else filter_string,
            run_view_type=convert.view_in(view, self._entities),
            max_results=max_results,
            order_by=listed(order_by),
            page_token=page_token,
        )
        return convert.page_out(map(convert.run_out, found), found.token)

    # What is logged to a run

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """See TrackingStore."""
        self._call("log_metric", run_id, convert.metric_in(metric, self._entities))

    def log_param(self, run_id: str, param: Param) -> None:
        """See TrackingStore."""
        self._call("log_param", run_id, convert.param_in(param, self._entities))

    def set_tag(self, run_id: str, tag: Tag) -> None:
        """See TrackingStore."""
        self._call("set_tag", run_id, convert.run_tag_in(tag, self._entities))

    def delete_tag(self, run_id: str, key: str) -> None:
        """See TrackingStore."""
        self._call("delete_tag", run_id, key)

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        """See TrackingStore."""
        self._call(
            "log_batch",
            run_id=run_id,
            metrics=self._each(convert.metric_in, metrics),
            params=self._each(convert.param_in, params),
            tags=self._each(convert.run_tag_in, tags),
        )

    def get_metric_history(
        self,
        run_id: str,
        key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> Page[Metric]:
        """See TrackingStore."""
        found = self._call(
            "get_metric_history",
            run_id=run_id,
            metric_key=key,
            max_results=max_results,
            page_token=page_token,
        )
        # A plain list is one page; MLflow's own stores answered so before there were pages.
        return convert.page_out(map(convert.metric_out, found), getattr(found, "token", None))

    def get_metric_history_bulk(
        self, run_ids: Iterable[str], key: str, max_results: int | None = None
    ) -> dict[str, tuple[Metric, ...]]:
        """See TrackingStore; MLflow's limit is for all runs together, so that ours is applied here."""
        wanted = cast(list[str], listed(run_ids))
        for_each = isinstance(max_results, int) and max_results > 0
        limit = MLFLOW_MANY_POINTS if max_results is None or for_each else max_results
        answer: dict[str, tuple[Metric, ...]] = dict.fromkeys(wanted, ())
        for point in self._call("get_metric_history_bulk", wanted, key, limit):
            answer[point.run_id] = (*answer.get(point.run_id, ()), convert.metric_out(point))
        return {run: points[:max_results] for run, points in answer.items()}

    def log_inputs(self, run_id: str, datasets: Iterable[DatasetInput]) -> None:
        """See TrackingStore."""
        uses = self._each(convert.dataset_input_in, datasets)
        self._call("log_inputs", run_id, datasets=uses)

    def record_logged_model(self, run_id: str, model: Mapping[str, object]) -> None:
        """See TrackingStore."""
        self._call("record_logged_model", run_id, _as_model(model))

    # What MLflow's client calls besides (PLUGIN-METHODS)

    def log_batch_async(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        """A batch through the store's queue, waited for."""
        sent = self._call(
            "log_batch_async",
            run_id=run_id,
            metrics=self._each(convert.metric_in, metrics),
            params=self._each(convert.param_in, params),
            tags=self._each(convert.run_tag_in, tags),
        )
        sent.wait()

    def shut_down_async_logging(self) -> None:
        """The end of the store's queue."""
        self._call("shut_down_async_logging")

    # Calls

    @override
    def _each(self, one: Callable[[object, Any], Any], many: object) -> Any:
        """The entries as MLflow's; what cannot be gone through stays what it is."""
        if not isinstance(many, Iterable) or isinstance(many, str | bytes):
            return many
        return [one(each, self._entities) for each in many]

    def _call(self, method: str, *arguments: object, **named: object) -> Any:
        return self._call_on(self.inner, method, *arguments, **named)

    @override
    def _call_on(self, inner: Any, method: str, *arguments: object, **named: object) -> Any:
        """Call a store; what it refuses becomes a StoreError, anything else it raises is a crash."""
        bound = getattr(inner, method, None)
        if bound is None:
            raise _not_implemented(f"{by_class(inner, method).reason}.")
        try:
            with _as_for_a_user():
                return bound(*arguments, **named)
        except NotImplementedError as error:
            found = by_class(inner, method).reason
            raise _not_implemented(f"{found}, and that raises NotImplementedError.") from error
        except self._refusal as error:
            raise as_refusal(error) from error


def wrapped(store: object, registry: Callable[[], Any] | None = None) -> TrackingStore:
    """A store as the harness drives it: MLflow's behind the contract, one of ours as it is.

    `registry` opens the store of its registered models, by default itself if it has any.
    Raises TypeError for an object that is neither.
    """
    if isinstance(store, TrackingStore | MlflowStore):
        return cast(TrackingStore, store)
    history = getattr(store, "get_metric_history", None)
    if callable(history) and "key" in inspect.signature(history).parameters:
        return cast(TrackingStore, store)  # shaped like one of ours: MLflow says metric_key
    if not callable(history):
        raise TypeError(
            f"{type(store).__name__} is no store: give an object with the methods of MLflow's "
            "AbstractStore, or of storeproof's TrackingStore."
        )
    from storeproof.conformance.adapters.library import entities, refusal

    models = store if callable(getattr(store, "create_registered_model", None)) else None
    opened = MlflowStore(store, entities(), refusal(), registry or (lambda: models))
    return cast(TrackingStore, opened)


def as_refusal(error: Exception) -> Exception:
    """MLflow's error as the contract's; any other as it is."""
    code = getattr(error, "error_code", None)
    if code is None:
        return error
    return StoreError(_code(code), str(getattr(error, "message", "")))


def _code(name: object) -> ErrorCode:
    """The code of this name; one that is not in the contract stays the text it is."""
    known = {str(code): code for code in ErrorCode}
    return known.get(str(name), cast(ErrorCode, str(name)))


def _not_implemented(message: str) -> StoreError:
    return StoreError(ErrorCode.NOT_IMPLEMENTED, message)


@contextlib.contextmanager
def _as_for_a_user() -> Iterator[None]:
    """Without the mark of a test in the environment, so that what is seen is what users get."""
    mark = os.environ.pop(_UNDER_TEST, None)
    try:
        yield
    finally:
        if mark is not None:
            os.environ[_UNDER_TEST] = mark


def _as_model(model: Mapping[str, object]) -> object:
    """A mapping as an MLflow Model that is written as exactly this mapping."""
    from mlflow.models import Model

    class Given(Model):  # type: ignore[misc]
        def to_dict(self) -> dict[str, object]:
            return dict(model)

        get_tags_dict = to_dict

    return Given()
