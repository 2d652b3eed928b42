"""Stores in lock-step: what is completed for each of them, what is compared, and what is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storeproof.conformance.drafts import Draft, Held, Part, Some, Spelling, TermDraft
from storeproof.conformance.model import Field, Kind, Model, Operation
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.subject import Lockstep, lockstep
from storeproof.conformance.target import Place
from storeproof.stores import open_store
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Dataset, DatasetInput, Metric, Page, Param, Run
from storeproof.stores.errors import ErrorCode, StoreError

PLAIN = Spelling()
ONE = DatasetInput(Dataset("a", "1", "local", "x"))
TWO = DatasetInput(Dataset("b", "2", "local", "x"))

Stores = Callable[..., Lockstep]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Makes two sqlite stores in lock-step with the runs R1, R2 in E1; the second is spoilt."""
    number = count()
    with ExitStack() as opened:

        def opened_probe() -> tuple[TrackingStore, Probe]:
            path = f"sqlite:///{tmp_path}/{next(number)}.db"
            store = open_store(path, f"{tmp_path}/artifacts")
            probe = Probe(Place(open=lambda: store, recipe=()))
            opened.callback(probe.close)
            return store, probe

        def make(
            spoil: Callable[[TrackingStore], None] = lambda _: None, **options: Any
        ) -> Lockstep:
            (_, first), (store, second) = opened_probe(), opened_probe()
            spoil(store)
            made = lockstep(
                [first, second], lambda _: Model(artifact_location_length=256), **options
            )
            made.do(Operation("create_experiment", {"name": "one"}), "E1")
            for symbol in ("R1", "R2"):
                made.do(Operation("create_run", {"experiment_id": "E1", "start_time": 5}), symbol)
            return made

        yield make


def search(**asked: Any) -> Operation:
    return Operation("search_runs", {"experiment_ids": ("E1",), **asked})


def part(field: Field | Some, operator: str, value: Any, prefix: str = "attributes.") -> Part:
    return Part(prefix, field, operator, value, PLAIN)


def last_arguments(made: Lockstep) -> list[dict[str, object]]:
    return [each.probe.trace.steps[-1].arguments for each in made.subjects]


def last_answers(made: Lockstep) -> list[Any]:
    return [each.probe.trace.steps[-1].answer for each in made.subjects]


def test_a_filter_names_the_run_as_each_store_knows_it(stores: Stores) -> None:
    made = stores()
    run_id = Field(Kind.ATTRIBUTE, "run_id")
    made.do(search(filter_string=Draft((part(run_id, "=", Held("R1")),))))
    for subject, arguments, answer in zip(
        made.subjects, last_arguments(made), last_answers(made), strict=True
    ):
        real = subject.names.ids["R1"]
        assert arguments["filter_string"] == f"attributes.run_id = '{real}'"
        assert [each.info.run_id for each in answer.items] == [real]


def test_a_key_and_its_value_are_those_that_the_run_has(stores: Stores) -> None:
    made = stores()
    made.do(Operation("log_param", {"run_id": "R2", "param": Param("a b", "it's")}))
    field = Some("R2", Kind.PARAM, 7)
    order = (TermDraft("params.", field, True, PLAIN),)
    found = Draft((part(field, "LIKE", Held("R2", "beginning"), "params."),))
    made.do(search(filter_string=found, order_by=order))
    for arguments in last_arguments(made):
        assert arguments["filter_string"] == "params.`a b` LIKE 'it%'"
        assert arguments["order_by"] == ["params.`a b` DESC"]


def test_what_a_run_has_not_is_looked_for_in_vain(stores: Stores) -> None:
    made = stores()
    found = Draft((part(Some("R1", Kind.METRIC, 0), ">", Held("R1"), "metrics."),))
    made.do(search(filter_string=found))
    for arguments, answer in zip(last_arguments(made), last_answers(made), strict=True):
        assert arguments["filter_string"] == "metrics.`never logged` > 0"
        assert answer.items == ()


def test_a_filter_of_nothing_is_left_out(stores: Stores) -> None:
    made = stores()
    made.do(search(filter_string=Draft(())))
    assert all("filter_string" not in each for each in last_arguments(made))


def test_ties_that_ids_decide_do_not_part_ours(stores: Stores) -> None:
    made = stores(strict=True)
    for _ in range(6):
        symbol = made.new_symbol("T")
        made.do(Operation("create_run", {"experiment_id": "E1", "start_time": 5}), symbol)
    made.do(search())
    made.do(search(max_results=3))
    assert [len(each.items) for each in last_answers(made)] == [3, 3]


def finds_nothing(store: TrackingStore) -> None:
    def search_runs(**_: Any) -> Page[Run]:
        return Page(())

    store.search_runs = search_runs  # type: ignore[method-assign]


def test_a_run_that_one_store_loses_is_a_breach_of_that_store(stores: Stores) -> None:
    made = stores(finds_nothing)
    with pytest.raises(Breach) as found:
        made.do(search())
    assert found.value.probe is made.subjects[1].probe


def turns_inputs_round(store: TrackingStore) -> None:
    own = store.get_run

    def get_run(run_id: str) -> Run:
        found = own(run_id)
        return replace(found, inputs=found.inputs[::-1])

    store.get_run = get_run  # type: ignore[method-assign]


LOG = Operation("log_inputs", {"run_id": "R1", "datasets": (ONE, TWO)})
READ = Operation("get_run", {"run_id": "R1"})


def test_the_order_of_datasets_is_each_store_s_own(stores: Stores) -> None:
    made = stores(turns_inputs_round)
    made.do(LOG)
    made.do(READ)
    first, second = last_answers(made)
    assert first.inputs == second.inputs[::-1]


def test_the_order_of_datasets_is_the_same_in_ours(stores: Stores) -> None:
    made = stores(turns_inputs_round, strict=True)
    made.do(LOG)
    with pytest.raises(Breach) as found:
        made.do(READ)
    assert found.value.clause == "HTTP-SAME"


def has_no_bulk(store: TrackingStore) -> None:
    def get_metric_history_bulk(**_: Any) -> Any:
        raise StoreError(ErrorCode.NOT_IMPLEMENTED, "no")

    store.get_metric_history_bulk = get_metric_history_bulk  # type: ignore[method-assign]


BULK = Operation("get_metric_history_bulk", {"run_ids": ("R1",), "key": "m"})


def test_a_store_without_bulk_is_still_compared_in_everything_else(stores: Stores) -> None:
    made = stores(has_no_bulk)
    made.do(Operation("log_metric", {"run_id": "R1", "metric": Metric("m", 1.0, 0, 0)}))
    assert made.do(BULK)
    assert not made.diverged
    assert not made.subjects[1].knows(BULK)


def test_ours_all_have_bulk(stores: Stores) -> None:
    with pytest.raises(Breach):
        stores(has_no_bulk, strict=True).do(BULK)
