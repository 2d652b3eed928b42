"""The report for a terminal: a live line, a table area x store, then the failures by clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from storeproof.conformance.report.words import WORDS
from storeproof.conformance.results import (
    UNTESTED,
    ClauseResult,
    CompileOnly,
    Failure,
    LockStep,
    Results,
    StoreResult,
    counts,
)
from storeproof.conformance.verdict import Event

_STYLES = {
    "pass": "green",
    "fail": "bold red",
    "known-fail": "red",
    "error": "bold magenta",
    "unsupported": "yellow",
    "inconclusive": "yellow",
    "not-run": "yellow",
}
_VERDICTS = {
    "pass": "[bold green]PASS[/]",
    "known-fail": "[bold yellow]KNOWN FAILURES[/]",
    "incomplete": "[bold red]INCOMPLETE[/]",
    "fail": "[bold red]FAIL[/]",
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


def print_report(console: Console, results: Results, footer: str) -> None:
    """The whole report of a run; `footer` is its last line."""
    if results.stores:
        _print_table(console, results)
    _print_failures(console, results)
    for each in results.lock_step:
        if each.state != "pass":
            _print_lock_step(console, each)
    _print_reasons(
        console, results, "error", "The harness failed in these; the store is not blamed"
    )
    _print_reasons(console, results, "known-fail", "Known to fail, by the ledger")
    _print_reasons(console, results, "inconclusive", "Could not be decided")
    _print_reasons(console, results, "not-run", "Not run")
    _print_reasons(console, results, "unsupported", "Not supported by the store")
    _print_cut(console, results)
    _print_variations(console, results)
    _print_untested(console, results)
    console.print()
    for result in results.stores:
        found = counts(result, results.texts)
        told = ", ".join(f"{found[state]} {WORDS[state]}" for state in _STYLES if state in found)
        console.print(
            f"{_VERDICTS[result.verdict]}  {escape(result.name)}: {told or 'nothing was run'}"
        )
    for each in results.lock_step:
        verdict = each.state if each.state in _VERDICTS else "incomplete"
        said = "the same answers" if each.state == "pass" else f"{WORDS[each.state]}, see above"
        console.print(
            f"{_VERDICTS[verdict]}  lock-step of {len(each.stores)} stores: {said} "
            f"in {each.examples} examples"
        )
    _print_compiled(console, results.compile_only)
    for missing in results.missing:
        told = f"{escape(missing.kind)}: {escape(missing.why)}"
        console.print(f"[bold yellow]NOT RUN[/]  {told}", highlight=False)
    if results.missing:
        console.print(
            f"[bold yellow]INCOMPLETE[/]  {len(results.missing)} of the databases were not tested; "
            "--strict makes that an error."
        )
    for problem in results.ledger:
        told = escape(f"{problem.ledger}: {problem.clause} is {problem.problem}. {problem.text}")
        console.print(f"[bold red]LEDGER[/]  {told}", highlight=False, soft_wrap=True)
    console.print(footer, style="dim", markup=False, highlight=False)


def _print_compiled(console: Console, compiled: tuple[CompileOnly, ...]) -> None:
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


def _print_table(console: Console, results: Results) -> None:
    table = Table(title=f"Clauses of profile {results.profile}", title_justify="left")
    table.add_column("area")
    for result in results.stores:
        table.add_column(escape(result.name), overflow="fold")
    for area in results.areas:
        cells = [_cell(counts(each, results.texts, area.name)) for each in results.stores]
        if any(cells):
            table.add_row(area.title, *(cell or "[dim]-[/]" for cell in cells))
    console.print(table)


def _cell(found: Mapping[str, int]) -> str:
    return ", ".join(
        f"[{style}]{found[state]} {WORDS[state]}[/]"
        for state, style in _STYLES.items()
        if state in found
    )


def _print_failures(console: Console, results: Results) -> None:
    broken: dict[str, list[tuple[StoreResult, ClauseResult]]] = {}
    for result in results.stores:
        for each in result.clauses:
            if each.state == "fail":
                broken.setdefault(each.slug, []).append((result, each))
    for slug, found in broken.items():
        clause = results.texts[slug]
        names = ", ".join(result.name for result, _ in found)
        console.print()
        console.rule(
            f"[bold red]{slug}[/] {clause.level.value}, broken by {escape(names)}", align="left"
        )
        console.print(clause.text, markup=False, highlight=False, style="dim")
        for result, each in found:
            console.print(f"\n{result.name}", style="bold", markup=False, highlight=False)
            _print_failure(console, each.failures[0])
            if len(each.failures) > 1:
                console.print(f"  and {len(each.failures) - 1} more tests of this clause fail")
        console.print(
            f"\nWhat usually causes it: storeproof explain {slug}", style="dim", highlight=False
        )


def _print_failure(console: Console, failure: Failure) -> None:
    for name, told in (
        ("expected", failure.expected),
        ("seen", failure.seen),
        ("test", failure.test),
        ("again", f"storeproof replay {failure.id}"),
    ):
        console.print(f"  {name:9} {told}", markup=False, highlight=False, soft_wrap=True)
    if failure.script:
        console.print("  the shortest script that shows it:\n", highlight=False)
        for line in failure.script.splitlines():
            console.print(
                f"    {line}", markup=False, highlight=False, soft_wrap=True, style="cyan"
            )


def _print_lock_step(console: Console, together: LockStep) -> None:
    console.print()
    console.rule("[bold red]In lock-step[/]", align="left")
    if together.reason:
        console.print(f"{together.state}: {together.reason}", markup=False, highlight=False)
    for failure in together.failures:
        console.print(f"{failure.clause} broken by {failure.store}", markup=False)
        _print_failure(console, failure)


def _print_reasons(console: Console, results: Results, state: str, title: str) -> None:
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results.stores:
        for each in result.clauses:
            if each.state == state:
                reasons.setdefault((result.name, each.reason), []).append(each.slug)
    if reasons:
        console.print(f"\n{title}:", style="bold", highlight=False)
    for (name, why), slugs in reasons.items():
        console.print(f"  {name}: {', '.join(slugs)}: {why}", markup=False, highlight=False)


def _print_cut(console: Console, results: Results) -> None:
    """Which answers rest on fewer examples than were wanted."""
    lines = [
        f"  {result.name}: {', '.join(f'{each.slug} {each.examples}' for each in cut)}"
        for result in results.stores
        if (cut := [each for each in result.clauses if each.cut and each.state == "pass"])
    ]
    if lines:
        console.print("\nCut short by the budget, after so many examples:", style="bold")
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _print_variations(console: Console, results: Results) -> None:
    lines = []
    for result in results.stores:
        seen = [f"{each.slug} {name}" for each in result.clauses for name in each.variations]
        if seen:
            lines.append(f"  {result.name}: {', '.join(seen)}")
    if lines:
        console.print("\nAccepted variations seen:", style="bold")
        for line in lines:
            console.print(line, markup=False, highlight=False)


def _print_untested(console: Console, results: Results) -> None:
    slugs = {
        each.slug for result in results.stores for each in result.clauses if each.state == UNTESTED
    }
    if slugs:
        console.print(
            f"\n{len(slugs)} more clauses that apply have no test in this version and were not "
            "judged; storeproof list --untested names them.",
            highlight=False,
            style="dim",
        )
