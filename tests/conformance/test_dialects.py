"""Scripts in another library's words: what is said of answers, values and calls comes out in its own."""

from __future__ import annotations

import math

import pytest

from storeproof.conformance.dialects.http import Http
from storeproof.conformance.dialects.mlflow import Mlflow
from storeproof.conformance.trace import Step
from storeproof.stores import (
    Dataset,
    DatasetInput,
    Metric,
    Param,
    RunStatus,
    Tag,
    ViewType,
)

LOOKS = [
    ("get_run", "{}.info.status", "a.info.status", "a['info'].get('status')"),
    ("get_run", "{}.params['k']", "a.data.params['k']", "texts(a['data'], 'params')['k']"),
    ("get_run", "{}.tags", "a.data.tags", "texts(a['data'], 'tags')"),
    ("get_run", "{}.metrics['m'].value", "points(a)['m'].value", "float(points(a)['m']['value'])"),
    ("get_run", "{}.metrics['m']", "point(points(a)['m'])", "point(points(a)['m'])"),
    ("get_run", "len({}.metrics)", "len(points(a))", "len(points(a))"),
    (
        "search_runs",
        "[item.info.run_id for item in {}.items]",
        "[item.info.run_id for item in a]",
        "[item['info'].get('run_id') for item in a.get('runs', [])]",
    ),
    (
        "search_runs",
        "{}.items[0].params",
        "a[0].data.params",
        "texts(a.get('runs', [])[0]['data'], 'params')",
    ),
    ("search_runs", "{}.token", "a.token", "a.get('next_page_token')"),
    ("search_runs", "{}.items", "tuple(a)", "tuple(a.get('runs', []))"),
    (
        "get_metric_history",
        "{}.items",
        "tuple(map(point, a))",
        "tuple(map(point, a.get('metrics', [])))",
    ),
    ("get_experiment", "{}.tags['k']", "a.tags['k']", "texts(a, 'tags')['k']"),
    ("get_experiment_by_name", "{}.name", "a.name", "a.get('name')"),
    ("create_experiment", "{}", "a", "a"),
    ("get_registered_model", "{}.aliases['c']", "pointing(a)['c']", "pointing(a)['c']"),
    (
        "get_registered_model",
        "[item.version for item in {}.latest_versions]",
        "[int(item.version) for item in a.latest_versions]",
        "[int(item['version']) for item in a.get('latest_versions', [])]",
    ),
    (
        "search_model_versions",
        "{}.items[0].tags",
        "a[0].tags",
        "texts(a.get('model_versions', [])[0], 'tags')",
    ),
    (
        "get_latest_versions",
        "{}[0].current_stage",
        "a[0].current_stage",
        "a[0].get('current_stage')",
    ),
    ("update_run_info", "{}.end_time", "a.end_time", "a.get('end_time')"),
    (
        "get_run",
        "json.loads({}.tags['t'])[0]",
        "json.loads(a.data.tags['t'])[0]",
        "json.loads(texts(a['data'], 'tags')['t'])[0]",
    ),
]


@pytest.mark.parametrize(("method", "expression", "mlflows", "https"), LOOKS)
def test_an_answer_is_looked_at_in_the_librarys_way(
    method: str, expression: str, mlflows: str, https: str
) -> None:
    here = expression.format("a")
    assert Mlflow().look(here, "a", method) == mlflows
    assert Http().look(here, "a", method) == https


def call(dialect: type[Mlflow] | type[Http], method: str, **arguments: object) -> str:
    return dialect().call(Step(0, "store", method, arguments))


def test_mlflow_is_called_with_all_that_it_demands() -> None:
    assert call(Mlflow, "create_experiment", name="n") == (
        "store.create_experiment(name='n', artifact_location=None, tags=[])"
    )
    assert call(Mlflow, "log_batch", run_id="r", params=[Param("k", "v")]) == (
        "store.log_batch('r', metrics=[], params=[Param(key='k', value='v')], tags=[])"
    )
    assert call(Mlflow, "create_run", experiment_id="0").startswith(
        "store.create_run(experiment_id='0', user_id='unknown', start_time=time."
    )


