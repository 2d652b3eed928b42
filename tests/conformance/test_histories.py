"""Histories as data: recorded, written as JSON, read back, told and drawn."""

from __future__ import annotations

import json
import threading
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import jsonschema
import msgspec
import pytest
from told_results import event, results

from storeproof.conformance import histories, racing
from storeproof.conformance.histories import Call, Outcome
from storeproof.conformance.racing import Do
from storeproof.conformance.recording import Undecodable
from storeproof.conformance.report.html import page
from storeproof.conformance.report.timeline import timeline
from storeproof.conformance.results_file import read, write
from storeproof.conformance.trace import Refusal
from storeproof.stores import ErrorCode, StoreError, Tag

HISTORY = (
    Call(0, 0, "set_tag", {"run_id": "r", "tag": Tag("t", "<b>")}, 10, 40, Outcome.OK),
    Call(
        *(1, 1, "set_tag", {"run_id": "r", "tag": Tag("t", "2")}, 20, 30, Outcome.FAIL),
        refusal=Refusal("INVALID_PARAMETER_VALUE", "no"),
    ),
    Call(2, 0, "get_run", {"run_id": "r"}, 50, None, Outcome.UNKNOWN),
)


def test_a_history_comes_back_from_json() -> None:
    data = json.loads(json.dumps(histories.to_json(HISTORY)))
    assert histories.from_json(data) == HISTORY


@pytest.mark.parametrize("data", [[], {"version": 2, "calls": []}, {"version": 1, "calls": [{}]}])
def test_what_is_no_history_is_refused(data: Any) -> None:
    with pytest.raises(Undecodable):
        histories.from_json(data)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, Outcome.OK),
        (StoreError(ErrorCode.INVALID_PARAMETER_VALUE, "no"), Outcome.FAIL),
        (StoreError(ErrorCode.TEMPORARILY_UNAVAILABLE, "busy"), Outcome.UNKNOWN),
        (StoreError(ErrorCode.INTERNAL_ERROR, "oh"), Outcome.UNKNOWN),
        (StoreError("BAD_REQUEST", "oh"), Outcome.UNKNOWN),  # type: ignore[arg-type]
        (OSError("database is locked"), Outcome.UNKNOWN),
    ],
)
def test_an_ending_says_what_is_known_of_the_effect(
    error: BaseException | None, outcome: Outcome
) -> None:
    assert histories.ending_of(error)[0] is outcome


class Answering:
    """A store of which one method never answers."""

    def __init__(self) -> None:
        self.waiting = threading.Event()

    def get_run(self, run_id: str) -> str:
        return run_id

    def delete_run(self, run_id: str) -> None:
        self.waiting.wait(10)


def test_clients_begin_a_round_together_and_one_that_hangs_is_left() -> None:
    store: Any = Answering()
    plans = [[Do("get_run", {"run_id": "a"})] * 2, [Do("delete_run", {"run_id": "b"})] * 2]
    try:
        history = racing.race([store, store], plans, 0.2)
    finally:
        store.waiting.set()
    assert [(call.method, call.outcome) for call in history if call.client == 1] == [
        ("delete_run", Outcome.UNKNOWN)
    ]
    assert [call.answer for call in history if call.client == 0] == ["a"]


def found() -> Any:
    history = histories.to_json(HISTORY)
    return results(event("CONC-TAG", "fail", history=history))


def test_results_carry_the_history_and_come_back_with_it(tmp_path: Any) -> None:
    file = tmp_path / "results.json"
    write(found(), file)
    (failure,) = [failure for clause in read(file).stores[0].clauses for failure in clause.failures]
    assert failure.history is not None
    assert histories.from_json(failure.history) == HISTORY


def test_results_with_a_history_fit_the_schema() -> None:
    schema = resources.files("storeproof.conformance").joinpath("results.schema.json").read_text()
    document = json.loads(json.dumps(msgspec.to_builtins(found())))
    jsonschema.validate(document, json.loads(schema))


def test_a_timeline_has_a_lane_for_each_client_and_a_bar_for_each_call() -> None:
    drawn = timeline(histories.to_json(HISTORY))
    assert [lane.name for lane in drawn.lanes] == ["client 0", "client 1"]
    first, second, third = drawn.bars
    assert first.x < second.x < second.x + second.width < first.x + first.width < third.x
    assert third.x + third.width > first.x + first.width
    assert [bar.outcome for bar in drawn.bars] == ["ok", "fail", "unknown"]


class Texts(HTMLParser):
    """The items of lists on a page, and the elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)


def test_the_page_draws_the_history_and_tells_it_in_words_too() -> None:
    text = page(found())
    elements = Texts(text).elements
    assert elements.count("rect") == len(HISTORY)
    assert text.count('<li class="ok">client 0, from 0.000 ms') == 1
    assert "<b>" not in text.partition("<body>")[2].partition("<figure")[2]
