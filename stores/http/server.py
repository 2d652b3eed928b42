"""The tracking server as an ASGI application: it reads requests, has them answered in threads, and sends the answers.

Whatever a client sends, it gets JSON with a status, and never a trace (HTTP-ERRORS).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from storeproof.stores.contract import TrackingStore
from storeproof.stores.errors import ErrorCode, StoreError, invalid
from storeproof.stores.http.access import guarded
from storeproof.stores.http.failing import failed
from storeproof.stores.http.pages import pages
from storeproof.stores.http.route import PREFIX, Route
from storeproof.stores.http.routes import ROUTES
from storeproof.stores.http.wire import Unreadable, decode, decode_query, encode

THREADS = 15
"""Requests that one process works on at a time: as many as its store has database connections by default."""
BODY_SECONDS = 30.0
"""How long the body of a request may take to arrive."""
_MOST_SKIPPED = (
    64_000_000  # bytes of a body that is refused which are read, so that the client hears why
)

logger = logging.getLogger(__name__)


def application(store: TrackingStore, token: str | None = None) -> ASGIApp:
    """A server of `store`, which is closed when the server ends; with a `token` it serves only who sends it (HTTP-AUTH)."""
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storeproof")

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.shutdown()
        store.close()

    app = Starlette(
        routes=[
            HttpRoute("/health", _health),
            HttpRoute("/version", _version),
            Mount(PREFIX, _Api(store, threads)),
            *pages(store, threads),
        ],
        exception_handlers={HTTPException: _no_route},
        lifespan=life,
    )
    app.router.redirect_slashes = False
    return app if token is None else guarded(app, token)


class _Api:
    """All routes over one store, each found by its path and method."""

    def __init__(self, store: TrackingStore, threads: ThreadPoolExecutor) -> None:
        self._endpoints: dict[str, dict[str, _Endpoint]] = {}
        for each in ROUTES:
            methods = self._endpoints.setdefault(PREFIX + each.path, {})
            methods[each.method] = _Endpoint(store, each, threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._endpoints.get(scope["path"])
        if methods is None:
            raise HTTPException(404)
        endpoint = methods.get(scope["method"])
        if endpoint is None:
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        await endpoint(scope, receive, send)


class _Endpoint:
    """One route over one store."""

    def __init__(self, store: TrackingStore, route: Route, threads: ThreadPoolExecutor) -> None:
        self._store = store
        self._route = route
        self._threads = threads
        self._reads_query = route.method == "GET"
        self._decode = decode_query if self._reads_query else decode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content = await self._content(scope, receive)
            work = asyncio.get_running_loop().run_in_executor(self._threads, self._answer, content)
            response = Response(await work, media_type="application/json")
        except _Gone:
            return
        except StoreError as error:
            response = failed(error.code.http_status, error.code, error.message)
        except _Late:
            response = failed(
                408,
                ErrorCode.TEMPORARILY_UNAVAILABLE,
                f"The request did not arrive within {BODY_SECONDS:.0f} s; send it again.",
                {"Connection": "close"},
            )
        except Exception:
            logger.exception("%s %s failed", self._route.method, self._route.path)
            response = failed(500, ErrorCode.INTERNAL_ERROR, "The server failed; its log says how.")
        await response(scope, receive, send)

    def _answer(self, content: bytes) -> bytes:
        """The JSON of the answer; runs in a thread, since stores block."""
        try:
            asked = self._decode(self._route.request, content)
        except Unreadable as error:
            raise invalid(f"The request cannot be read: {error}.") from None
        return encode(self._route.answer(self._store, asked))

    async def _content(self, scope: Scope, receive: Receive) -> bytes:
        """What the request says: its query or its body."""
        if self._reads_query:
            query: bytes = scope["query_string"]
            return query
        headers = dict(scope["headers"])
        _require_json(headers.get(b"content-type", b""))
        limit = self._route.limit
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > _MOST_SKIPPED:
            raise _too_long(limit)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _body(receive, limit)
        except TimeoutError:
            raise _Late from None


class _Gone(Exception):
    """The client closed the connection before its request was complete."""


class _Late(Exception):
    """The request took too long to arrive."""


async def _body(receive: Receive, limit: int) -> bytes:
    """The body, or an error once all of it was read, so that the client is listening by then."""
    chunks: list[bytes] = []
    length = 0
    while length <= _MOST_SKIPPED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk: bytes = message.get("body", b"")
        length += len(chunk)
        if length <= limit:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if length > limit:
        raise _too_long(limit)
    return b"".join(chunks)


def _too_long(limit: int) -> StoreError:
    return invalid(f"The request has more than {limit} bytes; send it in parts.")


def _require_json(content_type: bytes) -> None:
    """Refuse another type of content, as MLflow does: a web page of somebody else's could send it unasked."""
    if content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise invalid("The request must be JSON; send it with Content-Type: application/json.")


async def _health(_: Request) -> Response:
    return PlainTextResponse("OK")


async def _version(_: Request) -> Response:
    return PlainTextResponse(version("storeproof"))


async def _no_route(request: Request, error: Exception) -> Response:
    """What Starlette finds wrong itself: a path or a method that no route has."""
    assert isinstance(error, HTTPException)
    return failed(
        error.status_code,
        "ENDPOINT_NOT_FOUND",
        f"This server has no {request.method} {request.url.path}.",
        dict(error.headers or {}),
    )
