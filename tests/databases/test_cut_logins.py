"""A login that is cut off at any byte is no refused login (CONN-DOWN)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from places import changed
from sqlalchemy import make_url, text

from storeproof.fixtures.ladder import Database
from storeproof.fixtures.network import Fate, Fault, Network, Way
from storeproof.stores import ErrorCode, StoreError
from storeproof.stores.sql.engine import open_database

pytestmark = pytest.mark.database

STEP = 17
"""Bytes from one cut to the next."""

CUTS = [(way, fate) for way in Way for fate in (Fate.HALF_CLOSE, Fate.RESET)]

PLAIN = {"postgresql": {"sslmode": "disable"}, "mysql": {"ssl_disabled": "true"}}
"""What of an address leaves TLS out, so that the server hears the part that came through."""


@pytest.fixture
def network(database: Database) -> Iterator[Network]:
    url = make_url(database.url)
    with Network(url.host or "", url.port or 0) as between:
        yield between


def endings(address: str, network: Network, way: Way, fate: Fate) -> Iterator[ErrorCode]:
    """How a first call ends when it is cut at one byte after the other, up to where nothing is."""
    for after in count(0, STEP):
        network.heal()
        network.fault(way, Fault(fate, after))
        database = open_database(address)
        try:
            database.read(lambda connection: connection.execute(text("SELECT 1")))
        except StoreError as error:
            yield error.code
        else:
            return
        finally:
            database.close()


@pytest.mark.parametrize(("way", "fate"), CUTS)
def test_a_login_that_was_cut_off_is_to_be_tried_again(
    database: Database, network: Network, way: Way, fate: Fate
) -> None:
    plain = PLAIN[make_url(database.url).get_backend_name()]
    address = changed(database.url, host="127.0.0.1", port=network.port, query=plain)
    assert set(endings(address, network, way, fate)) == {ErrorCode.TEMPORARILY_UNAVAILABLE}
