"""The connections of SQLAlchemy's pools as they are lent and given back in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

Look = Callable[[Any], None]
"""Is called with a driver's connection."""


@contextmanager
def watching(lent: Look, given_back: Look | None = None) -> Iterator[None]:
    """Call `lent` when any pool lends a connection, and `given_back` when it has it again, as it left it."""

    def checkout(connection: Any, _record: Any, _proxy: Any) -> None:
        lent(connection)

    def checkin(connection: Any, _record: Any) -> None:
        if connection is not None and given_back is not None:
            given_back(connection)

    event.listen(Pool, "checkout", checkout)
    event.listen(Pool, "checkin", checkin)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", checkout)
        event.remove(Pool, "checkin", checkin)
