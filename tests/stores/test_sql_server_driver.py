"""SQL Server's own ODBC driver, without a server: what it says of a connection is told by code, soon, and without the password.

STOREPROOF_REQUIRE=mssql-driver makes it a failure that the driver is missing.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storeproof.stores import ErrorCode, StoreError, odbc_driver, open_store

PASSWORD = "s3cret-%7B%7D"
SHOWN = "s3cret-{}"

Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture(autouse=True)
def driver() -> str:
    """The driver's name or file."""
    try:
        return odbc_driver()
    except StoreError as error:
        if "mssql-driver" in os.environ.get("STOREPROOF_REQUIRE", "").split(","):
            pytest.fail(f"STOREPROOF_REQUIRE names mssql-driver. {error.message}")
        pytest.skip(f"NOT RUN: {error.message}")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Listens on a free port and hands each connection to a function; gives the port."""

    def start(answer: Callable[[socket.socket], None]) -> int:
        listener = running.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        running.callback(thread.join)
        running.callback(listener.shutdown, socket.SHUT_RDWR)
        return int(listener.getsockname()[1])

    ended = threading.Event()
    with ExitStack() as running:
        running.callback(ended.set)
        yield start


def refusal(port: int, query: str = "") -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_store(f"mssql+pyodbc://sa:{PASSWORD}@127.0.0.1:{port}/store{query}")
    assert SHOWN not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_server_that_is_down_is_told_within_ten_seconds() -> None:
    started = time.monotonic()
    # A driver that did not load, or found no resources beside it, would be a wrong address.
    assert refusal(closed_port()).code is ErrorCode.TEMPORARILY_UNAVAILABLE
    assert time.monotonic() - started < 10


def test_a_server_that_hangs_up_is_unavailable(serve: Serve) -> None:
    port = serve(lambda connection: None)
    assert refusal(port).code is ErrorCode.TEMPORARILY_UNAVAILABLE


def test_a_server_that_is_no_sql_server_is_a_wrong_address(serve: Serve) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert refusal(serve(talk)).code is ErrorCode.INVALID_PARAMETER_VALUE


@pytest.mark.parametrize("name", ["No Such Driver", "/no/such/file.so"])
def test_an_odbc_driver_that_is_not_there_is_named(name: str) -> None:
    error = refusal(1, f"?driver={name.replace(' ', '+')}")
    assert error.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert name in error.message


def test_an_unknown_data_source_is_a_wrong_address() -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"mssql+pyodbc://sa:{PASSWORD}@no_such_source")
    assert caught.value.code is ErrorCode.INVALID_PARAMETER_VALUE
