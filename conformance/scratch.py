"""Where throw-away stores are: in memory, where the system has room there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one name is made there by mkdtemp
_ROOM = 2 * 1024**3
"""Bytes that must be free; the stores that are there at once need a few hundredths of it."""


def folder() -> str:
    """A new folder, which the caller removes; where TMPDIR says, if it says anything.

    What a killed client or server acknowledged is asked for on a system that goes on, whose
    files outlive every process in memory as they do on a disk (DUR-ACK).
    """
    return tempfile.mkdtemp(prefix="storeproof-", dir=memory())


def memory() -> Path | None:
    """Where files are in memory; None where there is no such place, or another is asked for."""
    if "TMPDIR" in os.environ:
        return None
    try:
        roomy = shutil.disk_usage(_MEMORY).free >= _ROOM
    except OSError:
        return None
    return _MEMORY if roomy and os.access(_MEMORY, os.W_OK | os.X_OK) else None
