"""Hard deletion of one run or experiment."""

from __future__ import annotations

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.graphs import full_experiment, full_run, see_gone, see_there
from storeproof.conformance.suite.values import UNKNOWN_IDS, unknown_like
from storeproof.stores import ViewType

MISSING = "RESOURCE_DOES_NOT_EXIST"


@clause("HARD-DELETE")
def test_a_run_or_experiment_that_was_never_issued_is_missing(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.backend(MISSING).hard_delete_run(unknown_like(run))
    probe.backend(MISSING).hard_delete_experiment(unknown_like(experiment))
    see_there(probe, run)


@clause("HARD-DELETE")
def test_an_id_of_any_shape_is_missing(probe: Probe) -> None:
    for unissued in probe.cases(UNKNOWN_IDS):
        probe.backend(MISSING).hard_delete_run(unissued)
        probe.backend(MISSING).hard_delete_experiment(unissued)


@clause("HARD-DELETE")
def test_what_is_removed_is_missing_the_second_time(probe: Probe) -> None:
    experiment, other = probe.experiment(), probe.experiment()
    run = probe.run(other)
    probe.store.delete_run(run)
    probe.backend().hard_delete_run(run)
    probe.backend(MISSING).hard_delete_run(run)
    probe.store.delete_experiment(experiment)
    probe.backend().hard_delete_experiment(experiment)
    probe.backend(MISSING).hard_delete_experiment(experiment)


@clause("HARD-DELETE")
def test_what_is_removed_is_missing_for_every_call(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.delete_run(run)
    probe.backend().hard_delete_run(run)
    gone = probe.refused(MISSING)
    gone.get_run(run)
    gone.restore_run(run)
    gone.delete_run(run)
    gone.log_batch(run)
    probe.see(probe.store.search_runs([experiment], ViewType.ALL)).items.equals(())
    probe.store.delete_experiment(experiment)
    probe.backend().hard_delete_experiment(experiment)
    gone.get_experiment(experiment)
    gone.restore_experiment(experiment)
    gone.create_run(experiment)


@clause("HARD-DELETE", "GC-COMPLETE")
def test_a_run_goes_with_all_of_it_and_leaves_its_twin(probe: Probe) -> None:
    word = probe.name("word")
    experiment = full_experiment(probe, word)
    goes, stays = (full_run(probe, experiment, word) for _ in range(2))
    before = probe.see(probe.store.get_run(stays))
    probe.store.delete_run(goes)
    probe.backend().hard_delete_run(goes)
    see_gone(probe, goes)
    probe.see(probe.backend().get_traces(goes)).equals({})
    after = probe.see(probe.store.get_run(stays))
    after.inputs.equals(before.inputs)
    after.tags.equals(before.tags)


@clause("HARD-DELETE", "GC-COMPLETE")
def test_an_experiment_goes_with_its_runs(probe: Probe) -> None:
    word = probe.name("word")
    experiment = full_experiment(probe, word)
    run = full_run(probe, experiment, word)
    probe.store.delete_experiment(experiment)
    probe.backend().hard_delete_experiment(experiment)
    see_gone(probe, run)
    probe.see(probe.backend().get_traces(word)).equals({})
