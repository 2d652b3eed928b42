"""Rules on runs themselves: RUN-*, and ids that no store knows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from storeproof.conformance import strategies
from storeproof.conformance.machine.doing import Made
from storeproof.conformance.machine.drawn import few_tags, seldom
from storeproof.conformance.machine.driver import Driver, experiments, keys, runs
from storeproof.conformance.model import Reference
from storeproof.stores.entities import RUN_NAME_TAG, LifecycleStage, Metric, Param, RunStatus, Tag

_maybe_time = st.none() | strategies.times()


class RunRules(Driver):
    """Runs are made, changed, deleted and restored."""

    @rule(
        target=runs,
        experiment=experiments,
        user_id=st.none() | strategies.valid_run_names(),
        start_time=_maybe_time,
        tags=few_tags,
        run_name=st.none() | st.just("") | strategies.valid_run_names(),
        name_tag=st.none() | strategies.valid_run_names(),
    )
    def create_run(
        self,
        experiment: str,
        user_id: str | None,
        start_time: int | None,
        tags: tuple[Tag, ...],
        run_name: str | None,
        name_tag: str | None,
    ) -> Made:
        """RUN-CREATE, RUN-NAME, RUN-TAG-KEYS, RUN-CREATE-DELETED-EXP."""
        return self.create(
            "R",
            "create_run",
            experiment_id=experiment,
            user_id=user_id,
            start_time=start_time,
            tags=tags if name_tag is None else (*tags, Tag(RUN_NAME_TAG, name_tag)),
            run_name=run_name,
        )

    @rule(target=runs, experiment=experiments)
    def create_plain_run(self, experiment: str) -> Made:
        """RUN-CREATE with nothing given."""
        return self.create("R", "create_run", experiment_id=experiment)

    @rule(
        run=runs,
        status=st.none() | strategies.statuses(),
        end_time=_maybe_time,
        run_name=st.none() | st.just("") | strategies.valid_run_names(),
    )
    def update_run(
        self, run: str, status: RunStatus | None, end_time: int | None, run_name: str | None
    ) -> None:
        """RUN-UPDATE, RUN-STATUS, RUN-NAME."""
        args = {"status": status, "end_time": end_time, "run_name": run_name}
        self.do("update_run_info", run_id=run, **args)
        self.do("get_run", run_id=run)

    @rule(run=runs, stays=seldom)
    def delete_run(self, run: str, stays: bool) -> None:
        """RUN-DELETE, and mostly the run restored at once, so that there is something to write to."""
        self.do("delete_run", run_id=run)
        self.do("get_run", run_id=run)
        if not stays:
            self.restore_run(run)

    @rule(run=runs)
    def restore_deleted_run(self, run: str) -> None:
        """RUN-DELETE."""
        self.restore_run(run)

    @rule(
        unknown=strategies.unknown_ids(),
        experiment=strategies.near_ids(experiments),
        run=strategies.near_ids(runs),
        key=keys,
    )
    def use_unknown_ids(
        self, unknown: Reference, experiment: Reference, run: Reference, key: str
    ) -> None:
        """EXP-ID-UNKNOWN, RUN-MISSING."""
        of_experiments: dict[str, dict[str, Any]] = {
            "get_experiment": {},
            "rename_experiment": {"new_name": f"{self.prefix}unknown"},
            "delete_experiment": {},
            "restore_experiment": {},
            "set_experiment_tag": {"tag": Tag(key, "x")},
            "create_run": {},
        }
        of_runs: dict[str, dict[str, Any]] = {
            "get_run": {},
            "update_run_info": {"status": RunStatus.FAILED},
            "delete_run": {},
            "restore_run": {},
            "log_metric": {"metric": Metric(key, 1.0, 0, 0)},
            "log_param": {"param": Param(key, "x")},
            "set_tag": {"tag": Tag(key, "x")},
            "delete_tag": {"key": key},
            "log_batch": {},
            "log_inputs": {"datasets": ()},
            "record_logged_model": {"model": {"artifact_path": "x"}},
            "get_metric_history": {"key": key},
        }
        for method, args in of_experiments.items():
            self.do(method, experiment_id=experiment, **args)
            self.do(method, experiment_id=unknown, **args)
        for method, args in of_runs.items():
            self.do(method, run_id=run, **args)
            self.do(method, run_id=unknown, **args)
        self.do("get_metric_history_bulk", run_ids=(run, unknown), key=key)

    def restore_run(self, run: str) -> None:
        """RUN-DELETE; not inside a deleted experiment, of which the clauses say nothing."""
        state = self.stores.subjects[0].model.state
        known = state.runs.get(run)
        if known is None or state.experiments[known.experiment].stage == LifecycleStage.ACTIVE:
            self.do("restore_run", run_id=run)
