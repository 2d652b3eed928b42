"""Runs: deletion and restoring, writes to a deleted run, and ids that no run has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.datasets import use
from storeproof.conformance.suite.values import RESEMBLING_IDS, UNKNOWN_IDS, unknown_like
from storeproof.stores import LifecycleStage, Metric, Param, RunStatus, Tag, TrackingStore

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED
LATEST = 2**63 - 1


def written(probe: Probe, experiment: str | None = None) -> str:
    """A run that has something of everything."""
    run = probe.run(experiment, tags=[Tag("a", "1")])
    probe.store.log_batch(run, [Metric("m", 1.0, 1, 1)], [Param("p", "1")])
    return run


def see_unchanged(probe: Probe, run: str, stage: LifecycleStage) -> None:
    """The run has this stage, and what `written` gave it and no more."""
    seen = probe.see(probe.store.get_run(run))
    seen.info.lifecycle_stage.equals(stage)
    seen.info.status.equals(RunStatus.RUNNING)
    seen.info.end_time.equals(None)
    seen.info.run_name.equals("first")
    seen.tags.equals({"a": "1", "mlflow.runName": "first"})
    seen.params.equals({"p": "1"})
    seen.metrics.equals({"m": Metric("m", 1.0, 1, 1)})
    seen.inputs.equals(())
    probe.see(probe.store.get_metric_history(run, "m")).items.length().equals(1)


# Deletion and restoring


def shows_deleted_time(probe: Probe) -> bool:
    """Whether the time of a deletion can be read; else that is noted."""
    if not probe.place.shows_deleted_time:
        probe.varies("RUN-DELETE", "time-not-shown")
    return probe.place.shows_deleted_time


@clause("RUN-DELETE")
def test_a_deleted_run_is_readable_by_id_with_all_it_had(probe: Probe) -> None:
    """Only searches look at the stage."""
    run = written(probe)
    probe.store.delete_run(run)
    see_unchanged(probe, run, DELETED)
    probe.see(probe.reopen().get_run(run)).info.lifecycle_stage.equals(DELETED)


@clause("RUN-DELETE")
def test_a_deleted_run_carries_the_time_of_its_deletion(probe: Probe) -> None:
    """In milliseconds, not before its experiment was made by the same clock."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.see(probe.store.get_run(run)).info.deleted_time.equals(None)
    probe.tick()
    probe.store.delete_run(run)
    made = probe.see(probe.store.get_experiment(experiment)).creation_time
    if shows_deleted_time(probe):
        probe.see(probe.store.get_run(run)).info.deleted_time.later_than(made)


@clause("RUN-DELETE")
def test_deleting_again_succeeds_and_keeps_the_first_time(probe: Probe) -> None:
    """Gc --older-than would otherwise wait anew with each deletion."""
    run = written(probe)
    probe.store.delete_run(run)
    first = probe.see(probe.store.get_run(run)).info.deleted_time
    probe.tick()
    probe.store.delete_run(run)
    probe.see(probe.store.get_run(run)).info.deleted_time.equals(first)
    see_unchanged(probe, run, DELETED)


@clause("RUN-DELETE")
def test_restore_makes_the_run_active_and_clears_its_deleted_time(probe: Probe) -> None:
    run = written(probe)
    probe.store.delete_run(run)
    probe.store.restore_run(run)
    probe.see(probe.store.get_run(run)).info.deleted_time.equals(None)
    see_unchanged(probe, run, ACTIVE)


@clause("RUN-DELETE")
def test_restoring_an_active_run_succeeds_and_changes_nothing(probe: Probe) -> None:
    run = written(probe)
    probe.store.restore_run(run)
    probe.store.delete_run(run)
    probe.store.restore_run(run)
    probe.store.restore_run(run)
    see_unchanged(probe, run, ACTIVE)


@clause("RUN-DELETE")
def test_a_restored_run_takes_writes(probe: Probe) -> None:
    run = probe.run()
    probe.store.delete_run(run)
    probe.store.restore_run(run)
    probe.store.set_tag(run, Tag("a", "2"))
    probe.see(probe.store.get_run(run)).tags["a"].equals("2")


@clause("RUN-DELETE")
def test_deleting_and_restoring_leave_other_runs_alone(probe: Probe) -> None:
    experiment = probe.experiment()
    run, active, deleted = (written(probe, experiment) for _ in range(3))
    probe.store.delete_run(deleted)
    probe.store.delete_run(run)
    see_unchanged(probe, active, ACTIVE)
    probe.store.restore_run(run)
    see_unchanged(probe, deleted, DELETED)
    probe.see(probe.store.get_experiment(experiment)).lifecycle_stage.equals(ACTIVE)


