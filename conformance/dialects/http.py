"""Scripts in plain HTTP, for a tracking server: the standard library is all they need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from storeproof.conformance.dialects.contract import Made
from storeproof.conformance.dialects.foreign import Foreign, ForeignSource
from storeproof.conformance.dialects.http_routes import ROUTES
from storeproof.conformance.trace import Step
from storeproof.stores.entities import DatasetInput, Metric, Param, Tag

_SPELLINGS = {
    ("Run", "info"): "{}['info']",
    ("Run", "params"): "texts({}['data'], 'params')",
    ("Run", "tags"): "texts({}['data'], 'tags')",
    ("Run", "metrics"): "points({})",
    ("Run", "inputs"): "{}.get('inputs', {{}}).get('dataset_inputs', [])",
    ("Experiment", "tags"): "texts({}, 'tags')",
    ("Page[Run]", "items"): "{}.get('runs', [])",
    ("Page[Experiment]", "items"): "{}.get('experiments', [])",
    ("Page[Metric]", "items"): "{}.get('metrics', [])",
    ("Page[RegisteredModel]", "items"): "{}.get('registered_models', [])",
    ("Page[ModelVersion]", "items"): "{}.get('model_versions', [])",
    ("RegisteredModel", "tags"): "texts({}, 'tags')",
    ("RegisteredModel", "aliases"): "pointing({})",
    ("RegisteredModel", "latest_versions"): "{}.get('latest_versions', [])",
    ("ModelVersion", "version"): "int({}['version'])",
    ("ModelVersion", "tags"): "texts({}, 'tags')",
    ("ModelVersion", "aliases"): "{}.get('aliases', [])",
    **{
        (f"Page[{each}]", "token"): "{}.get('next_page_token')"
        for each in ("Run", "Experiment", "Metric", "RegisteredModel", "ModelVersion")
    },
    ("Metric", "key"): "{}['key']",
    ("Metric", "value"): "float({}['value'])",
    ("Metric", "timestamp"): "int({}['timestamp'])",
    ("Metric", "step"): "int({}.get('step', 0))",
    ("DatasetInput", "dataset"): "{}['dataset']",
    ("DatasetInput", "tags"): "texts({}, 'tags')",
    **{
        (owner, name): f"{{}}.get({name!r})"
        for owner, names in (
            ("Experiment", "experiment_id name artifact_location lifecycle_stage"),
            ("Experiment", "creation_time last_update_time"),
            ("RunInfo", "run_id experiment_id run_name user_id status start_time end_time"),
            ("RunInfo", "lifecycle_stage artifact_uri"),
            ("Dataset", "name digest source_type source schema profile"),
            ("RegisteredModel", "name creation_timestamp last_updated_timestamp description"),
            ("ModelVersion", "name creation_timestamp last_updated_timestamp description"),
            ("ModelVersion", "user_id current_stage source run_id run_link status status_message"),
        )
        for name in names.split()
    },
}
"""How MLflow's JSON says what the contract's entities hold."""

_CALL = """

class Refused(Exception):
    pass


def call(verb, route, **fields):
    url, body = f"{ADDRESS}/api/2.0/mlflow/{route}", None
    if verb == "GET":
        url += "?" + urllib.parse.urlencode(fields, doseq=True)
    else:
        body = json.dumps(fields).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method=verb)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        said = error.read()
        code = json.loads(said)["error_code"] if said.startswith(b"{") else f"HTTP {error.code}"
        raise Refused(code) from None
"""


class _Source(ForeignSource):
    """Writes entities as JSON objects, and numbers that JSON lacks as MLflow does."""

    @override
    def of(self, value: object, *, may_be_id: bool = False) -> str:
        if isinstance(value, float) and not math.isfinite(value) and not self.plain:
            return repr({"inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), "NaN"))
        return super().of(value, may_be_id=may_be_id)

    @override
    def entity(self, value: object, fields: Mapping[str, str]) -> str:
        if isinstance(value, DatasetInput):
            tags = [Tag(key, text) for key, text in value.tags.items()]
            fields = {"dataset": fields["dataset"], "tags": self.of(tags)}
        return f"{{{', '.join(f'{name!r}: {source}' for name, source in fields.items())}}}"


class Http(Foreign):
    """The routes of a tracking server; the recipe's last line gives its ADDRESS."""

    refusal = "Refused"
    code = "str(error)"

    spellings = _SPELLINGS
    definitions: ClassVar[Mapping[str, str]] = {
        "found": """
def found(verb, route, part, **fields):
    try:
        return call(verb, route, **fields)[part]
    except Refused as error:
        if str(error) != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
""",
        "point": """
def point(metric):
    where = int(metric["timestamp"]), int(metric.get("step", 0))
    return metric["key"], float(metric["value"]), *where
""",
        "points": """
def points(run):
    return {metric["key"]: metric for metric in run["data"].get("metrics", [])}
""",
        "pointing": """
def pointing(model):
    return {each["alias"]: int(each["version"]) for each in model.get("aliases", [])}
""",
        "texts": """
def texts(owner, part):
    return {each["key"]: each.get("value", "") for each in owner.get(part, [])}
""",
    }

    @override
    def new_source(self) -> _Source:
        return _Source()

    @override
    def foreign_call(self, step: Step) -> str:
        route = ROUTES.get(step.method)
        if route is None:
            return super().foreign_call(step)
        fields = []
        for name, value in step.arguments.items():
            if name == route.spread and isinstance(value, Metric | Param | Tag):
                parts = [
                    each for each in ("key", "value", "timestamp", "step") if hasattr(value, each)
                ]
                fields += [f"{each}={self.source.of(getattr(value, each))}" for each in parts]
            elif value is not None:
                fields.append(f"{route.fields.get(name, name)}={self.argument(name, value)}")
        if step.method == "get_experiment_by_name":
            return (
                f"found({', '.join([*map(repr, (route.verb, route.path, route.part)), *fields])})"
            )
        call = f"call({', '.join([repr(route.verb), repr(route.path), *fields])})"
        if route.many:
            return f"{call}.get({route.part!r}, [])"
        return f"{call}[{route.part!r}]" if route.part else call

    @override
    def argument(self, name: str, value: object) -> str:
        if name == "version" and type(value) is int:
            return repr(str(value))  # MLflow's JSON has it as a text
        source = super().argument(name, value)
        return f"json.dumps({source})" if name == "model" else source

    @override
    def made(self, name: str) -> Made:
        parts = f"({name}['info'][each] for each in ('run_id', 'run_name'))"
        return Made((f"{name}_id, {name}_name = {parts}",), f"{name}_id", f"{name}_name")

    @override
    def token(self, name: str) -> str:
        return f"{name}['next_page_token']"

    @override
    def imports(self) -> list[str]:
        modules = ("json", "urllib.error", "urllib.parse", "urllib.request")
        return [f"import {module}" for module in modules]

    @override
    def helpers(self) -> list[str]:
        return [*_CALL.rstrip().splitlines(), *super().helpers()]
