"""Sixteen writers of one store: no deadlock, duplicate key or busy database reaches one of them (CONC-*)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from storeproof.conformance import racing, racing_apart
from storeproof.conformance.checkers.operations import KEPT
from storeproof.conformance.doors import OURS
from storeproof.conformance.histories import History, Outcome, in_order
from storeproof.conformance.racing import Do, perform
from storeproof.conformance.rulings import judged
from storeproof.conformance.suite.everything import KEYS, REFUSALS, plan, rulings
from storeproof.fixtures.ladder import Server
from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import open_store

WRITERS = 16
PROCESSES = 8
NAMES = ("first", "second")
PATIENCE = 60.0
"""Seconds in which a call must end, on a machine that does other things too."""

DATABASES = ("postgresql", "mysql", "mariadb")


@pytest.fixture(
    params=[
        "file",
        "sqlite",
        "http",
        *(pytest.param(each, marks=pytest.mark.database) for each in DATABASES),
    ]
)
def address(
    request: pytest.FixtureRequest, tmp_path: Path, servers: Callable[[str], Server]
) -> Iterator[str]:
    """An empty store of each kind."""
    with ExitStack() as stack:
        if request.param == "file":
            yield str(tmp_path / "mlruns")
        elif request.param == "sqlite":
            yield f"sqlite:///{tmp_path}/store.db"
        elif request.param == "http":
            server = TrackingServer.start(f"sqlite:///{tmp_path}/store.db")
            stack.enter_context(server)
            yield server.url
        else:
            database = servers(request.param).database()
            yield stack.enter_context(database).url


def test_sixteen_writers_in_threads(address: str) -> None:
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(address)) for _ in range(4)] * (WRITERS // 4)
        run = stores[0].create_run("0").info.run_id
        plans = [plan(run, at, NAMES) for at in range(WRITERS)]
        history = racing.race(stores, plans, PATIENCE)
    sees_no_race(history, address, run)


@pytest.mark.parametrize("scheme", ["", "sqlite:///"])
def test_eight_processes_on_one_machine(scheme: str, tmp_path: Path) -> None:
    address = f"{scheme}{tmp_path}/store"
    with open_store(address) as store:
        run = store.create_run("0").info.run_id
    plans = [plan(run, at, NAMES) for at in range(PROCESSES)]
    history = racing_apart.race(OURS.elsewhere(address), plans, PATIENCE)
    sees_no_race(history, address, run)


def sees_no_race(history: History, address: str, run: str) -> None:
    """Every call ended as one that was alone could have, and what was acknowledged is there."""
    codes = {call.refusal.code for call in history if call.refusal is not None}
    assert codes <= set(REFUSALS), [str(call) for call in history if call.refusal is not None]
    assert [str(call) for call in history if call.outcome is Outcome.UNKNOWN] == []
    reads = [Do("get_run", {"run_id": run})]
    reads += [Do("get_metric_history", {"run_id": run, "key": key}) for key in KEYS]
    with open_store(address) as store:
        seen = [perform(WRITERS, store, read) for read in reads]
    whole = in_order([*history, *seen])
    for slug, rules in rulings(run, NAMES).items():
        found = [judged(each, whole) for each in rules]
        assert [each for each in found if each != KEPT] == [], slug
