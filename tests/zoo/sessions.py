"""The bases of the stores that are broken for two sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from registered import Registered
from wrapper import Wrapper


class Session(Wrapper):
    """A store that is opened again as another session on the same things; each remembers for itself."""

    firsts: ClassVar[dict[str, Session]] = {}
    """The first session at each address."""

    caught_by = "test_two_sessions.py"

    in_common: ClassVar[Sequence[str]] = ("good", "folder")
    """What the sessions at one address share, by the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.address = str(len(self.firsts))
        self.firsts[self.address] = self

    @classmethod
    def open_at(cls, address: str) -> Self:
        first, other = cls.firsts[address], cls()
        for name in cls.in_common:
            setattr(other, name, getattr(first, name))
        return other


class RegisteredSession(Session, Registered):
    """The same with a registry."""

    in_common = ("good", "database", "base")
