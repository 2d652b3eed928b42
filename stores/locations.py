"""Places of artifacts inside other places; nothing is opened or made here (EXP-ARTIFACT, RUN-CREATE)."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:")  # two letters at least: C:\ is a drive
_LOCAL = re.compile(r"file:(?://(?:localhost)?(?=/|$))?([^?#]*)", re.DOTALL)
_REMOTE = re.compile(r"([^:/?#]+://[^/?#]+[^?#]*)([?#].*)", re.DOTALL)


def absolute(location: str) -> str:
    """A root as experiments keep it: a relative path or file: URI made absolute, as MLflow does."""
    if not _SCHEME.match(location):
        return str(Path.cwd() / location)
    local = _LOCAL.fullmatch(location)
    if local is None or Path(unquote(local[1])).is_absolute():
        return location
    return (Path.cwd() / unquote(local[1])).as_uri()


def below(location: str, *names: str) -> str:
    """A location, a path or a URI, inside another; the query of a remote one stays behind the path."""
    tail = "/".join(names)
    remote = _REMOTE.fullmatch(location)
    if remote is None:
        return f"{location.rstrip('/')}/{tail}"
    return f"{remote[1].rstrip('/')}/{tail}{remote[2]}"


def of_run(location: str, run_id: str) -> str:
    """Where a run of an experiment at `location` keeps its artifacts."""
    return below(location, run_id, "artifacts")
