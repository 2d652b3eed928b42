"""Runs and experiments that have something of everything, each known by a word of its own."""

from __future__ import annotations

from storeproof.conformance.probe import HOOK, Needs, Probe
from storeproof.stores import Dataset, DatasetInput, Metric, Param, Tag


def own_gc(probe: Probe) -> None:
    """Go on only where gc is known, and no other test has deleted what it would collect."""
    probe.backend()
    if probe.place.shared:
        raise Needs(HOOK, "others delete in this store, so that nothing may be collected whole")


def full_experiment(probe: Probe, word: str) -> str:
    """An experiment that can be known by the word in its name and its tag."""
    name, tag = probe.name(f"-{word}"), Tag(f"tag-{word}", word)
    return probe.store.create_experiment(name, tags=[tag])


def full_run(probe: Probe, experiment: str, word: str) -> str:
    """A run with something in every table and folder, all of it known by the word."""
    run = probe.run(experiment, tags=[Tag(f"tag-{word}", word)])
    points = [Metric(f"metric-{word}", float(step), step, step) for step in range(3)]
    probe.store.log_batch(run, points, [Param(f"param-{word}", word)])
    dataset = Dataset(f"data-{word}", "1", "local", f"/{word}", "{}", "{}")
    probe.store.log_inputs(run, [DatasetInput(dataset, {f"use-{word}": word})])
    probe.store.record_logged_model(run, {"artifact_path": word, "run_id": run})
    return run


def see_gone(probe: Probe, *runs: str) -> None:
    """No call finds these runs."""
    for run in runs:
        probe.refused("RESOURCE_DOES_NOT_EXIST").get_run(run)


def see_there(probe: Probe, *runs: str) -> None:
    """Every call finds these runs."""
    for run in runs:
        probe.see(probe.store.get_run(run)).info.run_id.equals(run)
