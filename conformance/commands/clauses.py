"""list and explain: the clauses of the specification."""

from __future__ import annotations

import click

from storeproof.conformance import catalogue as catalogues
from storeproof.conformance.commands.common import clause_named, slugs_of_area


@click.command("list")
@click.option("--area", help="Only this area.")
@click.option("--untested", is_flag=True, help="Only clauses that no test is about yet.")
def list_clauses(area: str | None, untested: bool) -> None:
    """List the clauses of the specification."""
    catalogue = catalogues.load()
    if area is not None:
        slugs_of_area(catalogue, area)
    tested = _tested_slugs() if untested else frozenset()
    for each in catalogue.areas:
        found = [
            clause
            for clause in catalogue.clauses
            if clause.area == each.name and clause.slug not in tested
        ]
        if area in (None, each.name) and found:
            click.secho(f"{each.title} ({each.name})", bold=True)
            for clause in found:
                click.echo(f"  {clause.slug:24} {clause.level.value:6} {_brief(clause.text)}")


@click.command()
@click.argument("slug")
def explain(slug: str) -> None:
    """Say what clause SLUG demands, what it accepts, and what usually breaks it."""
    clause = clause_named(catalogues.load(), slug)
    click.secho(f"{clause.slug}  {clause.level.value}  ({clause.area})", bold=True)
    click.echo(clause.text)
    for variation in clause.variations:
        click.echo(f"\nAccepted variation {variation.name}: {variation.text}")
    click.echo(f"\n{clause.help.strip()}")
    if clause.issues:
        click.echo(f"\nReported to MLflow as {', '.join(f'#{each}' for each in clause.issues)}.")


def _tested_slugs() -> frozenset[str]:
    """The clauses that some test of the suite names."""
    import importlib
    import pkgutil

    from storeproof.conformance import suite
    from storeproof.conformance.marks import CLAUSE_MARK

    slugs: set[str] = set()
    for module in pkgutil.iter_modules(suite.__path__, f"{suite.__name__}."):
        for each in vars(importlib.import_module(module.name)).values():
            for mark in getattr(each, "pytestmark", ()):
                if mark.name == CLAUSE_MARK:
                    slugs.update(mark.args)
    return frozenset(slugs)


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:87]}..."
