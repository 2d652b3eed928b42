"""What makes a race certain: callers who are inside at the same time meet in pairs."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE = 0.5
"""Seconds that a caller waits for a second one; one that is alone goes on then."""


class Pairs(Generic[T]):
    """Brings callers together two by two, and tells each what the other brought."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: _Seat[T] | None = None

    def meet(self, brought: T) -> tuple[int, T] | None:
        """Which of the two the caller is (0 came first), and what the other brought; None if nobody comes."""
        with self._lock:
            seat = self._waiting
            if seat is not None:
                self._waiting = None
                seat.others = brought
                seat.taken.set()
                return 1, seat.brought
            mine = self._waiting = _Seat(brought)
        mine.taken.wait(PATIENCE)
        with self._lock:
            if self._waiting is mine:
                self._waiting = None
        return (0, mine.others) if mine.others is not None else None


class _Seat(Generic[T]):
    def __init__(self, brought: T) -> None:
        self.brought = brought
        self.taken = threading.Event()
        self.others: T | None = None
