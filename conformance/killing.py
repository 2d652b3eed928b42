"""Clients in processes of their own that are killed: after a marker that they print, or in the middle of a call."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NoReturn, Self

from storeproof.conformance import dying
from storeproof.conformance.dying import FAILED, OPEN
from storeproof.conformance.elsewhere import ELSEWHERE, Elsewhere
from storeproof.conformance.jobs import interpreter
from storeproof.conformance.probe import Needs
from storeproof.conformance.trace import Killed

PATIENCE = 1800
"""Seconds that a job may take."""


@dataclass(frozen=True)
class Ending:
    """How a client came to its end.

    `acknowledged` is the number of its deeds that were; `error` what a call failed with before
    the client was killed, if one did; `at` where in a call it was killed, for people. `after` and
    `place` are what it was killed by again; without the first it cannot be.
    """

    token: str
    acknowledged: int
    error: str | None = None
    at: str = ""
    after: int | None = None
    place: int = 0

    @property
    def recorded(self) -> list[Killed]:
        """How another client is killed like it, as events of a trace."""
        return [] if self.after is None else [Killed(self.after, self.place)]


def killed_after(elsewhere: Elsewhere, token: str, markers: Sequence[int]) -> list[Ending]:
    """Clients, each killed at once when it has told of so many deeds; by then it is at the next."""
    return _asked(elsewhere, {"token": token, "markers": list(markers)})


def killed_inside(
    elsewhere: Elsewhere, token: str, numbers: Sequence[int], most: int, seed: int
) -> list[Ending]:
    """Clients killed in the middle of deeds of these numbers, at up to `most` places in each.

    A place is a call out of Python that files, sockets or drivers are reached by; of more places
    some are drawn, one from each part of the deed.
    """
    return _asked(elsewhere, {"token": token, "inside": list(numbers), "most": most, "seed": seed})


def killed_once(elsewhere: Elsewhere, token: str, after: int, place: int) -> Ending:
    """A client that is killed like another before (Ending)."""
    if not place:
        return killed_after(elsewhere, token, [after])[0]
    return _asked(elsewhere, {"token": token, "deed": after, "place": place})[0]


class Writer:
    """A client at work in a process of its own, until it is killed or a call fails."""

    def __init__(self, elsewhere: Elsewhere, token: str) -> None:
        self._token = token
        # Nobody reads what it complains of when its server is killed.
        self._process = _started(elsewhere, {"token": token}, subprocess.DEVNULL)
        self._told = 0
        self._error: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def work(self, deeds: int) -> bool:
        """Let it do so many more deeds; whether it did, rather than fail."""
        goal = self._told + deeds
        while self._told < goal and self._hear():
            pass
        return self._told >= goal

    def end(self) -> Ending:
        """Kill it, and hear what it told before."""
        self._process.kill()
        while self._hear():
            pass
        self._process.communicate()
        return Ending(self._token, self._told, self._error)

    def _hear(self) -> bool:
        assert self._process.stdout is not None
        line = self._process.stdout.readline() if not self._process.stdout.closed else ""
        if not line.endswith("\n"):
            return False
        word, _, rest = line.strip().partition(" ")
        if word == FAILED:
            self._error = rest
        elif word == OPEN:
            _complain(rest)
        else:
            self._told += 1
        return word.isdigit()


def _asked(elsewhere: Elsewhere, job: dict[str, object]) -> list[Ending]:
    process = _started(elsewhere, job)
    try:
        told, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise RuntimeError(f"the clients were not done within {PATIENCE} s") from None
    if process.returncode != 0:
        raise RuntimeError(errors.strip() or f"the process ended with {process.returncode}")
    word, _, rest = told.strip().rpartition("\n")[2].partition(" ")
    if word == OPEN:
        _complain(rest)
    return [Ending(**each) for each in json.loads(rest)]


def _complain(why: str) -> NoReturn:
    raise Needs(ELSEWHERE, why)


def _started(
    elsewhere: Elsewhere, job: dict[str, object], errors: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    if not hasattr(os, "fork"):
        raise Needs("processes that fork", "this system has none")
    if not elsewhere.importable:
        raise Needs(ELSEWHERE, "the function that opens it cannot be imported by another process")
    command, environment = interpreter(dying.__name__)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    where = elsewhere.as_json()
    process.stdin.write(json.dumps({**job, **where}) + "\n")
    process.stdin.flush()
    return process
