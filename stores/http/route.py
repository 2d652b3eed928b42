"""A route of MLflow's REST API: what it takes, and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from storeproof.stores.contract import TrackingStore
from storeproof.stores.http.messages import Message

PREFIX = "/api/2.0/mlflow/"

MEGABYTE = 1_000_000
BODY_LIMIT = 16 * MEGABYTE
"""Bytes of a request; a new run may bring any number of tags."""


@dataclass(frozen=True)
class Route:
    """A method and a path below PREFIX, the request that it takes, and who answers it."""

    method: str
    path: str
    request: type[Message]
    answer: Callable[[TrackingStore, Any], Message]
    limit: int = BODY_LIMIT
    """Bytes of a body."""
