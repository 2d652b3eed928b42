"""ledger: entries for what is known to fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storeproof.conformance.commands.common import WRITTEN, Refused, results_in, writable

if TYPE_CHECKING:
    from storeproof.conformance.ledger import Ledger

DEFAULT_FILE = "storeproof-ledger.toml"
DAYS = 90
"""How long a new entry lasts, if nobody says otherwise."""


def ledger_in(files: Sequence[str]) -> Ledger:
    """The ledger in these files, with its examples there to be read."""
    from storeproof.conformance.ledger import LedgerError
    from storeproof.conformance.ledger_file import load

    try:
        found = load(Path(each) for each in files)
        found.examples()
    except LedgerError as error:
        raise Refused(str(error)) from None
    return found


@click.group()
def ledger() -> None:
    """Keep the ledger of known failures."""


@ledger.command()
@click.option(
    "--from",
    "results",
    required=True,
    metavar="RESULTS.json",
    help="What check --json has written.",
)
@click.option(
    "--ledger", "file", type=WRITTEN, default=DEFAULT_FILE, show_default=True, help="The ledger."
)
def update(results: str, file: str) -> None:
    """Add an entry for each failure that the ledger does not know.

    A person must write the reason of each, and may give a link and another date: until then
    it fails the run.
    """
    from storeproof.conformance import catalogue
    from storeproof.conformance.ledger import proposed
    from storeproof.conformance.ledger_file import add

    found = results_in(results)
    path = Path(file)
    known = ledger_in([file] if path.exists() else [])
    expires = datetime.now(UTC).date() + timedelta(days=DAYS)
    entries = proposed(found, known, path, expires)
    if entries:
        writable(file)
        add(path, entries)
    click.echo(f"{len(entries)} entries added to {file}; each needs a reason.")
    for entry, _ in entries:
        click.echo(f"  {entry.clause} on {entry.store}")
    asked = {slug for run in found.runs for slug in run.clauses}
    wanted = {each.slug for each in found.clauses} if asked else None
    for problem in known.problems(found, catalogue.load(), wanted):
        click.echo(f"  {problem.clause} is {problem.problem}. {problem.text}")
