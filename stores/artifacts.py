"""Removing the artifacts of one run, wherever they are kept, and nothing else (GC-ARTIFACTS).

A run's artifacts are in `<location of its experiment>/<run id>/artifacts`; what a run's URI
names is removed only if it ends so. A link is never followed: what stands behind it may be
somebody else's.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storeproof.stores.errors import StoreError, invalid

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")  # two letters at least: C:\ is a drive
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]*")
_SERVED = "mlflow-artifacts"
_EXTRAS = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gs"),
    **dict.fromkeys(("az", "abfs", "abfss", "wasbs"), "az"),
}
"""The extra of this distribution that brings the package for a scheme."""

_SPELLINGS = {"wasbs": "abfs"}
"""What fsspec calls a scheme, where it does not know MLflow's word."""

_TRIES = 3
"""Failures in a row after which a remote root is not tried again: each may take minutes."""


class NotRemoved(Exception):
    """Artifacts that are still there; the argument is one sentence that says why."""


class Artifacts:
    """Removes artifacts of runs; remembers which remote roots do not answer."""

    def __init__(self, destination: str | None = None) -> None:
        """`destination` is where a tracking server keeps what `mlflow-artifacts:` names.

        Raises INVALID_PARAMETER_VALUE for one that is itself served.
        """
        if destination is not None and _scheme(destination) in (_SERVED, "http", "https"):
            raise invalid(
                f"{destination!r} is served by a tracking server; give the folder or bucket in "
                "which the server keeps artifacts."
            )
        self._destination = destination
        self._failures: Counter[str] = Counter()

    def remove(self, run_id: str, artifact_uri: str) -> None:
        """Remove the artifacts of a run; that there are none is no error. Raises NotRemoved."""
        place = self._place(artifact_uri)
        if not _is_of_run(place, run_id):
            raise NotRemoved(
                f"{artifact_uri!r} does not end in {run_id}/artifacts, so that others may keep "
                "artifacts there too; remove what is the run's by hand."
            )
        if _scheme(place) in ("", "file"):
            _remove_folder(Path(_local(place)))
        else:
            self._remove_remote(place)

    def _place(self, artifact_uri: str) -> str:
        if _scheme(artifact_uri) != _SERVED:
            return artifact_uri
        if self._destination is None:
            raise NotRemoved(
                f"{artifact_uri!r} is kept by a tracking server; say where with "
                "--artifacts-destination."
            )
        path = urlsplit(artifact_uri).path.strip("/")
        if ".." in unquote(path).split("/"):
            raise NotRemoved(f"{artifact_uri!r} leads out of the artifacts' destination.")
        return f"{self._destination.rstrip('/')}/{path}"

    def _remove_remote(self, place: str) -> None:
        scheme = _scheme(place)
        root = f"{scheme}://{urlsplit(place).netloc}"
        if self._failures[root] >= _TRIES:
            raise NotRemoved(f"{root} could not be reached before, and was not tried again.")
        try:
            _remove_tree(_SPELLINGS.get(scheme, scheme), place)
        except NotRemoved:
            raise
        except Exception as error:  # each package raises its own
            self._failures[root] += 1
            raise NotRemoved(f"{place!r} could not be removed: {_words(error)}.") from error
        self._failures[root] = 0


def _remove_tree(scheme: str, place: str) -> None:
    """Remove all objects below a place of a file system that fsspec knows."""
    if "::" in place:
        raise NotRemoved(f"{place!r} is a chain of places; remove the artifacts by hand.")
    extra = _EXTRAS.get(scheme)
    try:
        fsspec = importlib.import_module("fsspec")
        fsspec.get_filesystem_class(scheme)
    except (ImportError, ValueError):
        advice = (
            f"pip install 'storeproof[{extra}]'" if extra else f"fsspec's package for {scheme}:"
        )
        raise NotRemoved(f"No package that reaches {scheme}: is installed; use {advice}.") from None
    url = f"{scheme}:{place.partition(':')[2].partition('?')[0].partition('#')[0]}"
    system, path = fsspec.core.url_to_fs(url, **_options(scheme))
    try:
        system.rm(path, recursive=True)
    except FileNotFoundError:
        if extra and not system.exists(path.split("/")[0]):
            bucket = f"{scheme}://{urlsplit(place).netloc}"
            raise NotRemoved(f"{bucket} is not there, or may not be looked into.") from None


def _options(scheme: str) -> dict[str, str]:
    """What MLflow's own variables say of a file system."""
    endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")
    return {"endpoint_url": endpoint} if endpoint and _EXTRAS.get(scheme) == "s3" else {}


def _remove_folder(folder: Path) -> None:
    """Remove a folder of this machine, and the run's own folder around it if nothing else is there."""
    around = folder.parent
    try:
        if folder.is_symlink() or around.is_symlink():
            raise NotRemoved(
                f"{str(folder)!r} is or is in a link; remove by hand what it leads to, and the link."
            )
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
        with suppress(OSError):
            around.rmdir()
    except OSError as error:
        where = error.filename or str(folder)
        raise NotRemoved(f"{where!r} could not be removed: {_words(error)}.") from error


def _is_of_run(place: str, run_id: str) -> bool:
    """Whether the folder's name says that it is this run's alone."""
    path = _local(place) if _scheme(place) in ("", "file") else urlsplit(place).path
    return bool(_RUN_ID.fullmatch(run_id)) and path.endswith(f"/{run_id}/artifacts")


def _scheme(place: str) -> str:
    found = _SCHEME.match(place)
    return found[1].lower() if found else ""


def _local(place: str) -> str:
    if not _scheme(place):
        return place.rstrip("/")
    parts = urlsplit(place)
    if parts.netloc not in ("", "localhost"):
        raise NotRemoved(f"{place!r} is on the host {parts.netloc!r}; run gc there.")
    return unquote(parts.path).rstrip("/")


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, StoreError):
        return error.message
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
