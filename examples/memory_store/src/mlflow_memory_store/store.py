"""The store: MLflow's AbstractStore over dicts in memory, safe between threads."""

import json
import math
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from mlflow.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.abstract_store import AbstractStore

from mlflow_memory_store import checks
from mlflow_memory_store.searching import (
    ATTRIBUTE,
    EXPERIMENTS,
    RUNS,
    TAG,
    matches,
    ordered,
    page,
    parse_filter,
    parse_order,
)

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED
NAME_TAG, MODELS_TAG, CONTEXT_TAG = (
    "mlflow.runName",
    "mlflow.log-model.history",
    "mlflow.data.context",
)
VIEWS = {
    ViewType.ACTIVE_ONLY: (ACTIVE,),
    ViewType.DELETED_ONLY: (DELETED,),
    ViewType.ALL: (ACTIVE, DELETED),
}
DEFAULT_ORDER = [(ATTRIBUTE, "start_time", True), (ATTRIBUTE, "run_id", False)]
DEFAULT_EXPERIMENT_ORDER = [(ATTRIBUTE, "creation_time", True), (ATTRIBUTE, "experiment_id", True)]


@dataclass
class _Experiment:
    experiment_id: str
    name: str
    location: str
    tags: dict
    creation_time: int
    last_update_time: int
    stage: str = ACTIVE

    def entity(self):
        return Experiment(
            self.experiment_id,
            self.name,
            self.location,
            self.stage,
            [ExperimentTag(*tag) for tag in self.tags.items()],
            creation_time=self.creation_time,
            last_update_time=self.last_update_time,
        )

    def read(self, kind, name):
        """The value of a field to search by, in a list that is empty where there is none."""
        if kind == TAG:
            return [self.tags[name]] if name in self.tags else []
        return [int(self.experiment_id) if name == "experiment_id" else getattr(self, name)]


@dataclass
class _Run:
    run_id: str
    experiment: _Experiment
    user_id: str
    start_time: int
    artifact_uri: str
    run_name: str
    tags: dict
    status: str = "RUNNING"
    end_time: int | None = None
    stage: str = ACTIVE
    params: dict = field(default_factory=dict)
    points: dict = field(default_factory=lambda: defaultdict(dict))
    """By metric: its points (value, timestamp, step), each once, as the keys of a dict."""
    uses: dict = field(default_factory=dict)
    """By name and digest of a dataset: the tags of its use."""

    def info(self):
        return RunInfo(
            self.run_id,
            experiment_id=self.experiment.experiment_id,
            user_id=self.user_id,
            status=self.status,
            start_time=self.start_time,
            end_time=self.end_time,
            lifecycle_stage=self.stage,
            artifact_uri=self.artifact_uri,
            run_name=self.run_name,
        )

    def latest(self, key):
        return max(self.points[key], key=_recency)

    def read(self, kind, name):
        """The values of a field to search by: none, one, or one for each dataset."""
        match kind:
            case "metric":
                return [self.latest(name)[0]] if name in self.points else []
            case "param":
                return [self.params[name]] if name in self.params else []
            case "tag":
                return [self.tags[name]] if name in self.tags else []
            case "dataset":
                found = [
                    {"name": known, "digest": digest, "context": tags.get(CONTEXT_TAG)}[name]
                    for (known, digest), tags in self.uses.items()
                ]
            case _:
                found = [getattr(self, name)]
        return [value for value in found if value is not None]


