"""A server that is down, refuses, or is silent: what the store says of it, how soon, and that it works again.

Needs a hook of the store (conformance/connections.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import make_url

from storeproof.conformance.connections import Connections
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.suite.pooled import (
    UNAVAILABLE,
    Calls,
    addressed,
    hooks,
    patiently,
    read,
    run_of,
    succeeds,
)
from storeproof.fixtures.network import Fate, Fault, Network, Way

LIMIT = 10.0
"""Seconds in which a store must have given up connecting."""

ABANDONED = 150.0
"""Seconds in which a call that is too late may end: it may hold what the tests after it need."""

PASSWORD = "hunter2-%40-nobody-may-see"  # noqa: S105 - of nobody
"""As it stands in the address; the store's words must hold neither this nor what it means."""

HOST = "127.0.0.1"


@clause("CONN-DOWN")
def test_a_server_that_refuses_is_told(probe: Probe) -> None:
    found = hooks(probe)
    with addressed(found.address()) as uri, network_to(uri) as network:
        network.refuse()
        call = partial(reach, found, at(uri, network.port))
        is_told(call, uri, "a server that refuses connections")


@clause("CONN-DOWN")
def test_a_server_that_says_nothing_is_told(probe: Probe) -> None:
    """It takes the connection and never answers, as one that is frozen, or a firewall that lost its mind."""
    found = hooks(probe)
    with addressed(found.address()) as uri, network_to(uri) as network:
        network.fault(Way.TO_CLIENT, Fault(Fate.DROP))
        is_told(partial(reach, found, at(uri, network.port)), uri, "a server that never answers")


@clause("CONN-DOWN")
def test_a_store_works_again_when_its_server_is_back(probe: Probe) -> None:
    """The line to the server is cut and refuses, which to the store is a server that stopped."""
    found = hooks(probe)
    with addressed(found.address()) as uri, network_to(uri) as network:
        address = _text(make_url(uri).set(host=HOST, port=network.port))
        store: Any = succeeds(lambda: found.opened(address), "opening a store")
        with contextlib.closing(store):
            run_id = run_of(store)
            network.refuse()
            is_told(read(store, run_id), uri, "a server that went away")
            network.admit()
            succeeds(read(store, run_id), "a call when the server was back")
            run_of(store)


def network_to(uri: str) -> Network:
    """What lies between the store and its server."""
    url = make_url(uri)
    return Network(url.host or HOST, url.port or 0)


def at(uri: str, port: int) -> str:
    """The address with another port of this machine, and a password to look for."""
    url = make_url(uri).set(host=HOST, port=port)
    return _text(url.set(password=None)).replace("@", f":{PASSWORD}@", 1)


def reach(found: Connections, uri: str) -> None:
    """Open a store and ask it something."""
    with contextlib.closing(found.opened(uri)) as store:
        store.get_experiment("0")


def is_told(call: Callable[[], object], uri: str, what: str) -> None:
    """The call is refused in time, with host and database named and the password not shown."""
    calls = Calls([call], ABANDONED)
    patiently(lambda: not calls.running, LIMIT)
    late = bool(calls.running)
    (ending,) = calls.endings()
    refusal = ending.refusal
    if late or refusal is None or refusal.code != UNAVAILABLE:
        seen = f"no answer in that time, and then: {ending}" if late else str(ending)
        raise Breach(f"{what} to be told with {UNAVAILABLE} within {LIMIT:g} s", seen)
    database = str(make_url(uri).database)
    for name, part in (("host", HOST), ("database", database)):
        if part not in refusal.message:
            raise Breach(f"the {name} {part!r} in what is said of {what}", refusal.message)
    _hides_password(refusal.message, uri)


def _hides_password(said: str, uri: str) -> None:
    hidden = [make_url(f"x://u:{PASSWORD}@h/").password, PASSWORD, make_url(uri).password]
    if any(str(each) in said for each in hidden if each):
        raise Breach("no password in what is said", said)


def _text(url: Any) -> str:
    return str(url.render_as_string(hide_password=False))
