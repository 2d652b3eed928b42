"""The oracle, against scenarios read out of the specification: what it accepts and what it blames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from storeproof.conformance.model import (
    INVALID_STATE,
    Difference,
    Expected,
    Model,
    Names,
    Near,
    Operation,
    Outcome,
    Raw,
    judge_pages,
    observe,
)
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    Experiment,
    LifecycleStage,
    Metric,
    Page,
    Param,
    Run,
    RunInfo,
    RunStatus,
    Tag,
    ViewType,
)
from storeproof.stores.errors import ErrorCode

IPV = ErrorCode.INVALID_PARAMETER_VALUE
RAE = ErrorCode.RESOURCE_ALREADY_EXISTS
RDNE = ErrorCode.RESOURCE_DOES_NOT_EXIST

E1_REAL = "41"
R1_REAL = "0123456789abcdef0123456789abcdef"
LOCATION = "s3://root/41"


class Store:
    """A model, told by hand what a store answered."""

    def __init__(self, **options: Any) -> None:
        self.model = Model(**options)
        self.names = Names()
        self.names.adopt("experiment", "E1", E1_REAL)
        self.names.adopt("run", "R1", R1_REAL)

    def accepts(self, method: str, answer: object = None, **args: Any) -> Expected:
        """The store succeeded with `answer`, and the model agrees."""
        op = Operation(method, args)
        verdict = self.model.take(op, Outcome(observe(answer, self.names.to_symbol)))
        assert isinstance(verdict, Expected), [str(each) for each in verdict]
        return verdict

    def accepts_refusal(self, method: str, code: str, **args: Any) -> Expected:
        """The store refused, and the model agrees."""
        verdict = self.model.take(Operation(method, args), Outcome(code=code))
        assert isinstance(verdict, Expected), [str(each) for each in verdict]
        return verdict

    def blames(
        self, method: str, answer: object = None, code: str | None = None, **args: Any
    ) -> set[str]:
        """The clauses that the model says this ending breaks."""
        seen = None if code else observe(answer, self.names.to_symbol)
        verdict = self.model.take(Operation(method, args), Outcome(seen, code))
        assert not isinstance(verdict, Expected), f"accepted as {verdict}"
        return {each.clause for each in verdict}


def experiment(**changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "experiment_id": E1_REAL,
        "name": "one",
        "artifact_location": LOCATION,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "creation_time": 1000,
        "last_update_time": 1000,
        "tags": {},
    }
    return Experiment(**(fields | changes))


def info(**changes: Any) -> RunInfo:
    fields: dict[str, Any] = {
        "run_id": R1_REAL,
        "experiment_id": E1_REAL,
        "run_name": "calm-owl",
        "user_id": "ann",
        "status": RunStatus.RUNNING,
        "start_time": 5,
        "end_time": None,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "artifact_uri": f"{LOCATION}/{R1_REAL}/artifacts",
    }
    return RunInfo(**(fields | changes))


def run(
    params: Mapping[str, str] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    tags: Mapping[str, str] | None = None,
    **changes: Any,
) -> Run:
    seen = info(**changes)
    return Run(seen, params or {}, metrics or {}, {RUN_NAME_TAG: seen.run_name} | dict(tags or {}))


def history(*points: tuple[float, int, int], token: str | None = None) -> Page[Metric]:
    return Page(tuple(Metric("m", *point) for point in points), token)


@pytest.fixture
def empty() -> Store:
    return Store()


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


def with_run(made: Store) -> Store:
    made.accepts("create_experiment", E1_REAL, name="one")
    made.accepts("get_experiment", experiment(), experiment_id="E1")
    made.names.symbols.pop(("run", R1_REAL))
    made.names.adopt("run", "R1", R1_REAL)
    made.accepts("create_run", run(), experiment_id="E1", user_id="ann", start_time=5)
    return made


class TestExperiments:
    def test_exp_create_must_issue_a_new_id(self, store: Store) -> None:
        assert store.blames("create_experiment", E1_REAL, name="two") == {"EXP-CREATE"}

    @pytest.mark.parametrize("length", [1, 256])
    def test_exp_name_length_accepts_up_to_256(self, empty: Store, length: int) -> None:
        assert empty.blames("create_experiment", code=IPV, name="n" * length)

    @pytest.mark.parametrize("name", ["", "n" * 501])
    def test_exp_name_length_refuses(self, empty: Store, name: str) -> None:
        assert empty.blames("create_experiment", E1_REAL, name=name) == {"EXP-NAME-LENGTH"}

    @pytest.mark.parametrize("length", [257, 500])
    def test_exp_name_length_may_keep_up_to_500(self, length: int) -> None:
        assert (
            Store().accepts_refusal("create_experiment", IPV, name="n" * length).variation is None
        )
        kept = Store().accepts("create_experiment", E1_REAL, name="n" * length)
        assert kept.variation is not None
        assert kept.variation.startswith("EXP-NAME-LENGTH")

    def test_exp_name_unique_holds_for_deleted_experiments(self, store: Store) -> None:
        store.accepts("delete_experiment", experiment_id="E1")
        assert store.blames("create_experiment", "42", name="one") == {"EXP-NAME-UNIQUE"}
        store.accepts_refusal("create_experiment", RAE, name="one")

    def test_exp_name_exact_lets_twins_be(self, store: Store) -> None:
        assert store.blames("create_experiment", code=RAE, name="ONE") == {"EXP-NAME-EXACT"}
        assert store.blames("get_experiment_by_name", experiment(), name="One") == {
            "EXP-NAME-EXACT"
        }

    def test_exp_by_name_missing_is_none(self, store: Store) -> None:
        store.accepts("get_experiment_by_name", None, name="other")
        assert store.blames("get_experiment_by_name", code=RDNE, name="other")

    def test_exp_atomic_leaves_no_name_behind(self, store: Store) -> None:
        store.accepts_refusal("create_experiment", IPV, name="two", tags=(Tag("%", "x"),))
        ghost = experiment(experiment_id="77", name="two")
        assert store.blames("get_experiment_by_name", ghost, name="two") == {"EXP-ATOMIC"}
        page = Page((experiment(), ghost))
        assert store.blames("search_experiments", page, view=ViewType.ALL) == {"EXP-ATOMIC"}

    @pytest.mark.parametrize("unknown", [Raw("x"), Raw(""), Near("E1", "zero before")])
    def test_exp_id_unknown_is_never_another(self, store: Store, unknown: object) -> None:
        assert (
            store.accepts_refusal("get_experiment", RDNE, experiment_id=unknown).variation is None
        )
        assert store.accepts_refusal("get_experiment", IPV, experiment_id=unknown).variation
        assert store.blames("get_experiment", experiment(), experiment_id=unknown) == {
            "EXP-ID-UNKNOWN"
        }

    def test_exp_times_creation_time_never_moves(self, store: Store) -> None:
        later = experiment(creation_time=1001)
        assert store.blames("get_experiment", later, experiment_id="E1") == {"EXP-TIMES"}

    def test_exp_times_tags_do_not_move_last_update_time(self, store: Store) -> None:
        store.accepts("set_experiment_tag", experiment_id="E1", tag=Tag("a", "b"))
        moved = experiment(last_update_time=1001, tags={"a": "b"})
        assert store.blames("get_experiment", moved, experiment_id="E1") == {"EXP-TIMES"}

    def test_exp_rename_may_move_last_update_time_but_not_back(self, store: Store) -> None:
        store.accepts("rename_experiment", experiment_id="E1", new_name="two")
        back = experiment(name="two", last_update_time=999)
        assert store.blames("get_experiment", back, experiment_id="E1") == {"EXP-TIMES"}
        store.accepts(
            "get_experiment", experiment(name="two", last_update_time=1005), experiment_id="E1"
        )

    def test_exp_rename_frees_the_old_name(self, store: Store) -> None:
        store.accepts("rename_experiment", experiment_id="E1", new_name="two")
        assert store.blames("get_experiment_by_name", experiment(), name="one") == {"EXP-RENAME"}
        assert store.blames("get_experiment", experiment(), experiment_id="E1") == {"EXP-RENAME"}
        store.accepts("create_experiment", "42", name="one")

    def test_exp_rename_to_its_own_name_succeeds(self, store: Store) -> None:
        assert store.blames("rename_experiment", code=RAE, experiment_id="E1", new_name="one")

    def test_exp_rename_of_a_deleted_experiment(self, store: Store) -> None:
        store.accepts("delete_experiment", experiment_id="E1")
        args = {"experiment_id": "E1", "new_name": "two"}
        assert store.accepts_refusal("rename_experiment", IPV, **args).variation is None
        assert store.accepts_refusal("rename_experiment", INVALID_STATE, **args).variation
        assert store.blames("rename_experiment", None, **args) == {"EXP-RENAME"}

    def test_exp_delete_marks_the_runs_too(self, store: Store) -> None:
        store.accepts("delete_experiment", experiment_id="E1")
        assert store.blames("get_run", run(), run_id="R1") == {"EXP-DELETE"}
        assert store.blames("get_experiment", experiment(), experiment_id="E1") == {"EXP-DELETE"}
        assert store.blames("delete_experiment", None, experiment_id="E1") == {"EXP-DELETE"}

    def test_exp_restore_makes_every_run_active(self, store: Store) -> None:
        store.accepts("delete_run", run_id="R1")
        store.accepts("delete_experiment", experiment_id="E1")
        store.accepts("restore_experiment", experiment_id="E1")
        gone = run(lifecycle_stage=LifecycleStage.DELETED, deleted_time=9)
        assert store.blames("get_run", gone, run_id="R1") == {"EXP-RESTORE"}
        store.accepts("get_run", run(), run_id="R1")

    def test_exp_delete_default_may_be_refused(self) -> None:
        refused = Store(default_experiment="E1").accepts_refusal(
            "delete_experiment", IPV, experiment_id="E1"
        )
        assert (refused.variation or "").startswith("EXP-DELETE-DEFAULT")

    def test_exp_artifact_follows_the_schema(self) -> None:
        long = "s3://" + "x" * 252
        small = Store(artifact_location_length=256)
        assert small.blames("create_experiment", E1_REAL, name="one", artifact_location=long) == {
            "EXP-ARTIFACT"
        }
        Store().accepts("create_experiment", E1_REAL, name="one", artifact_location=long)

    def test_exp_artifact_given_is_never_cut(self, empty: Store) -> None:
        empty.accepts(
            "create_experiment", E1_REAL, name="one", artifact_location="s3://bucket/path"
        )
        cut = experiment(artifact_location="s3://bucket/p")
        assert empty.blames("get_experiment", cut, experiment_id="E1") == {"TEXT-NO-CUT"}

    def test_exp_artifact_of_the_store_ends_with_the_id(self, empty: Store) -> None:
        empty.accepts("create_experiment", E1_REAL, name="one")
        odd = experiment(artifact_location="s3://root/42")
        assert empty.blames("get_experiment", odd, experiment_id="E1") == {"EXP-ARTIFACT"}

    def test_exp_tag_keeps_5000_characters_and_never_cuts(self, store: Store) -> None:
        tag = Tag("a", "x" * 5001)
        store.accepts_refusal("set_experiment_tag", IPV, experiment_id="E1", tag=tag)
        kept = store.accepts("set_experiment_tag", experiment_id="E1", tag=tag)
        assert (kept.variation or "").startswith("EXP-TAG")
        cut = experiment(tags={"a": "x" * 5000})
        assert store.blames("get_experiment", cut, experiment_id="E1") == {"TEXT-NO-CUT"}


class TestRuns:
    def test_run_create_id_may_be_opaque(self, store: Store) -> None:
        opaque = run(run_id="7", artifact_uri=f"{LOCATION}/7/artifacts")
        chosen = store.accepts(
            "create_run", opaque, experiment_id="E1", user_id="ann", start_time=5
        )
        assert (chosen.variation or "").startswith("RUN-CREATE")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": RunStatus.FINISHED},
            {"artifact_uri": f"s3://root/42/{'2' * 32}/artifacts"},
            {"user_id": "bob"},
            {"start_time": 6},
            {"end_time": 6},
        ],
    )
    def test_run_create_gives_what_was_given(self, store: Store, wrong: dict[str, Any]) -> None:
        fields = {"run_id": "2" * 32, "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts"} | wrong
        args = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
        assert store.blames("create_run", run(**fields), **args) <= {"RUN-CREATE", "RUN-UPDATE"}

    def test_run_create_deleted_exp(self, store: Store) -> None:
        store.accepts("delete_experiment", experiment_id="E1")
        store.accepts_refusal("create_run", IPV, experiment_id="E1")
        assert store.accepts_refusal("create_run", INVALID_STATE, experiment_id="E1").variation
        assert store.blames("create_run", run(run_id="2" * 32), experiment_id="E1")

    def test_run_name_and_tag_are_one(self, store: Store) -> None:
        store.accepts("set_tag", run_id="R1", tag=Tag(RUN_NAME_TAG, "b"))
        assert store.blames("get_run", run(), run_id="R1") == {"RUN-NAME"}
        assert store.blames(
            "get_run", run(run_name="b", tags={RUN_NAME_TAG: "a"}), run_id="R1"
        ) == {"RUN-NAME"}
        store.accepts("get_run", run(run_name="b"), run_id="R1")

    def test_run_name_generated_is_not_empty_and_stays(self, store: Store) -> None:
        fresh = {"run_id": "2" * 32, "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts"}
        args = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
        assert store.blames("create_run", run(run_name="", **fresh), **args) == {"RUN-NAME"}
        assert store.blames("get_run", run(run_name="other"), run_id="R1") == {"RUN-NAME"}

    def test_run_name_empty_tag_names_the_run_empty(self, store: Store) -> None:
        store.names.adopt("run", "R2", "2" * 32)
        fresh = {"run_id": "2" * 32, "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts"}
        args = {"experiment_id": "E1", "user_id": "ann", "start_time": 5, "run_name": ""}
        tags = (Tag(RUN_NAME_TAG, ""),)
        store.accepts("create_run", run(run_name="", **fresh), tags=tags, **args)

    def test_run_name_disagreeing_with_its_tag(self, store: Store) -> None:
        args = {"experiment_id": "E1", "run_name": "a", "tags": (Tag(RUN_NAME_TAG, "b"),)}
        assert store.blames("create_run", run(run_id="2" * 32), **args) == {"RUN-NAME"}

    def test_run_name_over_250_characters_may_be_kept(self, store: Store) -> None:
        tag = Tag(RUN_NAME_TAG, "n" * 251)
        store.accepts_refusal("set_tag", IPV, run_id="R1", tag=tag)
        assert store.accepts("set_tag", run_id="R1", tag=tag).variation

    def test_run_name_outlives_its_tag(self, store: Store) -> None:
        store.accepts("delete_tag", run_id="R1", key=RUN_NAME_TAG)
        bare = Run(info())
        store.accepts("get_run", bare, run_id="R1")
        assert store.blames("get_run", run(), run_id="R1") == {"TAG-SET"}

    def test_run_tag_keys_the_last_wins(self, store: Store) -> None:
        fresh = {"run_id": "2" * 32, "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts"}
        args = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
        twice = (Tag("a", "1"), Tag("a", "2"))
        first = run(tags={"a": "1"}, **fresh)
        assert store.blames("create_run", first, tags=twice, **args) == {"TAG-SET"}

    def test_run_update_leaves_what_is_not_given(self, store: Store) -> None:
        finished = {"status": RunStatus.FINISHED, "end_time": 9}
        store.accepts("update_run_info", info(**finished), run_id="R1", **finished)
        again = {"run_id": "R1", "status": RunStatus.RUNNING}
        assert store.blames("update_run_info", info(), **again) == {"RUN-UPDATE"}
        store.accepts("update_run_info", info(end_time=9), **again)

    @pytest.mark.parametrize("status", list(RunStatus))
    def test_run_status_round_trips(self, store: Store, status: RunStatus) -> None:
        other = RunStatus.FAILED if status is RunStatus.KILLED else RunStatus.KILLED
        wrong = info(status=other)
        assert store.blames("update_run_info", wrong, run_id="R1", status=status) == {"RUN-STATUS"}

    def test_run_delete_keeps_the_first_deleted_time(self, store: Store) -> None:
        deleted = {"lifecycle_stage": LifecycleStage.DELETED}
        store.accepts("delete_run", run_id="R1")
        assert store.blames("get_run", run(**deleted), run_id="R1") == {"RUN-DELETE"}
        store.accepts("get_run", run(**deleted, deleted_time=7), run_id="R1")
        store.accepts("delete_run", run_id="R1")
        assert store.blames("get_run", run(**deleted, deleted_time=8), run_id="R1") == {
            "RUN-DELETE"
        }
        store.accepts("restore_run", run_id="R1")
        assert store.blames("get_run", run(deleted_time=7), run_id="R1") == {"RUN-DELETE"}

    def test_run_deleted_writes_leave_nothing(self, store: Store) -> None:
        store.accepts("delete_run", run_id="R1")
        store.accepts_refusal("log_param", IPV, run_id="R1", param=Param("a", "x"))
        store.accepts("restore_run", run_id="R1")
        assert store.blames("get_run", run(params={"a": "x"}), run_id="R1") == {
            "RUN-DELETED-WRITES"
        }

    @pytest.mark.parametrize(
        ("method", "args"),
        [
            ("log_metric", {"metric": Metric("m", 1.0, 0, 0)}),
            ("log_param", {"param": Param("a", "x")}),
            ("set_tag", {"tag": Tag("a", "x")}),
            ("log_batch", {}),
            ("delete_tag", {"key": RUN_NAME_TAG}),
            ("update_run_info", {}),
        ],
    )
    def test_run_deleted_refuses_every_write(
        self, store: Store, method: str, args: dict[str, Any]
    ) -> None:
        store.accepts("delete_run", run_id="R1")
        assert store.blames(method, info(), run_id="R1", **args) <= {
            "RUN-DELETED-WRITES",
            "RUN-UPDATE",
        }

    def test_run_missing(self, store: Store) -> None:
        assert store.accepts_refusal("get_run", RDNE, run_id=Raw("x")).variation is None
        assert store.accepts_refusal("log_batch", IPV, run_id=Raw("x")).variation
        assert store.blames("get_run", run(), run_id=Near("R1", "upper case")) == {"RUN-MISSING"}


class TestKeysAndTexts:
    @pytest.mark.parametrize(
        "key", ["a", "a/b", "a b", "x.y-z:1_", "é", "語", "١", "\U00010400", " ", ".a", "k" * 250]
    )
    def test_key_accepted(self, store: Store, key: str) -> None:
        assert store.blames("log_param", code=IPV, run_id="R1", param=Param(key, "x"))

    @pytest.mark.parametrize(
        "key", [".", "..", "..a", "/a", "a/", "a//b", "a/./b", "a\n", "a%", "\u0301", "😀", "a\t"]
    )
    def test_key_chars_refuse(self, store: Store, key: str) -> None:
        param = Param(key, "x")
        assert store.blames("log_param", run_id="R1", param=param) == {"KEY-CHARS"}

    @pytest.mark.parametrize("key", ["", "k" * 251, "\U00010400" * 251])
    def test_key_length_refuses(self, store: Store, key: str) -> None:
        assert store.blames("set_tag", run_id="R1", tag=Tag(key, "x")) == {"KEY-LENGTH"}

    def test_key_prefix_both_are_kept(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "1"))
        assert store.blames("log_param", code=IPV, run_id="R1", param=Param("a/b", "2")) == {
            "KEY-PREFIX"
        }
        store.accepts("log_param", run_id="R1", param=Param("a/b", "2"))
        assert store.blames("get_run", run(params={"a/b": "2"}), run_id="R1") == {"KEY-PREFIX"}

    def test_text_distinct_twins_do_not_merge(self, store: Store) -> None:
        store.accepts("set_tag", run_id="R1", tag=Tag("a", "1"))
        store.accepts("set_tag", run_id="R1", tag=Tag("A", "2"))
        merged = run(tags={"a": "2"})
        assert "TEXT-DISTINCT" in store.blames("get_run", merged, run_id="R1")

    def test_text_distinct_trailing_spaces_may_be_refused(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "1"))
        twin = Param("a ", "2")
        assert store.accepts_refusal("log_param", IPV, run_id="R1", param=twin).variation
        assert store.accepts("log_param", run_id="R1", param=twin).variation is None

    @pytest.mark.parametrize(("text", "read"), [("a\r\nb", "a\nb"), ("e\u0301", "é"), (" x ", "x")])
    def test_text_roundtrip_is_exact(self, store: Store, text: str, read: str) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", text))
        assert store.blames("get_run", run(params={"a": read}), run_id="R1") <= {
            "TEXT-ROUNDTRIP",
            "TEXT-NO-CUT",
        }

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"])
    def test_text_nul_is_refused_or_kept(self, store: Store, text: str) -> None:
        tag = Tag("a", text)
        assert store.accepts_refusal("set_tag", IPV, run_id="R1", tag=tag).variation is None
        assert store.accepts("set_tag", run_id="R1", tag=tag).variation
        assert store.blames("get_run", run(tags={"a": "a"}), run_id="R1")
        store.accepts("get_run", run(tags={"a": text}), run_id="R1")


class TestParamsAndTags:
    def test_param_log_wrong_value(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        assert store.blames("get_run", run(params={"a": "y"}), run_id="R1") == {"PARAM-LOG"}
        assert store.blames("get_run", run(), run_id="R1") == {"PARAM-LOG"}

    def test_param_same_succeeds(self, store: Store) -> None:
        same = {"run_id": "R1", "param": Param("a", "x")}
        store.accepts("log_param", **same)
        assert store.blames("log_param", code=IPV, **same) == {"PARAM-SAME"}

    @pytest.mark.parametrize("other", ["X", "x ", ""])
    def test_param_immutable(self, store: Store, other: str) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        again = (Param("a", other),)
        assert store.blames("log_batch", run_id="R1", params=again) == {"PARAM-IMMUTABLE"}
        store.accepts_refusal("log_batch", IPV, run_id="R1", params=again)
        changed = run(params={"a": other})
        assert store.blames("get_run", changed, run_id="R1") == {"PARAM-IMMUTABLE"}

    @pytest.mark.parametrize(("kind", "length"), [("param", 6000), ("tag", 8000)])
    def test_long_values_are_cut_or_refused(self, kind: str, length: int) -> None:
        kinds: dict[str, Any] = {"param": ("log_param", Param), "tag": ("set_tag", Tag)}
        method, entry = kinds[kind]
        args = {"run_id": "R1", kind: entry("a", "x" * (length + 1))}
        store = with_run(Store())
        assert store.accepts_refusal(method, IPV, **args).variation
        store.accepts(method, **args)
        whole = run(**{f"{kind}s": {"a": "x" * (length + 1)}})
        assert store.blames("get_run", whole, run_id="R1")
        store.accepts("get_run", run(**{f"{kind}s": {"a": "x" * length}}), run_id="R1")
        strict = with_run(Store(truncates=False))
        assert strict.blames(method, **args) == {f"{kind.upper()}-LONG"}

    def test_param_that_is_no_string(self, store: Store) -> None:
        assert store.blames("log_param", run_id="R1", param=Param("a", 1)) == {"PARAM-LOG"}  # type: ignore[arg-type]

    def test_tag_that_is_missing_is_empty_over_http(self, store: Store) -> None:
        tag = Tag("a", None)  # type: ignore[arg-type]
        store.accepts_refusal("set_tag", IPV, run_id="R1", tag=tag)
        assert store.accepts("set_tag", run_id="R1", tag=tag).variation
        store.accepts("get_run", run(tags={"a": ""}), run_id="R1")

    def test_tag_set_overwrites(self, store: Store) -> None:
        for value in ("1", "2"):
            store.accepts("set_tag", run_id="R1", tag=Tag("a", value))
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-SET"}

    def test_tag_delete(self, store: Store) -> None:
        assert store.blames("delete_tag", None, run_id="R1", key="a") == {"TAG-DELETE"}
        store.accepts("set_tag", run_id="R1", tag=Tag("a", "1"))
        store.accepts("delete_tag", run_id="R1", key="a")
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-DELETE"}


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
        args = {"run_id": "R1", "key": "m"}
        assert store.accepts("get_metric_history", history(*once), **args).variation is None
        assert store.accepts("get_metric_history", history(*twice), **args).variation
        thrice = history(*once, *twice)
        assert store.blames("get_metric_history", thrice, **args) == {"METRIC-DUP"}

    def test_metric_dup_is_never_an_error(self, store: Store) -> None:
        log(store, (1.0, 0, 0))
        again = {"run_id": "R1", "metric": Metric("m", 1.0, 0, 0)}
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
        args = {"run_id": "R1", "key": "m"}
        store.accepts("get_metric_history", history(*points), **args)
        for wrong in (points[:2], points[::-1], [*points, (9.0, 9, 9)]):
            assert store.blames("get_metric_history", history(*wrong), **args) == {"METRIC-HISTORY"}

    def test_metric_history_of_a_missing_run(self, store: Store) -> None:
        args = {"run_id": Raw("x"), "key": "m"}
        assert store.accepts_refusal("get_metric_history", RDNE, **args).variation is None
        assert store.accepts("get_metric_history", history(), **args).variation
        assert store.blames("get_metric_history", history((1.0, 0, 0)), **args)

    def test_metric_history_of_a_key_never_logged(self, store: Store) -> None:
        assert store.blames("get_metric_history", code=RDNE, run_id="R1", key="m")

    def test_metric_history_page_has_its_size(self, store: Store) -> None:
        log(store, (1.0, 0, 0), (2.0, 1, 0))
        args = {"run_id": "R1", "key": "m", "max_results": 1}
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


def entries(kind: type[Param] | type[Tag], count: int) -> tuple[Any, ...]:
    return tuple(kind(f"k{each}", "x") for each in range(count))


class TestBatches:
    @pytest.mark.parametrize(
        ("params", "tags", "metrics"), [(100, 100, 800), (0, 0, 1000), (0, 0, 0)]
    )
    def test_batch_limits_accept(self, store: Store, params: int, tags: int, metrics: int) -> None:
        batch = {
            "params": entries(Param, params),
            "tags": entries(Tag, tags),
            "metrics": tuple(Metric("m", 1.0, each, 0) for each in range(metrics)),
        }
        assert store.blames("log_batch", code=IPV, run_id="R1", **batch)
        store.accepts("log_batch", run_id="R1", **batch)

    @pytest.mark.parametrize(
        ("params", "tags", "metrics"), [(101, 0, 0), (0, 101, 0), (0, 0, 1001), (100, 100, 801)]
    )
    def test_batch_limits_refuse(self, store: Store, params: int, tags: int, metrics: int) -> None:
        batch = {
            "params": entries(Param, params),
            "tags": entries(Tag, tags),
            "metrics": tuple(Metric("m", 1.0, each, 0) for each in range(metrics)),
        }
        assert store.blames("log_batch", run_id="R1", **batch) == {"BATCH-LIMITS"}

    def test_batch_validate_leaves_nothing(self, store: Store) -> None:
        batch: dict[str, Any] = {
            "metrics": (Metric("m", 1.0, 0, 0),),
            "params": (Param("a", "x"),),
            "tags": (Tag("t", "x"), Tag("%", "x")),
        }
        store.accepts_refusal("log_batch", IPV, run_id="R1", **batch)
        for left in (
            run(params={"a": "x"}),
            run(tags={"t": "x"}),
            run(metrics={"m": Metric("m", 1.0, 0, 0)}),
        ):
            assert store.blames("get_run", left, run_id="R1") == {"BATCH-VALIDATE"}
        left_over = history((1.0, 0, 0))
        assert store.blames("get_metric_history", left_over, run_id="R1", key="m") == {
            "BATCH-VALIDATE"
        }

    def test_batch_param_twice(self, store: Store) -> None:
        twice = (Param("a", "x"), Param("a", "x"))
        assert store.blames("log_batch", run_id="R1", params=twice) == {"BATCH-PARAM-TWICE"}

    def test_batch_tag_twice_the_last_wins(self, store: Store) -> None:
        store.accepts("log_batch", run_id="R1", tags=(Tag("a", "1"), Tag("a", "2")))
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-SET"}

    def test_batch_names_the_run(self, store: Store) -> None:
        store.accepts("log_batch", run_id="R1", tags=(Tag(RUN_NAME_TAG, "b"),))
        assert store.blames("get_run", run(), run_id="R1") == {"RUN-NAME"}


class TestSearches:
    def test_search_views(self, store: Store) -> None:
        store.accepts("delete_run", run_id="R1")
        args = {"experiment_ids": ("E1",), "view": ViewType.ACTIVE_ONLY}
        store.accepts("search_runs", Page(()), **args)
        gone = run(lifecycle_stage=LifecycleStage.DELETED, deleted_time=9)
        assert store.blames("search_runs", Page((gone,)), **args) == {"SEARCH-VIEWS"}
        args["view"] = ViewType.ALL
        assert store.blames("search_runs", Page(()), **args) == {"SEARCH-VIEWS"}
        store.accepts("search_runs", Page((gone,)), **args)

    def test_search_experiments_twice(self, store: Store) -> None:
        args = {"experiment_ids": ("E1", "E1", Raw("x"))}
        store.accepts("search_runs", Page((run(),)), **args)
        assert store.blames("search_runs", Page((run(), run())), **args) == {
            "SEARCH-EXPERIMENTS-TWICE"
        }

    def test_search_pages_a_full_last_page_has_no_token(self, store: Store) -> None:
        args = {"experiment_ids": ("E1",), "max_results": 1}
        assert store.blames("search_runs", Page((run(),), "t"), **args) == {"SEARCH-PAGES"}

    @pytest.mark.parametrize("size", [0, -1, 50001])
    def test_search_pages_sizes(self, store: Store, size: int) -> None:
        args = {"experiment_ids": ("E1",), "max_results": size}
        assert store.blames("search_runs", Page(()), **args) == {"SEARCH-PAGES"}

    def test_search_pages_bad_token(self, store: Store) -> None:
        args = {"experiment_ids": ("E1",), "page_token": Raw("x")}
        assert store.blames("search_runs", Page((run(),)), **args) == {"SEARCH-PAGES"}

    def test_search_order(self, store: Store) -> None:
        store.names.adopt("run", "R2", "2" * 32)
        later = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
            "start_time": 6,
        }
        store.accepts("create_run", run(**later), experiment_id="E1", user_id="ann", start_time=6)
        args = {"experiment_ids": ("E1",)}
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
        args = {"run_id": Raw("x"), "param": Param("%", "x")}
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
