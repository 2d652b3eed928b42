"""The command `storeproof gc`: deletion for good, after a plan and a question (GC-*)."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from storeproof.stores.addressing import DEFAULT_URI, open_store
from storeproof.stores.errors import StoreError, invalid

if TYPE_CHECKING:
    from storeproof.stores.artifacts import Artifacts
    from storeproof.stores.gc import Plan
    from storeproof.stores.removing import RemovingStore

INCOMPLETE = 1
USAGE = 2


def _ids(_: click.Context, __: click.Parameter, value: Sequence[str]) -> list[str] | None:
    """Ids, given one by one or with commas between."""
    if not value:
        return None
    found = [each.strip() for text in value for each in text.split(",")]
    if not all(found):
        raise click.BadParameter("names an empty id; write ids with commas between.")
    return found


@click.command()
@click.option(
    "--backend-store-uri",
    "uri",
    default=DEFAULT_URI,
    show_default=True,
    metavar="URI",
    envvar="MLFLOW_BACKEND_STORE_URI",
    help="The store: a path or a database's address.",
)
@click.option(
    "--older-than",
    metavar="TIME",
    help="Only what was deleted at least so long ago: 30d, 2d8h5m20s.",
)
@click.option(
    "--run-ids",
    multiple=True,
    callback=_ids,
    metavar="ID,...",
    help="Only these runs, and no experiment; repeatable.",
)
@click.option(
    "--experiment-ids",
    multiple=True,
    callback=_ids,
    metavar="ID,...",
    help="Only these experiments and their runs; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option(
    "--artifacts-destination",
    metavar="URI",
    envvar="MLFLOW_ARTIFACTS_DESTINATION",
    help="Where a tracking server keeps the artifacts whose location is mlflow-artifacts:/...",
)
def gc(
    uri: str,
    older_than: str | None,
    run_ids: list[str] | None,
    experiment_ids: list[str] | None,
    dry_run: bool,
    yes: bool,
    artifacts_destination: str | None,
) -> None:
    """Remove deleted runs and experiments for good, with their artifacts.

    What is selected by several options is what all of them select; without any, everything
    that is deleted. Exit status: 0 it is gone, 1 something stays or the work was interrupted,
    2 the command cannot be done and nothing was removed.
    """
    from storeproof.stores.artifacts import Artifacts
    from storeproof.stores.gc import plan

    try:
        artifacts = Artifacts(artifacts_destination)
        store = _opened(uri)
    except StoreError as error:
        _end(error)
    with closing(store):
        try:
            what = plan(store, run_ids, experiment_ids, older_than)
            _tell(store, what, listed=dry_run)
            if not (dry_run or what.is_empty or yes):
                _ask()
        except StoreError as error:
            _end(error)
        if not dry_run:
            _collect(store, what, artifacts)


def _opened(uri: str) -> RemovingStore:
    from storeproof.stores.removing import RemovingStore

    store = open_store(uri)
    if isinstance(store, RemovingStore):
        return store
    store.close()
    raise invalid(
        "Nothing is removed for good through a tracking server; give the address of the store "
        "behind it, as the server's own --backend-store-uri has it."
    )


def _ask() -> None:
    if not sys.stdin.isatty():
        raise invalid(
            "There is no terminal to ask at; add --yes to remove this without a question."
        )
    click.confirm("Remove this for good?", abort=True)


def _tell(store: RemovingStore, what: Plan, *, listed: bool) -> None:
    """What will go, and how much of it; run by run if `listed`."""
    from storeproof.stores.gc import runs_of

    for each in what.experiments:
        click.echo(f"experiment {each.experiment_id} {each.name!r}, {_deleted(each.deleted_time)}")
    for each in what.staying:
        click.echo(
            f"experiment {each.experiment_id} {each.name!r} stays: it holds a run that is active, "
            "was not deleted long enough ago, or cannot be read",
            err=True,
        )
    if listed:
        for run in runs_of(store, what):
            where = f"of experiment {run.experiment_id}, {_deleted(run.deleted_time)}"
            click.echo(f"run {run.run_id} {where}, artifacts {run.artifact_uri}")
    runs, experiments = sum(what.runs.values()), len(what.experiments)
    if what.is_empty:
        click.echo("Nothing that is deleted is selected.")
    else:
        click.echo(f"To be removed for good: {_counted(runs, experiments)}.")


def _collect(store: RemovingStore, what: Plan, artifacts: Artifacts) -> None:
    """Do it, with progress where somebody looks on, and end with the status."""
    from storeproof.stores.gc import collect

    done = [0, 0]
    total = sum(what.runs.values()) + len(what.experiments)
    with click.progressbar(length=total, label="Removing", file=_watched()) as bar:

        def progress(runs: int, experiments: int) -> None:
            done[0] += runs
            done[1] += experiments
            bar.update(runs + experiments)

        try:
            found = collect(store, what, artifacts, progress)
        except (StoreError, KeyboardInterrupt) as error:
            why = error.message if isinstance(error, StoreError) else "Interrupted."
            click.echo(
                f"Error: {why} Removed until then: {_counted(*done)}; the same command goes on "
                "from there.",
                err=True,
            )
            sys.exit(INCOMPLETE)
    for run_id, why in found.kept.items():
        click.echo(f"run {run_id} stays: {why}", err=True)
    click.echo(f"Removed for good: {_counted(found.runs, found.experiments)}.")
    if found.kept:
        click.echo(
            f"{len(found.kept)} of those planned stay, because of their artifacts.", err=True
        )
        sys.exit(INCOMPLETE)


def _watched() -> TextIO:
    """Where progress is shown: on a terminal, or nowhere."""
    return sys.stderr if sys.stderr.isatty() else io.StringIO()


def _counted(runs: int, experiments: int) -> str:
    return f"{runs} run{'s' * (runs != 1)} and {experiments} experiment{'s' * (experiments != 1)}"


def _deleted(moment: int | None) -> str:
    if moment is None:
        return "deleted at an unknown time"
    try:
        return f"deleted {datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError):
        return f"deleted at {moment} ms"


def _end(error: StoreError) -> NoReturn:
    click.echo(f"Error: {error.message}", err=True)
    sys.exit(USAGE)
