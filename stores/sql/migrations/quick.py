"""The revision of a sqlite file, without SQLAlchemy: its import takes longer than all that is done here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_PREFIXES = ("sqlite:///", "sqlite+pysqlite:///")


def sqlite_revision(uri: str) -> str | None:
    """The revision that the file at `uri` says it is at; None where that is not plain to see."""
    path = sqlite_file(uri)
    try:
        if path is None or not path.is_file():
            return None
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            found = file.execute("SELECT version_num FROM alembic_version").fetchall()
    except (OSError, sqlite3.Error):
        return None
    return str(found[0][0]) if len(found) == 1 else None


def sqlite_file(uri: str) -> Path | None:
    """The file that an address names plainly."""
    prefix = next((each for each in _PREFIXES if uri.startswith(each)), None)
    if prefix is None or "?" in uri or "%" in uri or ":memory:" in uri or uri == prefix:
        return None
    return Path(uri.removeprefix(prefix))
