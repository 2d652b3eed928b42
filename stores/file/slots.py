"""Whether the layout can carry a key as a file of a folder (KEY-PREFIX, FILE-CONFINED)."""

from __future__ import annotations

import errno
import os
import stat
from enum import Enum

_PART_BYTES = 255


class Slot(Enum):
    """What stands where the key's file would be."""

    FILE = "the file"
    FREE = "nothing"
    BLOCKED = "what does not let it be made"


def slot(folder: str, key: str) -> Slot:
    """What stands at the key's place in the folder.

    Blocked: a part is too long for a file name, the key is a folder of another key, a
    part of it is another key's file, or a link that could lead out of the store.
    """
    *parents, last = key.split("/")
    try:
        path = folder
        for part in parents:
            path = f"{path}/{part}"
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return Slot.BLOCKED
        mode = os.lstat(f"{path}/{last}").st_mode
    except FileNotFoundError:
        fits = key.isascii() or all(len(part.encode()) <= _PART_BYTES for part in key.split("/"))
        return Slot.FREE if fits else Slot.BLOCKED
    except OSError as error:
        if error.errno not in (errno.ENAMETOOLONG, errno.ENOTDIR):
            raise
        return Slot.BLOCKED
    return Slot.FILE if stat.S_ISREG(mode) else Slot.BLOCKED


class Slots:
    """The slots of a folder while several new keys are planned that may block each other."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def take(self, key: str) -> Slot:
        """What stands at the key's place, and claim it if it is free."""
        found = slot(self._folder, key)
        if found is not Slot.FREE:
            return found
        above = _above(key)
        if key in self._folders or not self._files.isdisjoint(above):
            return Slot.BLOCKED
        self._files.add(key)
        self._folders.update(above)
        return Slot.FREE


def _above(key: str) -> list[str]:
    parts = key.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
