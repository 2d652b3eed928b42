"""report, badge, merge and diff: what can be made of results.json, at any time after a check."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storeproof.conformance.commands.common import WRITTEN, Refused, results_in, writable

if TYPE_CHECKING:
    from storeproof.conformance.results import Results


@dataclass(frozen=True)
class Reports:
    """The files to write, each None where it was not asked for."""

    html: str | None = None
    junit: str | None = None
    markdown: str | None = None
    badge: str | None = None

    @property
    def files(self) -> list[str]:
        """Those that were asked for."""
        given = (self.html, self.junit, self.markdown, self.badge)
        return [each for each in given if each is not None]


_OPTIONS = (
    click.option("--html", type=WRITTEN, help="Write one HTML page that needs nothing else."),
    click.option("--junit", type=WRITTEN, help="Write JUnit's XML."),
    click.option("--markdown", type=WRITTEN, help="Write a table in Markdown."),
    click.option("--badge", type=WRITTEN, help="Write an SVG badge."),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name reports, handed to a command together as `reports`."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,
        html: str | None,
        junit: str | None,
        markdown: str | None,
        badge: str | None,
        **named: Any,
    ) -> Any:
        return command(*arguments, reports=Reports(html, junit, markdown, badge), **named)

    wrapped: Callable[..., Any] = collected
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def write_reports(results: Results, reports: Reports, *, brief: bool = False) -> None:
    """Write the files that were asked for; of Markdown, if it is to be brief, the tables alone."""
    if reports.html:
        from storeproof.conformance.report.html import page

        _write(reports.html, page(results))
    if reports.junit:
        from storeproof.conformance.report.junit import junit

        _write(reports.junit, junit(results))
    if reports.markdown:
        from storeproof.conformance.report.markdown import markdown

        _write(reports.markdown, markdown(results, brief=brief))
    if reports.badge:
        from storeproof.conformance.report.badge import badge

        _write(reports.badge, badge(results))


def _write(file: str, text: str) -> None:
    Path(file).write_text(text, encoding="utf-8")


@click.command()
@click.argument("results", metavar="RESULTS.json")
@report_options
@click.option("--brief", is_flag=True, help="Leave what was expected and seen out of the Markdown.")
def report(results: str, reports: Reports, brief: bool) -> None:
    """Make reports of the results that check --json has written; without an option, print them."""
    found = results_in(results)
    writable(*reports.files)
    write_reports(found, reports, brief=brief)
    if not reports.files:
        from rich.console import Console

        from storeproof.conformance.report.console import print_report

        print_report(Console(file=sys.stdout), found, footer=f"from {results}")


@click.command()
@click.argument("results", metavar="RESULTS.json")
@click.option("-o", "--output", type=WRITTEN, required=True, help="The SVG file to write.")
@click.option("--store", help="Of this store only; by default, of all together.")
def badge(results: str, output: str, store: str | None) -> None:
    """Make a badge: green if every MUST clause passed, red if one failed, else grey."""
    from storeproof.conformance.report.badge import badge as drawn

    found = results_in(results)
    if store is not None and store not in {each.name for each in found.stores}:
        names = ", ".join(each.name for each in found.stores)
        raise Refused(f"{results} knows no store {store!r}; there are {names}.")
    writable(output)
    _write(output, drawn(found, store))


@click.command()
@click.argument("results", nargs=-1, required=True, metavar="RESULTS.json...")
@click.option("-o", "--output", type=WRITTEN, required=True, help="The results.json to write.")
def merge(results: Sequence[str], output: str) -> None:
    """Make one results.json of several runs: all their stores in one matrix."""
    from storeproof.conformance.comparison import NotComparable, merged
    from storeproof.conformance.results_file import write

    try:
        together = merged([(Path(each).stem, results_in(each)) for each in results])
    except NotComparable as error:
        raise Refused(str(error)) from None
    writable(output)
    write(together, Path(output))


@click.command()
@click.argument("old", metavar="OLD.json")
@click.argument("new", metavar="NEW.json")
def diff(old: str, new: str) -> None:
    """Tell what changed between two runs, regressions first; exit status 1 if there is one.

    A regression is a clause of the same store that has a worse state than before, or that
    passed and is no longer judged.
    """
    from storeproof.conformance.comparison import NotComparable, compared

    try:
        changes = compared(results_in(old), results_in(new))
    except NotComparable as error:
        raise Refused(str(error)) from None
    for title, group in changes.groups.items():
        if group:
            click.secho(f"{title} ({len(group)}):", bold=True)
        for each in group:
            click.echo(f"  {each}")
    if not changes.any:
        click.echo("Nothing changed.")
    sys.exit(1 if changes.regressions else 0)
