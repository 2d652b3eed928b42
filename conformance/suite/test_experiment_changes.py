"""Experiments: their times, renaming, and what deletion and restoring reach."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.values import FOUR_BYTES, unknown_like
from storeproof.stores import LifecycleStage, Tag

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED
DAY = 86_400_000


# Times


@clause("EXP-TIMES")
def test_a_new_experiment_has_times_in_milliseconds(probe: Probe) -> None:
    """Compared with this clock to within a day, which tells milliseconds from seconds."""
    now = time.time_ns() // 1_000_000
    made = probe.see(probe.store.get_experiment(probe.experiment()))
    made.creation_time.between(now - DAY, now + DAY)
    made.last_update_time.between(now - DAY, now + DAY)


def read(probe: Probe, experiment_id: str) -> Seen:
    """The experiment as it is now, the clock then let go on."""
    seen = probe.see(probe.store.get_experiment(experiment_id))
    probe.tick()
    return seen


@clause("EXP-TIMES")
def test_rename_delete_and_restore_move_the_update_time_alone(probe: Probe) -> None:
    made = probe.experiment()
    operations: tuple[Callable[[], None], ...] = (
        lambda: probe.store.rename_experiment(made, probe.name("renamed")),
        lambda: probe.store.delete_experiment(made),
        lambda: probe.store.restore_experiment(made),
    )
    for operation in operations:
        before = read(probe, made)
        operation()
        after = read(probe, made)
        after.creation_time.equals(before.creation_time)
        after.last_update_time.later_than(before.last_update_time)


@clause("EXP-TIMES")
def test_tags_and_runs_move_no_time(probe: Probe) -> None:
    """Look for an ON UPDATE CURRENT_TIMESTAMP column, or for runs that touch their parent."""
    made = probe.experiment()
    before = read(probe, made)
    probe.store.set_experiment_tag(made, Tag("a", "1"))
    run = probe.run(made)
    probe.store.set_tag(run, Tag("a", "1"))
    probe.store.delete_run(run)
    after = read(probe, made)
    after.creation_time.equals(before.creation_time)
    after.last_update_time.equals(before.last_update_time)


# Rename


@clause("EXP-RENAME")
def test_rename_changes_the_name_and_nothing_else(probe: Probe) -> None:
    """Tags and location that vanish were written back from a record that lacked them."""
    old, new = probe.name("old"), probe.name("new")
    made = probe.store.create_experiment(old, "s3://bucket/plan", [Tag("a", "1")])
    run = probe.run(made)
    probe.store.rename_experiment(made, new)
    seen = probe.see(probe.store.get_experiment(made))
    seen.name.equals(new)
    seen.artifact_location.equals("s3://bucket/plan")
    seen.tags.equals({"a": "1"})
    seen.lifecycle_stage.equals(ACTIVE)
    probe.see(probe.store.get_run(run)).info.experiment_id.equals(made)
    probe.see(probe.store.get_experiment_by_name(new)).experiment_id.equals(made)
    probe.see(probe.reopen().get_experiment(made)).name.equals(new)


@clause("EXP-RENAME")
def test_rename_leaves_other_experiments_alone(probe: Probe) -> None:
    name = probe.name("other")
    other = probe.store.create_experiment(name)
    probe.store.rename_experiment(probe.experiment(), probe.name("new"))
    probe.see(probe.store.get_experiment(other)).name.equals(name)


@clause("EXP-RENAME")
def test_rename_frees_the_old_name(probe: Probe) -> None:
    old = probe.name("old")
    made = probe.store.create_experiment(old)
    probe.store.rename_experiment(made, probe.name("new"))
    probe.see(probe.store.get_experiment_by_name(old)).equals(None)
    probe.see(probe.store.create_experiment(old)).differs(made)


@clause("EXP-RENAME")
@pytest.mark.parametrize("stage", [ACTIVE, DELETED])
def test_rename_to_a_taken_name_is_refused(probe: Probe, stage: LifecycleStage) -> None:
    name, taken = probe.name("plan"), probe.name("taken")
    made = probe.store.create_experiment(name)
    other = probe.store.create_experiment(taken)
    if stage is DELETED:
        probe.store.delete_experiment(other)
    probe.refused("RESOURCE_ALREADY_EXISTS").rename_experiment(made, taken)
    probe.see(probe.store.get_experiment(made)).name.equals(name)
    probe.see(probe.store.get_experiment_by_name(taken)).experiment_id.equals(other)


@clause("EXP-RENAME")
def test_rename_to_its_own_name_succeeds(probe: Probe) -> None:
    """Leave the experiment itself out of the check for a taken name."""
    name = probe.name()
    made = probe.store.create_experiment(name)
    probe.store.rename_experiment(made, name)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(made)


@clause("EXP-RENAME", "EXP-NAME-EXACT")
def test_rename_can_change_the_case_alone(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name("plan"))
    probe.store.rename_experiment(made, probe.name("PLAN"))
    probe.see(probe.store.get_experiment(made)).name.equals(probe.name("PLAN"))
    probe.see(probe.store.get_experiment_by_name(probe.name("plan"))).equals(None)


@clause("EXP-RENAME")
def test_a_deleted_experiment_is_not_renamed(probe: Probe) -> None:
    name = probe.name("old")
    made = probe.store.create_experiment(name)
    probe.store.delete_experiment(made)
    probe.refused("INVALID_PARAMETER_VALUE", INVALID_STATE="invalid-state").rename_experiment(
        made, probe.name("new")
    )
    probe.see(probe.store.get_experiment(made)).name.equals(name)


@clause("EXP-RENAME")
def test_rename_accepts_256_characters(probe: Probe) -> None:
    made = probe.experiment()
    name = probe.name().ljust(256, FOUR_BYTES)
    probe.store.rename_experiment(made, name)
    probe.see(probe.store.get_experiment(made)).name.equals(name)


@clause("EXP-RENAME")
@pytest.mark.parametrize("length", [0, 501, 5_000])
def test_rename_refuses_the_names_that_create_refuses(probe: Probe, length: int) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name)
    probe.refused("INVALID_PARAMETER_VALUE").rename_experiment(made, "x" * length)
    probe.see(probe.store.get_experiment(made)).name.equals(name)


# Deletion and restoring


@clause("EXP-DELETE")
def test_delete_marks_the_experiment_deleted_and_keeps_it_readable(probe: Probe) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name, "s3://bucket/plan", [Tag("a", "1")])
    probe.store.delete_experiment(made)
    for read in (probe.store.get_experiment(made), probe.store.get_experiment_by_name(name)):
        seen = probe.see(read)
        seen.experiment_id.equals(made)
        seen.lifecycle_stage.equals(DELETED)
        seen.artifact_location.equals("s3://bucket/plan")
        seen.tags.equals({"a": "1"})


@clause("EXP-DELETE")
def test_delete_marks_all_its_runs_deleted(probe: Probe) -> None:
    """One that was deleted before is no obstacle and stays deleted."""
    made = probe.experiment()
    runs = [probe.run(made) for _ in range(3)]
    probe.store.delete_run(runs[1])
    probe.store.delete_experiment(made)
    for run in runs:
        probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(DELETED)


@clause("EXP-DELETE")
def test_delete_leaves_other_experiments_and_their_runs_active(probe: Probe) -> None:
    made, other = probe.experiment(), probe.experiment()
    probe.run(made)
    run = probe.run(other)
    probe.store.delete_experiment(made)
    probe.see(probe.store.get_experiment(other)).lifecycle_stage.equals(ACTIVE)
    probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(ACTIVE)


@clause("EXP-DELETE")
def test_a_deleted_experiment_is_not_deleted_again(probe: Probe) -> None:
    made = probe.experiment()
    probe.store.delete_experiment(made)
    probe.refused("RESOURCE_DOES_NOT_EXIST").delete_experiment(made)


@clause("EXP-DELETE")
def test_a_missing_experiment_is_not_deleted(probe: Probe) -> None:
    missing = unknown_like(probe.experiment())
    probe.refused("RESOURCE_DOES_NOT_EXIST").delete_experiment(missing)


@clause("EXP-RESTORE")
def test_restore_makes_the_experiment_active_as_it_was(probe: Probe) -> None:
    name = probe.name()
    made = probe.store.create_experiment(name, "s3://bucket/plan", [Tag("a", "1")])
    probe.store.delete_experiment(made)
    probe.store.restore_experiment(made)
    for read in (probe.store.get_experiment(made), probe.store.get_experiment_by_name(name)):
        seen = probe.see(read)
        seen.experiment_id.equals(made)
        seen.name.equals(name)
        seen.lifecycle_stage.equals(ACTIVE)
        seen.artifact_location.equals("s3://bucket/plan")
        seen.tags.equals({"a": "1"})


@clause("EXP-RESTORE")
def test_restore_makes_all_of_its_runs_active(probe: Probe) -> None:
    """Also one that was deleted before the experiment was."""
    made = probe.experiment()
    runs = [probe.run(made) for _ in range(3)]
    probe.store.delete_run(runs[1])
    probe.store.delete_experiment(made)
    probe.store.restore_experiment(made)
    for run in runs:
        probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(ACTIVE)


@clause("EXP-RESTORE")
def test_a_restored_experiment_and_its_runs_take_writes(probe: Probe) -> None:
    made = probe.experiment()
    run = probe.run(made)
    probe.store.delete_experiment(made)
    probe.store.restore_experiment(made)
    probe.store.set_experiment_tag(made, Tag("a", "1"))
    probe.store.set_tag(run, Tag("a", "1"))
    probe.see(probe.store.create_run(made)).info.experiment_id.equals(made)


@clause("EXP-RESTORE")
def test_restore_leaves_other_deleted_experiments_and_runs_deleted(probe: Probe) -> None:
    made, other = probe.experiment(), probe.experiment()
    run = probe.run(other)
    probe.store.delete_experiment(made)
    probe.store.delete_experiment(other)
    probe.store.restore_experiment(made)
    probe.see(probe.store.get_experiment(other)).lifecycle_stage.equals(DELETED)
    probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(DELETED)


@clause("EXP-RESTORE")
def test_an_active_experiment_is_not_restored(probe: Probe) -> None:
    """Its deleted runs stay deleted."""
    made = probe.experiment()
    run = probe.run(made)
    probe.store.delete_run(run)
    probe.refused("RESOURCE_DOES_NOT_EXIST").restore_experiment(made)
    probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(DELETED)


@clause("EXP-RESTORE")
def test_a_missing_experiment_is_not_restored(probe: Probe) -> None:
    missing = unknown_like(probe.experiment())
    probe.refused("RESOURCE_DOES_NOT_EXIST").restore_experiment(missing)
