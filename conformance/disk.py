"""The folder behind a file store, read and written past the store (FILE-*).

A path is given by its parts, below the store's folder. A file that is missing raises the
operating system's own error.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


class Disk:
    """The files of one store; `folder` is where its experiments are."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def get_text(self, path: Sequence[str]) -> str:
        """What a file holds, line ends as they are."""
        return self._at(path).read_bytes().decode()

    def get_yaml(self, path: Sequence[str]) -> dict[str, Any]:
        """The keys and values of a YAML file."""
        document = yaml.safe_load(self.get_text(path))
        return document if isinstance(document, dict) else {}

    def get_names(self, path: Sequence[str]) -> list[str]:
        """The names in a folder, sorted."""
        return sorted(each.name for each in self._at(path).iterdir())

    def put(self, path: Sequence[str], content: str | bytes) -> None:
        """Write a file, and make the folders that it needs."""
        place = self._at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(_bytes(content))

    def make_folder(self, path: Sequence[str]) -> None:
        """Make an empty folder, and those that it needs."""
        self._at(path).mkdir(parents=True, exist_ok=True)

    def append(self, path: Sequence[str], content: str | bytes) -> None:
        """Write at a file's end."""
        self.put(path, self._at(path).read_bytes() + _bytes(content))

    def remove(self, path: Sequence[str]) -> None:
        """Remove a file, or a folder with all in it."""
        place = self._at(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def link(self, path: Sequence[str], target: str) -> None:
        """Make a symbolic link to another file or folder."""
        place = self._at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def _at(self, path: Sequence[str]) -> Path:
        return self._folder.joinpath(*path)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
