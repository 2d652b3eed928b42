"""The oracle on datasets, models and the histories of several runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from told_store import IPV, LOCATION, RDNE, Store, run, with_run

from storeproof.conformance.model import Raw
from storeproof.stores.entities import (
    MODELS_TAG,
    Dataset,
    DatasetInput,
    LifecycleStage,
    Metric,
    Run,
    Tag,
)
from storeproof.stores.errors import ErrorCode

R1, R2 = "0123456789abcdef0123456789abcdef", "2" * 32
TRAIN = Dataset("ab", "c", "local", "x", "s", "p")


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


def used(*uses: DatasetInput, **changes: Any) -> Run:
    return replace(run(**changes), inputs=uses)


def log(store: Store, *uses: DatasetInput, run_id: str = "R1") -> None:
    store.accepts("log_inputs", run_id=run_id, datasets=uses)


class TestInputs:
    def test_input_log_is_read_back(self, store: Store) -> None:
        use = DatasetInput(TRAIN, {"a": "x"})
        log(store, use)
        store.accepts("get_run", used(use), run_id="R1")
        assert store.blames("get_run", run(), run_id="R1") == {"INPUT-LOG"}

    @pytest.mark.parametrize(
        "wrong",
        [
            DatasetInput(TRAIN),
            DatasetInput(TRAIN, {"a": "y"}),
            DatasetInput(TRAIN, {"a": "x", "b": "x"}),
            *[
                DatasetInput(replace(TRAIN, **{part: "y"}), {"a": "x"})
                for part in ("source_type", "source", "schema", "profile")
            ],
        ],
    )
    def test_input_log_holds_what_was_given(self, store: Store, wrong: DatasetInput) -> None:
        log(store, DatasetInput(TRAIN, {"a": "x"}))
        assert store.blames("get_run", used(wrong), run_id="R1") == {"INPUT-LOG"}

    def test_input_log_again_is_there_once(self, store: Store) -> None:
        use = DatasetInput(TRAIN)
        log(store, use)
        log(store, use)
        store.accepts("get_run", used(use), run_id="R1")
        assert store.blames("get_run", used(use, use), run_id="R1") == {"INPUT-LOG"}

    @pytest.mark.parametrize(
        "tags",
        [{"a": "2", "b": "x", "c": "y"}, {"a": "1", "b": "x", "c": "y"}, {"a": "1", "b": "x"}],
    )
    def test_what_becomes_of_the_tags_is_open(self, store: Store, tags: dict[str, str]) -> None:
        log(store, DatasetInput(TRAIN, {"a": "1", "b": "x"}))
        log(store, DatasetInput(TRAIN, {"a": "2", "c": "y"}))
        store.accepts("get_run", used(DatasetInput(TRAIN, tags)), run_id="R1")
        strange = used(DatasetInput(TRAIN, {"a": "3"}))
        assert store.blames("get_run", strange, run_id="R1") == {"INPUT-LOG"}

    def test_which_data_of_a_dataset_stay_is_open(self, store: Store) -> None:
        other = replace(TRAIN, source="y", schema=None)
        log(store, DatasetInput(TRAIN))
        log(store, DatasetInput(other))
        store.accepts("get_run", used(DatasetInput(TRAIN)), run_id="R1")
        store.accepts("get_run", used(DatasetInput(other)), run_id="R1")
        mixed = used(DatasetInput(replace(TRAIN, source="y")))
        assert store.blames("get_run", mixed, run_id="R1") == {"INPUT-LOG"}

    def test_the_order_of_datasets_is_open(self, store: Store) -> None:
        uses = (DatasetInput(TRAIN), DatasetInput(replace(TRAIN, digest="d")))
        log(store, *uses)
        store.accepts("get_run", used(*uses), run_id="R1")
        store.accepts("get_run", used(*reversed(uses)), run_id="R1")

    def test_no_schema_may_read_as_an_empty_one(self, store: Store) -> None:
        log(store, DatasetInput(replace(TRAIN, schema=None)))
        store.accepts("get_run", used(DatasetInput(replace(TRAIN, schema=""))), run_id="R1")

    def test_input_scope_name_and_digest_are_two_parts(self, store: Store) -> None:
        one, other = DatasetInput(TRAIN), DatasetInput(replace(TRAIN, name="a", digest="bc"))
        log(store, one, other)
        assert store.blames("get_run", used(one), run_id="R1") == {"INPUT-SCOPE"}

    def test_text_distinct_names_that_differ_in_case_are_two(self, store: Store) -> None:
        one, other = DatasetInput(TRAIN), DatasetInput(replace(TRAIN, name="AB"))
        log(store, one, other)
        assert store.blames("get_run", used(one), run_id="R1") == {"TEXT-DISTINCT"}

    def test_input_scope_each_experiment_has_its_own(self, store: Store) -> None:
        log(store, DatasetInput(TRAIN))
        store.names.adopt("experiment", "E2", "7")
        store.names.adopt("run", "R2", R2)
        store.accepts("create_experiment", "7", name="two", artifact_location="s3://b")
        second: dict[str, Any] = {
            "run_id": R2,
            "experiment_id": "7",
            "artifact_uri": f"s3://b/{R2}/artifacts",
        }
        store.accepts("create_run", run(**second), experiment_id="E2", user_id="ann", start_time=5)
        theirs = used(DatasetInput(TRAIN), **second)
        assert store.blames("get_run", theirs, run_id="R2") == {"INPUT-SCOPE"}
        other = DatasetInput(replace(TRAIN, source="y"))
        log(store, other, run_id="R2")
        store.accepts("get_run", used(other, **second), run_id="R2")
        assert store.blames("get_run", theirs, run_id="R2") == {"INPUT-LOG"}

    @pytest.mark.parametrize(
        "use",
        [
            DatasetInput(replace(TRAIN, name="n" * 501)),
            DatasetInput(replace(TRAIN, digest="d" * 37)),
            DatasetInput(replace(TRAIN, source="s" * 65_536)),
            DatasetInput(replace(TRAIN, schema="s" * 1_048_576)),
            DatasetInput(replace(TRAIN, profile="p" * 16_777_216)),
            DatasetInput(TRAIN, {"k" * 256: "x"}),
            DatasetInput(TRAIN, {"a": "v" * 501}),
        ],
        ids=["name", "digest", "source", "schema", "profile", "tag key", "tag value"],
    )
    def test_input_limits(self, store: Store, use: DatasetInput) -> None:
        args: dict[str, Any] = {"run_id": "R1", "datasets": (use,)}
        assert store.blames("log_inputs", **args) == {"INPUT-LIMITS"}
        store.accepts_refusal("log_inputs", IPV, **args)

    def test_input_limits_nothing_of_what_was_refused_is_there(self, store: Store) -> None:
        good, bad = DatasetInput(TRAIN), DatasetInput(replace(TRAIN, digest="d" * 37))
        store.accepts_refusal("log_inputs", IPV, run_id="R1", datasets=(good, bad))
        assert store.blames("get_run", used(good), run_id="R1") == {"INPUT-LIMITS"}

    def test_run_deleted_writes_and_run_missing(self, store: Store) -> None:
        store.accepts_refusal("log_inputs", RDNE, run_id=Raw("x"), datasets=())
        store.accepts("delete_run", run_id="R1")
        store.accepts_refusal("log_inputs", IPV, run_id="R1", datasets=())
        model: dict[str, Any] = {"run_id": "R1", "model": {}}
        assert store.blames("log_inputs", run_id="R1", datasets=()) == {"RUN-DELETED-WRITES"}
        assert store.blames("record_logged_model", **model) == {"RUN-DELETED-WRITES"}

    def test_a_twin_by_trailing_spaces_may_be_refused(self, store: Store) -> None:
        log(store, DatasetInput(TRAIN))
        twin = (DatasetInput(replace(TRAIN, name="ab ")),)
        refused = store.accepts_refusal("log_inputs", IPV, run_id="R1", datasets=twin)
        assert (refused.variation or "").startswith("TEXT-DISTINCT")


def tagged(*models: dict[str, Any], **options: Any) -> Run:
    return run(tags={MODELS_TAG: json.dumps(models, **options)})


ONE: dict[str, Any] = {"artifact_path": "é", "flavors": {"sklearn": {"order": [1, None]}}}
TWO: dict[str, Any] = {"artifact_path": "y"}


class TestModels:
    def test_model_record_appends(self, store: Store) -> None:
        for model in (ONE, TWO):
            store.accepts("record_logged_model", run_id="R1", model=model)
        store.accepts("get_run", tagged(ONE, TWO), run_id="R1")
        for wrong in (tagged(TWO), tagged(TWO, ONE), tagged(ONE), run()):
            assert store.blames("get_run", wrong, run_id="R1") == {"MODEL-RECORD"}

    def test_json_says_the_same_in_many_texts(self, store: Store) -> None:
        store.accepts("record_logged_model", run_id="R1", model=ONE)
        other = tagged(ONE, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        store.accepts("get_run", other, run_id="R1")

    def test_what_is_no_json_is_wrong(self, store: Store) -> None:
        store.accepts("record_logged_model", run_id="R1", model=ONE)
        cut = run(tags={MODELS_TAG: '[{"artifact_path": "'})
        assert store.blames("get_run", cut, run_id="R1") == {"MODEL-RECORD"}

    def test_model_record_refuses_what_is_too_long_and_keeps_the_list(self, store: Store) -> None:
        store.accepts("record_logged_model", run_id="R1", model=ONE)
        long: dict[str, Any] = {"run_id": "R1", "model": {"artifact_path": "x" * 8000}}
        assert store.blames("record_logged_model", **long) == {"MODEL-RECORD"}
        store.accepts_refusal("record_logged_model", IPV, **long)
        store.accepts("get_run", tagged(ONE), run_id="R1")
        assert store.blames("get_run", run(), run_id="R1") == {"MODEL-RECORD"}

    def test_what_fits_in_the_shortest_text_only_is_open(self, store: Store) -> None:
        wide: dict[str, Any] = {"run_id": "R1", "model": {"artifact_path": "é" * 7000}}
        store.accepts_refusal("record_logged_model", IPV, **wide)
        store.accepts("record_logged_model", **wide)

    def test_the_tag_can_be_set_and_deleted_like_any_other(self, store: Store) -> None:
        tag = Tag(MODELS_TAG, json.dumps([ONE]))
        store.accepts("set_tag", run_id="R1", tag=tag)
        store.accepts("record_logged_model", run_id="R1", model=TWO)
        store.accepts("get_run", tagged(ONE, TWO), run_id="R1")
        store.accepts("delete_tag", run_id="R1", key=MODELS_TAG)
        store.accepts("get_run", run(), run_id="R1")


class TestBulk:
    POINTS = (Metric("m", 1.0, 1, 0), Metric("m", 2.0, 2, 0), Metric("m", 3.0, 3, 0))

    @pytest.fixture
    def store(self) -> Store:
        made = with_run(Store())
        made.names.adopt("run", "R2", R2)
        second: dict[str, Any] = {"run_id": R2, "artifact_uri": f"{LOCATION}/{R2}/artifacts"}
        made.accepts("create_run", run(**second), experiment_id="E1", user_id="ann", start_time=5)
        for symbol in ("R1", "R2"):
            made.accepts("log_batch", run_id=symbol, metrics=self.POINTS)
        return made

    def test_metric_bulk_is_the_history_of_each_run(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1", "R2", "R1"), "key": "m"}
        store.accepts("get_metric_history_bulk", {R1: self.POINTS, R2: self.POINTS}, **args)
        for wrong in (self.POINTS[:2], self.POINTS[::-1], (*self.POINTS, Metric("m", 4.0, 4, 0))):
            answer = {R1: self.POINTS, R2: wrong}
            assert store.blames("get_metric_history_bulk", answer, **args) == {"METRIC-BULK"}

    def test_metric_bulk_limits_each_run(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1", "R2"), "key": "m", "max_results": 2}
        two = self.POINTS[:2]
        store.accepts("get_metric_history_bulk", {R1: two, R2: two}, **args)
        for wrong in ((), self.POINTS, two[:1], self.POINTS[1:]):
            answer = {R1: two, R2: wrong}
            assert store.blames("get_metric_history_bulk", answer, **args) == {"METRIC-BULK"}

    def test_metric_bulk_has_the_runs_that_were_asked_for(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1",), "key": "m"}
        both = {R1: self.POINTS, R2: self.POINTS}
        assert store.blames("get_metric_history_bulk", both, **args) == {"METRIC-BULK"}
        assert store.blames("get_metric_history_bulk", {}, **args) == {"METRIC-BULK"}

    def test_a_run_without_the_metric_may_be_left_out(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1",), "key": "other"}
        store.accepts("get_metric_history_bulk", {R1: ()}, **args)
        store.accepts("get_metric_history_bulk", {}, **args)

    def test_of_a_missing_run(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1", Raw("x")), "key": "m"}
        assert store.accepts_refusal("get_metric_history_bulk", RDNE, **args).variation is None
        lenient = store.accepts("get_metric_history_bulk", {R1: self.POINTS}, **args)
        assert (lenient.variation or "").startswith("METRIC-BULK")

    def test_metric_bulk_may_be_missing(self, store: Store) -> None:
        args: dict[str, Any] = {"run_ids": ("R1",), "key": "m"}
        code = ErrorCode.NOT_IMPLEMENTED
        assert store.accepts_refusal("get_metric_history_bulk", code, **args).variation
        assert store.blames("log_inputs", code=code, run_id="R1", datasets=()) == {"INPUT-LOG"}

    def test_of_a_deleted_run(self, store: Store) -> None:
        store.accepts("delete_run", run_id="R1")
        gone = run(lifecycle_stage=LifecycleStage.DELETED, deleted_time=9)
        store.accepts("get_run", replace(gone, metrics={"m": self.POINTS[-1]}), run_id="R1")
        args: dict[str, Any] = {"run_ids": ("R1",), "key": "m"}
        store.accepts("get_metric_history_bulk", {R1: self.POINTS}, **args)
