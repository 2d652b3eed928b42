"""Real database servers for the tests that need one, each started once per worker; a cache that is thrown away.

STOREPROOF_REQUIRE=postgresql,mysql,mariadb makes it a failure that one of these cannot be had;
any other is skipped with what was tried.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storeproof.conformance.saved import CACHE_VARIABLE
from storeproof.fixtures.ladder import Server, ServerUnavailable, provide

Found = Callable[[str, Server | ServerUnavailable], Server]


def _found(kind: str, provided: Server | ServerUnavailable) -> Server:
    if isinstance(provided, Server):
        return provided
    if kind in os.environ.get("STOREPROOF_REQUIRE", "").split(","):
        pytest.fail(f"STOREPROOF_REQUIRE names {kind}. {provided}")
    pytest.skip(f"NOT RUN on {kind}: {provided}")


@pytest.fixture(scope="session", autouse=True)
def _cache() -> Iterator[None]:
    """Failures that the tests provoke are kept out of the user's cache."""
    with tempfile.TemporaryDirectory(prefix="storeproof-cache-") as folder:
        os.environ[CACHE_VARIABLE] = folder
        yield
        del os.environ[CACHE_VARIABLE]


@pytest.fixture(scope="session")
def found() -> Found:
    """Gives the server; without one the test fails if the kind is required, else it is skipped aloud."""
    return _found


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Server]]:
    """Gives the server of a kind, from any rung; started when it is first asked for."""
    known: dict[str, Server | ServerUnavailable] = {}

    def get(kind: str) -> Server:
        if kind not in known:
            try:
                known[kind] = running.enter_context(provide(kind))
            except ServerUnavailable as unavailable:
                known[kind] = unavailable
        return _found(kind, known[kind])

    with ExitStack() as running:
        yield get
