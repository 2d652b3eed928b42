"""Who may use a server that has a token (HTTP-AUTH)."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from storeproof.stores.http.failing import failed

_OPEN = frozenset({"/health", "/version"})
"""What watchers of servers ask for; it tells nothing."""


def guarded(app: ASGIApp, token: str) -> ASGIApp:
    """The application for those who send the token, as a bearer or, as browsers do, as a password; 401 for the rest."""
    secret = token.encode()

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN or _admits(scope, secret):
            await app(scope, receive, send)
            return
        response = failed(
            401,
            "UNAUTHENTICATED",
            "This server wants its token; set MLFLOW_TRACKING_TOKEN.",
            {"WWW-Authenticate": 'Bearer, Basic realm="storeproof", charset="UTF-8"'},
        )
        await response(scope, receive, send)

    return guard


def _admits(scope: Scope, secret: bytes) -> bool:
    given = dict(scope["headers"]).get(b"authorization", b"")
    kind, _, value = given.partition(b" ")
    if kind.lower() == b"bearer":
        return hmac.compare_digest(value.strip(), secret)
    if kind.lower() == b"basic":
        return hmac.compare_digest(_password(value), secret)
    return False


def _password(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
