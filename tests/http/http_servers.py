"""Servers for the tests of this folder: ours in a thread, and one that answers as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

API = "/api/2.0/mlflow/"


@contextmanager
def running(app: Any, **settings: Any) -> Iterator[str]:
    """The application at a free port of this machine; gives its address."""
    scheme = "https" if "ssl_certfile" in settings else "http"
    config = uvicorn.Config(app, log_level="critical", lifespan="on", ws="none", **settings)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert server.up.wait(30)
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


Turn = Callable[[bytes], bytes | None]
"""What to answer to a request, and None to close the connection without an answer."""


def answer(status: int, body: str, headers: str = "") -> Turn:
    """The same answer to any request."""
    content = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return lambda _: head.encode() + content


def drop(_: bytes) -> None:
    """No answer."""


class Scripted:
    """A server that takes one turn for each request, the last one again and again; `heard` are the requests."""

    def __init__(self, turns: Sequence[Turn], tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self._turns = list(turns)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        """Its address."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                connection, _ = self._listener.accept()
                with suppress(OSError), connection:
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        """One request for each connection, so that the next is made on a new one."""
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        request = _request(connection)
        if not request:
            return
        self.heard.append(request)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        reply = turn(request)
        if reply is not None:
            connection.sendall(reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


def _request(connection: socket.socket) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        part = connection.recv(65536)
        if not part:
            return b""
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def header(request: bytes, name: str) -> str | None:
    """A header of a request that was heard."""
    for line in request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None
