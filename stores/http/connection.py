"""Requests to a tracking server: kept connections, time limits, repeats where they are safe, and errors as StoreError."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from storeproof.stores.entities import Page
from storeproof.stores.errors import ErrorCode, StoreError, denied, invalid, unavailable
from storeproof.stores.http.address import CERTIFICATES, Address
from storeproof.stores.http.messages import Failure, Message
from storeproof.stores.http.wire import Unreadable, decode, encode

M = TypeVar("M", bound=Message)
S = TypeVar("S")
T = TypeVar("T")

API = "/api/2.0/mlflow/"

CONNECT_SECONDS = 3.0
ATTEMPTS = 3
_FIRST_PAUSE = 0.1
_CONNECTIONS = 100
_IDLE_SECONDS = (
    5.0  # less than servers keep an idle connection: what we take up again is still there
)

_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_AWAY = (502, 503, 504)


class Connection:
    """Speaks with one server; several threads may use it at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._closed = False
        headers = {} if address.bearer is None else {"Authorization": f"Bearer {address.bearer}"}
        try:
            self._client = httpx.Client(
                base_url=address.origin + API,
                auth=address.basic,
                headers=headers,
                verify=_tls(address),
                trust_env=not address.local,
                timeout=httpx.Timeout(address.patience, connect=CONNECT_SECONDS),
                limits=httpx.Limits(
                    max_connections=_CONNECTIONS,
                    max_keepalive_connections=_CONNECTIONS,
                    keepalive_expiry=_IDLE_SECONDS,
                ),
            )
            _ = self._client.base_url.host  # read at each request, and only then found unreadable
        except (httpx.InvalidURL, UnicodeError) as error:
            raise invalid(f"{address.origin} cannot be used as an address: {error}.") from None

    def close(self) -> None:
        """Close the connections; again: nothing."""
        self._closed = True
        self._client.close()

    def get(self, path: str, asked: Message, answer: type[M]) -> M:
        """Ask by GET; asked again where the server could not be heard."""
        query = msgspec.to_builtins(asked)
        return self._ask(self._client.build_request("GET", path, params=query), answer, again=True)

    def read(self, path: str, asked: Message, answer: type[M]) -> M:
        """Ask by POST what changes nothing; asked again where the server could not be heard."""
        return self._ask(self._posted(path, asked), answer, again=True)

    def write(self, path: str, asked: Message, answer: type[M], verb: str = "POST") -> M:
        """Ask for a change; asked again only where the request surely never arrived."""
        return self._ask(self._posted(path, asked, verb), answer, again=False)

    def _posted(self, path: str, asked: Message, verb: str = "POST") -> httpx.Request:
        return self._client.build_request(
            verb, path, content=encode(asked), headers={"Content-Type": "application/json"}
        )

    def _ask(self, request: httpx.Request, answer: type[M], *, again: bool) -> M:
        response = self._response(request, again=again)
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response)
        try:
            return decode(answer, response.content)
        except Unreadable as error:
            raise self.misunderstood(error) from None

    def _response(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        """The server's answer, from the last of several attempts where they are safe."""
        for attempt in range(1, ATTEMPTS + 1):
            if self._closed:
                raise unavailable("The store is closed; open it again.")
            last = attempt == ATTEMPTS
            try:
                response = self._client.send(request)
            except _NEVER_ARRIVED as error:
                if last or _distrusted(error):
                    raise self._unreachable(error) from error
            except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
                if last or not again:
                    raise self._unreachable(error) from error
            except httpx.HTTPError as error:
                raise self._unreachable(error) from error
            else:
                if last or not again or response.status_code not in _AWAY:
                    return response
            time.sleep(random.uniform(0.5, 1.0) * _FIRST_PAUSE * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    # Answers

    def told(self, read: Callable[[S], T], answer: S) -> T:
        """What `read` makes of an answer; the error for one that a tracking server does not give."""
        try:
            return read(answer)
        except Unreadable as error:
            raise self.misunderstood(error) from None

    def page(self, read: Callable[[S], T], items: list[S] | None, token: str | None) -> Page[T]:
        """A page of what `read` makes of each item."""
        return Page(self.told(lambda given: tuple(map(read, given)), items or []), token or None)

    # What went wrong, told with the server's place and without what is secret

    def misunderstood(self, error: Unreadable) -> StoreError:
        """The error for an answer that is not what a tracking server gives."""
        return invalid(
            f"{self._address.origin} does not answer as a tracking server does ({error}); "
            "check the address."
        )

    def _unreachable(self, error: Exception) -> StoreError:
        place = self._address.origin
        reason = str(error).rstrip(".") or type(error).__name__
        if _distrusted(error):
            return invalid(
                f"The certificate of {place} is not trusted ({reason}); name the file of its "
                f"authority's certificate in {CERTIFICATES}."
            )
        if isinstance(error, httpx.TimeoutException):
            reason = f"no answer in time, {reason}"
        return unavailable(f"The tracking server {place} cannot be reached ({reason}); try again.")

    def _refusal(self, response: httpx.Response) -> StoreError:
        """The error that an answer tells of: the store's own code, or what the status comes to."""
        status, place = response.status_code, self._address.origin
        try:
            told = decode(Failure, response.content)
        except Unreadable:
            told = Failure()
        if told.error_code in _CODES:
            return StoreError(ErrorCode(told.error_code), told.message or "")
        reason = f": {told.message}" if told.message else ""
        if status in (401, 403):
            return denied(
                f"{place} does not admit this user; set MLFLOW_TRACKING_TOKEN, or "
                f"MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD{reason}."
            )
        if status in (408, 429, *_AWAY):
            return unavailable(f"{place} is busy or away (status {status}); try again{reason}.")
        if told.error_code == "ENDPOINT_NOT_FOUND":
            return StoreError(ErrorCode.NOT_IMPLEMENTED, f"{place} cannot do this{reason}.")
        if status >= 500:
            return StoreError(
                ErrorCode.INTERNAL_ERROR, f"{place} failed with status {status}{reason}."
            )
        if told.error_code is None:
            return self.misunderstood(Unreadable(f"status {status}"))
        return invalid(f"{place} refuses this with {told.error_code}{reason}.")


_CODES = frozenset(map(str, ErrorCode))


def _tls(address: Address) -> ssl.SSLContext | bool:
    """How the server's certificate is checked."""
    if not address.origin.startswith("https:"):
        return False  # there is none, and reading the authorities takes longer than a request
    if address.certificates is None:
        return address.verify
    try:
        if Path(address.certificates).is_dir():
            return ssl.create_default_context(capath=address.certificates)
        return ssl.create_default_context(cafile=address.certificates)
    except (ssl.SSLError, OSError) as error:
        raise invalid(
            f"{CERTIFICATES} names {address.certificates}, which holds no certificate: {error}."
        ) from None


def _distrusted(error: BaseException | None) -> bool:
    """Whether an error comes from a certificate that is not trusted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
