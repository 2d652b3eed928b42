"""The client: what it repeats and what it does not, and what it makes of answers (HTTP-SAME, CONN-DOWN)."""

from __future__ import annotations

import math
import socket
from collections.abc import Callable
from typing import Any

import pytest
from http_servers import Scripted, Turn, answer, drop

from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    Metric,
    Param,
    StoreError,
    Tag,
    TrackingStore,
    open_store,
)
from storeproof.stores.http import store as client
from storeproof.stores.http.connection import ATTEMPTS
from storeproof.stores.http.store import HttpStore

RUN = '{"run":{"info":{"run_id":"a","experiment_id":"1","status":"RUNNING"}}}'
BUSY = answer(503, '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"busy"}')

Call = Callable[[TrackingStore], Any]

READS: dict[str, Call] = {
    "get_run": lambda store: store.get_run("a"),
    "get_experiment": lambda store: store.get_experiment("1"),
    "get_experiment_by_name": lambda store: store.get_experiment_by_name("a"),
    "search_runs": lambda store: store.search_runs(["1"]),
    "search_experiments": lambda store: store.search_experiments(),
    "get_metric_history": lambda store: store.get_metric_history("a", "m"),
}
WRITES: dict[str, Call] = {
    "create_experiment": lambda store: store.create_experiment("a"),
    "rename_experiment": lambda store: store.rename_experiment("1", "a"),
    "delete_experiment": lambda store: store.delete_experiment("1"),
    "restore_experiment": lambda store: store.restore_experiment("1"),
    "set_experiment_tag": lambda store: store.set_experiment_tag("1", Tag("t", "v")),
    "create_run": lambda store: store.create_run("1"),
    "update_run_info": lambda store: store.update_run_info("a"),
    "delete_run": lambda store: store.delete_run("a"),
    "restore_run": lambda store: store.restore_run("a"),
    "log_metric": lambda store: store.log_metric("a", Metric("m", 1.0, 1)),
    "log_param": lambda store: store.log_param("a", Param("p", "v")),
    "set_tag": lambda store: store.set_tag("a", Tag("t", "v")),
    "delete_tag": lambda store: store.delete_tag("a", "t"),
    "log_batch": lambda store: store.log_batch("a"),
    "log_inputs": lambda store: store.log_inputs("a", [DatasetInput(Dataset("n", "d", "t", "s"))]),
    "record_logged_model": lambda store: store.record_logged_model("a", {}),
}
EVERY = {**READS, **WRITES}


def refused(store: TrackingStore, call: Call) -> StoreError:
    with pytest.raises(StoreError) as refusal:
        call(store)
    return refusal.value


def code_after(*turns: Turn, call: Call = READS["get_run"]) -> tuple[ErrorCode, int]:
    """The code that a call ends with, and the requests that were made."""
    with Scripted(turns) as server, open_store(server.url) as store:
        return refused(store, call).code, len(server.heard)


@pytest.mark.parametrize("name", READS)
def test_a_read_that_was_not_answered_is_repeated(name: str) -> None:
    assert code_after(drop, call=READS[name]) == (ErrorCode.TEMPORARILY_UNAVAILABLE, ATTEMPTS)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_was_not_answered_is_not_repeated(name: str) -> None:
    assert code_after(drop, call=WRITES[name]) == (ErrorCode.TEMPORARILY_UNAVAILABLE, 1)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_where_the_server_is_away(status: int) -> None:
    asked = code_after(answer(status, "<html>"))
    assert asked == (ErrorCode.TEMPORARILY_UNAVAILABLE, ATTEMPTS)


def test_a_write_is_not_repeated_where_the_server_is_away() -> None:
    asked = code_after(BUSY, call=WRITES["create_run"])
    assert asked == (ErrorCode.TEMPORARILY_UNAVAILABLE, 1)


