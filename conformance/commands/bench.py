"""bench: the speed of our stores, beside the disk's and MLflow's."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from storeproof.conformance.commands.common import WRITTEN, Refused, writable
from storeproof.conformance.profiles import DEFAULT_STORES


@click.command()
@click.argument("stores", nargs=-1, metavar="[STORE]...")
@click.option(
    "--mlflow-python",
    type=click.Path(exists=True, dir_okay=False),
    help="A Python with MLflow installed: its store is timed in turn with ours.",
)
@click.option("--repeat", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option(
    "--operation",
    "words",
    multiple=True,
    metavar="TEXT",
    help="Only operations whose names hold this; repeatable.",
)
@click.option("--json", "json_file", type=WRITTEN, help="Write figures here.")
def bench(
    stores: Sequence[str],
    mlflow_python: str | None,
    repeat: int,
    words: Sequence[str],
    json_file: str | None,
) -> None:
    """Time the stores' operations beside the floor that the disk sets, and beside MLflow's."""
    from rich.console import Console

    from storeproof.conformance.bench import KINDS, OPERATIONS, run_bench

    writable(json_file)
    for store in stores:
        if store not in KINDS:
            raise Refused(f"bench knows {', '.join(KINDS)}, not {store!r}.")
    chosen = [each for each in OPERATIONS if not words or any(word in each for word in words)]
    if not chosen:
        raise Refused(f"no operation is named so; bench knows: {'; '.join(OPERATIONS)}.")
    console = Console(file=sys.stdout)
    figures = run_bench(list(stores or DEFAULT_STORES), mlflow_python, repeat, console, chosen)
    if json_file:
        Path(json_file).write_text(json.dumps(figures.as_json(), indent=1) + "\n")
