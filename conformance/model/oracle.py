"""The oracle: what every operation on one store may do, given what the store did before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storeproof.conformance.model import (
    entries,
    experiments,
    histories,
    inputs,
    registry,
    registry_searches,
    removals,
    runs,
    searches,
)
from storeproof.conformance.model.comparable import comparable
from storeproof.conformance.model.operation import (
    Difference,
    Expected,
    Operation,
    Outcome,
    judge,
)
from storeproof.conformance.model.search_tree import Field, Kind
from storeproof.conformance.model.search_values import keys_of, value_of
from storeproof.conformance.model.state import ExperimentState, Limits, State

_Expect = Callable[[State, Operation], list[Expected]]
_Commit = Callable[[State, Operation, Expected, Any], None]


def _adopt_run(state: State, _: Operation, chosen: Expected, answer: Any) -> None:
    if not chosen.codes:
        runs.adopt_run(state, answer)


_METHODS: dict[str, tuple[_Expect, _Commit]] = {
    "create_experiment": (experiments.create, experiments.commit_create),
    "get_experiment": (experiments.get, experiments.adopt_answer),
    "get_experiment_by_name": (experiments.get_by_name, experiments.adopt_answer),
    "rename_experiment": (experiments.rename, experiments.commit_rename),
    "delete_experiment": (experiments.delete, experiments.commit_delete),
    "restore_experiment": (experiments.restore, experiments.commit_restore),
    "set_experiment_tag": (experiments.set_tag, experiments.commit_set_tag),
    "search_experiments": (searches.experiments, searches.adopt_page),
    "create_run": (runs.create, runs.commit_create),
    "get_run": (runs.get, _adopt_run),
    "update_run_info": (runs.update, runs.commit_update),
    "delete_run": (runs.delete, runs.commit_delete),
    "restore_run": (runs.restore, runs.commit_restore),
    "hard_delete_run": (removals.run, removals.commit_run),
    "hard_delete_experiment": (removals.experiment, removals.commit_experiment),
    "search_runs": (searches.runs, searches.adopt_page),
    "log_metric": (entries.log, entries.commit_log),
    "log_param": (entries.log, entries.commit_log),
    "set_tag": (entries.log, entries.commit_log),
    "log_batch": (entries.log, entries.commit_log),
    "delete_tag": (entries.delete_tag, entries.commit_delete_tag),
    "get_metric_history": (histories.history, histories.nothing),
    "get_metric_history_bulk": (histories.bulk, histories.nothing),
    "log_inputs": (inputs.log, inputs.commit_log),
    "record_logged_model": (inputs.record, inputs.commit_record),
    "create_registered_model": (registry.create_model, registry.commit_create_model),
    "get_registered_model": (registry.get_model, registry.nothing),
    "search_registered_models": (registry_searches.models, registry.nothing),
    "rename_registered_model": (registry.rename_model, registry.commit_rename_model),
    "update_registered_model": (registry.describe_model, registry.commit_describe_model),
    "delete_registered_model": (registry.delete_model, registry.commit_delete_model),
    "get_latest_versions": (registry.latest_versions, registry.nothing),
    "set_registered_model_tag": (registry.set_model_tag, registry.commit_set_model_tag),
    "delete_registered_model_tag": (registry.delete_model_tag, registry.commit_delete_model_tag),
    "set_registered_model_alias": (registry.set_alias, registry.commit_set_alias),
    "delete_registered_model_alias": (registry.delete_alias, registry.commit_delete_alias),
    "get_model_version_by_alias": (registry.get_by_alias, registry.nothing),
    "create_model_version": (registry.create_version, registry.commit_create_version),
    "get_model_version": (registry.get_version, registry.nothing),
    "search_model_versions": (registry_searches.versions, registry.nothing),
    "update_model_version": (registry.describe_version, registry.commit_describe_version),
    "transition_model_version_stage": (registry.move_version, registry.commit_move_version),
    "delete_model_version": (registry.delete_version, registry.commit_delete_version),
    "set_model_version_tag": (registry.set_version_tag, registry.commit_set_version_tag),
    "delete_model_version_tag": (registry.delete_version_tag, registry.commit_delete_version_tag),
}


class Model:
    """What SPEC's clauses say of one store, in plain Python over dicts.

    The model speaks in symbols, so two stores' answers to the same operations compare.
    `artifact_location_length`, `param_length` and `tag_length` (characters) and `truncates`
    (MLFLOW_TRUNCATE_LONG_VALUES) are what the specification lets a schema or a setting
    change; the first is None where it is not known. `default_experiment` is the symbol of the
    experiment "Default", where the store was seen to have it (EXP-DEFAULT). Without
    `shows_deleted_time`, runs are read without the time of their deletion.
    """

    def __init__(
        self,
        *,
        artifact_location_length: int | None = 2048,
        param_length: int = 6000,
        tag_length: int = 8000,
        truncates: bool = True,
        default_experiment: str | None = None,
        shows_deleted_time: bool = True,
    ) -> None:
        limits = Limits(artifact_location_length, param_length, tag_length, truncates)
        self.state = State(
            limits, default_experiment=default_experiment, shows_deleted_time=shows_deleted_time
        )
        self.variations: set[str] = set()
        if default_experiment is not None:
            self.state.experiments[default_experiment] = ExperimentState(
                default_experiment, "Default", None, {}, name_clause="EXP-DEFAULT"
            )

    def expect(self, op: Operation) -> list[Expected]:
        """All outcomes that the specification accepts, the reference behaviour first."""
        return _METHODS[op.method][0](self.state, op)

    def commit(self, op: Operation, chosen: Expected, answer: Any = None) -> None:
        """Adopt what the store did: the outcome it chose and its observed answer."""
        if chosen.variation is not None:
            self.variations |= set(chosen.variation.split("; "))
        _METHODS[op.method][1](self.state, op, chosen, answer)

    def comparable(self, answer: Any, *, strict: bool = False) -> Any:
        """The observed answer without what a store may choose, to compare stores with each other.

        With `strict`, only without what no two stores can choose alike: ids, times, generated names.
        """
        return comparable(answer, self.state, strict=strict)

    def value_of(self, symbol: str, field: Field) -> float | str | None:
        """What the run or experiment `symbol` has there, ids and generated names too; None if it is not known."""
        return value_of(self.state, symbol, field)

    def keys_of(self, symbol: str, kind: Kind) -> list[str]:
        """The keys of the metrics, params or tags of the run or experiment `symbol`."""
        return keys_of(self.state, symbol, kind)

    def take(self, op: Operation, outcome: Outcome) -> Expected | list[Difference]:
        """Judge an outcome and, when it is accepted, adopt it."""
        verdict = judge(outcome, self.expect(op))
        if isinstance(verdict, Expected):
            self.commit(op, verdict, outcome.answer)
        return verdict
