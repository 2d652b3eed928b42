"""A server of each kind for these tests, and databases on it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from crew import Crew, crew_of
from places import Account, Servers, make_reader

from storeproof.fixtures.ladder import Database, Server

KINDS = ("postgresql", "mysql", "mariadb")


@pytest.fixture(scope="session", autouse=True)
def no_certificates() -> Iterator[None]:
    """PyMySQL reads the system's certificates for each connection, which takes longer than the rest of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", os.devnull)
        yield


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    """A server of each kind."""
    return servers(request.param)


@pytest.fixture(scope="session")
def prepared() -> dict[str, Database]:
    """The databases with a schema, by the server's kind, that tests have one after the other."""
    return {}


@pytest.fixture
def database(server: Server, prepared: dict[str, Database]) -> Database:
    """A database with the schema, and experiment 0 alone in it; its schema must stay as it is."""
    if server.kind not in prepared:
        prepared[server.kind] = server.database()
    found = prepared[server.kind]
    found.reset()
    return found


@pytest.fixture
def own_database(server: Server) -> Iterator[Database]:
    """A database with the schema for this test alone, to do with what it will."""
    with server.database() as made:
        yield made


@pytest.fixture
def empty_database(server: Server) -> Iterator[Database]:
    """A database without a table."""
    with server.database(prepare=None) as made:
        yield made


@pytest.fixture
def reader(server: Server) -> Iterator[Account]:
    """An account that may connect and no more, until it is granted something."""
    with make_reader(server) as account:
        yield account


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Four processes that do what they are told together."""
    with crew_of(4) as processes:
        yield processes
