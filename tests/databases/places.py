"""Addresses that are changed, accounts with few rights, and what a store says when it refuses."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, inspect, make_url

from storeproof.fixtures.ladder import Database, Server
from storeproof.stores import StoreError, open_store

Servers = Callable[[str], Server]
"""Gives the server of a kind."""


def changed(url: str, **parts: Any) -> str:
    """The address with some of its parts replaced."""
    return make_url(url).set(**parts).render_as_string(hide_password=False)


def refused(call: Callable[..., object], *arguments: Any) -> StoreError:
    """The StoreError that the call ends with."""
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    return caught.value


def name_of_default(url: str) -> str:
    """Open the store, ask it something, close it."""
    with open_store(url) as store:
        return store.get_experiment("0").name


def engine(url: str) -> Engine:
    """A way past the store; every statement commits itself."""
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def execute(url: str, *statements: str) -> None:
    """Run statements past the store."""
    with engine(url).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))


def content(database: Database) -> dict[str, list[str]]:
    """Every table of the database with every row of it."""
    with engine(database.url).connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        return {
            name: sorted(
                str(tuple(row))
                for row in connection.exec_driver_sql(f"SELECT * FROM {quote(name)}")
            )
            for name in inspect(connection).get_table_names()
        }


@dataclass(frozen=True)
class Account:
    """An account that is not the one that made the databases."""

    name: str
    password: str
    host: str

    def address(self, database: Database) -> str:
        """The database as this account reaches it."""
        return changed(database.url, username=self.name, password=self.password)

    def may(self, rights: str, database: Database) -> None:
        """Grant the account rights on all that is in the database; it must stay as long as the account does."""
        if self.host:
            grant = f"GRANT {rights} ON {database.name}.* TO {self.name}{self.host}"
        else:
            grant = f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {self.name}"
        execute(database.url, grant)


@contextmanager
def make_reader(server: Server) -> Iterator[Account]:
    """A new account of the server, which goes with the test."""
    mysql = server.kind != "postgresql"
    name = f"storeproof_{secrets.token_hex(6)}"
    account = Account(name, secrets.token_hex(12), "@'%'" if mysql else "")
    if mysql:
        make = f"CREATE USER {name}{account.host} IDENTIFIED BY '{account.password}'"
        drop = f"DROP USER {name}{account.host}"
    else:
        make = f"CREATE ROLE {name} LOGIN PASSWORD '{account.password}'"
        drop = f"DROP ROLE {name}"
    execute(server.url, make)
    yield account
    execute(server.url, drop)
