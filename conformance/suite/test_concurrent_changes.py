"""Writers whose run or experiment is deleted and restored meanwhile (CONC-ERRORS)."""

from __future__ import annotations

from storeproof.conformance import objects
from storeproof.conformance.checkers.sets import growing
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.rulings import rule
from storeproof.conformance.suite.datasets import use
from storeproof.stores import Metric, Param, Tag, ViewType

DELETED = "INVALID_PARAMETER_VALUE"
MISSING = "RESOURCE_DOES_NOT_EXIST"


@clause("CONC-ERRORS")
def test_a_run_that_is_deleted_and_restored_keeps_what_was_acknowledged(
    probe: Probe, crowd: Depth
) -> None:
    experiment = probe.experiment()
    for _ in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        delete, restore = do("delete_run", run_id=run), do("restore_run", run_id=run)
        plans = [
            [do("log_batch", run_id=run, params=[Param(f"p{at}/{turn}", "v")]) for turn in range(4)]
            for at in range(crowd.clients - 1)
        ]
        race = Race(probe, [*plans, [delete, restore, delete, restore]], DELETED)
        race.read("get_run", run_id=run)
        race.judge([rule(growing, objects.contents, run)], "RUN-DELETED-WRITES")


@clause("CONC-ERRORS")
def test_runs_are_created_while_their_experiment_is_deleted_and_restored(
    probe: Probe, crowd: Depth
) -> None:
    for _ in probe.cases(range(crowd.rounds)):
        experiment = probe.experiment()
        delete = do("delete_experiment", experiment_id=experiment)
        restore = do("restore_experiment", experiment_id=experiment)
        plan = [do("create_run", experiment_id=experiment, user_id="ann", start_time=1)] * 2
        race = Race(
            probe,
            [*([plan] * (crowd.clients - 1)), [delete, restore]],
            *(DELETED, "INVALID_STATE", MISSING),
        )
        every = [experiment]
        race.read("search_runs", experiment_ids=every, view=ViewType.ALL)
        race.judge([rule(growing, objects.runs_made, experiment)])


@clause("CONC-ERRORS")
def test_the_same_new_dataset_is_logged_by_all(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for turn in probe.cases(range(crowd.rounds)):
        runs = [probe.run(experiment) for _ in range(crowd.clients)]
        uses = [use("train", f"d{turn}"), use("test", f"d{turn}")]
        Race(
            probe,
            [
                [do("log_inputs", run_id=run, datasets=uses[:: -1 if at % 2 else 1])]
                for at, run in enumerate(runs)
            ],
        )
        for run in runs:
            probe.see(probe.store.get_run(run)).inputs.length().equals(2)


@clause("CONC-ERRORS")
def test_writers_of_everything_at_once_all_succeed(probe: Probe, crowd: Depth) -> None:
    experiment = probe.experiment()
    for turn in probe.cases(range(crowd.rounds)):
        run = probe.run(experiment)
        ways = (
            [do("log_metric", run_id=run, metric=Metric("m", 1.0, turn))],
            [do("set_tag", run_id=run, tag=Tag("t", "v"))],
            [do("log_param", run_id=run, param=Param("p", "v"))],
            [do("update_run_info", run_id=run, run_name="other")],
            [do("set_experiment_tag", experiment_id=experiment, tag=Tag("t", "v"))],
            [do("create_run", experiment_id=experiment, user_id="ann", start_time=1)],
            [do("get_run", run_id=run)],
            [do("search_runs", experiment_ids=[experiment])],
        )
        Race(probe, [ways[at % len(ways)] for at in range(crowd.clients)])
