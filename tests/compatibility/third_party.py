"""Checks a third-party store beside its own server, for docs/compatibility-matrix.md.

    python tests/compatibility/third_party.py compat-dynamodb|compat-luml|compat-fasttrackml RESULTS.json [OPTION]...

The store must be installed beside storeproof (tox.ini has an environment for each). What is
started here is ended here; what is written is written to a folder that goes away.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

PATIENCE = 60.0
"""Seconds in which a server must accept connections."""

Check = tuple[list[str], dict[str, str]]
"""What `storeproof check` is told, and what it finds in its environment."""


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """A server on this port, for as long as it is needed."""
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{command[0]} does not serve.")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def dynamodb(folder: Path) -> Iterator[Check]:
    """mlflow-dynamodbstore on moto's server, which stands for the cloud's."""
    port = free_port()
    with serving([beside("moto_server"), "-p", str(port)], port, folder):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        environment = {**dict.fromkeys(names, "nobody"), "AWS_DEFAULT_REGION": "us-east-1"}
        address = f"dynamodb://http://127.0.0.1:{port}/storeproof"
        yield ["--mlflow", address], environment


@contextmanager
def luml(folder: Path) -> Iterator[Check]:
    """luml-mlflow on its local store, which processes at once do not share: it locks them out."""
    yield (
        ["--mlflow", "luml://local", "--jobs", "1"],
        {"LUML_BACKEND_STORE_URI": str(folder / "luml")},
    )


@contextmanager
def fasttrackml(folder: Path) -> Iterator[Check]:
    """FastTrackML's server, over HTTP."""
    port = free_port()
    command = [beside("fml"), "server", "--listen-address", f"127.0.0.1:{port}"]
    with serving(command, port, folder):
        yield [f"http://127.0.0.1:{port}"], {}


STORES = {each.__name__: each for each in (dynamodb, luml, fasttrackml)}
PACKAGES = {
    "dynamodb": "mlflow-dynamodbstore",
    "luml": "luml-mlflow",
    "fasttrackml": "fasttrackml",
}


def beside(program: str) -> str:
    """A program of the environment that this one runs in."""
    found = shutil.which(program, path=str(Path(sys.executable).parent))
    if found is None:
        raise SystemExit(f"{program} is not installed beside {sys.executable}.")
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as knocking:
        knocking.settimeout(1)
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def main(name: str, results: str, *options: str) -> int:
    """Check the store of this name; the exit status is that of `storeproof check`."""
    word = name.removeprefix("compat-")
    called = f"{PACKAGES[word]} {version(PACKAGES[word])}"
    with (
        tempfile.TemporaryDirectory() as folder,
        STORES[word](Path(folder)) as (store, settings),
    ):
        written = ["--insist", "--name", called, "--json", results]
        command = [beside("storeproof"), "check", *store, *written, *options]
        return subprocess.run(command, env={**os.environ, **settings}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
