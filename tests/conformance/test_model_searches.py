"""The oracle on filters and orders: wrong answers are blamed, right ones and open ones are not."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from told_store import IPV, LOCATION, Store, experiment, run, with_run

from storeproof.conformance.model import Comparison, Field, Filter, Kind, OrderTerm, Raw
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    Dataset,
    DatasetInput,
    Metric,
    Page,
    Param,
    Run,
    RunStatus,
    Tag,
    ViewType,
)

NAN = math.nan
R2_REAL = "2" * 32
METRIC, PARAM, TAG, ATTRIBUTE, DATASET = Kind


def where(*parts: tuple[Kind, str, str, Any], doubtful: bool = False) -> Filter:
    """A filter of comparisons, each as kind, name, operator, value; the text is not looked at."""
    comparisons = [
        Comparison(Field(kind, name), operator, Decimal(value) if _is_number(value) else value)
        for kind, name, operator, value in parts
    ]
    return Filter(tuple(comparisons), "?", doubtful)


def by(kind: Kind, name: str, descending: bool = False) -> OrderTerm:
    return OrderTerm(Field(kind, name), descending, "?")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


class Two:
    """Experiment E1 with the runs R1 and R2; R2 began later, so it comes first by default."""

    def __init__(self) -> None:
        self.store = with_run(Store())
        self.store.names.adopt("run", "R2", R2_REAL)
        self.facts: dict[str, dict[str, Any]] = {"R1": {}, "R2": {}}
        self.second: dict[str, Any] = {
            "run_id": R2_REAL,
            "artifact_uri": f"{LOCATION}/{R2_REAL}/artifacts",
            "run_name": "bold-eel",
            "start_time": 6,
        }
        created: dict[str, Any] = {"experiment_id": "E1", "user_id": "ann", "start_time": 6}
        self.store.accepts("create_run", run(**self.second), **created)

    def log_param(self, symbol: str, key: str, value: str) -> None:
        self.store.accepts("log_param", run_id=symbol, param=Param(key, value))
        self.facts[symbol].setdefault("params", {})[key] = value

    def log_metric(self, symbol: str, key: str, value: float) -> None:
        metric = Metric(key, value, 0, 0)
        self.store.accepts("log_metric", run_id=symbol, metric=metric)
        self.facts[symbol].setdefault("metrics", {})[key] = metric

    def log_inputs(self, symbol: str, *uses: DatasetInput) -> None:
        self.store.accepts("log_inputs", run_id=symbol, datasets=uses)
        self.facts[symbol]["inputs"] = uses

    def page(self, *symbols: str, token: str | None = None) -> Page[Run]:
        return Page(tuple(self.read(each) for each in symbols), token)

    def read(self, symbol: str) -> Run:
        facts = dict(self.facts[symbol])
        inputs = facts.pop("inputs", ())
        found = run(**facts, **(self.second if symbol == "R2" else {}))
        return Run(found.info, found.params, found.metrics, found.tags, inputs)

    def finds(self, *symbols: str, **asked: Any) -> str | None:
        """The store found these runs, and rightly; the variation that this is."""
        page = self.page(*symbols)
        return self.store.accepts("search_runs", page, **self._asked(asked)).variation

    def blames(self, *symbols: str, **asked: Any) -> set[str]:
        """The store found these runs, and wrongly."""
        return self.store.blames("search_runs", self.page(*symbols), **self._asked(asked))

    def _asked(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"experiment_ids": ("E1",), **asked}


@pytest.fixture
def two() -> Two:
    return Two()


class TestFilters:
    def test_search_missing_matches_nothing_unequal_included(self, two: Two) -> None:
        two.log_param("R1", "p", "x")
        two.finds(filter_string=where((PARAM, "p", "!=", "x")))
        assert two.blames("R2", filter_string=where((PARAM, "p", "!=", "x"))) == {"SEARCH-MISSING"}
        assert two.blames("R2", filter_string=where((METRIC, "m", "<", 1))) == {"SEARCH-MISSING"}

    def test_search_missing_has_no_end_time(self, two: Two) -> None:
        asked = where((ATTRIBUTE, "end_time", "!=", 5))
        assert two.blames("R2", "R1", filter_string=asked) == {"SEARCH-MISSING"}

    @pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">="])
    def test_search_nan_matches_no_comparison(self, two: Two, operator: str) -> None:
        two.log_metric("R1", "m", NAN)
        asked = where((METRIC, "m", operator, 0))
        two.finds(filter_string=asked)
        assert two.blames("R1", filter_string=asked) == {"SEARCH-NAN"}

    def test_search_nan_matches_unequal(self, two: Two) -> None:
        two.log_metric("R1", "m", NAN)
        asked = where((METRIC, "m", "!=", 0))
        two.finds("R1", filter_string=asked)
        assert two.blames(filter_string=asked) == {"SEARCH-NAN"}

    @pytest.mark.parametrize(
        ("operator", "value", "found"),
        [
            (">", Decimal("4.5"), True),
            ("<", Decimal("5.5"), True),
            ("=", Decimal("5.5"), False),
            ("!=", Decimal("5.5"), True),
            ("<", Decimal("1e400"), True),
            (">", Decimal("-1e30"), True),
            ("=", Decimal(2**63), False),
        ],
    )
    def test_search_numbers(self, two: Two, operator: str, value: Decimal, found: bool) -> None:
        asked = where((ATTRIBUTE, "start_time", operator, value), (ATTRIBUTE, "start_time", "=", 5))
        wrong, right = ((), ("R1",)) if found else (("R1",), ())
        two.finds(*right, filter_string=asked)
        assert two.blames(*wrong, filter_string=asked) == {"SEARCH-NUMBERS"}

    def test_a_metric_is_compared_with_the_nearest_double(self, two: Two) -> None:
        two.log_metric("R1", "m", 0.1)
        asked = where((METRIC, "m", "=", Decimal("0.1")))
        two.finds("R1", filter_string=asked)
        assert two.blames(filter_string=asked) == {"SEARCH-GRAMMAR"}

    def test_a_number_beyond_all_doubles_is_open_for_a_metric(self, two: Two) -> None:
        two.log_metric("R1", "m", 1.0)
        asked = where((METRIC, "m", "<", Decimal("1e400")))
        two.finds("R1", filter_string=asked)
        two.finds(filter_string=asked)

    def test_metric_inf_may_be_kept_and_is_then_larger_than_any_number(self, two: Two) -> None:
        two.store.accepts("log_metric", run_id="R1", metric=Metric("m", math.inf, 0, 0))
        asked = where((METRIC, "m", ">", Decimal(repr(1.7976931348623157e308))))
        two.facts["R1"]["metrics"] = {"m": Metric("m", math.inf, 0, 0)}
        assert (two.finds("R1", filter_string=asked) or "").startswith("METRIC-INF")
        assert two.finds(filter_string=asked) is None
        two.facts["R1"]["metrics"] = {"m": Metric("m", 1.7976931348623157e308, 0, 0)}
        assert two.blames("R1", filter_string=asked)

    @pytest.mark.parametrize(
        ("text", "pattern", "found"),
        [
            ("abc", "a%", True),
            ("abc", "a_c", True),
            ("abc", "a.c", False),
            ("abc", "b", False),
            ("a\nc", "a%c", True),
            ("a\nc", "a_c", True),
            ("(a", "(%", True),
            ("a[b]", "a[b]", True),
            ("b", "[b]", False),
            ("a\\b", "a\\b", True),
            ("a%", "a\\%", False),
            ("ABC", "abc", False),
            ("", "%", True),
            ("", "_", False),
        ],
    )
    def test_search_like(self, two: Two, text: str, pattern: str, found: bool) -> None:
        two.log_param("R1", "p", text)
        asked = where((PARAM, "p", "LIKE", pattern))
        wrong, right = ((), ("R1",)) if found else (("R1",), ())
        two.finds(*right, filter_string=asked)
        assert two.blames(*wrong, filter_string=asked) == {"SEARCH-LIKE"}

    def test_search_like_ilike_ignores_ascii_case(self, two: Two) -> None:
        two.log_param("R1", "p", "ABC")
        asked = where((PARAM, "p", "ILIKE", "a%"))
        assert two.finds("R1", filter_string=asked) is None
        assert two.blames(filter_string=asked) == {"SEARCH-LIKE"}

    def test_search_like_ilike_may_see_the_case_of_other_letters(self, two: Two) -> None:
        two.log_param("R1", "p", "ÉCOLE")
        asked = where((PARAM, "p", "ILIKE", "école"))
        assert two.finds("R1", filter_string=asked) is None
        assert (two.finds(filter_string=asked) or "").startswith("SEARCH-LIKE")

    def test_a_variation_may_show_in_whether_more_follows(self, two: Two) -> None:
        two.log_param("R1", "p", "É")
        two.log_param("R2", "p", "é")
        args: dict[str, Any] = {
            "experiment_ids": ("E1",),
            "filter_string": where((PARAM, "p", "ILIKE", "é")),
            "max_results": 1,
        }
        two.store.accepts("search_runs", two.page("R2", token="t"), **args)
        chosen = two.store.accepts("search_runs", two.page("R2"), **args)
        assert (chosen.variation or "").startswith("SEARCH-LIKE")

    @pytest.mark.parametrize(("text", "pattern"), [("\u212a", "k"), ("ς", "Σ"), ("İ", "i")])
    def test_what_is_a_case_to_some_only_is_open(self, two: Two, text: str, pattern: str) -> None:
        two.log_param("R1", "p", text)
        asked = where((PARAM, "p", "ILIKE", pattern))
        assert two.finds("R1", filter_string=asked) is None
        assert two.finds(filter_string=asked) is None

    def test_search_like_equality_sees_case(self, two: Two) -> None:
        two.log_param("R1", "p", "x")
        asked = where((PARAM, "p", "=", "X"))
        assert two.blames("R1", filter_string=asked) == {"SEARCH-LIKE"}

    def test_an_in_that_ignores_case_is_wrong(self, two: Two) -> None:
        two.log_inputs("R1", DatasetInput(Dataset("Train", "d", "local", "x")))
        asked = where((DATASET, "name", "IN", ("train", "x")))
        assert two.blames("R1", filter_string=asked) == {"SEARCH-GRAMMAR"}
        two.finds("R1", filter_string=where((DATASET, "name", "IN", ("x", "Train"))))

    def test_a_run_id_is_the_one_that_the_store_chose(self, two: Two) -> None:
        two.finds("R2", filter_string=where((ATTRIBUTE, "run_id", "IN", (R2_REAL,))))
        two.finds("R1", filter_string=where((ATTRIBUTE, "run_id", "NOT IN", (R2_REAL,))))
        two.finds("R2", filter_string=where((ATTRIBUTE, "run_id", "LIKE", "22%")))
        upper = where((ATTRIBUTE, "run_id", "=", two.read("R1").info.run_id.upper()))
        assert two.blames("R1", filter_string=upper) == {"SEARCH-LIKE"}

    def test_search_runname_is_the_name_whatever_became_of_its_tag(self, two: Two) -> None:
        two.store.accepts("delete_tag", run_id="R1", key=RUN_NAME_TAG)
        asked = where((ATTRIBUTE, "run_name", "=", "calm-owl"))
        bare = Page((Run(two.read("R1").info),))
        two.store.accepts("search_runs", bare, experiment_ids=("E1",), filter_string=asked)
        assert two.blames(filter_string=asked) == {"SEARCH-RUNNAME"}
        tagged = where((TAG, RUN_NAME_TAG, "=", "calm-owl"))
        two.finds(filter_string=tagged)

    def test_search_views_look_at_what_the_filter_finds(self, two: Two) -> None:
        asked = where((ATTRIBUTE, "status", "=", str(RunStatus.RUNNING)))
        two.store.accepts("delete_run", run_id="R1")
        two.finds("R2", filter_string=asked)
        assert two.blames(filter_string=asked, view=ViewType.ACTIVE_ONLY) == {"SEARCH-GRAMMAR"}

    def test_a_user_whom_nobody_named_is_open(self, two: Two) -> None:
        two.store.names.adopt("run", "R3", "3" * 32)
        third: dict[str, Any] = {
            "run_id": "3" * 32,
            "artifact_uri": f"{LOCATION}/{'3' * 32}/artifacts",
            "user_id": "",
        }
        two.store.accepts("create_run", run(**third), experiment_id="E1")
        args: dict[str, Any] = {
            "experiment_ids": ("E1",),
            "filter_string": where((ATTRIBUTE, "user_id", "=", "")),
        }
        two.store.accepts("search_runs", Page((run(**third),)), **args)
        two.store.accepts("search_runs", Page(()), **args)


class TestDatasets:
    TRAIN = DatasetInput(Dataset("a", "1", "local", "x"), {"mlflow.data.context": "training"})
    EVAL = DatasetInput(Dataset("b", "2", "local", "x"), {"mlflow.data.context": "eval"})

    def test_search_missing_a_run_without_datasets(self, two: Two) -> None:
        asked = where((DATASET, "name", "!=", "x"))
        assert two.blames("R2", "R1", filter_string=asked) == {"SEARCH-MISSING"}

    def test_search_missing_a_use_without_context(self, two: Two) -> None:
        two.log_inputs("R1", DatasetInput(Dataset("a", "1", "local", "x")))
        asked = where((DATASET, "context", "!=", "x"))
        assert two.blames("R1", filter_string=asked) == {"SEARCH-MISSING"}

    def test_one_use_that_fits_is_enough(self, two: Two) -> None:
        two.log_inputs("R1", self.TRAIN, self.EVAL)
        two.finds("R1", filter_string=where((DATASET, "context", "=", "eval")))
        assert two.blames(filter_string=where((DATASET, "context", "=", "eval")))

    @pytest.mark.parametrize(
        "asked",
        [
            where((DATASET, "name", "!=", "a")),
            where((DATASET, "name", "NOT IN", ("a",))),
            where((DATASET, "name", "=", "a"), (DATASET, "context", "=", "eval")),
        ],
    )
    def test_what_two_uses_answer_differently_is_open(self, two: Two, asked: Filter) -> None:
        two.log_inputs("R1", self.TRAIN, self.EVAL)
        two.finds("R1", filter_string=asked)
        two.finds(filter_string=asked)

    def test_two_comparisons_on_one_use(self, two: Two) -> None:
        two.log_inputs("R1", self.TRAIN, self.EVAL)
        asked = where((DATASET, "name", "=", "a"), (DATASET, "context", "=", "training"))
        assert two.blames(filter_string=asked)


class TestRefusals:
    def test_search_grammar_refuses_what_is_not_in_the_language(self, two: Two) -> None:
        asked: dict[str, Any] = {"experiment_ids": ("E1",), "filter_string": Raw("a OR b")}
        two.store.accepts_refusal("search_runs", IPV, **asked)
        assert two.blames("R2", "R1", filter_string=Raw("a OR b")) == {"SEARCH-GRAMMAR"}
        assert two.store.blames("search_runs", code="INTERNAL_ERROR", **asked)
        of_experiments: dict[str, Any] = {"filter_string": Raw("a OR b")}
        assert two.store.blames("search_experiments", Page(()), **of_experiments)

    def test_search_order_refuses_what_is_not_in_the_language(self, two: Two) -> None:
        order = (by(METRIC, "m"), Raw("nothing"))
        args: dict[str, Any] = {"experiment_ids": ("E1",), "order_by": order}
        two.store.accepts_refusal("search_runs", IPV, **args)
        assert two.blames("R2", "R1", order_by=order) == {"SEARCH-ORDER"}

    def test_search_grammar_accepts_what_is_in_the_language(self, two: Two) -> None:
        asked: dict[str, Any] = {"filter_string": where((ATTRIBUTE, "status", "=", "x"))}
        refused = two.store.blames("search_runs", code=IPV, experiment_ids=("E1",), **asked)
        assert refused == {"SEARCH-GRAMMAR"}

    def test_a_doubtful_spelling_may_be_refused(self, two: Two) -> None:
        asked = where((ATTRIBUTE, "status", "=", "x"), doubtful=True)
        args: dict[str, Any] = {"experiment_ids": ("E1",), "filter_string": asked}
        two.store.accepts_refusal("search_runs", IPV, **args)
        two.finds(filter_string=asked)
        assert two.blames("R1", filter_string=asked)

    def test_search_many_may_be_refused(self, two: Two) -> None:
        asked = where(*[(ATTRIBUTE, "status", "!=", "x")] * 100)
        args: dict[str, Any] = {"experiment_ids": ("E1",), "filter_string": asked}
        assert two.finds("R2", "R1", filter_string=asked) is None
        refused = two.store.accepts_refusal("search_runs", IPV, **args)
        assert (refused.variation or "").startswith("SEARCH-MANY")


class TestOrders:
    def test_search_order_default_is_start_time_falling(self, two: Two) -> None:
        assert two.blames("R1", "R2") == {"SEARCH-ORDER"}

    def test_search_order_ties_end_with_the_run_id(self, two: Two) -> None:
        order = (by(ATTRIBUTE, "user_id"), by(ATTRIBUTE, "start_time"))
        two.finds("R1", "R2", order_by=order)
        assert two.blames("R2", "R1", order_by=order) == {"SEARCH-ORDER"}
        assert two.blames("R2", "R1", order_by=(by(ATTRIBUTE, "run_id"),)) == {"SEARCH-ORDER"}

    @pytest.mark.parametrize("descending", [False, True])
    def test_search_order_nan_comes_behind_numbers_both_ways(
        self, two: Two, descending: bool
    ) -> None:
        two.log_metric("R1", "m", 1.0)
        two.log_metric("R2", "m", NAN)
        order = (by(METRIC, "m", descending),)
        two.finds("R1", "R2", order_by=order)
        assert two.blames("R2", "R1", order_by=order) == {"SEARCH-ORDER"}

    @pytest.mark.parametrize("descending", [False, True])
    def test_search_order_missing_comes_last_both_ways(self, two: Two, descending: bool) -> None:
        two.log_metric("R1", "m", NAN)
        order = (by(METRIC, "m", descending),)
        two.finds("R1", "R2", order_by=order)
        assert two.blames("R2", "R1", order_by=order) == {"SEARCH-ORDER"}

    @pytest.mark.parametrize(("low", "high"), [("B", "a"), ("Z", "é"), ("\uffff", "\U0001d11e")])
    def test_search_order_text_is_in_code_points(self, two: Two, low: str, high: str) -> None:
        two.log_param("R1", "p", low)
        two.log_param("R2", "p", high)
        two.finds("R1", "R2", order_by=(by(PARAM, "p"),))
        two.finds("R2", "R1", order_by=(by(PARAM, "p", descending=True),))
        assert two.blames("R2", "R1", order_by=(by(PARAM, "p"),)) == {"SEARCH-ORDER"}

    def test_search_order_a_beginning_comes_before_the_whole(self, two: Two) -> None:
        two.log_param("R1", "p", "a")
        two.log_param("R2", "p", "ab")
        two.finds("R1", "R2", order_by=(by(PARAM, "p"),))
        two.finds("R2", "R1", order_by=(by(PARAM, "p", descending=True),))

    def test_search_order_the_first_of_two_terms_on_one_field_decides(self, two: Two) -> None:
        order = (by(ATTRIBUTE, "start_time"), by(ATTRIBUTE, "start_time", descending=True))
        two.finds("R1", "R2", order_by=order)

    def test_search_order_drops_no_run(self, two: Two) -> None:
        two.log_metric("R1", "m", 1.0)
        assert two.blames("R1", order_by=(by(METRIC, "m"),)) == {"SEARCH-ORDER"}

    def test_search_order_decides_what_is_on_the_first_page(self, two: Two) -> None:
        two.log_metric("R1", "m", 1.0)
        args: dict[str, Any] = {
            "experiment_ids": ("E1",),
            "order_by": (by(METRIC, "m"),),
            "max_results": 1,
        }
        two.store.accepts("search_runs", two.page("R1", token="t"), **args)
        wrong = two.page("R2", token="t")
        assert two.store.blames("search_runs", wrong, **args) == {"SEARCH-ORDER"}


class TestExperiments:
    ONE = experiment()
    TWO = experiment(
        experiment_id="7",
        name="two",
        artifact_location="s3://root/7",
        creation_time=2000,
        last_update_time=2000,
    )

    @pytest.fixture
    def store(self) -> Store:
        made = with_run(Store())
        made.names.adopt("experiment", "E2", "7")
        made.accepts("create_experiment", "7", name="two")
        made.accepts("get_experiment", self.TWO, experiment_id="E2")
        return made

    def finds(self, store: Store, *found: Any, **asked: Any) -> None:
        store.accepts("search_experiments", Page(found), **asked)

    def blames(self, store: Store, *found: Any, **asked: Any) -> set[str]:
        return store.blames("search_experiments", Page(found), **asked)

    def test_search_exp_filters_by_name_time_and_tag(self, store: Store) -> None:
        self.finds(store, self.TWO, filter_string=where((ATTRIBUTE, "name", "=", "two")))
        self.finds(store, self.ONE, filter_string=where((ATTRIBUTE, "creation_time", "<", 1500.5)))
        store.accepts("set_experiment_tag", experiment_id="E1", tag=Tag("k", "v"))
        tagged = experiment(tags={"k": "v"})
        self.finds(store, tagged, filter_string=where((TAG, "k", "!=", "x")))
        wrong = self.blames(store, self.TWO, tagged, filter_string=where((TAG, "k", "!=", "x")))
        assert wrong == {"SEARCH-MISSING"}

    def test_search_exp_loses_none(self, store: Store) -> None:
        asked = where((ATTRIBUTE, "name", "!=", "x"))
        assert self.blames(store, self.TWO, filter_string=asked) == {"SEARCH-EXP"}

    def test_search_exp_orders(self, store: Store) -> None:
        self.finds(store, self.ONE, self.TWO, order_by=(by(ATTRIBUTE, "name"),))
        wrong = self.blames(store, self.TWO, self.ONE, order_by=(by(ATTRIBUTE, "name"),))
        assert wrong == {"SEARCH-ORDER"}

    def test_search_exp_ids_are_in_order_as_numbers_or_as_texts(self, store: Store) -> None:
        as_numbers, as_texts = (self.TWO, self.ONE), (self.ONE, self.TWO)  # 7 and 41
        self.finds(store, *as_numbers, order_by=(by(ATTRIBUTE, "experiment_id"),))
        self.finds(store, *as_texts, order_by=(by(ATTRIBUTE, "experiment_id"),))

    def test_a_time_that_was_not_read_since_it_moved_is_open(self, store: Store) -> None:
        store.accepts("rename_experiment", experiment_id="E1", new_name="new")
        asked = where((ATTRIBUTE, "last_update_time", ">", 1500))
        late = experiment(name="new", last_update_time=3000)
        self.finds(store, self.TWO, filter_string=asked)
        self.finds(store, self.TWO, late, filter_string=asked)
