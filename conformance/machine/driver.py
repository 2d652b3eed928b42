"""The ground of the rules on experiments and runs, and everything read back at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis.stateful import Bundle, initialize, multiple

from storeproof.conformance import strategies
from storeproof.conformance.machine.doing import Doing, Made
from storeproof.conformance.model import Model
from storeproof.conformance.probe import Probe
from storeproof.conformance.strategies import Row
from storeproof.stores.entities import ViewType

experiments: Bundle[str] = Bundle("experiments")
runs: Bundle[str] = Bundle("runs")
keys: Bundle[str] = Bundle("keys")


class Driver(Doing):
    """What all rules on experiments and runs share."""

    def __init__(
        self,
        probes: Sequence[Probe],
        make_model: Callable[[Probe], Model] = lambda _: Model(),
        *,
        strict: bool = False,
    ) -> None:
        super().__init__(probes, make_model, strict=strict)
        self.full_batch_done = False
        self.first: Any = None
        self.first_made: list[str] = []
        self.rows: list[Row] = []
        self.pool: tuple[str, ...] = ()

    @initialize(target=keys, pool=strategies.key_pools())
    def draw_keys(self, pool: tuple[str, ...]) -> Made:
        """The keys of this example."""
        self.pool = pool
        self._fill_first_runs()
        return multiple(*pool)

    @initialize(target=experiments)
    def first_experiment(self) -> Made:
        """So that there is always one."""
        made: Made = self._first_experiment()
        return made

    @initialize(target=runs, rows=strategies.rows())
    def first_runs(self, rows: list[Row]) -> Made:
        """So that there is always one, and mostly something to search among."""
        self.rows = rows
        self.first_made = self.make_runs(self._first_experiment(), rows)
        self._fill_first_runs()
        return multiple(*self.first_made)

    def make_runs(self, experiment: Any, rows: list[Row]) -> list[str]:
        """Runs for the rows, still without what is logged to them."""
        made = (
            self.create("R", "create_run", experiment_id=experiment, start_time=row.start_time)
            for row in rows
        )
        return [each for each in made if isinstance(each, str)]

    def fill_runs(self, made: list[str], rows: list[Row], shared: Sequence[str]) -> None:
        """Log to each run what its row holds, and close some of them."""
        for run, row in zip(made, rows, strict=False):
            logged = {
                "metrics": row.metrics_of(shared),
                "params": row.params_of(shared),
                "tags": row.tags_of(shared),
            }
            if any(logged.values()):
                self.do("log_batch", run_id=run, **logged)
            if row.datasets:
                self.do("log_inputs", run_id=run, datasets=row.datasets)
            if row.status is not None:
                self.do("update_run_info", run_id=run, status=row.status, end_time=5)

    # Rules that begin an example come in any order.

    def _fill_first_runs(self) -> None:
        if self.pool and self.rows:
            self.fill_runs(self.first_made, self.rows, self.pool)

    def _first_experiment(self) -> Any:
        if self.first is None:
            self.first = self.create("E", "create_experiment", name=f"{self.prefix}first")
        return self.first

    # Reading everything back

    def teardown(self) -> None:
        """What is there at the end is what was written."""
        if self.broken:
            return
        state = self.stores.subjects[0].model.state
        for experiment in list(state.experiments.values()):
            self.do("get_experiment", experiment_id=experiment.symbol)
            self.do("get_experiment_by_name", name=experiment.name)
            self.do("search_runs", experiment_ids=(experiment.symbol,), view=ViewType.ALL)
        for run in list(state.runs.values()):
            self.do("get_run", run_id=run.symbol)
            for key in run.points:
                self.do("get_metric_history", run_id=run.symbol, key=key)
