"""Deletion for good: artifacts go first, and nobody else's."""

from __future__ import annotations

from pathlib import Path

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.graphs import see_gone, see_there
from storeproof.stores import LifecycleStage, ViewType

UNREACHABLE = "nowhere://there/is/no/such/thing"
"""A location that nothing can reach."""


def experiment_at(probe: Probe, location: str) -> str:
    """An experiment whose runs keep artifacts below a folder."""
    return probe.store.create_experiment(probe.name(f"-{len(probe.trace.events)}"), location)


@clause("GC-ARTIFACTS")
def test_artifacts_of_a_removed_run_are_gone_and_others_are_not(
    probe: Probe, tmp_path: Path
) -> None:
    place = f"{tmp_path}/artifacts"
    experiment = experiment_at(probe, place)
    goes, stays = probe.run(experiment), probe.run(experiment)
    backend = probe.backend()
    for run in (goes, stays):
        backend.put_artifact(place, run, "model/weights.bin")
        backend.put_artifact(place, run, "log.txt")
    probe.store.delete_run(goes)
    probe.see(backend.gc(run_ids=[goes])).equals([])
    see_gone(probe, goes)
    probe.see(backend.get_artifacts(place, goes)).equals([])
    probe.see(backend.get_artifacts(place, stays)).equals(["log.txt", "model/weights.bin"])


@clause("GC-ARTIFACTS")
def test_artifacts_of_a_removed_experiment_are_gone(probe: Probe, tmp_path: Path) -> None:
    place = f"{tmp_path}/with space"
    experiment = probe.store.create_experiment(probe.name(), Path(place).as_uri())
    run = probe.run(experiment)
    backend = probe.backend()
    backend.put_artifact(place, run, "a/b/c.txt")
    probe.store.delete_experiment(experiment)
    backend.gc(experiment_ids=[experiment])
    see_gone(probe, run)
    probe.see(backend.get_artifacts(place, run)).equals([])


@clause("GC-ARTIFACTS")
def test_a_run_without_artifacts_is_no_error(probe: Probe, tmp_path: Path) -> None:
    """Issues 5852, 7558: its folder was never made, nor the experiment's."""
    run = probe.run(experiment_at(probe, f"{tmp_path}/never/made"))
    probe.store.delete_run(run)
    probe.see(probe.backend().gc(run_ids=[run])).equals([])
    see_gone(probe, run)


@clause("GC-ARTIFACTS")
def test_a_run_whose_artifacts_cannot_be_removed_stays_and_is_named(
    probe: Probe, tmp_path: Path
) -> None:
    """And is no reason for the others to stay."""
    stuck = probe.run(experiment_at(probe, UNREACHABLE))
    free = probe.run(experiment_at(probe, f"{tmp_path}/artifacts"))
    for run in (stuck, free):
        probe.store.delete_run(run)
    kept = probe.see(probe.backend().gc(run_ids=[stuck, free]))
    kept.length().equals(1)
    kept[0].equals(stuck)
    see_gone(probe, free)
    see_there(probe, stuck)


@clause("GC-ARTIFACTS")
def test_an_experiment_stays_with_a_run_whose_artifacts_cannot_be_removed(probe: Probe) -> None:
    experiment = experiment_at(probe, UNREACHABLE)
    run = probe.run(experiment)
    probe.store.delete_experiment(experiment)
    probe.backend().gc(experiment_ids=[experiment])
    see_there(probe, run)
    found = probe.see(probe.store.get_experiment(experiment))
    found.lifecycle_stage.equals(LifecycleStage.DELETED)
    probe.see(probe.store.search_runs([experiment], ViewType.ALL)).items.length().equals(1)


@clause("GC-ARTIFACTS")
def test_what_a_link_leads_to_is_not_the_runs(probe: Probe, tmp_path: Path) -> None:
    """Whether the run goes is the store's to say; what stands behind the link may be somebody else's."""
    place, shared = f"{tmp_path}/artifacts", f"{tmp_path}/shared"
    run = probe.run(experiment_at(probe, place))
    backend = probe.backend()
    backend.put_artifact(shared, "somebody", "dear.txt")
    backend.link_artifacts(place, run, f"{shared}/somebody/artifacts")
    probe.store.delete_run(run)
    backend.gc(run_ids=[run])
    probe.see(backend.get_artifacts(shared, "somebody")).equals(["dear.txt"])


@clause("GC-ARTIFACTS", "GC-IDEMPOTENT")
def test_a_run_that_stayed_goes_when_its_artifacts_can_be_removed(
    probe: Probe, tmp_path: Path
) -> None:
    place, shared = f"{tmp_path}/artifacts", f"{tmp_path}/shared"
    run = probe.run(experiment_at(probe, place))
    backend = probe.backend()
    backend.put_artifact(place, run, "half.txt")
    probe.store.delete_run(run)
    backend.gc(run_ids=[run], older_than="1d")
    backend.put_artifact(place, run, "more.txt")
    backend.put_artifact(shared, run, "twin.txt")
    probe.see(backend.gc(run_ids=[run])).equals([])
    see_gone(probe, run)
    probe.see(backend.get_artifacts(place, run)).equals([])
    probe.see(backend.get_artifacts(shared, run)).equals(["twin.txt"])
