"""Scripts in MLflow's own calls, for a store of MLflow's: nothing of storeproof is needed to run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from storeproof.conformance.dialects.foreign import Foreign, ForeignSource
from storeproof.conformance.dialects.spelling import Spellings
from storeproof.conformance.trace import Step
from storeproof.stores.entities import DatasetInput, RunStatus, Tag, ViewType

_NOW = "time.time_ns() // 1_000_000"


@dataclass(frozen=True)
class _Argument:
    """An argument of MLflow's: ours that it comes from, its own name, and its source where ours is not given."""

    ours: str
    theirs: str = ""
    """"" where it is given by place."""
    default: str = "None"


_RUN = _Argument("run_id")
_EXPERIMENT = _Argument("experiment_id")
_PAGE = (
    _Argument("max_results", "max_results", "1000"),
    _Argument("order_by", "order_by"),
    _Argument("page_token", "page_token"),
)
_CALLS: Mapping[str, tuple[_Argument, ...]] = {
    "create_experiment": (
        _Argument("name", "name"),
        _Argument("artifact_location", "artifact_location"),
        _Argument("tags", "tags", "[]"),
    ),
    "get_experiment": (_EXPERIMENT,),
    "get_experiment_by_name": (_Argument("name"),),
    "search_experiments": (
        _Argument("view", "view_type", "ViewType.ACTIVE_ONLY"),
        _Argument("filter_string", "filter_string"),
        *_PAGE,
    ),
    "rename_experiment": (_EXPERIMENT, _Argument("new_name")),
    "delete_experiment": (_EXPERIMENT,),
    "restore_experiment": (_EXPERIMENT,),
    "set_experiment_tag": (_EXPERIMENT, _Argument("tag")),
    "create_run": (
        _Argument("experiment_id", "experiment_id"),
        _Argument("user_id", "user_id", "'unknown'"),
        _Argument("start_time", "start_time", _NOW),
        _Argument("tags", "tags", "[]"),
        _Argument("run_name", "run_name"),
    ),
    "get_run": (_RUN,),
    "update_run_info": (
        _RUN,
        _Argument("status", "run_status"),
        _Argument("end_time", "end_time"),
        _Argument("run_name", "run_name"),
    ),
    "delete_run": (_RUN,),
    "restore_run": (_RUN,),
    "search_runs": (
        _Argument("experiment_ids", "experiment_ids"),
        _Argument("filter_string", "filter_string", "''"),
        _Argument("view", "run_view_type", "ViewType.ACTIVE_ONLY"),
        *_PAGE,
    ),
    "log_metric": (_RUN, _Argument("metric")),
    "log_param": (_RUN, _Argument("param")),
    "set_tag": (_RUN, _Argument("tag")),
    "delete_tag": (_RUN, _Argument("key")),
    "log_batch": (
        _RUN,
        _Argument("metrics", "metrics", "[]"),
        _Argument("params", "params", "[]"),
        _Argument("tags", "tags", "[]"),
    ),
    "log_batch_async": (
        _RUN,
        _Argument("metrics", "metrics", "[]"),
        _Argument("params", "params", "[]"),
        _Argument("tags", "tags", "[]"),
    ),
    "get_metric_history": (
        _RUN,
        _Argument("key", "metric_key"),
        _Argument("max_results", "max_results"),
        _Argument("page_token", "page_token"),
    ),
    "get_metric_history_bulk": (
        _Argument("run_ids"),
        _Argument("key"),
        _Argument("max_results", "", "25_000"),
    ),
    "log_inputs": (_RUN, _Argument("datasets", "datasets")),
    "record_logged_model": (_RUN, _Argument("model")),
}
"""How MLflow's client and server call a store."""


class _Source(ForeignSource):
    """Writes MLflow's entities; `tag` is the class that a tag has where it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.tag = "RunTag"

    @override
    def entity(self, value: object, fields: Mapping[str, str]) -> str:
        name = self.tag if isinstance(value, Tag) else type(value).__name__
        if isinstance(value, DatasetInput):
            pairs = (
                f"InputTag({self.of(key)}, {self.of(text)})" for key, text in value.tags.items()
            )
            fields = {"dataset": fields["dataset"], "tags": f"[{', '.join(pairs)}]"}
            self.entities |= {"InputTag"} if value.tags else set()
        self.entities.add(name)
        return f"{name}({', '.join(f'{field}={source}' for field, source in fields.items())})"


class Mlflow(Foreign):
    """The calls of an MLflow store."""

    refusal = "MlflowException"
    code = "error.error_code"

    spellings: ClassVar[Spellings] = {
        ("Run", "params"): "{}.data.params",
        ("Run", "tags"): "{}.data.tags",
        ("Run", "metrics"): "points({})",
        ("Run", "inputs"): "uses({})",
        ("Page[Run]", "items"): "{}",
        ("Page[Experiment]", "items"): "{}",
        ("Page[Metric]", "items"): "{}",
        ("DatasetInput", "tags"): "{{tag.key: tag.value for tag in {}.tags}}",
    }
    definitions: ClassVar[Mapping[str, str]] = {
        "point": """
def point(metric):
    return metric.key, metric.value, metric.timestamp, metric.step
""",
        "points": """
def points(run):  # run.data.metrics has the values alone
    return {metric.key: metric for metric in run.data._metric_objs}
""",
        "uses": """
def uses(run):
    return tuple(run.inputs.dataset_inputs) if run.inputs else ()
""",
        "model": """
def model(written):
    given = Model()
    given.to_dict = given.get_tags_dict = lambda: written
    return given
""",
    }

    source: _Source

    @override
    def new_source(self) -> _Source:
        return _Source()

    @override
    def foreign_call(self, step: Step) -> str:
        wanted = _CALLS.get(step.method)
        if wanted is None:
            return super().foreign_call(step)
        self.source.tag = "ExperimentTag" if "experiment" in step.method else "RunTag"
        arguments = []
        for each in wanted:
            given = step.arguments.get(each.ours)
            if given is None and (each.ours not in step.arguments or each.default != "None"):
                source = self._default(each)
            else:
                source = self.argument(each.ours, given)
            arguments.append(f"{each.theirs}={source}" if each.theirs else source)
        call = f"{step.store}.{step.method}({', '.join(arguments)})"
        return f"{call}.wait()" if step.method.endswith("_async") else call

    @override
    def argument(self, name: str, value: object) -> str:
        for kind in (RunStatus, ViewType):
            if isinstance(value, str) and name in ("status", "view") and value in list(kind):
                self.source.entities.add(kind.__name__)
                return f"{kind.__name__}.{kind(value)}"
        source = super().argument(name, value)
        return f"model({source})" if name == "model" else source

    @override
    def imports(self) -> list[str]:
        lines = []
        if self.source.entities:
            lines.append(f"from mlflow.entities import {', '.join(sorted(self.source.entities))}")
        if self.refuses:
            lines.append("from mlflow.exceptions import MlflowException")
        if "model" in self._used:
            lines.append("from mlflow.models import Model")
        return lines

    def _default(self, argument: _Argument) -> str:
        if argument.default == _NOW:
            self.source.modules.add("time")
        if argument.default.startswith("ViewType"):
            self.source.entities.add("ViewType")
        return argument.default
