"""The oracle on metrics, against scenarios read out of the specification."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from told_store import IPV, RDNE, Store, history, run, with_run

from storeproof.conformance.model import (
    Raw,
    judge_pages,
)
from storeproof.stores.entities import (
    Metric,
    Run,
)


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


def log(store: Store, *points: tuple[float, int, int]) -> None:
    for value, timestamp, step in points:
        store.accepts("log_metric", run_id="R1", metric=Metric("m", value, timestamp, step))


def latest(value: float, timestamp: int, step: int) -> Run:
    return run(metrics={"m": Metric("m", value, timestamp, step)})


class TestMetrics:
    @pytest.mark.parametrize(
        "value", [0, -0.0, 5e-324, 1.7976931348623157e308, math.nan, math.inf, 2**53, -(2**63)]
    )
    def test_metric_types_accepts(self, store: Store, value: float) -> None:
        metric = Metric("m", value, 0, 0)
        assert store.blames("log_metric", code=IPV, run_id="R1", metric=metric)

    @pytest.mark.parametrize("value", [None, True, "1", 10**400, -(10**400), 1j])
    def test_metric_types_refuses_values(self, store: Store, value: Any) -> None:
        metric = Metric("m", value, 0, 0)
        assert store.blames("log_metric", run_id="R1", metric=metric) == {"METRIC-TYPES"}

    @pytest.mark.parametrize(
        ("timestamp", "step"),
        [
            (-1, 0),
            (2**63, 0),
            (0.5, 0),
            (None, 0),
            ("1", 0),
            (0, 2**63),
            (0, -(2**63) - 1),
            (0, 0.5),
        ],
    )
    def test_metric_types_refuses_times_and_steps(
        self, store: Store, timestamp: Any, step: Any
    ) -> None:
        metric = Metric("m", 1.0, timestamp, step)
        assert store.blames("log_metric", run_id="R1", metric=metric) == {"METRIC-TYPES"}

    @pytest.mark.parametrize("value", [Fraction(1, 2), Decimal("0.5"), 2**53 + 1])
    def test_metric_types_is_silent_about_other_numbers(self, store: Store, value: Any) -> None:
        metric = Metric("m", value, 0, 0)
        assert (
            store.accepts_refusal("log_metric", IPV, run_id="R1", metric=metric).variation is None
        )
        assert store.accepts("log_metric", run_id="R1", metric=metric).variation is None

    def test_metric_log_value_is_exact(self, store: Store) -> None:
        log(store, (0.1, 1, 2))
        rounded = history((0.10000000149011612, 1, 2))
        assert store.blames("get_metric_history", rounded, run_id="R1", key="m") == {"METRIC-LOG"}
        assert store.blames("get_run", latest(0.10000000149011612, 1, 2), run_id="R1") == {
            "METRIC-LOG"
        }

    def test_metric_log_negative_zero_may_lose_its_sign(self, store: Store) -> None:
        log(store, (-0.0, 0, 0))
        store.accepts("get_run", latest(0.0, 0, 0), run_id="R1")

    def test_metric_nan(self, store: Store) -> None:
        log(store, (math.nan, 0, 0))
        store.accepts("get_metric_history", history((math.nan, 0, 0)), run_id="R1", key="m")
        zero = history((0.0, 0, 0))
        assert store.blames("get_metric_history", zero, run_id="R1", key="m") == {"METRIC-NAN"}
        assert store.blames("get_run", latest(0.0, 0, 0), run_id="R1") == {"METRIC-NAN"}

    def test_metric_inf_is_clamped_or_kept(self, store: Store) -> None:
        log(store, (-math.inf, 0, 0))
        clamped = latest(-1.7976931348623157e308, 0, 0)
        assert store.accepts("get_run", clamped, run_id="R1").variation is None
        kept = store.accepts("get_run", latest(-math.inf, 0, 0), run_id="R1")
        assert (kept.variation or "").startswith("METRIC-INF")
        assert store.blames("get_run", latest(math.inf, 0, 0), run_id="R1") == {"METRIC-INF"}

    def test_metric_dup_is_one_point_or_kept(self, store: Store) -> None:
        log(store, (math.nan, 0, 0), (math.nan, 0, 0))
        once, twice = ([(math.nan, 0, 0)] * times for times in (1, 2))
        args: dict[str, Any] = {"run_id": "R1", "key": "m"}
        assert store.accepts("get_metric_history", history(*once), **args).variation is None
        assert store.accepts("get_metric_history", history(*twice), **args).variation
        thrice = history(*once, *twice)
        assert store.blames("get_metric_history", thrice, **args) == {"METRIC-DUP"}

    def test_metric_dup_is_never_an_error(self, store: Store) -> None:
        log(store, (1.0, 0, 0))
        again: dict[str, Any] = {"run_id": "R1", "metric": Metric("m", 1.0, 0, 0)}
        assert store.blames("log_metric", code=IPV, **again) == {"METRIC-DUP"}

    @pytest.mark.parametrize(
        ("points", "expected"),
        [
            ([(1.0, 9, 1), (2.0, 0, 2)], (2.0, 0, 2)),
            ([(1.0, 9, 1), (2.0, 0, 1)], (1.0, 9, 1)),
            ([(3.0, 0, 0), (2.0, 0, 0)], (3.0, 0, 0)),
            ([(-1.0, 0, 0), (math.nan, 0, 0)], (-1.0, 0, 0)),
            ([(1.0, 0, 0), (math.nan, 0, 1)], (math.nan, 0, 1)),
        ],
    )
    def test_metric_latest(
        self, store: Store, points: list[tuple[float, int, int]], expected: tuple[float, int, int]
    ) -> None:
        log(store, *points)
        (other,) = [each for each in points if each is not expected and each[:] != expected][:1]
        assert store.blames("get_run", latest(*other), run_id="R1") == {"METRIC-LATEST"}
        store.accepts("get_run", latest(*expected), run_id="R1")

    def test_metric_history_holds_every_point_in_order(self, store: Store) -> None:
        points = [(1.0, 0, 5), (2.0, 1, 0), (math.nan, 1, 0)]
        log(store, *reversed(points))
        args: dict[str, Any] = {"run_id": "R1", "key": "m"}
        store.accepts("get_metric_history", history(*points), **args)
        for wrong in (points[:2], points[::-1], [*points, (9.0, 9, 9)]):
            assert store.blames("get_metric_history", history(*wrong), **args) == {"METRIC-HISTORY"}

    def test_metric_history_of_a_missing_run(self, store: Store) -> None:
        args: dict[str, Any] = {"run_id": Raw("x"), "key": "m"}
        assert store.accepts_refusal("get_metric_history", RDNE, **args).variation is None
        assert store.accepts("get_metric_history", history(), **args).variation
        assert store.blames("get_metric_history", history((1.0, 0, 0)), **args)

    def test_metric_history_of_a_key_never_logged(self, store: Store) -> None:
        assert store.blames("get_metric_history", code=RDNE, run_id="R1", key="m")

    def test_metric_history_page_has_its_size(self, store: Store) -> None:
        log(store, (1.0, 0, 0), (2.0, 1, 0))
        args: dict[str, Any] = {"run_id": "R1", "key": "m", "max_results": 1}
        store.accepts("get_metric_history", history((1.0, 0, 0), token="t"), **args)
        no_token = history((1.0, 0, 0))
        assert store.blames("get_metric_history", no_token, **args) == {"METRIC-HISTORY-PAGE"}

    def test_pages_together_equal_the_whole(self) -> None:
        def page(*items: int, more: bool) -> dict[str, Any]:
            return {"items": items, "more": more}

        whole = page(1, 2, 3, more=False)
        right = [page(1, 2, more=True), page(3, more=False)]
        assert judge_pages(whole, right, 2, "SEARCH-PAGES") == []
        for wrong in (
            [page(1, 2, more=True), page(2, 3, more=False)],
            [page(1, 2, more=True), page(3, more=True)],
            [page(1, 2, 3, more=False)],
            [page(1, 2, more=True), page(3, more=True), page(more=False)],
        ):
            assert {each.clause for each in judge_pages(whole, wrong, 2, "SEARCH-PAGES")} == {
                "SEARCH-PAGES"
            }
