"""Where a tracking server is and what it is to be told of who asks, from an address and the environment (HTTP-AUTH)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storeproof.stores.errors import StoreError, invalid

TOKEN = "MLFLOW_TRACKING_TOKEN"  # noqa: S105 - the variable's name
USERNAME = "MLFLOW_TRACKING_USERNAME"
PASSWORD = "MLFLOW_TRACKING_PASSWORD"  # noqa: S105 - the variable's name
INSECURE_TLS = "MLFLOW_TRACKING_INSECURE_TLS"
CERTIFICATES = "MLFLOW_TRACKING_SERVER_CERT_PATH"
PATIENCE = "MLFLOW_HTTP_REQUEST_TIMEOUT"

DEFAULT_PATIENCE = 120.0

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("localhost", "127.", "::1")


@dataclass(frozen=True)
class Address:
    """A server, and how to reach it; what is secret is in no repr and no message."""

    origin: str
    """Scheme, host, port and path prefix, without credentials and without a slash at the end."""
    basic: tuple[str, str] | None = field(default=None, repr=False)
    """A user and a password."""
    bearer: str | None = field(default=None, repr=False)
    """A token."""
    verify: bool = True
    """Whether the server must show a certificate that is trusted."""
    certificates: str | None = None
    """The file of the certificates that are trusted, in place of the system's."""
    patience: float = DEFAULT_PATIENCE
    """Seconds that the server may take to answer."""

    @property
    def local(self) -> bool:
        """Whether the server is on this machine, where no proxy leads."""
        host = urlsplit(self.origin).hostname or ""
        return host.startswith(_LOOPBACK)


def from_uri(uri: str, environment: Mapping[str, str] = os.environ) -> Address:
    """The server at `uri`, with MLflow's variables for it; credentials in the address come before theirs.

    A user and a password come before a token, as in MLflow. Raises INVALID_PARAMETER_VALUE
    for an address or a setting that cannot be used.
    """
    origin, basic = _parts(uri)
    user, password = environment.get(USERNAME), environment.get(PASSWORD)
    if basic is None and user and password:
        basic = (user, password)
    bearer = environment.get(TOKEN)
    if basic is not None or not bearer:
        return _address(origin, environment, basic=basic)
    return _address(origin, environment, bearer=header_safe(bearer, TOKEN))


def with_token(uri: str, token: str, environment: Mapping[str, str] = os.environ) -> Address:
    """The server at `uri` with this token, and with MLflow's variables for all but the credentials."""
    return _address(_parts(uri)[0], environment, bearer=token)


def _address(
    origin: str,
    environment: Mapping[str, str],
    *,
    basic: tuple[str, str] | None = None,
    bearer: str | None = None,
) -> Address:
    return Address(
        origin,
        basic,
        bearer,
        verify=not _insecure(environment),
        certificates=_certificates(environment),
        patience=_patience(environment),
    )


def header_safe(secret: str, name: str) -> str:
    """A token as a header can carry it; INVALID_PARAMETER_VALUE that says where it came from, and never shows it."""
    token = secret.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise invalid(f"{name} is no token: one word of printable ASCII characters is.")
    return token


def _parts(uri: str) -> tuple[str, tuple[str, str] | None]:
    try:
        uri.encode()
        parts = urlsplit(uri)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        raise _unusable() from None
    if scheme not in _PORTS or not host or re.search(r"[\s?#]", uri):
        raise _unusable()
    name = f"[{host}]" if ":" in host else host
    place = name if port in (None, _PORTS[scheme]) else f"{name}:{port}"
    origin = f"{scheme}://{place}{parts.path.rstrip('/')}"
    if parts.username is None:
        return origin, None
    return origin, (unquote(parts.username), unquote(parts.password or ""))


def _unusable() -> StoreError:
    # The address itself is not shown: it may hold a password.
    return invalid(
        "The address of a tracking server must be http:// or https:// with a host, and maybe a "
        "port and a path, such as https://tracking.example.org:5000; this one is not."
    )


def _insecure(environment: Mapping[str, str]) -> bool:
    setting = environment.get(INSECURE_TLS, "").strip().lower()
    if setting not in ("", "true", "1", "false", "0"):
        raise invalid(f"{INSECURE_TLS} must be true or false.")
    insecure = setting in ("true", "1")
    if insecure and environment.get(CERTIFICATES):
        raise invalid(f"{INSECURE_TLS} and {CERTIFICATES} contradict each other; unset one.")
    return insecure


def _certificates(environment: Mapping[str, str]) -> str | None:
    path = environment.get(CERTIFICATES)
    if not path:
        return None
    if not Path(path).exists():
        raise invalid(f"{CERTIFICATES} names {path}, which does not exist.")
    return path


def _patience(environment: Mapping[str, str]) -> float:
    setting = environment.get(PATIENCE, "").strip()
    try:
        seconds = float(setting) if setting else DEFAULT_PATIENCE
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise invalid(f"{PATIENCE} must be a number of seconds above 0.")
    return seconds
