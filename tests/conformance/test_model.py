"""The oracle on searches, errors and ids, against scenarios read out of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from told_store import IPV, LOCATION, RDNE, Store, experiment, run, with_run

from storeproof.conformance.model import (
    Difference,
    Names,
    Near,
    Operation,
    Outcome,
    Raw,
    observe,
)
from storeproof.stores.entities import (
    LifecycleStage,
    Page,
    Param,
    ViewType,
)
from storeproof.stores.errors import ErrorCode


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


class TestSearches:
    def test_search_views(self, store: Store) -> None:
        store.accepts("delete_run", run_id="R1")
        args: dict[str, Any] = {"experiment_ids": ("E1",), "view": ViewType.ACTIVE_ONLY}
        store.accepts("search_runs", Page(()), **args)
        gone = run(lifecycle_stage=LifecycleStage.DELETED, deleted_time=9)
        assert store.blames("search_runs", Page((gone,)), **args) == {"SEARCH-VIEWS"}
        args["view"] = ViewType.ALL
        assert store.blames("search_runs", Page(()), **args) == {"SEARCH-VIEWS"}
        store.accepts("search_runs", Page((gone,)), **args)

    def test_search_experiments_twice(self, store: Store) -> None:
        args: dict[str, Any] = {"experiment_ids": ("E1", "E1", Raw("x"))}
        store.accepts("search_runs", Page((run(),)), **args)
        assert store.blames("search_runs", Page((run(), run())), **args) == {
            "SEARCH-EXPERIMENTS-TWICE"
        }

    def test_search_pages_a_full_last_page_has_no_token(self, store: Store) -> None:
        args: dict[str, Any] = {"experiment_ids": ("E1",), "max_results": 1}
        assert store.blames("search_runs", Page((run(),), "t"), **args) == {"SEARCH-PAGES"}

    @pytest.mark.parametrize("size", [0, -1, 50001])
    def test_search_pages_sizes(self, store: Store, size: int) -> None:
        args: dict[str, Any] = {"experiment_ids": ("E1",), "max_results": size}
        assert store.blames("search_runs", Page(()), **args) == {"SEARCH-PAGES"}

    def test_search_pages_bad_token(self, store: Store) -> None:
        args: dict[str, Any] = {"experiment_ids": ("E1",), "page_token": Raw("x")}
        assert store.blames("search_runs", Page((run(),)), **args) == {"SEARCH-PAGES"}

    def test_search_order(self, store: Store) -> None:
        store.names.adopt("run", "R2", "2" * 32)
        later: dict[str, Any] = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
            "start_time": 6,
        }
        store.accepts("create_run", run(**later), experiment_id="E1", user_id="ann", start_time=6)
        args: dict[str, Any] = {"experiment_ids": ("E1",)}
        store.accepts("search_runs", Page((run(**later), run())), **args)
        assert store.blames("search_runs", Page((run(), run(**later))), **args) == {"SEARCH-ORDER"}

    def test_search_reads_runs_whole(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        assert store.blames("search_runs", Page((run(),)), experiment_ids=("E1",)) == {"PARAM-LOG"}

    def test_search_experiments_leaves_strangers_alone(self, store: Store) -> None:
        stranger = experiment(experiment_id="1", name="theirs", creation_time=1)
        store.accepts("search_experiments", Page((experiment(), stranger)), view=ViewType.ALL)
        assert store.blames("search_experiments", Page((stranger,)), view=ViewType.ALL) == {
            "SEARCH-VIEWS"
        }


class TestErrors:
    def test_several_reasons_accept_each_reason_s_code(self, store: Store) -> None:
        args: dict[str, Any] = {"run_id": Raw("x"), "param": Param("%", "x")}
        store.accepts_refusal("log_param", IPV, **args)
        store.accepts_refusal("log_param", RDNE, **args)
        assert store.blames("log_param", None, **args)

    @pytest.mark.parametrize("code", [ErrorCode.INTERNAL_ERROR, RDNE, "IntegrityError"])
    def test_another_code_is_a_difference(self, store: Store, code: str) -> None:
        assert store.blames("create_experiment", code=code, name="one") == {"EXP-NAME-UNIQUE"}

    def test_a_difference_says_what_where_and_why(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        seen = observe(run(params={"a": "y"}), store.names.to_symbol)
        (difference,) = store.model.take(Operation("get_run", {"run_id": "R1"}), Outcome(seen))  # type: ignore[misc]
        assert difference == Difference("PARAM-LOG", "params['a']", "x", "y")


class TestNames:
    def test_a_near_id_that_is_the_id_after_all_collides(self) -> None:
        names = Names()
        names.adopt("experiment", "E1", "41")
        for change, is_known in (("upper case", True), ("zero before", False)):
            op = Operation("get_experiment", {"experiment_id": Near("E1", change)})
            assert names.collides(op) is is_known

    def test_a_near_id_reaches_the_store_changed(self) -> None:
        names = Names()
        names.adopt("experiment", "E1", "41")
        op = Operation("get_experiment", {"experiment_id": Near("E1", "zero before")})
        assert names.arguments(op) == {"experiment_id": "041"}

    def test_an_id_issued_twice_keeps_its_first_symbol(self) -> None:
        names = Names()
        names.adopt("run", "R1", "x")
        names.adopt("run", "R2", "x")
        assert names.to_symbol("run", "x") == "R1"
