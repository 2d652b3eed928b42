"""Whatever is sent, the answer is an error of the protocol, below 500, and nothing is written (HTTP-ERRORS)."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from http_servers import API

from storeproof.stores import ErrorCode, StoreError, TrackingStore
from storeproof.stores.http import server
from storeproof.stores.http.routes import BATCH_LIMIT, ROUTES

IPV = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
NOWHERE = (404, "ENDPOINT_NOT_FOUND")


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which has exactly the two fields."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error_code", "message"}
    assert body["message"]
    assert "Traceback" not in body["message"]
    return answer.status_code, body["error_code"]


@pytest.fixture
def run(store: TrackingStore) -> str:
    experiment = store.create_experiment(secrets.token_hex(8))
    return store.create_run(experiment).info.run_id


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b"\xff",
        b'{"run_id": "\\ud800"}',
        b'{"run_id": NaN}',
        b"[" * 200_000,
        b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_a_body_that_is_no_json_object(wire: httpx.Client, content: bytes) -> None:
    answer = wire.post(
        "runs/log-batch", content=content, headers={"Content-Type": "application/json"}
    )
    assert told(answer) == IPV


@pytest.mark.parametrize(
    "entries",
    [
        {"metrics": {}},
        {"metrics": ["m"]},
        {"metrics": [{"key": "m", "value": True, "timestamp": 1}]},
        {"metrics": [{"key": "m", "value": "many", "timestamp": 1}]},
        {"metrics": [{"key": "m", "value": 10**400, "timestamp": 1}]},
        {"metrics": [{"key": "m", "value": "1e400", "timestamp": 1}]},
        {"metrics": [{"key": "m", "timestamp": 1}]},
        {"metrics": [{"key": "m", "value": 1}]},
        {"metrics": [{"key": "m", "value": 1, "timestamp": 1.5}]},
        {"metrics": [{"key": "m", "value": 1, "timestamp": 2**63}]},
        {"metrics": [{"key": "m", "value": 1, "timestamp": 1, "step": "x"}]},
        {"metrics": [{"value": 1, "timestamp": 1}]},
        {"params": [{"key": "p", "value": 1}]},
        {"params": [{"value": "v"}]},
        {"params": [{"key": "p", "value": "\0"}]},
        {"tags": "t"},
        {"tags": [{"key": "../t", "value": "v"}]},
    ],
)
def test_one_bad_entry_of_a_batch(
    wire: httpx.Client, store: TrackingStore, run: str, entries: dict[str, Any]
) -> None:
    before = store.get_run(run)
    good = {"tags": [{"key": "good", "value": "v"}], "params": [{"key": "good", "value": "v"}]}
    assert told(wire.post("runs/log-batch", json={"run_id": run, **good, **entries})) == IPV
    assert store.get_run(run) == before


@pytest.mark.parametrize("field", ["name", "artifact_location", "tags"])
def test_a_field_of_another_type(wire: httpx.Client, field: str) -> None:
    body = {"name": secrets.token_hex(8), field: 5}
    assert told(wire.post("experiments/create", json=body)) == IPV


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_without_any_field(wire: httpx.Client, route: Any) -> None:
    body = {} if route.method == "GET" else {"json": {}}
    answer = wire.request(route.method, route.path, **body)
    if "search" in route.path:
        assert answer.status_code == 200
    else:
        assert told(answer) == IPV


@pytest.mark.parametrize("status", ["ODD", 9, ""])
def test_a_status_that_there_is_not(wire: httpx.Client, run: str, status: str | int) -> None:
    assert told(wire.post("runs/update", json={"run_id": run, "status": status})) == IPV


@pytest.mark.parametrize(
    "model", ["", "{", "[]", "3", "null", '{"a": NaN}', "[" * 100_000], ids=lambda text: text[:9]
)
def test_a_model_that_is_no_json_object(wire: httpx.Client, run: str, model: str) -> None:
    body = {"run_id": run, "model_json": model}
    assert told(wire.post("runs/log-model", json=body)) == IPV


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": "x"},
        {"start_step": "x"},
        {"end_step": "1.5"},
        {"max_results": 2501},
        {"run_ids": ["a"] * 101},
    ],
    ids=lambda query: next(iter(query)),
)
def test_a_bulk_history_with_a_bad_bound(
    wire: httpx.Client, run: str, query: dict[str, Any]
) -> None:
    asked = {"run_ids": run, "metric_key": "m", **query}
    assert told(wire.get("metrics/get-history-bulk-interval", params=asked)) == IPV


@pytest.mark.parametrize("run_id", ["unknown", "", " ", "%", "a/b", "\0", "é", "x" * 3000])
def test_an_unknown_run_of_any_shape(wire: httpx.Client, run_id: str) -> None:
    assert told(wire.get("runs/get", params={"run_id": run_id})) == MISSING


def test_a_query_that_is_no_utf_8(wire: httpx.Client) -> None:
    assert told(wire.get("runs/get?run_id=%ff%fe")) == MISSING


@pytest.mark.parametrize(
    "path",
    ["", "runs", "runs/gets", "runs/get/", "runs/../../../../etc/passwd", "traces/tr-1"],
)
def test_a_route_that_there_is_not(wire: httpx.Client, path: str) -> None:
    assert told(wire.get(path)) == NOWHERE


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_method_that_a_route_does_not_have(wire: httpx.Client, route: Any) -> None:
    answer = wire.put(route.path, json={})
    assert told(answer) == (405, "ENDPOINT_NOT_FOUND")
    assert route.method in answer.headers["allow"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_of_content(
    wire: httpx.Client, store: TrackingStore, kind: str | None
) -> None:
    name = secrets.token_hex(8)
    headers = {} if kind is None else {"Content-Type": kind}
    content = json.dumps({"name": name}).encode()
    assert told(wire.post("experiments/create", content=content, headers=headers)) == IPV
    assert store.get_experiment_by_name(name) is None


def test_the_type_of_content_may_name_a_charset(wire: httpx.Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    content = json.dumps({"name": secrets.token_hex(8)}).encode()
    assert wire.post("experiments/create", content=content, headers=headers).status_code == 200


def test_a_batch_that_is_too_long(wire: httpx.Client, store: TrackingStore, run: str) -> None:
    body = {"run_id": run, "tags": [{"key": "t", "value": "v"}], "filler": "x" * BATCH_LIMIT}
    assert told(wire.post("runs/log-batch", json=body)) == IPV
    assert "t" not in store.get_run(run).tags


def test_a_batch_that_is_just_short_enough(wire: httpx.Client, run: str) -> None:
    body = {"run_id": run, "filler": ""}
    body["filler"] = "x" * (BATCH_LIMIT - len(json.dumps(body)))
    content = json.dumps(body).encode()
    assert len(content) == BATCH_LIMIT
    answer = wire.post(
        "runs/log-batch", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200


def test_a_body_in_pieces_that_is_too_long(wire: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(BATCH_LIMIT // 1000 + 1):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    assert told(wire.post("runs/log-batch", content=pieces(), headers=headers)) == IPV


def test_the_connection_serves_on_after_a_body_that_is_too_long(url: str) -> None:
    with httpx.Client(base_url=url + API, trust_env=False) as client:
        for _ in range(3):
            assert told(client.post("runs/log-batch", json={"x": "x" * 2_000_000})) == IPV
            assert client.get("experiments/get", params={"experiment_id": "0"}).status_code == 200


def converse(url: str, *pieces: bytes) -> bytes:
    """What the server says to pieces sent as they are, until it closes the connection."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        heard = b""
        while part := connection.recv(65536):
            heard += part
        return heard


