"""The connection pool's settings, from MLflow's environment variables (POOL-ENV)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import pool

from storeproof.stores.errors import invalid
from storeproof.stores.sql.dialects.base import PATIENCE, setting

_PREFIX = "MLFLOW_SQLALCHEMYSTORE_"
POOL_SIZE = f"{_PREFIX}POOL_SIZE"
MAX_OVERFLOW = f"{_PREFIX}MAX_OVERFLOW"
POOL_RECYCLE = f"{_PREFIX}POOL_RECYCLE"
POOLCLASS = f"{_PREFIX}POOLCLASS"
ECHO = f"{_PREFIX}ECHO"
POOL_TIMEOUT = "STOREPROOF_POOL_TIMEOUT"
"""Ours: seconds that a call waits for a connection of an exhausted pool (POOL-BOUND)."""

DEFAULT_POOL_SIZE = 5
DEFAULT_MAX_OVERFLOW = 10

_CLASSES: dict[str, type[pool.Pool]] = {
    "AssertionPool": pool.AssertionPool,
    "NullPool": pool.NullPool,
    "QueuePool": pool.QueuePool,
    "SingletonThreadPool": pool.SingletonThreadPool,
    "StaticPool": pool.StaticPool,
}
_SIZES: dict[str, frozenset[type[pool.Pool]]] = {
    POOL_SIZE: frozenset({pool.QueuePool, pool.SingletonThreadPool}),
    MAX_OVERFLOW: frozenset({pool.QueuePool}),
}
_SINGLE: frozenset[type[pool.Pool]] = frozenset({pool.AssertionPool, pool.StaticPool})


@dataclass(frozen=True)
class PoolSettings:
    """What create_engine() gets, and whether all threads share one connection and must take turns."""

    arguments: dict[str, Any]
    single: bool


def single_connection() -> PoolSettings:
    """One connection for the engine's life, for a database in memory."""
    return PoolSettings({"poolclass": pool.StaticPool, "echo": _echo()}, single=True)


def from_environment() -> PoolSettings:
    """The settings as they are now; a bad one: INVALID_PARAMETER_VALUE that names the variable."""
    kind = _pool_class()
    arguments: dict[str, Any] = {"poolclass": kind, "echo": _echo()}
    recycle = _number(POOL_RECYCLE, least=-1)
    if recycle is not None:
        arguments["pool_recycle"] = recycle
    size = _number(POOL_SIZE, least=0)
    overflow = _number(MAX_OVERFLOW, least=-1)
    for name, value in ((POOL_SIZE, size), (MAX_OVERFLOW, overflow)):
        if value is not None and kind not in _SIZES[name]:
            raise invalid(f"{name} means nothing to a {kind.__name__}; unset it or {POOLCLASS}.")
    if kind is pool.QueuePool:
        timeout = _number(POOL_TIMEOUT, least=0)
        arguments |= _bounds(size, overflow)
        arguments["pool_timeout"] = PATIENCE if timeout is None else timeout
    elif kind is pool.SingletonThreadPool and size is not None:
        arguments["pool_size"] = size
    return PoolSettings(arguments, single=kind in _SINGLE)


def _bounds(size: int | None, overflow: int | None) -> dict[str, int]:
    """Pool size and overflow; a QueuePool of size 0 knows no bound, so the overflow becomes its size (POOL-BOUND)."""
    kept = DEFAULT_POOL_SIZE if size is None else size
    beyond = DEFAULT_MAX_OVERFLOW if overflow is None else overflow
    if kept == 0 and beyond >= 0:
        kept, beyond = beyond, 0
    if kept == 0 and beyond == 0:
        raise invalid(
            f"{POOL_SIZE} and {MAX_OVERFLOW} are both 0, which leaves no connection; raise one of them."
        )
    return {"pool_size": kept, "max_overflow": beyond}


def _pool_class() -> type[pool.Pool]:
    name = setting(POOLCLASS)
    if name is None:
        return pool.QueuePool
    try:
        return _CLASSES[name]
    except KeyError:
        raise invalid(f"{POOLCLASS} must be one of {', '.join(_CLASSES)}, not {name!r}.") from None


def _number(name: str, least: int) -> int | None:
    text = setting(name)
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise invalid(f"{name} must be a whole number of at least {least}, not {text!r}.")
    return number


def _echo() -> bool:
    text = (setting(ECHO) or "false").strip().lower()
    if text not in ("true", "1", "false", "0"):
        raise invalid(f"{ECHO} must be true or false, not {text!r}.")
    return text in ("true", "1")
