"""Stores for races: one of which two writers of a tag may meet and are lost, and good ones."""

from __future__ import annotations

import tempfile
import threading

from storeproof.stores.entities import Tag
from storeproof.stores.errors import unavailable
from storeproof.stores.file.store import FileStore

PATIENCE = 0.5
"""Seconds that a writer waits for another."""


def open_at(address: str) -> Good:
    """The good store at an address."""
    return Good(address)


class InAFolder(FileStore):
    """A file store that makes its folder."""

    def __init__(self, folder: str | None = None) -> None:
        self.address = folder or tempfile.mkdtemp(prefix="storeproof-racers-")
        super().__init__(f"{self.address}/mlruns")


class Good(InAFolder):
    """Loses nothing, and can be opened once more, by another process too."""

    open_at = staticmethod(open_at)


class LosesThoseWhoMeet(InAFolder):
    """Of two writers of a tag who meet neither writes, or neither is let do it; clients share the one object."""

    def __init__(self) -> None:
        super().__init__()
        self._meeting = threading.Barrier(2)

    def set_tag(self, run_id: str, tag: Tag) -> None:
        try:
            self._meeting.wait(PATIENCE)
        except threading.BrokenBarrierError:
            self._meeting.reset()
            super().set_tag(run_id, tag)
            return
        if tag.key == "refused":
            raise unavailable("Somebody else writes.")
