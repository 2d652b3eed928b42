"""What the commands share: how they refuse, and files that must be readable or writable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from storeproof.conformance import catalogue as catalogues

if TYPE_CHECKING:
    from storeproof.conformance.masking import Masking
    from storeproof.conformance.results import Results
    from storeproof.conformance.settings import Settings

USAGE, BROKEN_HARNESS = 2, 3

WRITTEN = click.Path(dir_okay=False)
"""The type of an option that names a file to write."""


def masking() -> Masking:
    """What is secret in the command's arguments and in the environment."""
    from storeproof.conformance.masking import Masking

    return Masking.of(sys.argv[1:])


class Refused(click.ClickException):
    """Input that cannot be used: one sentence, exit status 2."""

    exit_code = USAGE

    def __init__(self, message: str) -> None:
        super().__init__(masking().text(message))


def end(message: str, status: int) -> NoReturn:
    """End the command with an error."""
    click.echo(f"Error: {masking().text(message)}", err=True)
    sys.exit(status)


def writable(*files: str | None) -> None:
    """Refuse a file that cannot be written before the work is done, not after."""
    for file in files:
        if file is None:
            continue
        try:
            with Path(file).open("a"):
                pass
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror}.") from None


def settings_here() -> Settings:
    """What the project says of its store that the user stands in."""
    from storeproof.conformance.settings import FILE, SettingsError, read

    try:
        return read(Path(FILE))
    except SettingsError as error:
        raise Refused(str(error)) from None


def results_in(file: str) -> Results:
    """The results in a file."""
    from storeproof.conformance.results_file import UnreadableResults, read

    try:
        return read(Path(file))
    except UnreadableResults as error:
        raise Refused(str(error)) from None


def slugs_of_area(catalogue: catalogues.Catalogue, area: str) -> list[str]:
    """The clauses of an area, by its name."""
    names = [each.name for each in catalogue.areas]
    if area not in names:
        raise Refused(f"There is no area {area!r}; there are {', '.join(names)}.")
    return [clause.slug for clause in catalogue.clauses if clause.area == area]


def clause_named(catalogue: catalogues.Catalogue, slug: str) -> catalogues.Clause:
    """The clause of this slug, in any case."""
    try:
        return catalogue.clause(slug.upper())
    except catalogues.UnknownClause as error:
        raise Refused(str(error)) from None
