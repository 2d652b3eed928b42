"""Writers of metrics at once (CONC-METRIC)."""

from __future__ import annotations

from collections.abc import Sequence

from storeproof.conformance import objects
from storeproof.conformance.checkers.maximum import largest
from storeproof.conformance.checkers.sets import growing
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.racing import Do
from storeproof.conformance.rulings import rule
from storeproof.stores import Metric

LARGE = 500
"""Points of a large batch."""


def _batch(run: str, metrics: Sequence[Metric]) -> Do:
    return do("log_batch", run_id=run, metrics=list(metrics))


@clause("CONC-METRIC")
def test_first_points_of_new_keys_in_other_orders_are_all_kept(probe: Probe, crowd: Depth) -> None:
    run = probe.run()
    for turn in probe.cases(range(crowd.rounds)):
        keys = [f"a{turn}", f"b{turn}"]
        plans = [
            [_batch(run, [Metric(key, float(at), at) for key in keys[:: -1 if at % 2 else 1]])]
            for at in range(crowd.clients)
        ]
        _race_and_judge(probe, run, plans, keys)


@clause("CONC-METRIC")
def test_single_points_of_one_key_are_all_kept_and_the_latest_is_right(
    probe: Probe, crowd: Depth
) -> None:
    experiment = probe.experiment()
    for turn in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        plans = []
        for at in range(crowd.clients):
            metrics = [Metric("m", float(at), turn, (at * 7 + each * 5) % 11) for each in range(2)]
            plans.append([do("log_metric", run_id=run, metric=each) for each in metrics])
        _race_and_judge(probe, run, plans, ["m"])


@clause("CONC-METRIC")
def test_the_latest_value_never_goes_back(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for turn in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        plans = [
            [
                _batch(
                    run, [Metric("m", float(at), turn, at), Metric("m", float(at), turn, at - 3)]
                ),
                do("get_run", run_id=run),
                _batch(run, [Metric("m", float(at), turn, crowd.clients - at)]),
                do("get_run", run_id=run),
            ]
            for at in range(crowd.clients)
        ]
        _race_and_judge(probe, run, plans, ["m"])


@clause("CONC-METRIC")
def test_large_batches_of_the_same_keys_in_other_orders_are_all_kept(
    probe: Probe, crowd: Depth
) -> None:
    """Over 500 rows locked in different orders are what made MLflow deadlock on PostgreSQL."""
    experiment = probe.experiment()
    keys = [f"k{at:03}" for at in range(LARGE)]
    for _ in probe.cases(range(-(-crowd.rounds // 5))):
        run = probe.run(experiment)
        plans = [
            [
                _batch(
                    run, [Metric(key, float(at), at, turn) for key in keys[:: -1 if at % 2 else 1]]
                )
                for turn in range(2)
            ]
            for at in range(4)
        ]
        _race_and_judge(probe, run, plans, [keys[0], keys[LARGE // 2], keys[-1]], whole=keys)


@clause("CONC-METRIC")
def test_large_batches_of_one_key_are_all_kept(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(-(-crowd.rounds // 5))):
        run = probe.run(experiment)
        plans = [
            [_batch(run, [Metric("m", float(at), step, step) for step in range(LARGE)])]
            for at in range(4)
        ]
        _race_and_judge(probe, run, plans, ["m"])


def _race_and_judge(
    probe: Probe,
    run: str,
    plans: Sequence[Sequence[Do]],
    keys: Sequence[str],
    whole: Sequence[str] = (),
) -> None:
    """Nothing is lost of these keys, and the latest values of those and of `whole` are right."""
    race = Race(probe, plans)
    race.read("get_run", run_id=run)
    for key in keys:
        race.read("get_metric_history", run_id=run, key=key)
    race.judge(rule(growing, objects.points, run, key) for key in keys)
    race.judge(rule(largest, objects.latest, run, key) for key in dict.fromkeys((*keys, *whole)))
