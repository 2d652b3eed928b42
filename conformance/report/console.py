"""The report for a terminal: a live line, a table area x store, then the failures by clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from storeproof.conformance.catalogue import Catalogue
from storeproof.conformance.results import UNTESTED, ClauseResult, CompileOnly, StoreResult
from storeproof.conformance.verdict import Event, message_of

_WORDS = {
    "pass": ("passed", "green"),
    "fail": ("failed", "bold red"),
    "error": ("harness error", "bold magenta"),
    "unsupported": ("unsupported", "yellow"),
    "not-run": ("not run", "yellow"),
}


class Live:
    """The line that shows how far a run is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("collecting the suite", total=None)
        self._failed = 0

    def counted(self, tests: int) -> None:
        """The number of tests is known."""
        self._progress.update(self._task, total=tests)

    def heard(self, event: Event) -> None:
        """A test ended."""
        self._failed += event["state"] in ("fail", "error")
        failed = f" [red]{self._failed} failed[/red]" if self._failed else ""
        about = event["clauses"][0] if event["clauses"] else "any operations"
        what = escape(f"{event['target']} {about}")
        self._progress.update(self._task, advance=1, description=f"{what}{failed}")


@contextmanager
def live(console: Console) -> Iterator[Live]:
    """A live line on a terminal, nothing elsewhere."""
    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        yield Live(progress)


def print_report(
    console: Console,
    results: Sequence[StoreResult],
    together: Event | None,
    catalogue: Catalogue,
    footer: str,
    missing: Mapping[str, str],
    compiled: Sequence[CompileOnly] = (),
) -> None:
    """The whole report of a run.

    `together` is the event of the stores in lock-step; `missing` says why stores that were
    wanted could not be had; `compiled` is about databases that nothing was run on.
    """
    if results:
        _print_table(console, results, catalogue)
    _print_failures(console, results)
    if together is not None and together["state"] != "pass":
        console.print()
        console.rule("[bold red]In lock-step[/]", align="left")
        console.print(message_of(together), markup=False, highlight=False, soft_wrap=True)
    _print_reasons(
        console, results, "error", "The harness failed in these; the store is not blamed"
    )
    _print_reasons(console, results, "not-run", "Not run")
    _print_reasons(console, results, "unsupported", "Not supported by the store")
    _print_variations(console, results)
    _print_untested(console, results)
    console.print()
    for result in results:
        counts = ", ".join(
            f"{result.count(state)} {word}"
            for state, (word, _) in _WORDS.items()
            if result.count(state)
        )
        mark = "[bold green]PASS[/]" if result.verdict else "[bold red]FAIL[/]"
        console.print(f"{mark}  {escape(result.name)}: {counts or 'nothing was run'}")
    if together is not None:
        agreed = together["state"] == "pass"
        mark = "[bold green]PASS[/]" if agreed else "[bold red]FAIL[/]"
        said = "the same answers" if agreed else f"{together['state']}, see above"
        console.print(
            f"{mark}  lock-step of {len(results)} stores: {said} in {together['examples']} examples"
        )
    _print_compiled(console, compiled)
    for name, why in missing.items():
        console.print(f"[bold yellow]NOT RUN[/]  {escape(name)}: {escape(why)}", highlight=False)
    if missing:
        console.print(
            f"[bold yellow]INCOMPLETE[/]  {len(missing)} of the databases were not tested; "
            "--strict makes that an error."
        )
    console.print(footer, style="dim", markup=False, highlight=False)


def _print_compiled(console: Console, compiled: Sequence[CompileOnly]) -> None:
    """One line for each, and what is wrong; "pass" is never said of a database that was not there."""
    for each in compiled:
        found = f"; {len(each.problems)} problems" if each.problems else ""
        style = "bold red" if each.problems else "bold yellow"
        console.print(
            f"[{style}]COMPILE-ONLY[/]  {each.kind}: {each.statements} statements compiled and checked "
            f"against T-SQL, none was run{found}",
            highlight=False,
            soft_wrap=True,
        )
        for problem in each.problems:
            console.print(f"  {problem.rule}: {problem.what}", markup=False, highlight=False)
            if problem.statement:
                console.print(f"    {_shortened(problem.statement)}", style="cyan", markup=False)


