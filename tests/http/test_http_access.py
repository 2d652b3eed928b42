"""A server with a token serves only who sends it, and the client sends what it was given and tells nobody (HTTP-AUTH)."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from http_servers import API, Scripted, answer, header, running

from storeproof.stores import ErrorCode, StoreError, open_store
from storeproof.stores.http.address import from_uri
from storeproof.stores.http.server import application

TOKEN = "a-token"
RUN = '{"run":{"info":{"run_id":"a","experiment_id":"1","status":"RUNNING"}}}'


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def guarded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that wants the token."""
    folder = tmp_path_factory.mktemp("guarded")
    behind = open_store(f"sqlite:///{folder}/store.db", str(folder))
    with running(application(behind, TOKEN)) as address:
        yield address


@pytest.fixture
def plain(guarded_url: str) -> Iterator[httpx.Client]:
    """Plain requests to it."""
    with httpx.Client(base_url=guarded_url, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        "",
        "Bearer",
        "Bearer other",
        "Bearer a-toke",
        "Bearer a-token-",
        "Basic a-token",
        "Basic !!!",
        basic("a-token", "other"),
        "Digest a-token",
        "a-token",
    ],
)
@pytest.mark.parametrize(
    "path", [API + "experiments/get?experiment_id=0", API + "nowhere", "/nowhere"]
)
def test_who_does_not_send_the_token_gets_nothing(
    plain: httpx.Client, path: str, credentials: str | None
) -> None:
    headers = {} if credentials is None else {"Authorization": credentials}
    refused = plain.get(path, headers=headers)
    assert refused.status_code == 401
    assert refused.json()["error_code"] == "UNAUTHENTICATED"
    assert "Bearer" in refused.headers["www-authenticate"]


def test_a_write_without_the_token_writes_nothing(
    plain: httpx.Client, guarded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plain.post(API + "experiments/create", json={"name": "unwelcome"}).status_code == 401
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    with open_store(guarded_url) as store:
        assert store.get_experiment_by_name("unwelcome") is None


@pytest.mark.parametrize(
    "credentials", ["Bearer a-token", "bearer a-token", basic("", TOKEN), basic("ann", TOKEN)]
)
def test_who_sends_the_token_is_served(plain: httpx.Client, credentials: str) -> None:
    headers = {"Authorization": credentials}
    path = API + "experiments/get?experiment_id=0"
    assert plain.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/version"])
def test_watchers_need_no_token(plain: httpx.Client, path: str) -> None:
    assert plain.get(path).status_code == 200


def test_the_client_is_denied_without_the_token(guarded_url: str) -> None:
    with open_store(guarded_url) as store, pytest.raises(StoreError) as refusal:
        store.get_experiment("0")
    assert refusal.value.code == ErrorCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
        ({"MLFLOW_TRACKING_TOKEN": " t\n"}, "Bearer t"),
        ({"MLFLOW_TRACKING_USERNAME": "ann"}, None),
        (
            {"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": "é:x"},
            basic("ann", "é:x"),
        ),
        (
            {
                "MLFLOW_TRACKING_USERNAME": "ann",
                "MLFLOW_TRACKING_PASSWORD": "p",
                "MLFLOW_TRACKING_TOKEN": "t",
            },
            basic("ann", "p"),
        ),
    ],
)
def test_the_client_sends_what_the_environment_holds(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sent: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with Scripted([answer(200, RUN)]) as server, open_store(server.url) as store:
        store.get_run("a")
    assert header(server.heard[0], "Authorization") == sent


def test_credentials_of_the_address_come_before_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t")
    with Scripted([answer(200, RUN)]) as server:
        address = server.url.replace("://", "://ann:p%40ss@")
        with open_store(address) as store:
            store.get_run("a")
    assert header(server.heard[0], "Authorization") == basic("ann", "p@ss")


@pytest.mark.parametrize("token", ["two words", "é", "a\x00b", "a\nb", "\t"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    # No variable can hold a NUL, so the function is asked.
    with pytest.raises(StoreError) as refusal:
        from_uri("http://127.0.0.1", {"MLFLOW_TRACKING_TOKEN": token})
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
    assert "MLFLOW_TRACKING_TOKEN" in refusal.value.message
    assert token not in refusal.value.message


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, "<html>"),
        answer(401, "{}"),
        answer(500, "no"),
        answer(302, "", "Location: http://127.0.0.1:9/\r\n"),
        lambda _: None,
    ],
)
def test_no_secret_is_in_a_message_a_repr_or_a_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reply: object
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret-token")
    told = []
    with Scripted([reply]) as server:  # type: ignore[list-item]
        for address in (server.url, server.url.replace("://", "://ann:secret-password@")):
            with open_store(address) as store:
                told += [repr(store), str(vars(store))]
                with pytest.raises(StoreError) as refusal:
                    store.get_run("a")
            told += [str(refusal.value), repr(refusal.value), str(refusal.value.__cause__)]
    told += [record.getMessage() for record in caplog.records]
    shown = "\n".join(told)
    assert "secret" not in shown
    assert base64.b64encode(b"ann:secret-password").decode() not in shown


def test_credentials_do_not_follow_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret-token")
    with Scripted([answer(200, RUN)]) as elsewhere:
        away = answer(307, "", f"Location: {elsewhere.url}/\r\n")
        with (
            Scripted([away]) as server,
            open_store(server.url) as store,
            pytest.raises(StoreError),
        ):
            store.get_run("a")
    assert elsewhere.heard == []


def test_a_netrc_file_is_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Scripted([answer(200, RUN)]) as server, open_store(server.url) as store:
        store.get_run("a")
    assert header(server.heard[0], "Authorization") is None
