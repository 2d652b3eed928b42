"""A recorded breach done again: FIXED, FAILED or ERROR."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from storeproof.conformance.model import INVALID_STATE, Operation
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.recording import encode, to_json
from storeproof.conformance.relations import NoExpression, look
from storeproof.conformance.replay import Ending, replay
from storeproof.conformance.subject import Lockstep, lockstep
from storeproof.conformance.target import target
from storeproof.conformance.trace import Check, Setting, Step
from storeproof.stores import Metric, Param, StoreError, Tag, TrackingStore

Made = Callable[..., Probe]


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes probes of throw-away stores, each changed in some way."""
    opened: list[Probe] = []

    def make(change: Callable[[TrackingStore], None] = lambda _: None, **other: Any) -> Probe:
        place = target("sqlite").place()

        def changed() -> TrackingStore:
            store = place.open()
            change(store)
            return store

        opened.append(Probe(replace(place, open=changed, **other)))
        return opened[-1]

    yield make
    for each in reversed(opened):  # each undoes its settings to what it found
        each.close()


def breach(probe: Probe, test: Callable[[Probe], object]) -> list[Any]:
    """The trace of a test that must find something."""
    with pytest.raises(Breach):
        test(probe)
    return to_json(probe.trace)


def forgets_tags(store: TrackingStore) -> None:
    store.set_tag = lambda run_id, tag: None  # type: ignore[method-assign]


def refuses_tags(store: TrackingStore) -> None:
    def crash(run_id: str, tag: Tag) -> None:
        raise RuntimeError("no tags today")

    store.set_tag = crash  # type: ignore[method-assign]


def value_of_a_tag(probe: Probe) -> None:
    run = probe.run()
    probe.store.set_tag(run, Tag("k", "v"))
    probe.see(probe.store.get_run(run)).tags["k"].equals("v")


def test_a_value_that_is_still_wrong_failed(made: Made) -> None:
    answer = replay(breach(made(forgets_tags), value_of_a_tag), made(forgets_tags))
    assert answer.ending is Ending.FAILED


def test_a_value_that_is_right_now_is_fixed(made: Made) -> None:
    assert replay(breach(made(forgets_tags), value_of_a_tag), made()).ending is Ending.FIXED


def test_an_operation_that_still_crashes_failed(made: Made) -> None:
    trace = breach(made(refuses_tags), value_of_a_tag)
    assert replay(trace, made(refuses_tags)).ending is Ending.FAILED
    assert replay(trace, made()).ending is Ending.FIXED


def test_a_refusal_that_still_does_not_come_failed(made: Made) -> None:
    def takes_any_tag(store: TrackingStore) -> None:
        store.delete_tag = lambda run_id, key: None  # type: ignore[method-assign]

    def missing_tag(probe: Probe) -> None:
        probe.refused("RESOURCE_DOES_NOT_EXIST").delete_tag(probe.run(), "none")

    trace = breach(made(takes_any_tag), missing_tag)
    assert replay(trace, made(takes_any_tag)).ending is Ending.FAILED
    assert replay(trace, made()).ending is Ending.FIXED


def test_an_operation_before_the_breach_that_fails_is_an_error(made: Made) -> None:
    answer = replay(breach(made(forgets_tags), value_of_a_tag), made(refuses_tags))
    assert answer.ending is Ending.ERROR
    assert "set_tag" in answer.text


def test_a_trace_that_shows_no_breach_is_an_error(made: Made) -> None:
    probe = made()
    probe.run()
    assert replay(to_json(probe.trace), made()).ending is Ending.ERROR


def test_parts_of_other_answers_are_looked_up_again(made: Made) -> None:
    def same_id_twice(probe: Probe) -> None:
        first = probe.store.get_run(probe.run())
        second = probe.store.get_run(probe.run())
        probe.see(second).info.run_id.equals(probe.see(first).info.run_id)

    trace = breach(made(), same_id_twice)
    assert replay(trace, made()).ending is Ending.FAILED


def test_names_on_a_shared_place_are_new(made: Made) -> None:
    def taken(probe: Probe) -> None:
        probe.store.create_experiment(probe.name("x"))
        probe.refused("PERMISSION_DENIED").create_experiment(probe.name("x"))

    probe = made()
    trace = breach(probe, taken)
    again = Probe(replace(probe.place, shared=True))
    with closing(again):
        assert replay(trace, again, probe.token).ending is Ending.FAILED


