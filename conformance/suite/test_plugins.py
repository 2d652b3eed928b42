"""Plugins: whether MLflow finds the store, and all the methods that it will call."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any

import pytest

from storeproof.conformance.capabilities import Support
from storeproof.conformance.marks import clause
from storeproof.conformance.plain_uses import BEFORE_A_RUN, FIRST, PLAIN_USES, Ground
from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.stores import Metric, Param, Tag

ORDERS = {"the plugin first": "{module}", "mlflow first": "mlflow"}
"""What a program imports before it asks MLflow for the store."""

PROGRAM = """\
import {first}
from mlflow.tracking._tracking_service.utils import _tracking_store_registry as registry

registry.get_store_builder({uri!r})
"""


@clause("PLUGIN-LOAD")
@pytest.mark.parametrize("first", ORDERS)
def test_mlflow_finds_the_scheme_whichever_is_imported_first(first: str, probe: Probe) -> None:
    """MLflow swallows the error of an entry point that does not load, and then knows no such scheme."""
    found = probe.place.entry_point()
    if found is None:
        raise Needs("the plugin's entry point", "no installed package names this store in one")
    program = PROGRAM.format(
        first=ORDERS[first].format(module=found.module), uri=f"{found.name}://there"
    )
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Breach(
            f"MLflow to know the scheme {found.name}, with {first}",
            next((line.strip() for line in said if "Failure" in line), said[-1] if said else ""),
            script=program,
        )


@clause("PLUGIN-METHODS")
@pytest.mark.parametrize("method", PLAIN_USES)
def test_a_method_that_mlflow_calls_is_there(method: str, probe: Probe) -> None:
    """Only whether it is implemented; what it must do is said elsewhere."""
    ground = Ground(probe.name("-plain"))
    if method != "create_experiment":
        ground = ground.after("create_experiment", probe.experiment(ground.name))
    if method not in BEFORE_A_RUN:
        ground = Ground(ground.name, ground.experiment, probe.run(ground.experiment))
    if method in FIRST:
        probe.attempt(FIRST[method], *PLAIN_USES[FIRST[method]].arguments(ground))
    ended = probe.attempt(method, *PLAIN_USES[method].arguments(ground))
    claimed = probe.place.claims.of(method).support is Support.FULL
    if ended.was_refused("NOT_IMPLEMENTED") and claimed:
        raise Breach(f"{method} to be implemented", str(ended.refusal))


@clause("PLUGIN-METHODS")
def test_a_batch_can_be_logged_in_the_background(probe: Probe) -> None:
    """A class that does not call AbstractStore's constructor has no queue for it."""
    run = probe.run()
    store: Any = probe.store
    store.log_batch_async(run, [Metric("m", 1.0, 1)], [Param("p", "v")], [Tag("t", "v")])
    probe.see(probe.store.get_run(run)).params.equals({"p": "v"})


@clause("PLUGIN-METHODS")
def test_a_run_can_be_ended_by_mlflows_client(probe: Probe) -> None:
    """It ends the store's logging in the background first, whether there was any or not."""
    probe.run()
    store: Any = probe.store
    store.shut_down_async_logging()