def test_mlflow_gets_its_own_entities_and_enumerations() -> None:
    tag = Tag("k", "v")
    assert "ExperimentTag(" in call(Mlflow, "set_experiment_tag", experiment_id="0", tag=tag)
    assert "RunTag(" in call(Mlflow, "set_tag", run_id="r", tag=tag)
    assert "RunStatus.FAILED" in call(
        Mlflow, "update_run_info", run_id="r", status=RunStatus.FAILED
    )
    assert "run_view_type=ViewType.ALL" in call(
        Mlflow, "search_runs", experiment_ids=["0"], view=ViewType.ALL
    )
    use = DatasetInput(Dataset("n", "d", "t", "s"), {"k": "v"})
    assert "tags=[InputTag('k', 'v')]" in call(Mlflow, "log_inputs", run_id="r", datasets=[use])


def test_what_mlflows_script_names_is_imported() -> None:
    dialect = Mlflow()
    dialect.call(Step(0, "store", "search_runs", {"experiment_ids": ["0"]}))
    dialect.call(Step(1, "store", "set_tag", {"run_id": "r", "tag": Tag("k", "v")}))
    dialect.refuses = True
    assert dialect.imports() == [
        "from mlflow.entities import RunTag, ViewType",
        "from mlflow.exceptions import MlflowException",
    ]


def test_a_server_gets_the_fields_of_its_routes() -> None:
    assert call(Http, "log_metric", run_id="r", metric=Metric("m", math.nan, 1)) == (
        "call('POST', 'runs/log-metric', run_id='r', key='m', value='NaN', timestamp=1, step=0)"
    )
    assert call(Http, "create_experiment", name="n", artifact_location=None) == (
        "call('POST', 'experiments/create', name='n')['experiment_id']"
    )
    assert call(Http, "log_batch", run_id="r", tags=(Tag("k", "v"),)) == (
        "call('POST', 'runs/log-batch', run_id='r', tags=[{'key': 'k', 'value': 'v'}])"
    )
    assert call(Http, "get_experiment_by_name", name="n") == (
        "found('GET', 'experiments/get-by-name', 'experiment', experiment_name='n')"
    )


def test_models_are_asked_of_mlflows_store_for_them() -> None:
    asked = call(Mlflow, "get_model_version", name="m", version=2)
    assert asked == "models(store).get_model_version('m', '2')"
    tagged = call(Mlflow, "set_model_version_tag", name="m", version=2, tag=Tag("k", "v"))
    assert "ModelVersionTag(key='k', value='v')" in tagged
    dialect = Mlflow()
    dialect.call(
        Step(0, "store", "create_registered_model", {"name": "m", "tags": [Tag("k", "v")]})
    )
    assert "from mlflow.entities.model_registry import RegisteredModelTag" in dialect.imports()


def test_models_are_asked_of_a_server_by_its_routes() -> None:
    removed = call(Http, "delete_model_version", name="m", version=2)
    assert removed == "call('DELETE', 'model-versions/delete', name='m', version='2')"
    found = call(Http, "get_latest_versions", name="m")
    assert found.endswith(".get('model_versions', [])")


@pytest.mark.parametrize("dialect", [Mlflow, Http])
def test_what_is_expected_of_points_is_their_plain_values(
    dialect: type[Mlflow] | type[Http],
) -> None:
    expected = {"m": Metric("m", 1.0, 2, 3)}
    assert dialect().expected(expected, may_be_id=False) == "{'m': ('m', 1.0, 2, 3)}"


@pytest.mark.parametrize("dialect", [Mlflow, Http])
def test_only_the_helpers_that_are_used_are_written(dialect: type[Mlflow] | type[Http]) -> None:
    made = dialect()
    made.look("a.metrics['m']", "a", "get_run")
    written = "\n".join(made.helpers())
    assert "def point(" in written
    assert "def points(" in written
    assert "def uses(" not in written
    assert "def found(" not in written
