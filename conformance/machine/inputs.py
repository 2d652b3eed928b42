"""Rules on datasets, models and the histories of several runs: INPUT-*, MODEL-RECORD, METRIC-BULK."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from storeproof.conformance import strategies
from storeproof.conformance.machine.driver import Driver, keys, runs
from storeproof.conformance.model import Kind, Reference
from storeproof.conformance.strategies import Bad
from storeproof.stores.entities import DatasetInput

_some_runs = st.lists(runs | runs | strategies.unknown_ids(), max_size=4).map(tuple)


class InputRules(Driver):
    """Runs use datasets and log models."""

    @rule(run=runs, datasets=strategies.valid_datasets())
    def log_inputs(self, run: str, datasets: tuple[DatasetInput, ...]) -> None:
        """INPUT-LOG, INPUT-SCOPE."""
        self.do("log_inputs", run_id=run, datasets=datasets)
        self.do("get_run", run_id=run)

    @rule(run=runs, other=runs, datasets=strategies.valid_datasets())
    def log_inputs_of_two_runs(
        self, run: str, other: str, datasets: tuple[DatasetInput, ...]
    ) -> None:
        """INPUT-SCOPE: the same datasets, in one experiment or in two."""
        self.do("log_inputs", run_id=run, datasets=datasets)
        self.do("log_inputs", run_id=other, datasets=datasets)
        self.do("get_run", run_id=other)

    @rule(run=runs, bad=strategies.invalid_datasets())
    def log_inputs_badly(self, run: str, bad: Bad) -> None:
        """INPUT-LIMITS: nothing is cut, and nothing of it is left."""
        self.do("log_inputs", run_id=run, datasets=bad.value)
        self.do("get_run", run_id=run)

    @rule(run=runs, models=st.lists(strategies.models(), min_size=1, max_size=3))
    def record_logged_models(self, run: str, models: list[dict[str, Any]]) -> None:
        """MODEL-RECORD."""
        for model in models:
            self.do("record_logged_model", run_id=run, model=model)
        self.do("get_run", run_id=run)

    @rule(wanted=_some_runs, run=runs, key=keys, size=st.sampled_from((1, 2, 5)))
    def get_metric_history_bulk(
        self, wanted: tuple[Reference, ...], run: str, key: str, size: int
    ) -> None:
        """METRIC-BULK: of some runs, and of all that there are."""
        model = self.stores.subjects[0].model
        method = "get_metric_history_bulk"
        self.do(method, run_ids=wanted, key=key)
        for known in model.keys_of(run, Kind.METRIC)[:3]:
            self.do(method, run_ids=tuple(model.state.runs), key=known)
            self.do(method, run_ids=tuple(model.state.runs), key=known, max_results=size)
