"""Nothing that is sent to a route makes the server fail, tell a trace, or write what it refuses (HTTP-ERRORS)."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.stores import Run, TrackingStore
from storeproof.stores.http import messages
from storeproof.stores.http.routes import ROUTES, Route

RUN = "<the run>"
EXPERIMENT = "<the experiment>"

texts = st.text(max_size=6) | st.sampled_from(
    [
        RUN,
        EXPERIMENT,
        "",
        "m",
        "a/../b",
        "\0",
        "\ud800",
        "mlflow.runName",
        "mlflow.log-model.history",
        "FINISHED",
        "ALL",
        "NaN",
        "1e999",
        "9" * 40,
        "{}",
        "metrics.m > 1",
        "metrics.m >",
        "x" * 10_000,
    ]
)
numbers = st.sampled_from([0, 1, -1, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308]) | st.floats()
atoms = st.none() | st.booleans() | numbers | texts
fields = sorted(
    {
        field.name
        for kind in vars(messages).values()
        if isinstance(kind, type) and issubclass(kind, messages.Message)
        for field in msgspec.structs.fields(kind)
    }
)
entries = st.fixed_dictionaries(
    {"key": texts}, optional={"value": atoms, "timestamp": atoms, "step": atoms, "tags": atoms}
)
values = st.recursive(
    atoms | entries,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner, max_size=3)
    ),
    max_leaves=8,
)
valid = {
    "run_id": st.just(RUN),
    "experiment_id": st.just(EXPERIMENT),
    "key": st.just("m"),
    "value": st.just("1"),
    "timestamp": st.just(1),
    "metric_key": st.just("m"),
    "model_json": st.just("{}"),
}


def bodies(route: Route) -> SearchStrategy[dict[str, Any]]:
    """Objects with the route's own fields, some right and some anything."""
    known = [field.name for field in msgspec.structs.fields(route.request)]
    return st.fixed_dictionaries(
        {}, optional={name: values | valid[name] if name in valid else values for name in known}
    )


@pytest.fixture
def run(store: TrackingStore) -> Run:
    """A run in an experiment of its own, with something logged."""
    made = store.create_run(store.create_experiment(secrets.token_hex(8)))
    return store.get_run(made.info.run_id)


def text_of(body: Any, run: Run) -> str:
    """The body as JSON, bare NaN and lone surrogates included, with real ids in it."""
    text = json.dumps(body)
    return text.replace(RUN, run.info.run_id).replace(EXPERIMENT, run.info.experiment_id)


def judge(answer: httpx.Response, store: TrackingStore, run: Run) -> None:
    told = answer.json()
    assert "Traceback" not in answer.text
    if answer.status_code == 200:
        return
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert set(told) == {"error_code", "message"}
    assert store.get_run(run.info.run_id) == run


def replayable(function: Any) -> Any:
    return settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )(function)


SENT = [route for route in ROUTES if route.method != "GET"]
GETS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("route", SENT, ids=lambda route: f"{route.method} {route.path}")
@replayable
@given(data=st.data())
def test_any_fields(
    wire: httpx.Client, store: TrackingStore, run: Run, route: Route, data: st.DataObject
) -> None:
    before = store.get_run(run.info.run_id)
    content = text_of(data.draw(bodies(route)), run).encode()
    headers = {"Content-Type": "application/json"}
    answer = wire.request(route.method, route.path, content=content, headers=headers)
    judge(answer, store, before)


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.path)
@replayable
@given(data=st.data())
def test_any_query(
    wire: httpx.Client, store: TrackingStore, run: Run, route: Route, data: st.DataObject
) -> None:
    body = json.loads(text_of(data.draw(bodies(route)), run))
    query = {
        name: [_sayable(each) for each in value] if isinstance(value, list) else _sayable(value)
        for name, value in body.items()
    }
    judge(wire.get(route.path, params=query), store, run)


def _sayable(value: Any) -> str:
    return str(value).encode(errors="replace").decode()[:2000]


@replayable
@given(
    route=st.sampled_from(SENT),
    content=st.binary(max_size=40)
    | st.text(alphabet='{}[]":,\\untrue0eE+-. ', max_size=40).map(str.encode),
)
def test_any_bytes(
    wire: httpx.Client, store: TrackingStore, run: Run, route: Route, content: bytes
) -> None:
    judge(
        wire.request(
            route.method,
            route.path,
            content=content,
            headers={"Content-Type": "application/json"},
        ),
        store,
        run,
    )


@replayable
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    path=st.text(alphabet="abcrunsgetexpimch/%.-?#0é", max_size=20),
)
def test_any_path(url: str, store: TrackingStore, run: Run, method: str, path: str) -> None:
    with httpx.Client(trust_env=False) as client:
        judge(client.request(method, f"{url}/api/2.0/{path}"), store, run)
