"""The oracle on experiments, against scenarios read out of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from told_store import E1_REAL, IPV, RAE, RDNE, Store, experiment, run, with_run

from storeproof.conformance.model import (
    INVALID_STATE,
    Near,
    Raw,
)
from storeproof.stores.entities import (
    LifecycleStage,
    Page,
    Tag,
    ViewType,
)


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


@pytest.fixture
def empty() -> Store:
    return Store()


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
        page = Page((ghost, experiment()))
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
        args: dict[str, Any] = {"experiment_id": "E1", "new_name": "two"}
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
