"""The command `storeproof server`: how it starts, how it refuses to, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from http_servers import API

from storeproof.stores import Metric, open_store
from storeproof.stores.cli import server

COMMAND = [sys.executable, "-c", "from storeproof.conformance.cli import main; main()", "server"]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command with these options, once it told its address; it is killed if the test did not end it."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            told = re.search(r"http://\S+", process.stdout.readline())
            assert told, process.stderr and process.stderr.read()
            yield process, told[0]
        finally:
            process.kill()


def refusal(*options: str) -> str:
    """What the command says when it refuses to start: one line, and status 2."""
    ended = CliRunner().invoke(server, ["--port", "0", *options])
    assert ended.exit_code == 2, ended.exception
    assert isinstance(ended.exception, SystemExit)
    assert re.fullmatch(r"Error: .+\n", ended.output)
    return ended.output


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """The address of a database that is not there yet."""
    return f"sqlite:///{tmp_path}/store.db"


@pytest.mark.parametrize("kind", ["sqlite", "file"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_a_store_until_it_is_told_to_stop(
    uri: str, tmp_path: Path, kind: str, workers: str
) -> None:
    behind = uri if kind == "sqlite" else str(tmp_path / "mlruns")
    with serving("--backend-store-uri", behind, "--workers", workers) as (process, url):
        with open_store(url) as store:
            run = store.create_run("0").info.run_id
            store.log_metric(run, Metric("m", 1.0, 1))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    with open_store(behind) as store:
        assert store.get_run(run).metrics["m"].value == 1.0


def test_ctrl_c_is_an_end_like_any_other(uri: str) -> None:
    with serving("--backend-store-uri", uri) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_artifacts_are_below_the_root_that_is_named(uri: str) -> None:
    with (
        serving("--backend-store-uri", uri, "--default-artifact-root", "s3://bucket/x") as (_, url),
        open_store(url) as store,
    ):
        assert store.get_experiment("0").artifact_location == "s3://bucket/x/0"


def test_the_environment_names_the_store_as_mlflows_does(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", uri)
    with serving() as (_, url), open_store(url) as store:
        made = store.create_experiment("a")
    with open_store(uri) as store:
        assert store.get_experiment(made).name == "a"


def test_the_token_of_the_file_is_wanted(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("a-token\n")
    with serving("--backend-store-uri", uri, "--token-file", str(tmp_path / "token")) as (_, url):
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "a-token")
        with open_store(url) as store:
            assert store.get_experiment("0").name == "Default"


def create_slowly(url: str, name: str) -> tuple[socket.socket, bytes]:
    """A connection whose request to create an experiment has begun, and the body that is still to be sent."""
    place = urlsplit(url)
    body = json.dumps({"name": name}).encode()
    connection = socket.create_connection((place.hostname, place.port), timeout=60)
    connection.sendall(
        f"POST {API}experiments/create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
    return connection, body


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_is_finished(uri: str, workers: str) -> None:
    with serving("--backend-store-uri", uri, "--workers", workers) as (process, url):
        connection, body = create_slowly(url, "in flight")
        with connection:
            process.send_signal(signal.SIGTERM)
            connection.sendall(body)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert process.wait(30) == 0
    with open_store(uri) as store:
        assert store.get_experiment_by_name("in flight") is not None


def test_an_idle_connection_does_not_keep_it_up(uri: str) -> None:
    with serving("--backend-store-uri", uri) as (process, url):
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port)):
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def test_workers_end_with_the_process_that_started_them(uri: str) -> None:
    with serving("--backend-store-uri", uri, "--workers", "2") as (process, url):
        connection, body = create_slowly(url, "orphan")
        with connection:
            process.kill()
            process.wait(30)
            connection.sendall(body)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            while connection.recv(1000):
                pass  # the worker closes the connection when it ends
        assert process.stdout is not None
        assert process.stdout.read() == ""  # until the last worker has closed it


def test_a_port_in_use_is_refused(uri: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in refusal("--backend-store-uri", uri, "--port", port)


def test_a_host_that_is_not_this_machine_is_refused(uri: str) -> None:
    assert "203.0.113.1" in refusal("--backend-store-uri", uri, "--host", "203.0.113.1")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_database_at_another_revision_is_refused(uri: str, tmp_path: Path, workers: str) -> None:
    open_store(uri).close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0123456789ab'")
    told = refusal("--backend-store-uri", uri, "--workers", workers)
    assert "0123456789ab" in told
    assert "storeproof db upgrade" in told


@pytest.mark.parametrize("address", ["nonsense://x", "sqlite:////nowhere/at/all.db"])
def test_a_store_that_cannot_be_opened_is_refused(address: str) -> None:
    refusal("--backend-store-uri", address)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_one_processs_own(address: str) -> None:
    refusal("--backend-store-uri", address, "--workers", "2")


@pytest.mark.parametrize(
    "content", [None, b"", b"\n", b"two words", b"two\nlines", b"\xff", "é".encode()]
)
def test_a_bad_token_file_is_refused(uri: str, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    assert str(path) in refusal("--backend-store-uri", uri, "--token-file", str(path))


def test_a_token_file_that_may_not_be_read_is_refused(uri: str, tmp_path: Path) -> None:
    assert str(tmp_path) in refusal("--backend-store-uri", uri, "--token-file", str(tmp_path))


def test_a_password_of_the_store_is_not_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"postgresql://ann:secret-word@127.0.0.1:{port}/none"
    told = refusal("--backend-store-uri", address)
    assert "secret-word" not in told