@dataclass
class _Memory:
    """What is kept under one address."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    experiments: dict = field(default_factory=dict)
    runs: dict = field(default_factory=dict)
    datasets: dict = field(default_factory=dict)
    """By experiment, name and digest: all six fields."""


_memories = defaultdict(_Memory)


class MemoryStore(AbstractStore):
    """The store at an address memory://NAME; all of one name share their content."""

    def __init__(self, store_uri, artifact_uri=None):
        super().__init__()  # it makes the queue for what is logged in the background
        self._memory = _memories[store_uri]
        self._root = artifact_uri or "mlruns"
        with self._memory.lock:
            if not self._memory.experiments:
                self.create_experiment(Experiment.DEFAULT_EXPERIMENT_NAME)

    # Experiments

    def create_experiment(self, name, artifact_location=None, tags=None):
        checks.experiment_name(name)
        checks.text(artifact_location or "", "The artifact location", checks.LOCATION)
        kept = checks.experiment_tags(tags or ())
        with self._memory.lock:
            self._name_is_free(name)
            new, moment = str(len(self._memory.experiments)), _now()
            location = artifact_location or f"{self._root}/{new}"
            made = _Experiment(new, name, location, kept, moment, moment)
            self._memory.experiments[new] = made
            return new

    def get_experiment(self, experiment_id):
        return self._experiment(experiment_id).entity()

    def get_experiment_by_name(self, experiment_name):
        with self._memory.lock:
            found = (each for each in self._experiments() if each.name == experiment_name)
            return next((each.entity() for each in found), None)

    def search_experiments(
        self,
        view_type=ViewType.ACTIVE_ONLY,
        max_results=1000,
        filter_string=None,
        order_by=None,
        page_token=None,
    ):
        stages = _stages(view_type)
        comparisons = parse_filter(filter_string, EXPERIMENTS)
        order = [*parse_order(order_by, EXPERIMENTS), *DEFAULT_EXPERIMENT_ORDER]
        with self._memory.lock:
            found = page(
                ordered(self._experiments(), order, lambda each: each.read),
                lambda each: each.stage in stages and matches(comparisons, each.read),
                ("experiments", stages, filter_string, order),
                max_results,
                page_token,
                lambda each: each.experiment_id,
            )
            return PagedList([each.entity() for each in found], found.token)

    def rename_experiment(self, experiment_id, new_name):
        checks.experiment_name(new_name)
        with self._memory.lock:
            renamed = self._active_experiment(experiment_id)
            if renamed.name != new_name:
                self._name_is_free(new_name)
            renamed.name, renamed.last_update_time = new_name, _now()

    def delete_experiment(self, experiment_id):
        self._move(experiment_id, ACTIVE, DELETED)

    def restore_experiment(self, experiment_id):
        self._move(experiment_id, DELETED, ACTIVE)

    def set_experiment_tag(self, experiment_id, tag):
        kept = checks.experiment_tags([tag])
        with self._memory.lock:
            self._active_experiment(experiment_id).tags.update(kept)

    def _move(self, experiment_id, old, new):
        with self._memory.lock:
            moved = self._experiment(experiment_id)
            if moved.stage != old:
                raise _missing(f"No {old} experiment has the id {experiment_id!r}.")
            moved.stage, moved.last_update_time = new, _now()
            for run in self._memory.runs.values():
                if run.experiment is moved:
                    run.stage = new

    def _experiments(self):
        return list(self._memory.experiments.values())

    def _experiment(self, experiment_id):
        with self._memory.lock:
            known = isinstance(experiment_id, str) and experiment_id in self._memory.experiments
            if not known:
                raise _missing(f"No experiment has the id {experiment_id!r}.")
            return self._memory.experiments[experiment_id]

    def _active_experiment(self, experiment_id):
        found = self._experiment(experiment_id)
        if found.stage != ACTIVE:
            raise checks.refusal(f"The experiment {experiment_id} is deleted.")
        return found

    def _name_is_free(self, name):
        if any(each.name == name for each in self._experiments()):
            message = f"An experiment, active or deleted, has the name {name!r}."
            raise MlflowException(message, RESOURCE_ALREADY_EXISTS)

    # Runs

    def create_run(self, experiment_id, user_id, start_time, tags, run_name):
        checks.text(user_id or "", "The user id", checks.NAME)
        checks.whole(start_time, "The start time", 0)
        checks.text(run_name or "", "The run name", checks.RUN_NAME)
        kept = checks.run_tags(tags or ())
        if run_name and kept.get(NAME_TAG, run_name) != run_name:
            raise checks.refusal(f"run_name is {run_name!r}, and the tag {NAME_TAG} another.")
        run_id = uuid.uuid4().hex
        name = kept[NAME_TAG] = run_name or kept.get(NAME_TAG) or f"run-{run_id[:8]}"
        with self._memory.lock:
            parent = self._active_experiment(experiment_id)
            uri = f"{parent.location}/{run_id}/artifacts"
            made = _Run(run_id, parent, user_id or "", int(start_time), uri, name, kept)
            self._memory.runs[run_id] = made
            return self._entity(made)

    def get_run(self, run_id):
        with self._memory.lock:
            return self._entity(self._run(run_id))

    def update_run_info(self, run_id, run_status, end_time, run_name):
        statuses = {number: RunStatus.to_string(number) for number in RunStatus.all_status()}
        if run_status is not None and run_status not in statuses:
            raise checks.refusal(f"{run_status!r} is no status.")
        if end_time is not None:
            checks.whole(end_time, "The end time", 0)
        checks.text(run_name or "", "The run name", checks.RUN_NAME)
        with self._memory.lock:
            run = self._active_run(run_id)
            run.status = statuses.get(run_status, run.status)
            run.end_time = run.end_time if end_time is None else int(end_time)
            if run_name:
                run.run_name = run.tags[NAME_TAG] = run_name
            return run.info()

    def delete_run(self, run_id):
        self._run(run_id).stage = DELETED

    def restore_run(self, run_id):
        self._run(run_id).stage = ACTIVE

    def _search_runs(
        self, experiment_ids, filter_string, run_view_type, max_results, order_by, page_token
    ):
        stages = _stages(run_view_type)
        comparisons = parse_filter(filter_string, RUNS)
        order = [*parse_order(order_by, RUNS), *DEFAULT_ORDER]
        parents = set(experiment_ids)
        with self._memory.lock:
            runs = self._memory.runs.values()
            found = page(
                ordered(
                    [run for run in runs if run.experiment.experiment_id in parents],
                    order,
                    lambda run: run.read,
                ),
                lambda run: run.stage in stages and matches(comparisons, run.read),
                ("runs", sorted(parents), stages, filter_string, order),
                max_results,
                page_token,
                lambda run: run.run_id,
            )
            return [self._entity(run) for run in found], found.token

    def _run(self, run_id):
        with self._memory.lock:
            if not isinstance(run_id, str) or run_id not in self._memory.runs:
                raise _missing(f"No run has the id {run_id!r}.")
            return self._memory.runs[run_id]

    def _active_run(self, run_id):
        run = self._run(run_id)
        if run.stage != ACTIVE:
            raise checks.refusal(f"The run {run_id} is deleted.")
        return run

    def _entity(self, run):
        data = RunData(
            [Metric(key, *run.latest(key)) for key in run.points],
            [Param(*param) for param in run.params.items()],
            [RunTag(*tag) for tag in run.tags.items()],
        )
        parent = run.experiment.experiment_id
        uses = [
            DatasetInput(
                Dataset(*self._memory.datasets[parent, *known]),
                [InputTag(*tag) for tag in tags.items()],
            )
            for known, tags in run.uses.items()
        ]
        return Run(run.info(), data, RunInputs(uses))

    # What is logged to a run. The base class makes batches of one of single metrics, params and tags.

    def log_batch(self, run_id, metrics, params, tags):
        checks.batch(metrics, params, tags)
        if len({each.key for each in params}) < len(params):
            raise checks.refusal("A param is given twice.")
        points = [checks.point(each) for each in metrics]
        settings = checks.params(params)
        labels = checks.run_tags(tags)
        with self._memory.lock:
            run = self._active_run(run_id)
            for key, value in settings.items():
                if run.params.get(key, value) != value:
                    raise checks.refusal(f"The param {key!r} is there with another value.")
            for key, point in points:
                run.points[key][point] = None
            run.params.update(settings)
            run.tags.update(labels)
            run.run_name = labels.get(NAME_TAG, run.run_name)

    def delete_tag(self, run_id, key):
        checks.key(key, "tag")
        with self._memory.lock:
            run = self._active_run(run_id)
            if key not in run.tags:
                raise _missing(f"The run {run_id} has no tag {key!r}.")
            del run.tags[key]

    def get_metric_history(self, run_id, metric_key, max_results=None, page_token=None):
        checks.key(metric_key, "metric")
        with self._memory.lock:
            points = sorted(self._run(run_id).points.get(metric_key, ()), key=_moment)
        if max_results is None:
            return PagedList([Metric(metric_key, *point) for point in points], None)
        question = ("history", run_id, metric_key)
        found = page(points, lambda _: True, question, max_results, page_token, repr)
        return PagedList([Metric(metric_key, *point) for point in found], found.token)

    def log_inputs(self, run_id, datasets=None, models=None):
        found = [checks.dataset_use(use) for use in datasets or ()]
        with self._memory.lock:
            run = self._active_run(run_id)
            for dataset, tags in found:
                known = dataset[:2]
                place = (run.experiment.experiment_id, *known)
                self._memory.datasets.setdefault(place, dataset)
                run.uses.setdefault(known, {}).update(tags)

    def record_logged_model(self, run_id, mlflow_model):
        with self._memory.lock:
            run = self._active_run(run_id)
            models = [*json.loads(run.tags.get(MODELS_TAG, "[]")), mlflow_model.to_dict()]
            run.tags[MODELS_TAG] = checks.text(json.dumps(models), "The models' tag", checks.TAG)


def _now():
    return time.time_ns() // 1_000_000


def _missing(message):
    return MlflowException(message, RESOURCE_DOES_NOT_EXIST)


def _stages(view):
    if view not in VIEWS:
        raise checks.refusal(f"{view!r} is no view.")
    return VIEWS[view]


def _number(point):
    """The value of a point, NaN below every number."""
    return (0, 0.0) if math.isnan(point[0]) else (1, point[0])


def _recency(point):
    """By step, timestamp, value: the largest is the latest."""
    return point[2], point[1], _number(point)


def _moment(point):
    """By timestamp, step, value, NaN last."""
    return point[1], point[2], math.isnan(point[0]), _number(point)
