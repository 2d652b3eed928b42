"""A temporary folder whose name does not say "test": such a name marks a store as one for tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="place-") as folder:
        yield Path(folder)
