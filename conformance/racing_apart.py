"""Several processes that use one store at once, as racing.py has threads do.

Run as a module it reads a job as JSON from its input. It is one process that has imported
everything and forks: starting an interpreter for each client would take longer than the race.
Each client writes what it begins and how that ends into a file of its own, so that one that is
killed leaves a call that never ended.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storeproof.conformance import jobs, recording
from storeproof.conformance.deadline import OPENING
from storeproof.conformance.elsewhere import Elsewhere
from storeproof.conformance.histories import (
    Call,
    History,
    Outcome,
    call_as_json,
    call_from_json,
    in_order,
)
from storeproof.conformance.racing import Do, Plan, perform

STARTING = 30.0
"""Seconds in which an interpreter must have come up, beside what the stores take."""

PATIENCE = OPENING + 2
"""How many times as long as a call a race may take: for opening, and for a call that hangs."""


class NotApart(Exception):
    """Processes cannot use the store at once; the message says why."""


def race(elsewhere: Elsewhere, plans: Sequence[Plan], seconds: float) -> History:
    """Have one process for each plan open the store and carry it out; see racing.race().

    NotApart where processes cannot fork, or one cannot open the store.
    """
    if not hasattr(os, "fork"):
        raise NotApart("this system has no processes that fork")
    job = {
        "store": elsewhere.as_json(),
        "plans": [
            [[each.method, recording.encode(each.arguments)] for each in plan] for plan in plans
        ],
        "seconds": seconds,
    }
    told = jobs.answer(__name__, job, STARTING + seconds * (PATIENCE + 1))
    return in_order([call for lines in told for call in _calls(lines)])


def _calls(lines: Sequence[str]) -> list[Call]:
    """What one client wrote."""
    calls: list[Call] = []
    begun: dict[str, Any] | None = None
    for line in lines:
        told = json.loads(line)
        if "failed" in told:
            raise NotApart(told["failed"])
        if "number" in told:
            calls.append(call_from_json(told))
            begun = None
        else:
            begun = told
    if begun is not None:
        arguments = recording.decode(begun["arguments"])
        calls.append(
            Call(
                *(0, begun["client"], begun["method"], arguments, begun["began"]),
                ended=None,
                outcome=Outcome.UNKNOWN,
            )
        )
    return calls


def _client(number: int, elsewhere: Elsewhere, plan: Plan, meeting: Any, file: Path) -> None:
    """Carry out a plan in this process."""
    with file.open("w", encoding="utf-8") as told:

        def tell(data: dict[str, Any]) -> None:
            print(json.dumps(data), file=told, flush=True)

        try:
            store = elsewhere.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            tell({"failed": f"{type(error).__name__}: {error}"})
            return
        for do in plan:
            try:
                meeting.wait()
            except threading.BrokenBarrierError:
                return
            arguments = recording.encode(do.arguments)
            began = time.monotonic_ns()
            tell({"client": number, "method": do.method, "arguments": arguments, "began": began})
            tell(call_as_json(perform(number, store, do)))
        store.close()


def main() -> None:
    """Do the job that the input says, and write the lines of each client."""
    job = json.load(sys.stdin)
    elsewhere = Elsewhere.from_json(job["store"])
    seconds = job["seconds"]
    plans = [
        [Do(method, recording.decode(arguments)) for method, arguments in plan]
        for plan in job["plans"]
    ]
    _preload(elsewhere)
    forking = multiprocessing.get_context("fork")
    meeting = forking.Barrier(len(plans), timeout=seconds * OPENING)
    with tempfile.TemporaryDirectory(prefix="storeproof-") as folder:
        files = [Path(folder) / str(number) for number in range(len(plans))]
        clients = [
            forking.Process(target=_client, args=(number, elsewhere, plan, meeting, file))
            for number, (plan, file) in enumerate(zip(plans, files, strict=True))
        ]
        for client in clients:
            client.start()
        end = time.monotonic() + seconds * PATIENCE
        for client in clients:
            client.join(max(end - time.monotonic(), 0.0))
            if client.is_alive():
                client.kill()
                client.join()
        print(json.dumps([file.read_text("utf-8").splitlines() for file in files if file.exists()]))


def _preload(elsewhere: Elsewhere) -> None:
    """Import what the clients will need, once for all, by opening the store and closing it."""
    try:
        elsewhere.open().close()
    except Exception:  # noqa: BLE001 - the clients will tell
        return


if __name__ == "__main__":
    main()
