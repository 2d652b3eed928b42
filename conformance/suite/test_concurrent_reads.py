"""Readers beside the writers of batches: none sees a part of a batch (BATCH-ATOMIC)."""

from __future__ import annotations

from storeproof.conformance import objects
from storeproof.conformance.checkers.sets import growing, whole
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.racing import Do
from storeproof.conformance.rulings import rule
from storeproof.stores import Metric, Param, Tag

ENTRIES = 10
"""Entries of each kind in a batch."""

EACH_KIND = "atomic-per-kind"


@clause("BATCH-ATOMIC")
def test_a_reader_sees_all_of_a_batch_or_nothing(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        writers = [
            [_batch(run, f"w{at}/{turn}") for turn in range(3)] for at in range(crowd.clients // 2)
        ]
        reader = [do("get_run", run_id=run)] * 3
        race = Race(probe, [*writers, *([reader] * (crowd.clients // 2))])
        for kind in objects.KINDS:
            race.judge(rule(each, objects.contents, run, (kind,)) for each in (growing, whole))
        if not whole(objects.contents(race.history, run)).kept:
            probe.varies("BATCH-ATOMIC", EACH_KIND)


def _batch(run: str, name: str) -> Do:
    keys = [f"{name}/{at}" for at in range(ENTRIES)]
    return do(
        "log_batch",
        run_id=run,
        metrics=[Metric(key, 1.0, 1) for key in keys],
        params=[Param(key, "v") for key in keys],
        tags=[Tag(key, "v") for key in keys],
    )
