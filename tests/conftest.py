"""Real database servers and a browser for the tests that need one; a cache that is thrown away.

STOREPROOF_REQUIRE=postgresql,mysql,mariadb,chromium makes it a failure that one of these cannot be
had; any other is skipped with what was tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storeproof.conformance.saved import CACHE_VARIABLE
from storeproof.fixtures.ladder import Server, ServerUnavailable, provide

Found = Callable[[str, Server | ServerUnavailable], Server]
Rendered = Callable[..., str]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


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


@pytest.fixture(scope="session")
def rendered() -> Rendered:
    """Gives a page's elements as a Chromium has them once the page is loaded; `size` is the window's."""
    browser = os.environ.get("STOREPROOF_CHROMIUM") or next(filter(shutil.which, BROWSERS), None)
    if browser is None:
        if "chromium" in os.environ.get("STOREPROOF_REQUIRE", "").split(","):
            pytest.fail("STOREPROOF_REQUIRE names chromium, and there is none.")
        pytest.skip("NOT RUN: there is no Chromium; STOREPROOF_CHROMIUM names one.")

    def render(address: str, size: str = "1280,900") -> str:
        with tempfile.TemporaryDirectory(prefix="storeproof-browser-") as profile:
            return subprocess.run(
                [
                    *(browser, *FLAGS, f"--user-data-dir={profile}", f"--window-size={size}"),
                    *("--dump-dom", address),
                ],
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            ).stdout

    return render
