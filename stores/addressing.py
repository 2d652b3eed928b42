"""From an address to a store (URI-ORDER, URI-SCHEMES)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from storeproof.stores.contract import TrackingStore
from storeproof.stores.errors import invalid

DEFAULT_URI = "./mlruns"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")  # two letters at least: C:\ is a drive
_DATABRICKS = "databricks"  # an address by itself
_DATABASES = ("sqlite", "postgresql", "mysql", "mariadb", "mssql")

_chosen_uri: str | None = None


def set_tracking_uri(uri: str | None) -> None:
    """Choose the address that open_store() uses when it is given none; None takes the choice back."""
    global _chosen_uri
    _chosen_uri = uri


def tracking_uri() -> str:
    """The address in force: set_tracking_uri, then MLFLOW_TRACKING_URI, then ./mlruns (URI-ORDER)."""
    return _chosen_uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


def open_store(uri: str | None = None, artifact_root: str | None = None) -> TrackingStore:
    """Open the store at `uri`, making an empty one where there is none (URI-SCHEMES, EXP-DEFAULT).

    `artifact_root` is where experiments without a location of their own keep artifacts; by
    default the store's folder for a file store, ./mlruns for a database; a tracking server has
    its own. Raises StoreError: INVALID_PARAMETER_VALUE for an address that cannot be used,
    PERMISSION_DENIED for one that must not be read or written, TEMPORARILY_UNAVAILABLE for one
    that does not answer; a tracking server is first asked when the store is used.
    """
    address = tracking_uri() if uri is None else uri
    if not isinstance(address, str) or not address or "\0" in address:
        raise invalid(f"The store address must be a URI or a path, not {address!r}.")
    scheme = scheme_of(address)
    opener = _OPENERS.get(scheme)
    if opener is None:
        raise invalid(
            f"No store is known for the scheme {scheme!r}; known are a path, "
            f"{', '.join(f'{known}:' for known in _OPENERS)}."
        )
    return opener(address, artifact_root)


def scheme_of(uri: str) -> str:
    """The scheme of an address in lower case, without a +driver; "file" for a path, but for `databricks`."""
    if uri == _DATABRICKS:
        return _DATABRICKS
    scheme = _SCHEME.match(uri)
    return "file" if scheme is None else scheme[1].lower().partition("+")[0]


def file_path(uri: str) -> str:
    """The path that a file: URI names, percent signs decoded; a path is returned as it is."""
    if _SCHEME.match(uri) is None:
        return uri
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise invalid(
            f"{uri!r} names the host {parts.netloc!r}; a file store is local: write file:///path."
        )
    path = unquote(uri.split(":", 1)[1].removeprefix(f"//{parts.netloc}"))
    if not path:
        raise invalid(f"{uri!r} names no folder; write file:///path.")
    return path


def _open_file(uri: str, artifact_root: str | None) -> TrackingStore:
    from storeproof.stores.file.store import FileStore

    return FileStore(file_path(uri), artifact_root)


def _open_database(uri: str, artifact_root: str | None) -> TrackingStore:
    from storeproof.stores.sql.tracking import SqlStore

    return SqlStore(uri, artifact_root)


def _open_server(uri: str, artifact_root: str | None) -> TrackingStore:
    _refuse_root(artifact_root)
    from storeproof.stores.http.address import from_uri
    from storeproof.stores.http.store import HttpStore

    return HttpStore(from_uri(uri))


def _open_databricks(uri: str, artifact_root: str | None) -> TrackingStore:
    _refuse_root(artifact_root)
    from storeproof.stores.http.databricks import from_uri
    from storeproof.stores.http.store import HttpStore

    return HttpStore(from_uri(uri))


def _refuse_root(artifact_root: str | None) -> None:
    if artifact_root is not None:
        raise invalid("A tracking server decides where artifacts are kept; leave the root out.")


_OPENERS: dict[str, Callable[[str, str | None], TrackingStore]] = {
    "file": _open_file,
    **dict.fromkeys(_DATABASES, _open_database),
    **dict.fromkeys(("http", "https"), _open_server),
    _DATABRICKS: _open_databricks,
}

KNOWN_SCHEMES = frozenset(_OPENERS)
"""The schemes that open_store() opens by itself."""
