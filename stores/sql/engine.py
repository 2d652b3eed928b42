"""From an address to an engine: the driver, the pool, the dialect's own settings (URI-SCHEMES, POOL-ENV)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storeproof.stores.errors import invalid
from storeproof.stores.sql import pool
from storeproof.stores.sql.compiled import Shared
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.dialects import DIALECTS
from storeproof.stores.sql.dialects.base import Dialect, Failure


def open_database(uri: str, driver: Any = None) -> Database:
    """The database at `uri`; nothing is connected yet.

    `driver` is a DBAPI module to use in place of the installed one that the address asks for,
    as create_engine() takes it. Raises INVALID_PARAMETER_VALUE for an address that cannot be
    read, a driver that is not installed or a bad setting, PERMISSION_DENIED for a file that
    must not be read.
    """
    url = _parse(uri)
    dialect = DIALECTS[url.get_backend_name()]()
    url = url.set(
        drivername=f"{url.get_backend_name()}+{_driver(url, dialect, given=driver is not None)}"
    )
    dialect.check_address(url)
    url = dialect.address(url)
    settings = pool.single_connection() if dialect.one_connection(url) else pool.from_environment()
    arguments: dict[str, Any] = {
        "pool_pre_ping": dialect.pings,
        "connect_args": dialect.connect_args(url),
        **settings.arguments,
    }
    if dialect.isolation_level is not None:
        arguments["isolation_level"] = dialect.isolation_level
    if driver is not None:
        arguments["module"] = driver
    else:
        arguments["execution_options"] = {"compiled_cache": Shared(url)}
    try:
        engine = create_engine(url, **arguments)
    except ImportError as error:
        raise invalid(
            f"The driver {url.get_driver_name()!r} for {dialect.title} is installed and cannot be "
            f"loaded ({error}); install it again."
        ) from error
    _hook(engine, dialect)
    return Database(engine, dialect, url, single=settings.single)


def _hook(engine: Engine, dialect: Dialect) -> None:
    @event.listens_for(engine, "do_connect")
    def _connect(driver: Any, _record: Any, args: Any, parameters: Any) -> Any:
        try:
            return _logged_in(
                lambda: driver.connect(*args, **parameters), driver.dbapi.Error, dialect
            )
        except driver.dbapi.Error as error:
            refusal = dialect.login_refusal(error, dialect.place(engine.url))
            if refusal is None:
                raise
            raise refusal from error

    @event.listens_for(engine, "connect")
    def _connected(dbapi_connection: Any, _record: Any) -> None:
        dialect.prepare_session(dbapi_connection)

    dialect.prepare_engine(engine)


def _logged_in(connect: Callable[[], Any], failures: type[Exception], dialect: Dialect) -> Any:
    """A connection; a login is refused only when it was refused twice.

    A server that heard half of one, because the line to it was cut, refuses it by the very words
    for a wrong password (CONN-DOWN).
    """
    try:
        return connect()
    except failures as error:
        if dialect.failure(error) is not Failure.LOGIN:
            raise
    return connect()


def _parse(uri: str) -> URL:
    try:
        url = make_url(uri)
        name = url.get_backend_name()
    except (ArgumentError, ValueError):
        # The address is not shown: what could not be parsed may hold a password anywhere.
        raise invalid(
            "The database address cannot be read; write dialect://user:password@host:port/database, "
            "special characters percent-encoded, or sqlite:///path."
        ) from None
    if name not in DIALECTS:
        raise invalid(f"No database is known by {name!r}; known are {', '.join(DIALECTS)}.")
    if "@" in (url.host or ""):
        raise invalid(
            "The user or password in the database address holds an '@'; write it as %40 there."
        )
    if url.port is not None and not 0 < url.port < 2**16:
        raise invalid(f"The database address names the port {url.port}; there are 1 to 65535.")
    if name == "sqlite" and url.host:
        raise invalid(
            f"{uri!r} names the host {url.host!r}; write sqlite:///relative or sqlite:////absolute."
        )
    return url


def _driver(url: URL, dialect: Dialect, *, given: bool) -> str:
    """The driver that the address names, or the first installed one; a given module needs no installed one."""
    _, _, named = url.drivername.partition("+")
    if named:
        if named not in dialect.drivers:
            raise invalid(
                f"No driver {named!r} is known for {dialect.title}; "
                f"known are {', '.join(dialect.drivers)}."
            )
        candidates = [named]
    else:
        candidates = list(dialect.drivers)
    for candidate in candidates:
        if given or find_spec(dialect.drivers[candidate]) is not None:
            return candidate
    raise invalid(
        f"No driver for {dialect.title} is installed (looked for {', '.join(candidates)}); "
        f"run: pip install 'storeproof[{dialect.extra}]'"
    )
