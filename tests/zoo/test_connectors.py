"""The suite catches every store that treats its connections badly, and blames the right clause (POOL-*, CONN-DOWN, TLS-MYSQL)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from connectors import CONNECTORS

from storeproof.conformance import catalogue, servers
from storeproof.conformance.catalogue import Level
from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event
from storeproof.fixtures.ladder import Server

SERVED = ("postgresql", "mariadb")
CLAUSES = ("POOL-*", "CONN-DOWN", "TLS-MYSQL")

Provided = Callable[[str], Server]


@pytest.fixture(autouse=True)
def _attached(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server that a test is about is the one that the other tests use too."""
    engine = getattr(request.node, "callspec", None)
    kind = engine and engine.params.get("engine")
    if kind in SERVED:
        provided: Provided = request.getfixturevalue("servers")
        servers.attach({kind: provided(kind).handle()})
    yield
    servers.stop()


def events(names: Sequence[str], *slugs: str) -> list[Event]:
    """What the tests of these clauses say of these stores."""
    stores = [f"connectors:{name}" for name in names]
    found = run(Options(stores=stores, clauses=slugs, seed=1, lock_step=False))
    assert [event["reason"] for event in found if event["state"] == "error"] == []
    return found


def marked(engine: str, *values: str) -> object:
    """A case that is marked where it needs a server."""
    marks = [pytest.mark.database] if engine in SERVED else []
    return pytest.param(*values, engine, marks=marks)


TOGETHER = sorted({(slug, engine) for slug, engine, _ in CONNECTORS.values()})
"""The clauses, each with the engines on which it is broken."""


@pytest.mark.parametrize(("slug", "engine"), [marked(engine, slug) for slug, engine in TOGETHER])
def test_broken_connections_are_caught(slug: str, engine: str) -> None:
    broken = {
        f"connectors:store_{name}"
        for name, (broken, on, _) in CONNECTORS.items()
        if (broken, on) == (slug, engine)
    }
    found = events([each.partition(":")[2] for each in sorted(broken)], slug)
    caught = {
        each["target"] for each in found if each["state"] == "fail" and each["clause"] == slug
    }
    assert caught == broken


def test_good_connections_break_nothing() -> None:
    assert {event["state"] for event in events(["good_sqlite"], *CLAUSES)} == {"pass"}


def test_without_the_hook_the_clauses_are_not_run() -> None:
    assert {event["state"] for event in events(["without_hooks"], *CLAUSES)} == {"not-run"}


def test_every_must_clause_has_connections_that_break_it() -> None:
    known = catalogue.load()
    musts = {
        each.slug
        for pattern in CLAUSES
        for each in known.matching(pattern)
        if each.level is Level.MUST
    }
    assert musts == {slug for slug, _, _ in CONNECTORS.values()}
