"""A race behind a probe: whose fault an ending is, and what is done where processes cannot meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storeproof.conformance import rulings
from storeproof.conformance.checkers.operations import Judgement, State
from storeproof.conformance.doors import OURS
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe
from storeproof.conformance.races import Race, do
from storeproof.conformance.target import Place
from storeproof.conformance.trace import Ruling
from storeproof.stores import Tag
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.file.store import FileStore

PLANS = [[do("set_tag", run_id="r", tag=Tag("t", "v"))]] * 2


class Ending(FileStore):
    """Every set_tag ends so."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.ending: Any = None
        self.never = threading.Event()

    def set_tag(self, run_id: str, tag: Tag) -> None:
        if self.ending == "never":
            self.never.wait(30)
        elif self.ending is not None:
            raise self.ending


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Ending]:
    made = Ending(str(tmp_path / "mlruns"))
    yield made
    made.never.set()


def probe_of(store: Ending, hung: list[str], **place: Any) -> Probe:
    given = Place(open=lambda: store, recipe=("store = ...",), **place)
    return Probe(given, 0.3, on_hang=lambda: hung.append("it hung"))


@pytest.mark.parametrize(
    ("ending", "clause"),
    [
        (StoreError(ErrorCode.INTERNAL_ERROR, "oh"), "CONC-ERRORS"),
        (OSError("database is locked"), "CONC-ERRORS"),
        (StoreError(ErrorCode.TEMPORARILY_UNAVAILABLE, "busy"), None),
        (StoreError(ErrorCode.RESOURCE_DOES_NOT_EXIST, "no"), None),
    ],
)
def test_a_crash_is_blamed_on_errors_and_a_refusal_on_the_test(
    ending: Exception, clause: str | None, store: Ending
) -> None:
    store.ending = ending
    with pytest.raises(Breach) as caught:
        Race(probe_of(store, []), PLANS, "INVALID_PARAMETER_VALUE")
    assert caught.value.clause == clause
    assert {call.method for call in caught.value.history} == {"set_tag"}


def test_a_refusal_that_is_allowed_is_none_to_complain_of(store: Ending) -> None:
    store.ending = StoreError(ErrorCode.INVALID_PARAMETER_VALUE, "no")
    race = Race(probe_of(store, []), PLANS, "INVALID_PARAMETER_VALUE")
    assert len(race.history) == len(PLANS)


def test_a_call_that_never_ends_is_a_breach_and_the_store_counts_as_hung(store: Ending) -> None:
    store.ending = "never"
    hung: list[str] = []
    with pytest.raises(Breach) as caught:
        Race(probe_of(store, hung), PLANS)
    assert hung
    assert {call.ended for call in caught.value.history} == {None}


def said(monkeypatch: pytest.MonkeyPatch, judgement: Judgement) -> Ruling:
    """A ruling of which this is said."""
    monkeypatch.setitem(rulings.RULES, "said", lambda _: judgement)
    return Ruling("said", "contents", ["r"])


def test_a_judge_that_cannot_decide_leaves_the_test_inconclusive(
    store: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = Race(probe_of(store, []), PLANS)
    with pytest.raises(Inconclusive):
        race.judge([said(monkeypatch, Judgement(State.INCONCLUSIVE, seen="it took too long"))])


def test_what_is_broken_is_told_with_the_calls_that_show_it(
    store: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = Race(probe_of(store, []), PLANS)
    with pytest.raises(Breach) as caught:
        race.judge([said(monkeypatch, Judgement(State.BROKEN, "lost", "all", "nothing", (1,)))])
    assert [call.number for call in caught.value.history] == [1]


def test_threads_race_where_no_other_process_finds_the_store(store: Ending) -> None:
    race = Race(probe_of(store, []), PLANS, apart=True)
    assert len(race.history) == len(PLANS)


def test_processes_that_cannot_open_the_store_are_needed(store: Ending) -> None:
    nowhere = OURS.elsewhere("gopher://nowhere")
    with pytest.raises(Needs):
        Race(probe_of(store, [], elsewhere=lambda: nowhere), PLANS, apart=True)


def test_threads_race_where_a_process_would_find_another_store(store: Ending) -> None:
    nowhere = OURS.elsewhere("gopher://nowhere")
    probe = probe_of(store, [], elsewhere=lambda: nowhere, processes=False)
    assert len(Race(probe, PLANS, apart=True).history) == len(PLANS)
