"""Runs: creation, the tags given to it, updates and states."""

from __future__ import annotations

import re
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.values import (
    BAD_TAGS,
    FOUR_BYTES,
    unknown_like,
)
from storeproof.stores import LifecycleStage, Metric, Param, RunStatus, Tag, ViewType

NAME_TAG = "mlflow.runName"


def see_no_runs(probe: Probe, experiment: str) -> None:
    """The experiment has no run, active or deleted."""
    probe.see(probe.store.search_runs([experiment], ViewType.ALL)).items.equals(())


# Creation


@clause("RUN-CREATE")
def test_every_field_given_is_read_back(probe: Probe) -> None:
    """In the run that is returned, by get_run, and by a search."""
    parent = probe.experiment()
    made = probe.store.create_run(
        parent, "ann", 1_600_000_000_123, [Tag("a", "1"), Tag("b/c", "")], "first"
    )
    run = made.info.run_id
    for read in (made, probe.store.get_run(run), probe.store.search_runs([parent]).items[0]):
        seen = probe.see(read)
        seen.info.run_id.equals(run)
        seen.info.experiment_id.equals(parent)
        seen.info.user_id.equals("ann")
        seen.info.start_time.equals(1_600_000_000_123)
        seen.info.run_name.equals("first")
        seen.tags["a"].equals("1")
        seen.tags["b/c"].equals("")


@clause("RUN-CREATE")
def test_a_new_run_is_running_active_and_empty(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment())
    for read in (made, probe.store.get_run(made.info.run_id)):
        seen = probe.see(read)
        seen.info.status.equals(RunStatus.RUNNING)
        seen.info.lifecycle_stage.equals(LifecycleStage.ACTIVE)
        seen.info.end_time.equals(None)
        seen.info.deleted_time.equals(None)
        seen.params.equals({})
        seen.metrics.equals({})


@clause("RUN-CREATE")
def test_the_id_is_32_hex_digits_or_another_text(probe: Probe) -> None:
    made = probe.store.create_run(probe.experiment())
    if not re.fullmatch(r"[0-9a-f]{32}", str(made.info.run_id)):
        probe.varies("RUN-CREATE", "opaque-id")
    probe.see(made).info.run_id.matches(r".+")


@clause("RUN-CREATE")
def test_runs_created_alike_are_two(probe: Probe) -> None:
    parent = probe.experiment()
    first = probe.run(parent)
    second = probe.store.create_run(parent, "ann", 1_600_000_000_000, (), "first")
    probe.see(second).info.run_id.differs(first)
    found = probe.see(probe.store.search_runs([parent]))
    found.items.each("info.run_id").is_some_order_of([first, second.info.run_id])


@clause("RUN-CREATE")
def test_a_run_is_in_its_own_experiment_only(probe: Probe) -> None:
    parent, other = probe.experiment(), probe.experiment()
    run = probe.run(parent)
    probe.see(probe.store.search_runs([parent])).items.each("info.run_id").equals([run])
    see_no_runs(probe, other)


@clause("RUN-CREATE")
def test_artifacts_are_below_the_location_of_the_experiment(probe: Probe) -> None:
    """Not below the root of the store, and not under the experiment's id."""
    parent = probe.store.create_experiment(probe.name(), "s3://bucket/own place")
    run = probe.run(parent)
    uri = probe.see(probe.store.get_run(run)).info.artifact_uri
    uri.equals(f"s3://bucket/own place/{run}/artifacts")


@clause("RUN-CREATE")
def test_artifacts_are_below_the_default_location(probe: Probe) -> None:
    parent = probe.store.create_experiment(probe.name())
    run = probe.run(parent)
    uri = probe.see(probe.store.get_run(run)).info.artifact_uri
    uri.ends_with(f"/{parent}/{run}/artifacts")


@clause("RUN-CREATE", "TEXT-NO-CUT")
def test_an_artifact_uri_is_refused_or_whole_and_never_cut(probe: Probe) -> None:
    """The column of MLflow's schema holds 200 characters."""
    location = "s3://bucket/".ljust(256, "x")
    parent = probe.store.create_experiment(probe.name(), location)
    made = probe.may_refuse("INVALID_PARAMETER_VALUE").create_run(parent)
    if probe.refusal is not None:
        see_no_runs(probe, parent)
    else:
        run = made.info.run_id
        uri = probe.see(probe.store.get_run(run)).info.artifact_uri
        uri.equals(f"{location}/{run}/artifacts", clause="TEXT-NO-CUT")