def test_a_length_that_nobody_would_read(url: str) -> None:
    head = (
        f"POST {API}runs/log-batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {10**15}\r\n\r\n"
    )
    assert converse(url, head.encode()).startswith(b"HTTP/1.1 400 ")


def test_what_is_no_http(url: str) -> None:
    assert converse(url, b"\x16\x03\x01\x02\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_body_that_does_not_arrive(
    url: str, store: TrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_SECONDS", 0.05)
    name = secrets.token_hex(8)
    body = json.dumps({"name": name}).encode()
    head = (
        f"POST {API}experiments/create HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    heard = converse(url, head.encode(), body)
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert b"TEMPORARILY_UNAVAILABLE" in heard
    assert store.get_experiment_by_name(name) is None


def test_a_client_that_goes_away_in_the_middle_writes_nothing(
    url: str, store: TrackingStore
) -> None:
    name = secrets.token_hex(8)
    body = json.dumps({"name": name}).encode()
    head = (
        f"POST {API}experiments/create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
    assert store.get_experiment_by_name(name) is None


@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_code_of_a_store_has_its_status(
    code: ErrorCode, broken: tuple[httpx.Client, Any]
) -> None:
    wire, behind = broken
    behind.error = StoreError(code, "why")
    assert told(wire.get("runs/get", params={"run_id": "a"})) == (code.http_status, code)


def test_a_store_that_fails_otherwise_is_an_error_without_a_trace(
    broken: tuple[httpx.Client, Any],
) -> None:
    wire, behind = broken
    behind.error = RuntimeError("a secret")
    answer = wire.get("runs/get", params={"run_id": "a"})
    assert told(answer) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text


def test_a_reason_that_no_json_can_carry_is_told_all_the_same(
    broken: tuple[httpx.Client, Any],
) -> None:
    wire, behind = broken
    behind.error = StoreError(ErrorCode.INVALID_PARAMETER_VALUE, "it is \ud800")
    assert told(wire.get("runs/get", params={"run_id": "a"})) == IPV
