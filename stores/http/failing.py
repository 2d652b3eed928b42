"""Answers to requests that are refused (HTTP-ERRORS)."""

from __future__ import annotations

from starlette.responses import Response

from storeproof.stores.http.messages import Failure
from storeproof.stores.http.wire import encode


def failed(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """The answer to a request that was refused."""
    sayable = message.encode(errors="replace").decode()
    content = encode(Failure(str(code), sayable))
    return Response(content, status, headers, "application/json")
