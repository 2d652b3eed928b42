"""A server that stops and starts again under an open store (CONN-DOWN, POOL-RECYCLE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from places import changed, content, engine, name_of_default, refused
from sqlalchemy import event, make_url, text

from storeproof.fixtures.ladder import Database, Options, Rung, Server, ServerUnavailable, provide
from storeproof.fixtures.network import Network
from storeproof.stores import ErrorCode, Metric, Param, Tag, TrackingStore, open_store

pytestmark = pytest.mark.database

UNAVAILABLE = ErrorCode.TEMPORARILY_UNAVAILABLE


@pytest.fixture
def network(database: Database) -> Iterator[Network]:
    url = make_url(database.url)
    with Network(url.host or "", url.port or 0) as found:
        yield found


@pytest.fixture
def store(database: Database, network: Network) -> Iterator[TrackingStore]:
    """A store whose server can be made to stop."""
    with open_store(changed(database.url, host="127.0.0.1", port=network.port)) as opened:
        yield opened


CALLS: dict[str, Callable[[TrackingStore, str], object]] = {
    "read": lambda store, run: store.get_run(run),
    "write": lambda store, run: store.log_batch(
        run, [Metric("m", 1.0, 1, 1)], [Param("p", "v")], [Tag("t", "v")]
    ),
    "create": lambda store, _: store.create_run("0"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_works_again_when_its_server_is_back(
    store: TrackingStore, network: Network, call: Callable[[TrackingStore, str], object]
) -> None:
    run_id = store.create_run("0").info.run_id
    network.refuse()
    for _ in range(2):
        error = refused(call, store, run_id)
        assert error.code is UNAVAILABLE
        assert str(network.port) in error.message
    network.admit()
    call(store, run_id)


def test_a_server_that_was_away_between_two_calls_is_not_noticed(
    store: TrackingStore, network: Network
) -> None:
    run_id = store.create_run("0").info.run_id
    network.refuse()
    network.admit()
    store.set_tag(run_id, Tag("t", "v"))
    assert store.get_run(run_id).tags["t"] == "v"


def test_connections_that_the_server_ends_are_replaced(
    store: TrackingStore, database: Database
) -> None:
    run_id = store.create_run("0").info.run_id
    end_connections(database)
    store.set_tag(run_id, Tag("t", "v"))
    assert store.get_run(run_id).tags["t"] == "v"


def test_a_write_cut_off_in_the_middle_leaves_nothing(
    store: TrackingStore, database: Database, network: Network
) -> None:
    """BATCH-ATOMIC. The line is cut when the points, the last of a batch, are sent."""
    run_id = store.create_run("0").info.run_id
    before = content(database)

    def cut(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INTO metrics" in statement:
            network.refuse()

    event.listen(store._database.engine, "before_cursor_execute", cut)  # type: ignore[attr-defined]
    assert refused(CALLS["write"], store, run_id).code is UNAVAILABLE
    assert content(database) == before


def test_a_store_is_not_opened_while_its_server_is_away(
    database: Database, network: Network
) -> None:
    address = changed(database.url, host="127.0.0.1", port=network.port)
    network.refuse()
    assert refused(name_of_default, address).code is UNAVAILABLE
    network.admit()
    assert name_of_default(address) == "Default"


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_store_works_again_when_its_server_was_killed(
    kind: str, found: Callable[[str, Server | ServerUnavailable], Server]
) -> None:
    """CONN-DOWN, DUR-ACK. A server that is started for this test, with its durability on."""
    try:
        server = provide(kind, Options(rungs=frozenset({Rung.LOCAL}), durable=True))
    except ServerUnavailable as unavailable:
        found(kind, unavailable)
    else:
        with server, server.database() as database, open_store(database.url) as opened:
            run_id = opened.create_run("0").info.run_id
            server.kill()
            assert refused(opened.get_run, run_id).code is UNAVAILABLE
            server.start_again()
            assert opened.get_run(run_id).info.run_id == run_id


def end_connections(database: Database) -> None:
    """End, on the server, every connection to the database but the one that asks."""
    with engine(database.url).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            return
        threads = connection.execute(
            text(
                "SELECT id FROM information_schema.processlist "
                "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
        )
        for thread in threads.scalars().all():
            connection.execute(text(f"KILL {thread}"))