def test_a_setting_is_made_again_and_undone(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRUNCATE_LONG_VALUES", raising=False)

    def cut(probe: Probe) -> None:
        probe.setting("MLFLOW_TRUNCATE_LONG_VALUES", "false")
        probe.store.log_param(probe.run(), Param("k", "x" * 7000))

    trace = breach(made(), cut)
    assert replay(trace, made()).ending is Ending.FAILED


# By the model


def machine(probes: list[Probe]) -> Lockstep:
    together = lockstep(probes)
    together.do(Operation("create_experiment", {"name": "e"}), "E1")
    together.do(Operation("create_run", {"experiment_id": "E1"}), "R2")
    return together


def tags_by_the_model(probe: Probe) -> None:
    together = machine([probe])
    together.do(Operation("set_tag", {"run_id": "R2", "tag": Tag("k", "v")}))
    together.do(Operation("get_run", {"run_id": "R2"}))


def test_what_the_model_found_is_judged_by_the_model(made: Made) -> None:
    trace = breach(made(forgets_tags), tags_by_the_model)
    assert replay(trace, made(forgets_tags)).ending is Ending.FAILED
    assert replay(trace, made()).ending is Ending.FIXED


def test_pages_are_compared_with_the_whole_again(made: Made) -> None:
    def pages_backwards(store: TrackingStore) -> None:
        history = store.get_metric_history

        def shuffled(run_id: str, key: str, max_results: Any = None, page_token: Any = None) -> Any:
            page = history(run_id, key, max_results, page_token)
            if max_results is None:
                return page
            return replace(page, items=tuple(replace(each, step=7) for each in page.items))

        store.get_metric_history = shuffled  # type: ignore[method-assign]

    def in_pages(probe: Probe) -> None:
        together = machine([probe])
        for number in range(4):
            metric = Metric("m", float(number), number, 0)
            together.do(Operation("log_metric", {"run_id": "R2", "metric": metric}))
        whole = Operation("get_metric_history", {"run_id": "R2", "key": "m"})
        together.pages(whole, 2, "METRIC-HISTORY-PAGE")

    trace = breach(made(pages_backwards), in_pages)
    assert replay(trace, made(pages_backwards)).ending is Ending.FAILED
    assert replay(trace, made()).ending is Ending.FIXED


def test_a_difference_of_two_stores_is_shown_by_the_one_that_differs(made: Made) -> None:
    def says_another_code(store: TrackingStore) -> None:
        def refuse(experiment_id: str, new_name: str) -> None:
            raise StoreError(INVALID_STATE, "it is deleted")  # type: ignore[arg-type]

        store.rename_experiment = refuse  # type: ignore[method-assign]

    other = made(says_another_code)
    together = lockstep([made(), other], strict=True)
    together.do(Operation("create_experiment", {"name": "e"}), "E1")
    together.do(Operation("delete_experiment", {"experiment_id": "E1"}))
    with pytest.raises(Breach):
        together.do(Operation("rename_experiment", {"experiment_id": "E1", "new_name": "f"}))
    trace = to_json(other.trace)
    assert replay(trace, made(says_another_code)).ending is Ending.FAILED
    assert replay(trace, made()).ending is Ending.FIXED


# A trace may come from a stranger


@pytest.mark.parametrize(
    "event",
    [
        Step(0, "store", "__init__", {}, expected="CODE"),
        Step(0, "store", "_raw", {}, expected="CODE"),
        Step(0, "disk", "remove", {"path": ["..", "x"]}, expected="CODE"),
        Step(0, "disk", "put", {"path": ["/etc/x"], "content": ""}, expected="CODE"),
        Setting("PATH", "/tmp"),
    ],
    ids=repr,
)
def test_what_it_may_not_do_is_an_error(event: object) -> None:
    end = Check(0, "{}", "equals", 1, 2, held=False)
    with closing(Probe(target("file").place())) as probe:
        assert replay([encode(event), encode(end)], probe).ending is Ending.ERROR


@pytest.mark.parametrize(
    "expression",
    [
        *("{}.__class__", "__import__('os')", "{}()", "open('x')", "[x for x in {} if x]", "{"),
        *("(lambda: 1)()", "{}[{}]", "len({}, {})", "{0.__class__}"),
    ],
)
def test_an_expression_is_parts_of_an_answer_and_nothing_else(expression: str) -> None:
    with pytest.raises(NoExpression):
        look(expression, ["a"])


def test_expressions_of_the_suite_are_understood() -> None:
    answer = [Tag("a", "1"), Tag("b", "2")]
    assert look("[item.key for item in {}]", answer) == ["a", "b"]
    assert look("len({}[-1:])", answer) == 1
    assert look("list({})[0].value", answer) == "1"
    assert look("{}['{{k}}']", {"{k}": 1}) == 1
    assert look("[int(item) for item in json.loads({})]", '["1", "2"]') == [1, 2]
