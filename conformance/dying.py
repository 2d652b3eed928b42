"""The clients that are killed, in a process of their own (killing.py): it reads a job as JSON and tells how each ended.

It opens the store once, which imports what that takes, and forks for each client that is to die:
an interpreter takes longer to start than all that a client does. It imports little for that reason.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import pairwise
from types import FrameType
from typing import IO, Any

from storeproof.conformance.deeds import Doer
from storeproof.conformance.elsewhere import Elsewhere

OPEN, FAILED, END = "open", "failed", "end"
"""What a line begins with that tells of no deed: the store does not open; a call failed; that is all."""

_FORKING = {"markers", "inside", "deed"}
"""What is in a job for several clients."""

_OUTSIDE = frozenset(
    "posix _io io fcntl _socket socket _ssl ssl sqlite3 psycopg2 _mysql MySQLdb pyodbc".split()
)
"""The modules, with their parts, whose functions reach out of the process."""

Ended = dict[str, object]
"""An Ending of killing.py as JSON."""

_Tell = Callable[[str], object]


def _work(elsewhere: Elsewhere, token: str, tell: _Tell, trap: Trap | None = None) -> None:
    """Do deed after deed and tell of each, for ever or until one fails or the trap is done."""
    with closing(elsewhere.open()) as store:
        doer = Doer(store, token)
        number = 0
        try:
            while trap is None or number <= trap.deed:
                if trap is not None and number == trap.deed:
                    with trap.set():
                        doer.do(number)
                else:
                    doer.do(number)
                tell(str(number))
                number += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            tell(f"{FAILED} {_told(error)}")


class Trap:
    """Kills this process at a call out of Python during one deed; without a number it counts such calls."""

    def __init__(self, deed: int, at: int | None = None) -> None:
        self.deed = deed
        self.calls = 0
        self._at = at

    @contextmanager
    def set(self) -> Iterator[None]:
        """For as long as the deed is done."""
        threading.setprofile(self._look)
        sys.setprofile(self._look)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _look(self, _frame: FrameType, event: str, function: Any) -> None:
        if event != "c_call" or _module(function) not in _OUTSIDE:
            return
        self.calls += 1
        if self.calls == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def _module(function: Any) -> str:
    """The module of a function in C, or of the object whose method it is, without its parts."""
    name: str = getattr(function, "__module__", None) or type(function.__self__).__module__
    return name.partition(".")[0]


def _client(elsewhere: Elsewhere, token: str, trap: Trap | None) -> tuple[int, IO[str]]:
    """Fork a client; its id, and where it tells."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, os.fdopen(read, encoding="utf-8", errors="replace")
    os.close(read)
    try:
        _work(elsewhere, token, lambda line: _say(write, line), trap)
        if trap is not None:
            _say(write, f"{END} {trap.calls}")
    except BaseException as error:  # noqa: BLE001 - nothing of a child may run on
        _say(write, f"{FAILED} {_told(error)}")
    finally:
        os._exit(0)


def _told(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _say(pipe: int, line: str) -> None:
    os.write(pipe, f"{line}\n".encode(errors="replace"))


def _ended(
    token: str, child: int, told: IO[str], after: int | None, at: str = ""
) -> tuple[Ended, int]:
    """How a client ended that is killed after so many deeds, or has a trap; and the calls that the trap counted."""
    done, calls, error = 0, 0, None
    with told:
        while (line := told.readline()).endswith("\n"):
            word, _, rest = line.strip().partition(" ")
            done += word.isdigit()
            if word == FAILED:
                error = rest
            elif word == END:
                calls = int(rest)
            if done == after:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"token": token, "acknowledged": done, "error": error, "at": at}, calls


def _all_after(elsewhere: Elsewhere, token: str, markers: Sequence[int]) -> Iterator[Ended]:
    for turn, marker in enumerate(markers):
        name = f"{token}-{turn}"
        child, told = _client(elsewhere, name, None)
        yield {**_ended(name, child, told, marker)[0], "after": marker}


def _all_inside(
    elsewhere: Elsewhere, token: str, numbers: Sequence[int], most: int, seed: int
) -> Iterator[Ended]:
    chance = random.Random(seed)
    for number in numbers:
        name = f"{token}-{number}"
        child, told = _client(elsewhere, name, Trap(number))
        ending, calls = _ended(name, child, told, None)
        yield {**ending, "after": number + 1}
        for place in _some(calls, most, chance):
            at = f"call {place} of {calls} out of Python"
            yield _at_a_place(elsewhere, f"{token}-{number}-{place}", number, place, at)


def _at_a_place(elsewhere: Elsewhere, token: str, number: int, place: int, at: str) -> Ended:
    child, told = _client(elsewhere, token, Trap(number, place))
    return {**_ended(token, child, told, None, at)[0], "after": number, "place": place}


def _some(calls: int, most: int, chance: random.Random) -> list[int]:
    """The numbers of some calls, one from each of equal parts."""
    if calls <= most:
        return list(range(1, calls + 1))
    edges = [1 + calls * part // most for part in range(most + 1)]
    return [chance.randrange(low, high) for low, high in pairwise(edges)]


def main() -> None:
    """Do the job that the input says."""
    job = json.loads(sys.stdin.readline())
    try:
        elsewhere = Elsewhere.from_json(job)
        if _FORKING.intersection(job):
            elsewhere.open().close()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        print(OPEN, _told(error), flush=True)
        return
    token = job["token"]
    if "markers" in job:
        endings = list(_all_after(elsewhere, token, job["markers"]))
    elif "inside" in job:
        endings = list(_all_inside(elsewhere, token, job["inside"], job["most"], job["seed"]))
    elif "deed" in job:
        number, place = job["deed"], job["place"]
        at = f"call {place} out of Python"
        endings = [_at_a_place(elsewhere, token, number, place, at)]
    else:
        try:
            _work(elsewhere, token, lambda line: _say(sys.stdout.fileno(), line))
        except Exception as error:  # noqa: BLE001 - it could not even open the store
            print(OPEN, _told(error), flush=True)
        return
    print(END, json.dumps(endings))


if __name__ == "__main__":
    main()