@clause("RUN-CREATE")
@pytest.mark.parametrize("moment", [0, 1, 2**31, 2**53 + 1])
def test_a_start_time_is_kept_to_the_millisecond(probe: Probe, moment: int) -> None:
    """0 is a time and not a missing one; a float cannot tell large numbers apart."""
    made = probe.store.create_run(probe.experiment(), start_time=moment)
    probe.see(probe.store.get_run(made.info.run_id)).info.start_time.equals(moment)


@clause("RUN-CREATE")
def test_the_store_opened_again_has_the_run(probe: Probe) -> None:
    parent = probe.experiment()
    run = probe.run(parent, [Tag("a", "1")])
    seen = probe.see(probe.reopen().get_run(run))
    seen.info.experiment_id.equals(parent)
    seen.info.run_name.equals("first")
    seen.tags["a"].equals("1")


@clause("RUN-CREATE-DELETED-EXP")
def test_a_deleted_experiment_takes_no_run(probe: Probe) -> None:
    parent = probe.experiment()
    probe.store.delete_experiment(parent)
    probe.refused("INVALID_PARAMETER_VALUE", INVALID_STATE="invalid-state").create_run(parent)
    see_no_runs(probe, parent)


@clause("RUN-CREATE-DELETED-EXP")
def test_a_missing_experiment_takes_no_run(probe: Probe) -> None:
    """Without a check, the foreign key answers, or nobody does."""
    missing = unknown_like(probe.experiment())
    probe.refused("RESOURCE_DOES_NOT_EXIST").create_run(missing)
    see_no_runs(probe, missing)


# The tags given


@clause("RUN-TAG-KEYS")
@pytest.mark.parametrize("what", BAD_TAGS)
def test_a_create_refused_for_a_tag_leaves_no_run(probe: Probe, what: str) -> None:
    """The bad tag comes last, behind good ones that may have been written already."""
    parent = probe.experiment()
    probe.refused("INVALID_PARAMETER_VALUE").create_run(
        parent, tags=[Tag("good", "1"), Tag("better", "2"), BAD_TAGS[what]]
    )
    see_no_runs(probe, parent)


@clause("RUN-TAG-KEYS")
def test_of_a_tag_given_twice_the_last_wins(probe: Probe) -> None:
    tags = [Tag("a", "1"), Tag("b", "2"), Tag("a", "last")]
    made = probe.store.create_run(probe.experiment(), tags=tags)
    for read in (made, probe.store.get_run(made.info.run_id)):
        probe.see(read).tags["a"].equals("last")
        probe.see(read).tags["b"].equals("2")


@clause("RUN-TAG-KEYS")
def test_the_longest_key_and_a_long_value_are_kept_whole(probe: Probe) -> None:
    """5000 characters are within the limit of every schema."""
    key, value = "ключ".ljust(250, "k"), FOUR_BYTES * 4996 + "-end"
    made = probe.store.create_run(probe.experiment(), tags=[Tag(key, value)])
    probe.see(probe.store.get_run(made.info.run_id)).tags[key].equals(value)


# Updates


def updatable(probe: Probe) -> str:
    """A run that has something of everything, ended at 2000."""
    run = probe.run(tags=[Tag("a", "1")])
    probe.store.log_batch(run, [Metric("m", 1.0, 1)], [Param("p", "1")])
    probe.store.update_run_info(run, RunStatus.FINISHED, 2000, "plan")
    return run


def see_updated(probe: Probe, run: str, status: RunStatus, end_time: int, name: str) -> None:
    """The run has these and everything else that `updatable` gave it."""
    seen = probe.see(probe.store.get_run(run))
    seen.info.status.equals(status)
    seen.info.end_time.equals(end_time)
    seen.info.run_name.equals(name)
    seen.info.user_id.equals("ann")
    seen.info.start_time.equals(1_600_000_000_000)
    seen.info.lifecycle_stage.equals(LifecycleStage.ACTIVE)
    seen.tags["a"].equals("1")
    seen.params.equals({"p": "1"})
    seen.metrics["m"].value.equals(1.0)


