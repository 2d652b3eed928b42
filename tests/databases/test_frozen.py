"""A server that says nothing more, in the middle of a call or between two (CONN-DOWN)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from places import changed, content, refused
from sqlalchemy import event, make_url

from storeproof.conformance.deadline import Deadline
from storeproof.fixtures.ladder import Database
from storeproof.fixtures.network import Fate, Fault, Network, Way
from storeproof.stores import ErrorCode, Metric, Param, StoreError, Tag, TrackingStore, open_store
from storeproof.stores.sql import database as module
from storeproof.stores.sql import watch

pytestmark = pytest.mark.database

FOR_EVER = 60.0
"""Seconds after which a call counts as one that never ends."""


@pytest.fixture
def network(database: Database) -> Iterator[Network]:
    url = make_url(database.url)
    with Network(url.host or "", url.port or 0) as between:
        yield between


@pytest.fixture
def store(
    database: Database, network: Network, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TrackingStore]:
    """A store of little patience behind a network."""
    monkeypatch.setattr(watch, "LOOK", 0.05)
    monkeypatch.setattr(watch, "SILENCE", 0.5)
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.5)
    with open_store(changed(database.url, host="127.0.0.1", port=network.port)) as opened:
        yield opened


def write(store: TrackingStore, run_id: str) -> None:
    store.log_batch(run_id, [Metric("m", 1.0, 1, 1)], [Param("p", "v")], [Tag("t", "v")])


def given_up(call: Callable[..., object], store: TrackingStore, run_id: str) -> StoreError:
    """How the call ended, which it must."""
    deadline = Deadline(FOR_EVER)
    try:
        return deadline.run(lambda: refused(call, store, run_id))
    finally:
        deadline.end()


def test_a_call_whose_server_freezes_is_given_up(
    store: TrackingStore, database: Database, network: Network
) -> None:
    """BATCH-ATOMIC. It freezes when the points, the last of a batch, are sent."""
    run_id = store.create_run("0").info.run_id
    before = content(database)

    def freeze(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INTO metrics" in statement:
            network.fault(Way.TO_CLIENT, Fault(Fate.DROP))

    event.listen(store._database.engine, "before_cursor_execute", freeze)  # type: ignore[attr-defined]
    assert given_up(write, store, run_id).code is ErrorCode.TEMPORARILY_UNAVAILABLE
    event.remove(store._database.engine, "before_cursor_execute", freeze)  # type: ignore[attr-defined]
    network.heal()
    assert content(database) == before
    write(store, run_id)
    assert store.get_run(run_id).params == {"p": "v"}


def test_a_server_that_freezes_after_the_login_is_given_up(
    store: TrackingStore, network: Network
) -> None:
    run_id = store.create_run("0").info.run_id
    engine = store._database.engine  # type: ignore[attr-defined]

    def freeze(_connection: object, _record: object) -> None:
        network.fault(Way.TO_CLIENT, Fault(Fate.DROP))

    engine.dispose()
    event.listen(engine, "connect", freeze, insert=True)
    assert given_up(write, store, run_id).code is ErrorCode.TEMPORARILY_UNAVAILABLE
    event.remove(engine, "connect", freeze)
    network.heal()
    write(store, run_id)
    assert store.get_run(run_id).params == {"p": "v"}


def test_a_server_that_froze_between_two_calls_is_noticed(
    store: TrackingStore, network: Network
) -> None:
    run_id = store.create_run("0").info.run_id
    network.fault(Way.TO_CLIENT, Fault(Fate.DROP))
    assert given_up(write, store, run_id).code is ErrorCode.TEMPORARILY_UNAVAILABLE
    network.heal()
    write(store, run_id)
    assert store.get_run(run_id).params == {"p": "v"}
