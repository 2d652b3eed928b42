"""What the tests of this folder know about the repository: its packages and its files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("stores", "conformance", "fixtures")

_IGNORED = [".git/", *(ROOT / ".gitignore").read_text().split()]


def pyproject() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file that git tracks or would track; .gitignore names whole folders and plain patterns only."""
    for entry in sorted(folder.iterdir()):
        name = entry.name + "/" * entry.is_dir()
        place = f"/{entry.relative_to(ROOT)}" + "/" * entry.is_dir()
        if any(fnmatch(name, pattern) or fnmatch(place, pattern) for pattern in _IGNORED):
            continue
        if entry.is_dir():
            yield from files(entry)
        else:
            yield entry


def sources(*folders: str) -> list[Path]:
    """Every Python file of these top folders."""
    return [path for folder in folders for path in files(ROOT / folder) if path.suffix == ".py"]
