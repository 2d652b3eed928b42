"""Servers that are killed or cut off in the middle of calls (DUR-ACK, BATCH-ATOMIC)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from storeproof.conformance import servers
from storeproof.conformance.probe import Probe
from storeproof.conformance.served import OnServer
from storeproof.conformance.suite import test_kills, test_machine
from storeproof.fixtures.ladder import Server

pytestmark = pytest.mark.database

DEPTH = settings(max_examples=18, stateful_step_count=30, derandomize=True, deadline=None)
"""Three examples over a network that fails, and one kill of a server."""


@pytest.fixture
def probe(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    """A store on a server of each kind, watched."""
    monkeypatch.setattr(servers, "server", lambda _: server)
    target = OnServer(server.kind)
    opened = Probe(target.place())
    yield opened
    opened.close()
    target.close()


def test_what_a_killed_server_acknowledged_is_there(probe: Probe) -> None:
    test_kills.test_what_was_acknowledged_outlives_the_server(probe, depth=DEPTH)


def test_a_call_that_is_cut_off_happens_once_or_not_at_all(probe: Probe) -> None:
    test_machine.test_any_operations_over_a_network_that_fails(probe, DEPTH)