@pytest.mark.parametrize("first", [drop, BUSY], ids=["dropped", "busy"])
def test_a_read_succeeds_where_a_repeat_is_answered(first: Turn) -> None:
    with Scripted([first, answer(200, RUN)]) as server, open_store(server.url) as store:
        assert store.get_run("a").info.run_id == "a"
    assert len(server.heard) == 2


@pytest.mark.parametrize("name", EVERY)
def test_a_server_that_is_down_is_unavailable(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with open_store(f"http://127.0.0.1:{port}") as store:
        error = refused(store, EVERY[name])
    assert error.code == ErrorCode.TEMPORARILY_UNAVAILABLE
    assert f"127.0.0.1:{port}" in error.message


def test_a_write_is_repeated_where_it_surely_never_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusals = 2
    connect = socket.create_connection

    def refuse_at_first(*arguments: Any, **named: Any) -> socket.socket:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(*arguments, **named)

    monkeypatch.setattr(socket, "create_connection", refuse_at_first)
    created = answer(200, '{"experiment_id":"7"}')
    with Scripted([created]) as server, open_store(server.url) as store:
        assert store.create_experiment("a") == "7"
    assert len(server.heard) == 1


def test_a_server_that_does_not_answer_in_time_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.05")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with open_store(address) as store:
            error = refused(store, READS["get_run"])
    assert error.code == ErrorCode.TEMPORARILY_UNAVAILABLE


def test_a_closed_store_says_so(store: TrackingStore) -> None:
    store.close()
    store.close()
    assert refused(store, READS["get_run"]).code == ErrorCode.TEMPORARILY_UNAVAILABLE


@pytest.mark.parametrize("code", list(ErrorCode))
def test_the_servers_code_is_the_stores(code: ErrorCode) -> None:
    reply = answer(code.http_status, f'{{"error_code":"{code}","message":"why"}}')
    with Scripted([reply]) as server, open_store(server.url) as store:
        error = refused(store, READS["get_run"])
    assert (error.code, error.message) == (code, "why")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(200, "<html>"), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(200, ""), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(200, "[]"), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(200, "{}"), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(200, '{"run":{"info":{"run_id":5}}}'), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(404, "<html>"), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(301, "", "Location: https://x/\r\n"), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(400, '{"error_code":"INVALID_STATE"}'), ErrorCode.INVALID_PARAMETER_VALUE),
        (answer(401, "no"), ErrorCode.PERMISSION_DENIED),
        (answer(403, '{"error_code":"ODD"}'), ErrorCode.PERMISSION_DENIED),
        (answer(404, '{"error_code":"ENDPOINT_NOT_FOUND"}'), ErrorCode.NOT_IMPLEMENTED),
        (answer(429, "slower"), ErrorCode.TEMPORARILY_UNAVAILABLE),
        (answer(500, "<html>"), ErrorCode.INTERNAL_ERROR),
        (lambda _: b"no http\r\n\r\n", ErrorCode.TEMPORARILY_UNAVAILABLE),
    ],
)
def test_what_else_answers_comes_to_a_code(reply: Turn, code: ErrorCode) -> None:
    assert code_after(reply)[0] == code


def test_a_name_that_is_missing_is_none_and_any_other_error_is_one() -> None:
    missing = answer(404, '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"}')
    with Scripted([missing]) as server, open_store(server.url) as store:
        assert store.get_experiment_by_name("a") is None
    code, _ = code_after(answer(404, "<html>"), call=READS["get_experiment_by_name"])
    assert code == ErrorCode.INVALID_PARAMETER_VALUE


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.create_experiment("a\ud800"),
        lambda store: store.create_experiment("a\0"),
        lambda store: store.log_metric("a", Metric("m", 10**400, 1)),
        lambda store: store.log_param("a", Param("p", "\ud800")),
        lambda store: store.search_runs(["1"], filter_string="params.p = '\ud800'"),
        lambda store: store.search_runs(["1"], max_results=0),
        lambda store: store.search_runs(["1"], page_token="\ud800"),
        lambda store: store.search_runs(["1"], filter_string="nonsense"),
        lambda store: store.search_runs(["1"], order_by=["\0"]),
        lambda store: store.get_metric_history("a", "m", page_token="é"),
        lambda store: store.record_logged_model("a", {"x": math.nan}),
    ],
)
def test_what_the_contract_refuses_is_not_sent(call: Call) -> None:
    with Scripted([drop]) as server, open_store(server.url) as store:
        assert refused(store, call).code == ErrorCode.INVALID_PARAMETER_VALUE
    assert server.heard == []


