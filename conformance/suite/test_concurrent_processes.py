"""Processes that use one store at once (CONC-*); threads where another process cannot open it."""

from __future__ import annotations

from storeproof.conformance import objects
from storeproof.conformance.checkers.tickets import counted
from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.profiles import Depth
from storeproof.conformance.races import Race, do
from storeproof.conformance.rulings import rule
from storeproof.conformance.suite.everything import KEYS, REFUSALS, plan, rulings
from storeproof.conformance.suite.registering import SOURCE, model


@clause("CONC-ERRORS", "CONC-METRIC", "CONC-PARAM", "CONC-TAG", "CONC-CREATE")
def test_processes_that_write_the_same_new_things_leave_what_each_clause_says(
    probe: Probe, crowd: Depth
) -> None:
    run = probe.run()
    names = [probe.name(f"-apart-{turn}") for turn in range(crowd.rounds)]
    plans = [plan(run, at, names) for at in range(crowd.clients // 2)]
    race = Race(probe, plans, *REFUSALS, apart=True)
    race.read("get_run", run_id=run)
    for key in KEYS:
        race.read("get_metric_history", run_id=run, key=key)
    for slug, found in rulings(run, names).items():
        race.judge(found, slug)


@clause("CONC-VERSION")
def test_processes_that_make_versions_have_each_number_once(probe: Probe, crowd: Depth) -> None:
    name = model(probe)
    made = [do("create_model_version", name=name, source=SOURCE) for _ in range(crowd.rounds)]
    race = Race(probe, [made] * (crowd.clients // 2), apart=True)
    race.judge([rule(counted, objects.versions, name)])
