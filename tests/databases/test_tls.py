"""PostgreSQL by TLS only, as its address says it: whom the store trusts, and that nothing goes in plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from places import name_of_default, refused
from sqlalchemy import make_url

from storeproof.conformance.pools import watching
from storeproof.conformance.sessions import sessions_of
from storeproof.fixtures.certificates import Authority, written
from storeproof.fixtures.ladder import Database, Options, Rung, Server, ServerUnavailable, provide
from storeproof.stores import ErrorCode

pytestmark = pytest.mark.database

Found = Callable[[str, Server | ServerUnavailable], Server]


@pytest.fixture(scope="module")
def database(found: Found) -> Iterator[Database]:
    """A database with the schema, on a server of these tests' own."""
    try:
        server = provide("postgresql", Options(rungs=frozenset({Rung.LOCAL}), tls=True))
    except ServerUnavailable as unavailable:
        found("postgresql", unavailable)
    else:
        with server:
            yield server.database()


def asking(database: Database, **query: str) -> str:
    """The database's address with another query."""
    url = make_url(database.url)
    kept = {name: value for name, value in url.query.items() if name not in ("sslmode",)}
    return url.set(query={**kept, **query}).render_as_string(hide_password=False)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_server_that_demands_tls_is_reached(database: Database, mode: str) -> None:
    """The server itself says what each connection is encrypted by."""
    ciphers: list[str] = []
    sessions = sessions_of("postgresql", database.url)
    with watching(lambda connection: ciphers.append(sessions.cipher(connection))):
        assert name_of_default(asking(database, sslmode=mode)) == "Default"
    sessions.close()
    assert ciphers
    assert all(ciphers)


def test_plain_text_is_refused_by_the_server_and_told(database: Database) -> None:
    assert refused(name_of_default, asking(database, sslmode="disable")).code is (
        ErrorCode.PERMISSION_DENIED
    )


def test_a_server_of_an_unknown_authority_is_refused(database: Database, tmp_path: Path) -> None:
    """And not called one that may come back: trying again will not make it trusted."""
    stranger = str(written(Authority().client(), tmp_path).authority)
    address = asking(database, sslmode="verify-full", sslrootcert=stranger)
    assert refused(name_of_default, address).code is ErrorCode.INVALID_PARAMETER_VALUE


def test_a_server_of_another_name_is_refused(database: Database) -> None:
    url = make_url(asking(database, sslmode="verify-full", hostaddr="127.0.0.1"))
    address = url.set(host="elsewhere.example").render_as_string(hide_password=False)
    assert refused(name_of_default, address).code is ErrorCode.INVALID_PARAMETER_VALUE


def test_an_authority_whose_file_is_not_there_is_refused(database: Database) -> None:
    address = asking(database, sslmode="verify-full", sslrootcert="/nowhere/ca.pem")
    error = refused(name_of_default, address)
    assert error.code is ErrorCode.INVALID_PARAMETER_VALUE
    assert "/nowhere/ca.pem" in error.message
