"""The oracle on runs, against scenarios read out of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from told_store import IPV, LOCATION, RDNE, Store, info, run, with_run

from storeproof.conformance.model import (
    INVALID_STATE,
    Near,
    Raw,
)
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunStatus,
    Tag,
)


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


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
        fields: dict[str, Any] = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
        } | wrong
        args: dict[str, Any] = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
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
        fresh: dict[str, Any] = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
        }
        args: dict[str, Any] = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
        assert store.blames("create_run", run(run_name="", **fresh), **args) == {"RUN-NAME"}
        assert store.blames("get_run", run(run_name="other"), run_id="R1") == {"RUN-NAME"}

    def test_run_name_empty_tag_names_the_run_empty(self, store: Store) -> None:
        store.names.adopt("run", "R2", "2" * 32)
        fresh: dict[str, Any] = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
        }
        args: dict[str, Any] = {
            "experiment_id": "E1",
            "user_id": "ann",
            "start_time": 5,
            "run_name": "",
        }
        tags = (Tag(RUN_NAME_TAG, ""),)
        store.accepts("create_run", run(run_name="", **fresh), tags=tags, **args)

    def test_run_name_disagreeing_with_its_tag(self, store: Store) -> None:
        args: dict[str, Any] = {
            "experiment_id": "E1",
            "run_name": "a",
            "tags": (Tag(RUN_NAME_TAG, "b"),),
        }
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
        fresh: dict[str, Any] = {
            "run_id": "2" * 32,
            "artifact_uri": f"{LOCATION}/{'2' * 32}/artifacts",
        }
        args: dict[str, Any] = {"experiment_id": "E1", "user_id": "ann", "start_time": 5}
        twice = (Tag("a", "1"), Tag("a", "2"))
        first = run(tags={"a": "1"}, **fresh)
        assert store.blames("create_run", first, tags=twice, **args) == {"TAG-SET"}

    def test_run_update_leaves_what_is_not_given(self, store: Store) -> None:
        finished: dict[str, Any] = {"status": RunStatus.FINISHED, "end_time": 9}
        store.accepts("update_run_info", info(**finished), run_id="R1", **finished)
        again: dict[str, Any] = {"run_id": "R1", "status": RunStatus.RUNNING}
        assert store.blames("update_run_info", info(), **again) == {"RUN-UPDATE"}
        store.accepts("update_run_info", info(end_time=9), **again)

    @pytest.mark.parametrize("status", list(RunStatus))
    def test_run_status_round_trips(self, store: Store, status: RunStatus) -> None:
        other = RunStatus.FAILED if status is RunStatus.KILLED else RunStatus.KILLED
        wrong = info(status=other)
        assert store.blames("update_run_info", wrong, run_id="R1", status=status) == {"RUN-STATUS"}

    def test_run_delete_keeps_the_first_deleted_time(self, store: Store) -> None:
        deleted: dict[str, Any] = {"lifecycle_stage": LifecycleStage.DELETED}
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
