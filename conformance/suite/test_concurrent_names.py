"""Writers that want one name at once (CONC-CREATE)."""

from __future__ import annotations

from storeproof.conformance import objects
from storeproof.conformance.checkers.names import one_winner
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.rulings import rule

TAKEN = "RESOURCE_ALREADY_EXISTS"


@clause("CONC-CREATE")
def test_of_writers_that_create_one_experiment_one_succeeds(probe: Probe, crowd: Depth) -> None:
    for turn in probe.cases(range(crowd.rounds)):
        name = probe.name(f"-created-{turn}")
        plan = [do("create_experiment", name=name)]
        race = Race(probe, [plan] * crowd.clients, TAKEN)
        race.read("get_experiment_by_name", name=name)
        race.judge([rule(one_winner, objects.creations, "create_experiment", name)])


@clause("CONC-CREATE")
def test_of_experiments_that_are_given_one_name_one_has_it(probe: Probe, crowd: Depth) -> None:
    ours = [probe.experiment() for _ in range(crowd.clients)]
    for turn in probe.cases(range(crowd.rounds)):
        name = probe.name(f"-renamed-{turn}")
        plans = [[do("rename_experiment", experiment_id=each, new_name=name)] for each in ours]
        race = Race(probe, plans, TAKEN)
        race.read("get_experiment_by_name", name=name)
        race.judge([rule(one_winner, objects.creations, "rename_experiment", name)])
