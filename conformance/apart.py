"""A hook called in processes apart: in many at once, or in one that is killed after a number of statements.

Run as a module it reads a job as JSON from its input. It is one process that has imported
everything and forks: starting an interpreter for each call would take longer than the call.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from storeproof.conformance import jobs
from storeproof.conformance.migrations import Hook
from storeproof.conformance.probe import Needs

PATIENCE = 120
"""Seconds that a job may take, and EACH more for every call that is killed in its turn."""

EACH = 5

_CUT = 77
_READS = ("SELECT", "PRAGMA", "SHOW", "SET", "BEGIN", "DESC", "WITH", "EXPLAIN")


@dataclass(frozen=True)
class Cut:
    """How a call ended that was to be killed: `finished` before its time came, or with an error."""

    finished: bool
    error: str | None


def together(hook: Hook, count: int, *arguments: str) -> list[str | None]:
    """Call a hook in so many processes at once; the error of each, None for none."""
    answer: list[str | None] = _asked("together", hook, [count], arguments, PATIENCE)
    return answer


def cut_off(hook: Hook, after: Sequence[int], *arguments: str) -> list[Cut]:
    """Call a hook once for each number, killed after so many statements that write."""
    seconds = PATIENCE + EACH * len(after)
    return [Cut(*each) for each in _asked("cut", hook, list(after), arguments, seconds)]


def _asked(
    do: str, hook: Hook, numbers: list[int], arguments: Sequence[str], seconds: float
) -> Any:
    name, module = getattr(hook, "__qualname__", ""), getattr(hook, "__module__", "")
    if not hasattr(os, "fork"):
        raise Needs("processes that fork", "this system has none")
    if not name.isidentifier() or module == "__main__":
        raise Needs("a hook that another process can import", f"{name} is none")
    job = {"do": do, "hook": [module, name], "numbers": numbers, "arguments": list(arguments)}
    return jobs.answer(__name__, job, seconds)


def _in_a_child(work: Callable[[], object], gate: int, opener: int) -> tuple[int, int]:
    """Fork; the child waits until nobody holds `opener`, works, and writes its error. Its id, and where to read."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    os.close(read)
    os.close(opener)
    os.read(gate, 1)
    status = 0
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        status = 1
        last = "".join(traceback.format_exception_only(error)).strip()
        os.write(write, last.encode(errors="replace")[:4000])
    os._exit(status)


def _ended(child: int, read: int) -> tuple[int, str]:
    with os.fdopen(read, "rb") as told:
        text = told.read().decode(errors="replace")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def _many(work: Callable[[], object], count: int) -> list[str | None]:
    gate, opener = os.pipe()
    children = [_in_a_child(work, gate, opener) for _ in range(count)]
    os.close(opener)
    os.close(gate)
    endings = [_ended(*child) for child in children]
    return [None if status == 0 else text or f"status {status}" for status, text in endings]


def _killed(work: Callable[[], object], after: int) -> tuple[bool, str | None]:
    def doomed() -> None:
        _kill_after(after)
        work()

    gate, opener = os.pipe()
    child = _in_a_child(doomed, gate, opener)
    os.close(opener)
    os.close(gate)
    status, text = _ended(*child)
    return status != _CUT, None if status in (0, _CUT) else text or f"status {status}"


def _kill_after(statements: int) -> None:
    """End this process, with no chance to tidy up, after so many statements that write."""
    from sqlalchemy import Engine, event

    left = statements

    @event.listens_for(Engine, "after_cursor_execute")
    def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal left
        if not statement.lstrip().upper().startswith(_READS):
            left -= 1
            if left == 0:
                os._exit(_CUT)


def main() -> None:
    """Do the job that the input says."""
    job = json.load(sys.stdin)
    module, name = job["hook"]
    hook = getattr(importlib.import_module(module), name)

    def work() -> object:
        return hook(*job["arguments"])

    if job["do"] == "together":
        answer: Any = _many(work, job["numbers"][0])
    else:
        answer = []
        for after in job["numbers"]:
            answer.append(_killed(work, after))
            if answer[-1][0]:
                break
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
