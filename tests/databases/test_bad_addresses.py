"""Addresses that cannot be used: the code, where it was, never the password; the same on the command line (CONN-DOWN)."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from places import Account, Servers, changed, content, execute, name_of_default, refused
from sqlalchemy import Connection, make_url

from storeproof.conformance.cli import main
from storeproof.fixtures.ladder import Database, Server
from storeproof.stores import ErrorCode
from storeproof.stores.sql import engine as store_engine

pytestmark = pytest.mark.database

SECRET = "s3cr3t@/:%?#é'\" "
LIMIT = 10
"""Seconds in which a server that does not answer is given up."""

INVALID = ErrorCode.INVALID_PARAMETER_VALUE
DENIED = ErrorCode.PERMISSION_DENIED
UNAVAILABLE = ErrorCode.TEMPORARILY_UNAVAILABLE


@dataclass(frozen=True)
class Ports:
    """Ports of this machine where no database answers."""

    closed: int
    mute: int


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        yield Ports(bound.getsockname()[1], mute.getsockname()[1])


Spoil = Callable[[str, Ports], str]

SPOILT: list[tuple[str, Spoil, ErrorCode]] = [
    ("wrong password", lambda url, _: changed(url, password=SECRET), DENIED),
    ("no password", lambda url, _: changed(url, password=""), DENIED),
    ("unknown user", lambda url, _: changed(url, username="nobody", password=SECRET), DENIED),
    ("unknown database", lambda url, _: changed(url, database="no_such_database"), INVALID),
    ("quotes in the name", lambda url, _: changed(url, database="a'b\"c`d"), INVALID),
    ("unknown host", lambda url, _: changed(url, host="no-such-host.invalid"), UNAVAILABLE),
    ("closed port", lambda url, ports: changed(url, port=ports.closed), UNAVAILABLE),
    ("no such port", lambda url, _: changed(url, port=99_999), INVALID),
    ("unknown option", lambda url, _: changed(url, query={"no_such_option": SECRET}), INVALID),
    ("password as option", lambda url, _: changed(url, query={"password": SECRET}), DENIED),
]


@pytest.mark.parametrize(
    ("spoil", "code"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT]
)
def test_an_address_that_cannot_be_used_is_refused_by_its_code(
    database: Database, ports: Ports, spoil: Spoil, code: ErrorCode
) -> None:
    address = spoil(database.url, ports)
    error = refused(name_of_default, address)
    assert error.code is code
    url = make_url(address)
    assert str(url.port) in error.message
    assert SECRET not in error.message
    assert not url.password or str(url.password) not in error.message


@pytest.mark.parametrize("spoil", [SPOILT[0][1], SPOILT[3][1], SPOILT[6][1]])
def test_a_refusal_names_host_and_database(database: Database, ports: Ports, spoil: Spoil) -> None:
    address = spoil(database.url, ports)
    url = make_url(address)
    message = refused(name_of_default, address).message
    assert f"{url.host}:{url.port}" in message
    assert str(url.database) in message


def test_a_server_that_never_speaks_is_given_up(ports: Ports) -> None:
    def waited(drivername: str) -> tuple[ErrorCode, float]:
        before = time.monotonic()
        error = refused(name_of_default, f"{drivername}://u:p@127.0.0.1:{ports.mute}/db")
        return error.code, time.monotonic() - before

    with ThreadPoolExecutor() as threads:
        for code, seconds in threads.map(waited, ("postgresql", "mysql", "mariadb")):
            assert code is UNAVAILABLE
            assert seconds < LIMIT  # the clause's own limit, more than twice what is needed


@pytest.mark.parametrize("server", ["mysql"], indirect=True)
def test_mysql_is_not_served_by_an_address_for_mariadb(database: Database) -> None:
    address = changed(database.url, drivername="mariadb+pymysql")
    assert refused(name_of_default, address).code is INVALID


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_mariadb_is_served_by_an_address_for_mariadb(database: Database) -> None:
    assert name_of_default(changed(database.url, drivername="mariadb+pymysql")) == "Default"


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_server_of_another_kind_is_refused(database: Database, servers: Servers) -> None:
    other = make_url(servers("mariadb").url)
    assert refused(name_of_default, changed(database.url, port=other.port)).code is INVALID


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_an_account_with_no_connection_left_is_to_try_again(
    reader: Account, database: Database
) -> None:
    execute(database.url, f"ALTER ROLE {reader.name} CONNECTION LIMIT 0")
    assert refused(name_of_default, reader.address(database)).code is UNAVAILABLE


# Drivers


@pytest.fixture
def driver(database: Database) -> str:
    """The module that the address asks for."""
    return make_url(database.url).get_driver_name()


def test_a_missing_driver_is_named_with_its_extra(
    database: Database, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    error = refused(name_of_default, database.url)
    assert error.code is INVALID
    assert f"storeproof[{make_url(database.url).get_backend_name()}]" in error.message


def test_a_driver_that_does_not_load_is_refused(
    database: Database, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "find_spec", lambda _name: True)
    monkeypatch.setitem(sys.modules, driver, None)
    error = refused(name_of_default, database.url)
    assert error.code is INVALID
    assert driver in error.message


# Versions


Version = tuple[int, ...]


@pytest.fixture
def answer_version(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[Version], None]:
    """Lets the server of this test pass for another version, once it is connected to."""
    dialect: Any = make_url(server.url).get_dialect()
    initialize = dialect.initialize

    def answer(version: Version) -> None:
        def pretend(self: Any, connection: Connection) -> None:
            initialize(self, connection)
            self.server_version_info = version

        monkeypatch.setattr(dialect, "initialize", pretend)

    return answer


TOO_OLD = [("postgresql", (9, 6, 24)), ("mysql", (5, 6, 51)), ("mariadb", (10, 1, 48))]
OLDEST = [("postgresql", (10, 0)), ("mysql", (5, 7, 9)), ("mariadb", (10, 2, 6))]


@pytest.mark.parametrize(("server", "version"), TOO_OLD, indirect=["server"])
def test_a_server_that_is_too_old_is_refused_untouched(
    empty_database: Database, version: Version, answer_version: Callable[[Version], None]
) -> None:
    answer_version(version)
    error = refused(name_of_default, empty_database.url)
    assert error.code is INVALID
    assert ".".join(map(str, version)) in error.message
    assert content(empty_database) == {}


@pytest.mark.parametrize(("server", "version"), OLDEST, indirect=["server"])
def test_the_oldest_servers_are_served(
    database: Database, version: Version, answer_version: Callable[[Version], None]
) -> None:
    answer_version(version)
    assert name_of_default(database.url) == "Default"


# The command line


@pytest.mark.parametrize(
    "spoil", [SPOILT[0][1], SPOILT[3][1], SPOILT[6][1]], ids=[SPOILT[i][0] for i in (0, 3, 6)]
)
def test_the_command_says_it_in_one_line_with_status_2(
    database: Database,
    ports: Ports,
    spoil: Spoil,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address = spoil(database.url, ports)
    monkeypatch.setattr(sys, "argv", ["storeproof", "check", address])
    with pytest.raises(SystemExit) as ended:
        main()
    told = "".join(capsys.readouterr())
    assert ended.value.code == 2
    assert told.startswith("Error: ")
    assert told.count("\n") == 1
    assert str(make_url(address).password) not in told
