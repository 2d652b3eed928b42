"""Writers of one registered model at once (CONC-VERSION)."""

from __future__ import annotations

from storeproof.conformance import objects
from storeproof.conformance.checkers.names import one_winner
from storeproof.conformance.checkers.tickets import counted
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.rulings import rule
from storeproof.conformance.suite.registering import SOURCE, model

TAKEN = "RESOURCE_ALREADY_EXISTS"


@clause("CONC-VERSION")
def test_versions_made_at_once_have_each_number_once(probe: Probe, crowd: Depth) -> None:
    for turn in probe.cases(range(-(-crowd.rounds // 5))):
        name = model(probe, f"-numbered-{turn}")
        plan = [do("create_model_version", name=name, source=SOURCE) for _ in range(5)]
        race = Race(probe, [plan] * crowd.clients)
        race.judge([rule(counted, objects.versions, name)])


@clause("CONC-VERSION")
def test_of_writers_that_create_one_model_one_succeeds_and_its_versions_count(
    probe: Probe, crowd: Depth
) -> None:
    for turn in probe.cases(range(crowd.rounds)):
        name = probe.name(f"-new-{turn}")
        plan = [do("create_registered_model", name=name)]
        race = Race(probe, [plan] * crowd.clients, TAKEN, clause="CONC-CREATE")
        race.judge([rule(one_winner, objects.creations, "create_registered_model", name)])
        probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(1)
