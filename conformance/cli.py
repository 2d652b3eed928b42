"""The command line: check, and the commands of the folder commands/.

Exit status: 0 every MUST clause that was asked for passed; 1 one did not; 2 the command or
a store's address cannot be used; 3 the harness itself failed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from storeproof.conformance import catalogue as catalogues
from storeproof.conformance.commands.bench import bench
from storeproof.conformance.commands.clauses import explain, list_clauses
from storeproof.conformance.commands.common import (
    BROKEN_HARNESS,
    USAGE,
    WRITTEN,
    clause_named,
    end,
    settings_here,
    slugs_of_area,
    writable,
)
from storeproof.conformance.commands.ledger import ledger, ledger_in
from storeproof.conformance.commands.replay import replay
from storeproof.conformance.commands.reports import (
    Reports,
    badge,
    diff,
    merge,
    report,
    report_options,
    write_reports,
)
from storeproof.conformance.commands.stores import compiled_only, named_databases, preflight
from storeproof.conformance.profiles import DEFAULT_PROFILE, DEFAULT_STORES, PROFILES
from storeproof.stores.cli import server
from storeproof.stores.db_commands import db
from storeproof.stores.gc_command import gc


def _budget(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """The seconds of a budget."""
    from storeproof.conformance.budget import seconds

    try:
        return None if value is None else seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="storeproof")
def cli() -> None:
    """Test MLflow backend stores against the specification of how one behaves."""


@cli.command()
@click.argument("stores", nargs=-1, metavar="[STORE]...")
@click.option(
    "--mlflow",
    "mlflow_stores",
    multiple=True,
    metavar="URI",
    help="A store that the MLflow beside storeproof opens, a plugin's for instance; or a word "
    "(file, sqlite, postgresql, mysql, mariadb) for a throw-away store of MLflow's; repeatable.",
)
@click.option("--profile", type=click.Choice(list(PROFILES)), help="How deep to look.  [quick]")
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="SLUG",
    help="Only this clause; wildcards such as 'EXP-*' are allowed; repeatable.",
)
@click.option(
    "--area",
    "areas",
    multiple=True,
    metavar="NAME",
    help="Only the clauses of this area (storeproof list names them); repeatable.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Repeat a run: same examples.")
@click.option("--json", "json_file", type=WRITTEN, help="Write results.json here too.")
@report_options
@click.option(
    "--ledger",
    "ledgers",
    type=click.Path(dir_okay=False),
    multiple=True,
    help="Known failures (TOML), which fail no run; stale or expired entries do; repeatable.",
)
@click.option(
    "--budget",
    callback=_budget,
    metavar="TIME",
    help="Stop after this time, such as 90s or 5m; the most telling tests come first.",
)
@click.option(
    "--cache", type=click.Path(file_okay=False), help="Keep failures in this folder, for replay."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    show_default="one per core for the whole suite and for areas, one for chosen clauses",
    help="Processes that test at once.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1),
    default=20.0,
    show_default=True,
    help="Seconds that one operation of a store may take; opening it, five times as long.",
)
@click.option("--insist", is_flag=True, help="Write into a store that has content.")
@click.option(
    "--lock-step/--no-lock-step",
    default=True,
    help="Drive several stores with the same operations and compare their answers.",
)
@click.option(
    "--databases",
    metavar="NAMES",
    help="Kinds of throw-away stores, joined by commas, beside any STORE: file, sqlite, "
    "postgresql, mysql, mariadb, mssql; or all: those of them that can be had.",
)
@click.option(
    "--strict", is_flag=True, help="With --databases all: one that is missing is an error."
)
@click.option(
    "--compile-only",
    "compile_only",
    type=click.Choice(["mssql"]),
    multiple=True,
    help="Compile and check what the store would send to this database, and run none of it; "
    "never a pass. With --databases all it is done for one that cannot be had.",
)
def check(
    stores: Sequence[str],
    mlflow_stores: Sequence[str],
    profile: str | None,
    clauses: Sequence[str],
    areas: Sequence[str],
    seed: int | None,
    json_file: str | None,
    reports: Reports,
    ledgers: Sequence[str],
    budget: float | None,
    cache: str | None,
    jobs: int | None,
    time_limit: float,
    insist: bool,
    lock_step: bool,
    databases: str | None,
    strict: bool,
    compile_only: Sequence[str],
) -> None:
    """Tell which clauses of the specification each STORE keeps and breaks.

    A STORE is an address (a path, file:, sqlite:, http: ...), a word for a throw-away store
    of that kind (file, sqlite, postgresql, mysql, mariadb, mssql: the server is the one that
    STOREPROOF_<KIND>_URL names, else a container, else started from local binaries; http is
    a tracking server over sqlite, http+postgresql and the like one over a database), or
    module:factory, a function that returns a new, empty store, of MLflow's or of ours. With
    no STORE, file and sqlite are checked. What [tool.storeproof] in ./pyproject.toml says is
    heeded.
    """
    from rich.console import Console

    from storeproof.conformance import results as outcome
    from storeproof.conformance import results_file
    from storeproof.conformance.doors import MLFLOW
    from storeproof.conformance.masking import Masking
    from storeproof.conformance.report.console import live, print_report
    from storeproof.conformance.runner import Options, RunError, run
    from storeproof.conformance.session import describe, environment
    from storeproof.conformance.target import target

    started, began = time.monotonic(), datetime.now(UTC)
    console = Console(file=sys.stdout)
    catalogue = catalogues.load()
    clauses = (*clauses, *(slug for area in areas for slug in slugs_of_area(catalogue, area)))
    wanted = _wanted(catalogue, clauses)
    settings = settings_here()
    profile = profile or settings.profile or DEFAULT_PROFILE
    ledgers = ledgers or settings.ledgers
    known = ledger_in(ledgers)
    writable(json_file, *reports.files)
    named, missing = named_databases(databases, strict)
    compiled = compiled_only(compile_only, missing)
    asked_for = (*stores, *(f"{MLFLOW.word}:{uri}" for uri in mlflow_stores), *named)
    chosen = tuple(dict.fromkeys(asked_for or (() if compile_only else DEFAULT_STORES)))
    shown = Masking.of(chosen)
    described = []
    for spec in chosen:
        preflight(spec, insist, time_limit)
        with closing(target(spec)) as found:
            described.append(describe(found, shown))
        if described[-1].about:
            told = f"{described[-1].name}: {described[-1].about}"
            console.print(told, markup=False, highlight=False)
    seed = seed if seed is not None else int.from_bytes(os.urandom(4))
    if jobs is None:
        jobs = 1 if clauses and not areas else min(os.cpu_count() or 1, 8)
    left = None if budget is None else budget - (time.monotonic() - started)
    options = Options(
        chosen, profile, clauses, seed, time_limit, jobs, insist, lock_step, ledgers, left, cache
    )
    try:
        with live(console) as line:
            events = run(options, line.heard, line.counted) if chosen else []
    except RunError as error:
        told = str(error) if os.environ.get("STOREPROOF_DEBUG") else _last_line(str(error))
        end(f"the suite could not be run: {told}", BROKEN_HARNESS)
    made = outcome.Run(
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 3),
        depth=profile,
        seed=seed,
        clauses=tuple(clauses),
        budget=budget,
        tests=len(events),
        **environment(),
    )
    results = replace(
        outcome.summarise(events, catalogue, described, made, wanted),
        missing=tuple(outcome.Missing(kind, shown.text(why)) for kind, why in missing.items()),
        compile_only=tuple(compiled),
    )
    results = replace(results, ledger=known.problems(results, catalogue, wanted))
    footer = (
        f"{len(events)} tests, {sum(event['examples'] for event in events)} examples "
        f"in {made.seconds:.1f} s; profile {profile}, seed {seed}"
    )
    print_report(console, results, footer)
    if json_file:
        results_file.write(results, Path(json_file))
    write_reports(results, reports)
    sys.exit(0 if results.sound else 1)


for command in (
    list_clauses,
    explain,
    replay,
    report,
    badge,
    merge,
    diff,
    ledger,
    bench,
    server,
    db,
    gc,
):
    cli.add_command(command)


def main() -> NoReturn:
    """The `storeproof` command: no traceback reaches its user."""
    from storeproof.stores import StoreError

    try:
        cli()
    except StoreError as error:
        end(error.message, USAGE)
    except KeyboardInterrupt:
        end("interrupted", 130)
    except Exception as error:
        if os.environ.get("STOREPROOF_DEBUG"):
            raise
        end(
            f"storeproof itself failed with {type(error).__name__}: {error} "
            "(STOREPROOF_DEBUG=1 shows where).",
            BROKEN_HARNESS,
        )
    sys.exit(0)


def _last_line(text: str) -> str:
    """What a traceback comes to."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")


def _wanted(catalogue: catalogues.Catalogue, patterns: Sequence[str]) -> frozenset[str] | None:
    if not patterns:
        return None
    slugs: set[str] = set()
    for pattern in patterns:
        found = catalogue.matching(pattern)
        if not found:
            clause_named(catalogue, pattern)
        slugs.update(each.slug for each in found)
    return frozenset(slugs)
