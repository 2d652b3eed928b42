"""Scripts in MLflow's own calls, for a store of MLflow's: nothing of storeproof is needed to run them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from storeproof.conformance.capabilities import REGISTRY_METHODS
from storeproof.conformance.dialects.foreign import Foreign, ForeignSource
from storeproof.conformance.dialects.mlflow_calls import CALLS, NOW, Argument
from storeproof.conformance.dialects.spelling import Spellings
from storeproof.conformance.trace import Step
from storeproof.stores.entities import DatasetInput, RunStatus, Tag, ViewType

_REGISTERED = frozenset({"RegisteredModelTag", "ModelVersionTag"})
"""The entities of MLflow's registry, which it has in a module of their own."""


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
        ("Page[RegisteredModel]", "items"): "{}",
        ("Page[ModelVersion]", "items"): "{}",
        ("RegisteredModel", "aliases"): "pointing({})",
        ("ModelVersion", "version"): "int({}.version)",
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
        "models": """
@cache
def models(store):  # MLflow keeps registered models in a store of their own
    if hasattr(store, "create_registered_model"):
        return store
    build = _get_store_registry().get_store_builder(uri)
    given = {"store_uri": uri, "tracking_uri": uri}
    return build(**{name: given[name] for name in given if name in inspect.signature(build).parameters})
""",
        "pointing": """
def pointing(model):
    return {alias: int(version) for alias, version in model.aliases.items()}
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
        wanted = CALLS.get(step.method)
        if wanted is None:
            return super().foreign_call(step)
        self.source.tag = _tag_of(step.method)
        arguments = []
        for each in wanted:
            given = step.arguments.get(each.ours)
            if given is None and (each.ours not in step.arguments or each.default != "None"):
                source = self._default(each)
            else:
                source = self.argument(each.ours, given)
            arguments.append(f"{each.theirs}={source}" if each.theirs else source)
        store = f"models({step.store})" if step.method in REGISTRY_METHODS else step.store
        call = f"{store}.{step.method}({', '.join(arguments)})"
        return f"{call}.wait()" if step.method.endswith("_async") else call

    @override
    def argument(self, name: str, value: object) -> str:
        for kind in (RunStatus, ViewType):
            if isinstance(value, str) and name in ("status", "view") and value in list(kind):
                self.source.entities.add(kind.__name__)
                return f"{kind.__name__}.{kind(value)}"
        if name == "version" and type(value) is int:
            return repr(str(value))  # as MLflow's client says it
        source = super().argument(name, value)
        return f"model({source})" if name == "model" else source

    @override
    def imports(self) -> list[str]:
        lines = []
        known, registered = self.source.entities - _REGISTERED, self.source.entities & _REGISTERED
        if known:
            lines.append(f"from mlflow.entities import {', '.join(sorted(known))}")
        if registered:
            names = ", ".join(sorted(registered))
            lines.append(f"from mlflow.entities.model_registry import {names}")
        if self.refuses:
            lines.append("from mlflow.exceptions import MlflowException")
        if "model" in self._used:
            lines.append("from mlflow.models import Model")
        if "models" in self._used:
            registry = "mlflow.tracking._model_registry.utils import _get_store_registry"
            lines += ["import inspect", "from functools import cache", f"from {registry}"]
        return lines

    def _default(self, argument: Argument) -> str:
        if argument.default == NOW:
            self.source.modules.add("time")
        if argument.default.startswith("ViewType"):
            self.source.entities.add("ViewType")
        return argument.default


def _tag_of(method: str) -> str:
    """The class of the tags that a method takes."""
    if method in REGISTRY_METHODS:
        return "ModelVersionTag" if "version" in method else "RegisteredModelTag"
    return "ExperimentTag" if "experiment" in method else "RunTag"
