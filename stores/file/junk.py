"""Reports of what cannot be read: each broken entry by name, once per state of its file (FILE-JUNK)."""

from __future__ import annotations

import logging
import os

_logger = logging.getLogger("storeproof")
_MOST = 10_000

_reported: dict[tuple[str, str, int, int], None] = {}


class BrokenEntryError(Exception):
    """The entry at `path` cannot be read; `why` is the end of a sentence that begins with its name."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return f"{self.path} {self.why}"


def report(path: str, why: str) -> None:
    """Log that the entry `path` is left out, unless this was said of the file as it is now."""
    try:
        state = os.stat(path)
        known = (path, why, state.st_mtime_ns, state.st_size)
    except OSError:
        known = (path, why, 0, 0)
    if known in _reported:
        return
    if len(_reported) >= _MOST:
        _reported.clear()
    _reported[known] = None
    _logger.warning("%s %s", path, why)
