"""Rules on hard deletion: HARD-DELETE."""

from __future__ import annotations

from hypothesis.stateful import rule

from storeproof.conformance import strategies
from storeproof.conformance.machine.drawn import names, seldom
from storeproof.conformance.machine.driver import Driver, runs
from storeproof.conformance.model import Reference
from storeproof.conformance.strategies import Name
from storeproof.stores.entities import ViewType


class RemovalRules(Driver):
    """Runs and experiments are removed for good."""

    @rule(run=runs, goes=seldom)
    def remove_run(self, run: str, goes: bool) -> None:
        """HARD-DELETE; mostly of an active run, which our stores refuse."""
        if goes:
            self.do("delete_run", run_id=run)
        self.do("hard_delete_run", run_id=run)
        self.do("get_run", run_id=run)
        self.do("hard_delete_run", run_id=run)

    @rule(name=names, run=runs, stays=seldom)
    def remove_experiment(self, name: Name, run: str, stays: bool) -> None:
        """HARD-DELETE of one that no other rule knows: a store may issue its id again."""
        full = self.full_name(name)
        made = self.create("E", "create_experiment", name=full)
        if not isinstance(made, str):
            return
        self.create("R", "create_run", experiment_id=made)
        if not stays:
            self.do("delete_experiment", experiment_id=made)
        self.do("hard_delete_experiment", experiment_id=made)
        self.do("get_experiment", experiment_id=made)
        self.do("search_runs", experiment_ids=(made,), view=ViewType.ALL)
        self.do("get_experiment_by_name", name=full)
        self.do("get_run", run_id=run)

    @rule(unknown=strategies.unknown_ids(), run=strategies.near_ids(runs))
    def remove_unknown_ids(self, unknown: Reference, run: Reference) -> None:
        """HARD-DELETE."""
        self.do("hard_delete_run", run_id=run)
        self.do("hard_delete_run", run_id=unknown)
        self.do("hard_delete_experiment", experiment_id=unknown)