@clause("RUN-DELETE", "EXP-DELETE", "EXP-RESTORE")
def test_a_run_carries_the_time_when_it_was_deleted_with_its_experiment(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_experiment(experiment)
    if shows_deleted_time(probe):
        probe.see(probe.store.get_run(run)).info.deleted_time.between(1, LATEST)
    probe.store.restore_experiment(experiment)
    probe.see(probe.store.get_run(run)).info.deleted_time.equals(None)


# Writes to a deleted run

_WRITES: dict[str, Callable[[TrackingStore, str], object]] = {
    "a param": lambda store, run: store.log_param(run, Param("new", "1")),
    "a param that it has": lambda store, run: store.log_param(run, Param("p", "1")),
    "a metric": lambda store, run: store.log_metric(run, Metric("new", 2.0, 2, 2)),
    "a point of a metric that it has": lambda store, run: store.log_metric(
        run, Metric("m", 2.0, 2, 2)
    ),
    "a tag": lambda store, run: store.set_tag(run, Tag("new", "1")),
    "a tag that it has": lambda store, run: store.set_tag(run, Tag("a", "2")),
    "the name tag": lambda store, run: store.set_tag(run, Tag("mlflow.runName", "new")),
    "a batch of params": lambda store, run: store.log_batch(run, params=[Param("new", "1")]),
    "a batch of metrics": lambda store, run: store.log_batch(run, [Metric("m", 2.0, 2, 2)]),
    "a batch of tags": lambda store, run: store.log_batch(run, tags=[Tag("a", "2")]),
    "a batch of all": lambda store, run: store.log_batch(
        run, [Metric("new", 2.0, 2, 2)], [Param("new", "1")], [Tag("new", "1")]
    ),
    "an empty batch": lambda store, run: store.log_batch(run),
    "the deletion of a tag": lambda store, run: store.delete_tag(run, "a"),
    "a dataset": lambda store, run: store.log_inputs(run, [use()]),
}
"""Every way to write to a run that `written` made."""


@clause("RUN-DELETED-WRITES")
@pytest.mark.parametrize("what", _WRITES)
def test_a_deleted_run_takes_no_write(probe: Probe, what: str) -> None:
    run = written(probe)
    probe.store.delete_run(run)
    _WRITES[what](probe.refused("INVALID_PARAMETER_VALUE"), run)
    see_unchanged(probe, run, DELETED)
    probe.see(probe.store.get_metric_history(run, "new")).items.equals(())
    probe.store.restore_run(run)
    see_unchanged(probe, run, ACTIVE)


@clause("RUN-DELETED-WRITES", "EXP-DELETE")
@pytest.mark.parametrize("what", _WRITES)
def test_a_run_of_a_deleted_experiment_takes_no_write(probe: Probe, what: str) -> None:
    experiment = probe.experiment()
    run = written(probe, experiment)
    probe.store.delete_experiment(experiment)
    _WRITES[what](probe.refused("INVALID_PARAMETER_VALUE"), run)
    see_unchanged(probe, run, DELETED)


# Ids that no run has

_OPERATIONS: dict[str, Callable[[TrackingStore, str], object]] = {
    "get_run": lambda store, run: store.get_run(run),
    "update_run_info": lambda store, run: store.update_run_info(run, RunStatus.FAILED, 3000, "new"),
    "delete_run": lambda store, run: store.delete_run(run),
    "restore_run": lambda store, run: store.restore_run(run),
    "log_param": lambda store, run: store.log_param(run, Param("new", "1")),
    "log_metric": lambda store, run: store.log_metric(run, Metric("m", 2.0, 2, 2)),
    "set_tag": lambda store, run: store.set_tag(run, Tag("a", "2")),
    "delete_tag": lambda store, run: store.delete_tag(run, "a"),
    "log_batch": lambda store, run: store.log_batch(
        run, [Metric("new", 2.0, 2, 2)], [Param("new", "1")], [Tag("new", "1")]
    ),
    "an empty log_batch": lambda store, run: store.log_batch(run),
    "log_inputs": lambda store, run: store.log_inputs(run, [use()]),
}
"""Every operation that takes a run's id, but get_metric_history, which METRIC-HISTORY is about."""


def unknown(probe: Probe) -> TrackingStore:
    """The store's methods, which must refuse an id that was never issued."""
    return probe.refused("RESOURCE_DOES_NOT_EXIST", INVALID_PARAMETER_VALUE="invalid-shape")


@clause("RUN-MISSING")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_an_id_that_was_never_issued_is_missing(probe: Probe, operation: str) -> None:
    """Writes to it otherwise end in a foreign key's error, or nowhere."""
    missing = unknown_like(probe.run())
    _OPERATIONS[operation](probe.refused("RESOURCE_DOES_NOT_EXIST"), missing)
    probe.refused("RESOURCE_DOES_NOT_EXIST").get_run(missing)


@clause("RUN-MISSING")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_an_unknown_id_of_any_shape_is_refused(probe: Probe, operation: str) -> None:
    for unissued in probe.cases(UNKNOWN_IDS):
        _OPERATIONS[operation](unknown(probe), unissued)


@clause("RUN-MISSING")
@given(text=st.text(max_size=60))
def test_an_id_of_any_characters_is_refused(probe: Probe, text: str) -> None:
    probe.begin()
    unknown(probe).get_run(text)


@clause("RUN-MISSING")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_an_id_that_resembles_one_is_not_that_run(probe: Probe, operation: str) -> None:
    """Databases that fold case or pad with spaces find a run where there is none."""
    witness = written(probe)
    stage = ACTIVE
    if operation == "restore_run":
        probe.store.delete_run(witness)
        stage = DELETED
    for resembling in probe.cases(RESEMBLING_IDS.values()):
        _OPERATIONS[operation](unknown(probe), resembling(witness))
        see_unchanged(probe, witness, stage)


@clause("RUN-MISSING")
def test_the_id_of_an_experiment_is_not_a_run(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    for unissued in probe.cases((experiment, f"{experiment}/{run}", f"../{experiment}/{run}")):
        unknown(probe).get_run(unissued)