@clause("RUN-UPDATE")
def test_update_sets_status_end_time_and_name(probe: Probe) -> None:
    see_updated(probe, updatable(probe), RunStatus.FINISHED, 2000, "plan")


@clause("RUN-UPDATE")
def test_the_answer_is_the_run_as_it_is_now(probe: Probe) -> None:
    run = probe.run()
    info = probe.see(probe.store.update_run_info(run, RunStatus.FAILED, 3000, "new"))
    info.run_id.equals(run)
    info.status.equals(RunStatus.FAILED)
    info.end_time.equals(3000)
    info.run_name.equals("new")


@clause("RUN-UPDATE")
def test_a_status_alone_leaves_end_time_and_name(probe: Probe) -> None:
    run = updatable(probe)
    probe.store.update_run_info(run, status=RunStatus.KILLED)
    see_updated(probe, run, RunStatus.KILLED, 2000, "plan")


@clause("RUN-UPDATE")
def test_an_end_time_alone_leaves_status_and_name(probe: Probe) -> None:
    """0 is a time and not a missing one."""
    for moment in probe.cases((0, 5000)):
        run = updatable(probe)
        probe.store.update_run_info(run, end_time=moment)
        see_updated(probe, run, RunStatus.FINISHED, moment, "plan")


@clause("RUN-UPDATE")
def test_a_name_alone_leaves_status_and_end_time(probe: Probe) -> None:
    run = updatable(probe)
    probe.store.update_run_info(run, run_name="new")
    see_updated(probe, run, RunStatus.FINISHED, 2000, "new")


@clause("RUN-UPDATE")
def test_an_update_of_nothing_changes_nothing(probe: Probe) -> None:
    run = updatable(probe)
    probe.store.update_run_info(run)
    see_updated(probe, run, RunStatus.FINISHED, 2000, "plan")


@clause("RUN-UPDATE")
def test_going_back_to_running_keeps_the_end_time(probe: Probe) -> None:
    run = updatable(probe)
    probe.store.update_run_info(run, status=RunStatus.RUNNING)
    see_updated(probe, run, RunStatus.RUNNING, 2000, "plan")


@clause("RUN-UPDATE")
def test_an_update_leaves_other_runs_alone(probe: Probe) -> None:
    parent = probe.experiment()
    run, other = probe.run(parent), probe.run(parent)
    probe.store.update_run_info(run, RunStatus.FAILED, 3000, "new")
    seen = probe.see(probe.store.get_run(other))
    seen.info.status.equals(RunStatus.RUNNING)
    seen.info.end_time.equals(None)
    seen.info.run_name.equals("first")


@clause("RUN-UPDATE")
@pytest.mark.parametrize("what", ["status", "end_time", "run_name"])
def test_a_deleted_run_is_not_updated(probe: Probe, what: str) -> None:
    changes: dict[str, Any] = {"status": RunStatus.FAILED, "end_time": 3000, "run_name": "new"}
    run = probe.run()
    probe.store.delete_run(run)
    probe.refused("INVALID_PARAMETER_VALUE").update_run_info(run, **{what: changes[what]})
    seen = probe.see(probe.store.get_run(run))
    seen.info.status.equals(RunStatus.RUNNING)
    seen.info.end_time.equals(None)
    seen.info.run_name.equals("first")
    seen.tags[NAME_TAG].equals("first")


@clause("RUN-STATUS")
@pytest.mark.parametrize("status", RunStatus)
def test_every_status_round_trips(probe: Probe, status: RunStatus) -> None:
    """From another status and from itself, and as the store keeps it."""
    parent = probe.experiment()
    run = probe.run(parent)
    for before in probe.cases(RunStatus):
        probe.store.update_run_info(run, status=before)
        probe.see(probe.store.update_run_info(run, status=status)).status.equals(status)
        probe.see(probe.store.get_run(run)).info.status.equals(status)
    probe.see(probe.store.search_runs([parent])).items[0].info.status.equals(status)
    probe.see(probe.reopen().get_run(run)).info.status.equals(status)