def _shortened(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 400 else f"{line[:300]} ... {line[-80:]}"


def _print_table(console: Console, results: Sequence[StoreResult], catalogue: Catalogue) -> None:
    table = Table(title=f"Clauses of profile {catalogue.profile}", title_justify="left")
    table.add_column("area")
    for result in results:
        table.add_column(escape(result.name), overflow="fold")
    for area in catalogue.areas:
        cells = [_cell(result, area.name) for result in results]
        if any(cells):
            table.add_row(area.title, *(cell or "[dim]-[/]" for cell in cells))
    console.print(table)


def _cell(result: StoreResult, area: str) -> str:
    parts = []
    for state, (word, style) in _WORDS.items():
        if count := result.count(state, area):
            parts.append(f"[{style}]{count} {word}[/]")
    return ", ".join(parts)


def _print_failures(console: Console, results: Sequence[StoreResult]) -> None:
    broken: dict[str, list[tuple[StoreResult, ClauseResult]]] = {}
    for result in results:
        for slug, each in result.clauses.items():
            if each.failures:
                broken.setdefault(slug, []).append((result, each))
    for slug, found in broken.items():
        clause = found[0][1].clause
        names = ", ".join(result.name for result, _ in found)
        console.print()
        console.rule(
            f"[bold red]{slug}[/] {clause.level.value}, broken by {escape(names)}", align="left"
        )
        console.print(clause.text, markup=False, highlight=False, style="dim")
        for result, each in found:
            shortest = min(each.failures, key=lambda event: len(event.get("script", "")))
            console.print(f"\n{result.name}", style="bold", markup=False, highlight=False)
            console.print(f"  expected  {shortest['expected']}", markup=False, highlight=False)
            console.print(f"  seen      {shortest['seen']}", markup=False, highlight=False)
            console.print(f"  test      {shortest['test']}", markup=False, highlight=False)
            if len(each.failures) > 1:
                console.print(f"  and {len(each.failures) - 1} more tests of this clause fail")
            if script := shortest.get("script"):
                console.print("  the shortest script that shows it:\n", highlight=False)
                for line in script.splitlines():
                    console.print(
                        f"    {line}", markup=False, highlight=False, soft_wrap=True, style="cyan"
                    )
        console.print(
            f"\nWhat usually causes it: storeproof explain {slug}", style="dim", highlight=False
        )


def _print_reasons(
    console: Console, results: Sequence[StoreResult], state: str, title: str
) -> None:
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for slug, each in result.clauses.items():
            if each.state == state:
                why = each.reason or "a failing test ended before it came to this clause"
                reasons.setdefault((result.name, why), []).append(slug)
    if reasons:
        console.print(f"\n{title}:", style="bold", highlight=False)
    for (name, why), slugs in reasons.items():
        console.print(f"  {name}: {', '.join(slugs)}: {why}", markup=False, highlight=False)


def _print_variations(console: Console, results: Sequence[StoreResult]) -> None:
    lines = []
    for result in results:
        seen = sorted(
            {
                f"{slug} {name}"
                for each in result.clauses.values()
                for event in each.events
                for slug, name in event["variations"]
            }
        )
        if seen:
            lines.append(f"  {result.name}: {', '.join(seen)}")
    if lines:
        console.print("\nAccepted variations seen:", style="bold")
        for line in lines:
            console.print(line, markup=False, highlight=False)


def _print_untested(console: Console, results: Sequence[StoreResult]) -> None:
    slugs = {
        slug
        for result in results
        for slug, each in result.clauses.items()
        if each.state == UNTESTED
    }
    if slugs:
        console.print(
            f"\n{len(slugs)} more clauses that apply have no test in this version and were not "
            "judged; storeproof list --untested names them.",
            highlight=False,
            style="dim",
        )
