"""MLflow's own commands behind its stores, run in this process: what `mlflow gc` and `mlflow db upgrade` do."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any

from storeproof.conformance.adapters.library import quiet, store_at
from storeproof.conformance.migrations import Migrations
from storeproof.stores.sql.migrations.chain import HEAD


def collector(uri: str) -> Callable[..., None]:
    """A Collector (conformance/backend.py) that is `mlflow gc` at this address.

    It tells nobody which runs stay because of their artifacts.
    """

    def collect(
        run_ids: Sequence[str] | None, experiment_ids: Sequence[str] | None, older_than: str | None
    ) -> None:
        command = importlib.import_module("mlflow.cli").gc
        # MLflow 3 wants to be told twice.
        twice = any("--tracking-uri" in each.opts for each in command.params)
        options = {
            "--backend-store-uri": uri,
            "--tracking-uri": uri if twice else None,
            "--run-ids": None if run_ids is None else ",".join(run_ids),
            "--experiment-ids": None if experiment_ids is None else ",".join(experiment_ids),
            "--older-than": older_than,
        }
        given = [
            word for name, text in options.items() if text is not None for word in (name, text)
        ]
        _run(command, given)

    return collect


@cache
def migrations(engine: str) -> Migrations | None:
    """The hooks of MLflow's own stores on an engine; None where its newest schema is not the catalogue's."""
    if _head() != HEAD:
        return None
    return Migrations(engine, open=open_mlflows, upgrade=upgrade_mlflows)


def open_mlflows(uri: str) -> None:
    """Open one of MLflow's stores and close its connections."""
    store_at(uri, None).engine.dispose()


def upgrade_mlflows(uri: str) -> None:
    """Upgrade a database as `mlflow db upgrade` does."""
    _run(importlib.import_module("mlflow.db").upgrade, [uri])


def _run(command: Any, arguments: list[str]) -> None:
    with quiet(), redirect_stdout(StringIO()):
        command.main(args=arguments, standalone_mode=False)


def _head() -> str | None:
    from alembic.script import ScriptDirectory

    folder = importlib.import_module("mlflow.store").__path__[0]
    head: str | None = ScriptDirectory(f"{folder}/db_migrations").get_current_head()
    return head
