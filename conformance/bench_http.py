"""The part of `storeproof bench` about tracking servers: ours and MLflow's over sqlite, under the same requests.

Eight clients send at once, each request on a connection of its own, so that neither a kept
connection nor an acknowledgement that is delayed is measured. A figure is the time of all
requests divided by their number: 1000 over it is the requests per second.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from storeproof.fixtures.tracking import TrackingServer

CLIENTS = 8
RUNS = 1000
API = "/api/2.0/mlflow/"

_START = 1_700_000_000_000
_START_SECONDS = 120.0
_ANSWER_SECONDS = 120.0


class ServerError(Exception):
    """A server did not start or did not answer as it must; the message says what it said."""


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, and the process that leads it."""

    url: str
    pid: int


class Load:
    """Requests to one server; each operation answers with the ms of one request."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._place = (place.hostname, place.port)
        self._host = place.netloc
        self._count = 0
        self._experiment = self._new_experiment("bench")
        self._searched: str | None = None

    def create_run(self) -> float:
        """Create runs."""
        body = {"experiment_id": self._experiment, "user_id": "bench", "start_time": _START}
        return self._at_once([self._request("runs/create", body)] * 40)

    def log_metric(self) -> float:
        """Log single metrics, all clients to one run."""
        run = self._new_run(self._experiment)
        points = [
            {"run_id": run, "key": "m", "value": at / 7, "timestamp": _START + at, "step": at}
            for at in range(40)
        ]
        return self._at_once([self._request("runs/log-metric", each) for each in points])

    def log_batch(self) -> float:
        """Log batches of 1000 metrics of one key, each to a run of its own."""
        points = [
            {"key": "m", "value": at / 7, "timestamp": _START + at, "step": at}
            for at in range(1000)
        ]
        return self._at_once(
            [
                self._request(
                    "runs/log-batch", {"run_id": self._new_run(self._experiment), "metrics": points}
                )
                for _ in range(2)
            ]
        )

    def search(self) -> float:
        """Read every run of an experiment in one page."""
        if self._searched is None:
            self._searched = self._experiment_with_runs()
        body = {"experiment_ids": [self._searched], "max_results": RUNS}
        return self._at_once([self._request("runs/search", body)])

    def _experiment_with_runs(self) -> str:
        experiment = self._new_experiment("search")
        metrics = [
            {"key": f"m{at}", "value": at / 7, "timestamp": _START, "step": 0} for at in range(10)
        ]
        params = [{"key": f"p{at}", "value": f"value {at}"} for at in range(5)]
        for _ in range(RUNS):
            run = self._new_run(experiment)
            body = {"run_id": run, "metrics": metrics, "params": params}
            self._send(self._request("runs/log-batch", body))
        return experiment

    def _new_experiment(self, name: str) -> str:
        self._count += 1
        answer = self._send(self._request("experiments/create", {"name": f"{name}{self._count}"}))
        return str(json.loads(answer)["experiment_id"])

    def _new_run(self, experiment: str) -> str:
        body = {"experiment_id": experiment, "user_id": "bench", "start_time": _START}
        answer = self._send(self._request("runs/create", body))
        return str(json.loads(answer)["run"]["info"]["run_id"])

    def _at_once(self, requests: Sequence[bytes]) -> float:
        """The time of the requests, sent by every client, divided by their number."""

        def client() -> None:
            for each in requests:
                self._send(each)

        with ThreadPoolExecutor(CLIENTS) as clients:
            started = time.perf_counter()
            for done in [clients.submit(client) for _ in range(CLIENTS)]:
                done.result()
            return (time.perf_counter() - started) * 1000 / (len(requests) * CLIENTS)

    def _request(self, path: str, body: object) -> bytes:
        content = json.dumps(body).encode()
        head = (
            f"POST {API}{path} HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def _send(self, request: bytes) -> bytes:
        """The body of the answer."""
        with socket.create_connection(self._place, timeout=_ANSWER_SECONDS) as connection:
            connection.sendall(request)
            heard = bytearray()
            while part := connection.recv(1 << 18):
                heard += part
        head, _, body = bytes(heard).partition(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ServerError(f"A server answered {head[:60]!r} {body[:200]!r}.")
        return body


OPERATIONS: dict[str, Callable[[Load], float]] = {
    f"create_run, {CLIENTS} clients": Load.create_run,
    f"log_metric, {CLIENTS} clients": Load.log_metric,
    f"log_batch of 1000 metrics, {CLIENTS} clients": Load.log_batch,
    f"search_runs, 1k runs, {CLIENTS} clients": Load.search,
}
"""What is asked of every server, by the names that the report shows."""


@contextmanager
def ours(scratch: Path) -> Iterator[Served]:
    """This project's server over sqlite, as it is by default."""
    with TrackingServer.start(f"sqlite:///{scratch}/storeproof.db") as server:
        yield Served(server.url, server.pid)


@contextmanager
def theirs(python: str, scratch: Path) -> Iterator[Served]:
    """MLflow's server over sqlite, as it is by default."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = scratch / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [
                *(python, "-m", "mlflow", "server", "--port", str(port)),
                *("--backend-store-uri", f"sqlite:///{scratch}/mlflow.db"),
            ],
            stdout=said,
            stderr=said,
            cwd=scratch,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process, log)
        yield Served(url, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the group of its own that it was started in
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    place = urlsplit(url)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with suppress(OSError), socket.create_connection((place.hostname, place.port), 5) as probe:
            probe.sendall(f"GET /health HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
            if probe.recv(100).startswith(b"HTTP/1.1 200 "):
                return
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()
            raise ServerError(f"MLflow's server did not start: {said[-1] if said else 'no word'}")
        time.sleep(0.1)


def memory(leader: int) -> str:
    """What each of a server's processes holds in memory, in megabytes; "" where /proc does not tell."""
    held = sorted(_megabytes(pid) for pid in _tree(leader))
    return " + ".join(f"{each:.0f}" for each in reversed(held) if each) + " MB" if held else ""


def _tree(leader: int) -> list[int]:
    """A process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            parents[int(entry.parent.name)] = int(fields[1])
    found = [leader] if leader in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _megabytes(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