@pytest.mark.parametrize("odd", ["\ud800", "x" * 100_000])
@pytest.mark.parametrize(
    "name", ["get_run", "get_experiment", "create_run", "log_batch", "delete_experiment"]
)
def test_an_id_that_cannot_be_sent_is_unknown(name: str, odd: str) -> None:
    calls: dict[str, Call] = {
        "get_run": lambda store: store.get_run(odd),
        "get_experiment": lambda store: store.get_experiment(odd),
        "create_run": lambda store: store.create_run(odd),
        "log_batch": lambda store: store.log_batch(odd),
        "delete_experiment": lambda store: store.delete_experiment(odd),
    }
    with Scripted([drop]) as server, open_store(server.url) as store:
        assert refused(store, calls[name]).code == ErrorCode.RESOURCE_DOES_NOT_EXIST
    assert server.heard == []


def test_a_history_is_fetched_in_pages_and_given_whole(
    store: TrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "HISTORY_PAGE", 3)
    run = store.create_run("0").info.run_id
    points = [Metric("m", float(each), each, each) for each in range(10)]
    store.log_batch(run, metrics=points)
    assert store.get_metric_history(run, "m").items == tuple(points)
    assert store.get_metric_history_bulk([run], "m", 7) == {run: tuple(points[:7])}


def test_opening_a_server_asks_nothing() -> None:
    with Scripted([drop]) as server:
        open_store(server.url).close()
    assert server.heard == []


def test_a_path_of_the_address_stands_before_the_routes() -> None:
    with Scripted([answer(200, RUN)]) as server, open_store(f"{server.url}/mlflow/x/") as store:
        store.get_run("a")
    assert server.heard[0].startswith(b"GET /mlflow/x/api/2.0/mlflow/runs/get?")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_no_proxy_leads_to_this_machine(
    store: TrackingStore, monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with open_store(url) as opened:
        assert opened.get_experiment("0").name == "Default"


def test_a_proxy_leads_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted([answer(200, RUN)]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with open_store("http://tracking.invalid") as store:
            assert store.get_run("a").info.run_id == "a"
    assert proxy.heard[0].startswith(b"GET http://tracking.invalid/api/2.0/mlflow/runs/get?")


@pytest.mark.parametrize(
    "uri",
    [
        "http://",
        "http:/x",
        "http://[::1",
        "http://a..b",
        "http://a b",
        "http://x:99999",
        "http://x?y=1",
        "http://x#y",
        "http://x\ny",
        "http://\ud800",
        "http://xn--a",
        "https:///x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(uri: str) -> None:
    with pytest.raises(StoreError) as refusal:
        open_store(uri)
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "0"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "nan"),
        ("MLFLOW_TRACKING_INSECURE_TLS", "maybe"),
        ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/nowhere/at-all.pem"),
    ],
)
def test_a_setting_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(StoreError) as refusal:
        open_store("http://127.0.0.1")
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
    assert variable in refusal.value.message


def test_a_root_for_artifacts_is_the_servers_own_choice() -> None:
    with pytest.raises(StoreError) as refusal:
        open_store("http://127.0.0.1", "s3://bucket")
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE


def test_the_address_of_a_server_opens_its_client(url: str) -> None:
    with open_store(url.upper().replace("127.0.0.1", "LOCALHOST")) as store:
        assert isinstance(store, HttpStore)
        assert store.get_experiment("0").name == "Default"
