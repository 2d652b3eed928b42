"""Datasets, and runs that used them."""

from __future__ import annotations

from storeproof.conformance.probe import Probe, Seen
from storeproof.conformance.suite.searching import add
from storeproof.stores import Dataset, DatasetInput

CONTEXT = "mlflow.data.context"
"""The tag of a use that dataset.context stands for in a filter."""


def dataset(name: str = "train", digest: str = "d1", **changes: str | None) -> Dataset:
    """A dataset of this name and digest."""
    fields: dict[str, str | None] = {
        "source_type": "local",
        "source": "file:///data/a.csv",
        "schema": '{"x": "double"}',
        "profile": '{"rows": 3}',
        **changes,
    }
    return Dataset(name, digest, **fields)  # type: ignore[arg-type]


def use(name: str = "train", digest: str = "d1", context: str | None = None) -> DatasetInput:
    """The use of a dataset, for a purpose if it has one."""
    return DatasetInput(dataset(name, digest), {} if context is None else {CONTEXT: context})


def user_of(probe: Probe, experiment: str, run_name: str, *uses: DatasetInput) -> str:
    """The id of a new run of this name that used these datasets."""
    run = add(probe, experiment, run_name)
    probe.store.log_inputs(run, uses)
    return run


def inputs_of(probe: Probe, run: str) -> Seen:
    """The inputs of a run as it is read back."""
    return probe.see(probe.store.get_run(run)).inputs
