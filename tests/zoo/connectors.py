"""Stores whose connections break one rule each: ways to open a store that is ours in all else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from wrapper import Wrapper

from storeproof.conformance.connections import Connections, ours
from storeproof.conformance.suite.pooled import (
    ECHO,
    MAX_OVERFLOW,
    POOL_RECYCLE,
    POOL_SIZE,
    POOLCLASS,
)
from storeproof.stores import StoreError, open_store
from storeproof.stores.errors import invalid, unavailable

Opener = Callable[[str], object]

CONNECTORS: dict[str, tuple[str, str, Connections]] = {}
"""The broken ways by name, each with the clause that it breaks and the engine that it is broken on."""


def breaks(slug: str, engine: str = "sqlite") -> Callable[[Opener], Opener]:
    """Register a function that opens a store as one that breaks the clause."""

    def register(function: Opener) -> Opener:
        CONNECTORS[function.__name__] = slug, engine, replace(ours(engine), open=function)
        return function

    return register


@contextlib.contextmanager
def variables(**given: str | None) -> Iterator[None]:
    """The environment with some variables set, or None: taken away."""
    before = {name: os.environ.get(name) for name in given}
    try:
        _set(given)
        yield
    finally:
        _set(before)


def _set(values: Any) -> None:
    for name, value in values.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def engine_of(store: Any) -> Any:
    """The engine of one of our stores."""
    return store._database.engine


class Opened:
    """One of our stores, with methods of a broken one before its own."""

    def __init__(self, uri: str) -> None:
        self.good = open_store(uri)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.good, name)


# POOL-ENV


@breaks("POOL-ENV")
def keeps_its_own_class(uri: str) -> object:
    with variables(**{POOLCLASS: None}):
        return open_store(uri)


@breaks("POOL-ENV")
def logs_nothing(uri: str) -> object:
    with variables(**{ECHO: None}):
        return open_store(uri)


@breaks("POOL-ENV")
def takes_a_bad_value_for_none(uri: str) -> object:
    try:
        return open_store(uri)
    except StoreError:
        with variables(**dict.fromkeys((POOL_SIZE, MAX_OVERFLOW, POOL_RECYCLE, POOLCLASS, ECHO))):
            return open_store(uri)


@breaks("POOL-ENV")
def names_no_variable(uri: str) -> object:
    try:
        return open_store(uri)
    except StoreError:
        raise invalid("A setting of the pool is wrong.") from None


@breaks("POOL-ENV", "postgresql")
def has_a_pool_too_small(uri: str) -> object:
    small = {POOL_SIZE: "1", MAX_OVERFLOW: "0"} if os.environ.get(POOL_SIZE) == "2" else {}
    with variables(**small):
        return open_store(uri)


# POOL-BOUND


@breaks("POOL-BOUND")
def has_one_connection_too_many(uri: str) -> object:
    with variables(**{MAX_OVERFLOW: str(int(os.environ.get(MAX_OVERFLOW, "10")) + 1)}):
        return open_store(uri)


@breaks("POOL-BOUND")
def takes_no_0_for_a_number(uri: str) -> object:
    zero = {name: None for name in (POOL_SIZE, MAX_OVERFLOW) if os.environ.get(name) == "0"}
    with variables(**zero):
        return open_store(uri)


@breaks("POOL-BOUND")
class CallsExhaustionADefect(Opened):
    def get_run(self, run_id: str) -> object:
        try:
            return self.good.get_run(run_id)
        except StoreError as error:
            raise RuntimeError("QueuePool limit reached, connection timed out") from error


@breaks("POOL-BOUND")
class NeverRecovers(Opened):
    exhausted = False

    def get_run(self, run_id: str) -> object:
        try:
            if self.exhausted:
                raise unavailable("The pool is exhausted.")
            return self.good.get_run(run_id)
        except StoreError:
            self.exhausted = True
            raise


# POOL-RECYCLE


@breaks("POOL-RECYCLE")
def uses_old_connections(uri: str) -> object:
    with variables(**{POOL_RECYCLE: None}):
        return open_store(uri)


@breaks("POOL-RECYCLE", "postgresql")
def asks_for_no_sign_of_life(uri: str) -> object:
    store = open_store(uri)
    engine_of(store).pool._pre_ping = False
    return store


# POOL-CLEAN


LEAKED: list[object] = []


@breaks("POOL-CLEAN")
class LeaksAConnection(Opened):
    def close(self) -> None:
        LEAKED.append(engine_of(self.good).raw_connection())
        self.good.close()


@breaks("POOL-CLEAN", "postgresql")
class ClosesNothing(Opened):
    def close(self) -> None:
        LEAKED.append(self.good)


@breaks("POOL-CLEAN")
def leaves_a_setting(uri: str) -> object:
    store = open_store(uri)

    def execute(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if "ORDER BY" in statement:
            cursor.execute("PRAGMA cache_size = 77")

    event.listen(engine_of(store), "after_cursor_execute", execute)
    return store


@breaks("POOL-CLEAN", "postgresql")
def leaves_a_time_limit(uri: str) -> object:
    store = open_store(uri)

    def execute(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if "UPDATE" in statement:
            cursor.connection.cursor().execute("SET lock_timeout = '7s'")

    event.listen(engine_of(store), "before_cursor_execute", execute)
    return store


# CONN-DOWN


@breaks("CONN-DOWN", "postgresql")
def shows_the_password(uri: str) -> object:
    return told(uri, lambda error: unavailable(f"{uri} is down: {error.message}"))


@breaks("CONN-DOWN", "postgresql")
def shows_what_the_password_means(uri: str) -> object:
    password = make_url(uri).password
    return told(uri, lambda error: unavailable(f"{error.message} (tried {password})"))


@breaks("CONN-DOWN", "postgresql")
def calls_it_a_bad_request(uri: str) -> object:
    return told(uri, lambda error: invalid(error.message))


@breaks("CONN-DOWN", "postgresql")
def does_not_say_where(uri: str) -> object:
    return told(uri, lambda _: unavailable("The database does not answer."))


@breaks("CONN-DOWN", "postgresql")
class StaysDown(Opened):
    """It does not look again once it failed."""

    down: StoreError | None = None

    def get_run(self, run_id: str) -> object:
        try:
            if self.down is not None:
                raise self.down
            return self.good.get_run(run_id)
        except StoreError as error:
            self.down = error
            raise


def told(uri: str, words: Callable[[StoreError], StoreError]) -> object:
    """A store that tells of a server that is down in other words, and soon, for many do in these tests."""
    soon = make_url(uri).update_query_dict({"connect_timeout": "2"})
    try:
        return open_store(soon.render_as_string(hide_password=False))
    except StoreError as error:
        raise words(error) from None


# TLS-MYSQL

SSL = ("MLFLOW_MYSQL_SSL_CA", "MLFLOW_MYSQL_SSL_CERT", "MLFLOW_MYSQL_SSL_KEY")


@breaks("TLS-MYSQL", "mariadb")
def falls_back_to_plain_text(uri: str) -> object:
    try:
        return open_store(uri)
    except StoreError:
        with variables(**dict.fromkeys(SSL)):
            url = make_url(uri).update_query_dict({"ssl_disabled": "true"})
            return open_store(url.render_as_string(hide_password=False))


@breaks("TLS-MYSQL", "mariadb")
def looks_at_no_certificate(uri: str) -> object:
    """Encrypted, but with whomever."""
    with variables(**{SSL[0]: None}):
        return open_store(uri)


@breaks("TLS-MYSQL", "mariadb")
def shows_no_certificate(uri: str) -> object:
    with variables(**{SSL[1]: None, SSL[2]: None}):
        return open_store(uri)


@breaks("TLS-MYSQL", "mariadb")
def passes_over_a_file_that_is_not_there(uri: str) -> object:
    missing = [name for name in SSL if not Path(os.environ.get(name, ".")).exists()]
    with variables(**dict.fromkeys(missing)):
        return open_store(uri)


@breaks("TLS-MYSQL", "mariadb")
def raises_what_the_driver_raises(uri: str) -> object:
    try:
        return open_store(uri)
    except StoreError as error:
        raise RuntimeError(error.message) from error


def factory(engine: str, connections: Connections | None) -> Callable[[], Wrapper]:
    """A function that returns a store whose connections are reached so."""

    def make() -> Wrapper:
        return Wrapper()

    vars(make).update(kinds=frozenset({"sql", engine}), connections=connections)
    return make


good_sqlite = factory("sqlite", ours("sqlite"))
without_hooks = factory("sqlite", None)

globals().update(
    {
        f"store_{name}": factory(engine, connections)
        for name, (_, engine, connections) in CONNECTORS.items()
    }
)
