"""The command line: check, list, explain, bench.

Exit status: 0 every MUST clause that was asked for passed; 1 one did not; 2 the command or
a store's address cannot be used; 3 the harness itself failed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from storeproof.conformance import catalogue as catalogues
from storeproof.conformance.profiles import DEFAULT_STORES, PROFILES
from storeproof.stores.cli import server

if TYPE_CHECKING:
    from storeproof.conformance.results import CompileOnly

USAGE, BROKEN_HARNESS = 2, 3


class Refused(click.ClickException):
    """Input that cannot be used: one sentence, exit status 2."""

    exit_code = USAGE


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="storeproof")
def cli() -> None:
    """Test MLflow backend stores against the specification of how one behaves."""


@cli.command()
@click.argument("stores", nargs=-1, metavar="[STORE]...")
@click.option(
    "--profile", type=click.Choice(list(PROFILES)), default="quick", help="How deep to look."
)
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="SLUG",
    help="Only this clause; wildcards such as 'EXP-*' are allowed; repeatable.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Repeat a run: same examples.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False), help="Write results.json here too."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    show_default="one per core for the whole suite, one for chosen clauses",
    help="Processes that test at once.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1),
    default=20.0,
    show_default=True,
    help="Seconds that one operation of a store may take.",
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
    profile: str,
    clauses: Sequence[str],
    seed: int | None,
    json_file: str | None,
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
    module:factory, a function that returns a new, empty store. With no STORE, file and
    sqlite are checked.
    """
    from storeproof.conformance import results as outcome
    from storeproof.conformance.report.console import live, print_report
    from storeproof.conformance.runner import Options, RunError, run
    from storeproof.conformance.target import target

    console = Console(file=sys.stdout)
    catalogue = catalogues.load()
    wanted = _wanted(catalogue, clauses)
    _writable(json_file)
    named, missing = _named_databases(databases, strict)
    compiled = _compiled(compile_only, missing)
    chosen = tuple(dict.fromkeys((*stores, *named) or (() if compile_only else DEFAULT_STORES)))
    described = []
    for spec in chosen:
        about = _preflight(spec, insist, time_limit)
        found = target(spec)
        described.append((spec, found.name, found.kinds))
        found.close()
        if about:
            console.print(f"{found.name}: {about}", markup=False, highlight=False)
    seed = seed if seed is not None else int.from_bytes(os.urandom(4))
    if jobs is None:
        jobs = 1 if clauses else min(os.cpu_count() or 1, 8)
    options = Options(chosen, profile, clauses, seed, time_limit, jobs, insist, lock_step)
    started = time.monotonic()
    try:
        with live(console) as line:
            events = run(options, line.heard, line.counted) if chosen else []
    except RunError as error:
        told = str(error) if os.environ.get("STOREPROOF_DEBUG") else _last_line(str(error))
        _end(f"the suite could not be run: {told}", BROKEN_HARNESS)
    seconds = time.monotonic() - started
    results = outcome.summarise(events, catalogue, described, wanted)
    footer = (
        f"{len(events)} tests, {sum(event['examples'] for event in events)} examples "
        f"in {seconds:.1f} s; profile {profile}, seed {seed}"
    )
    together = outcome.lock_step(events)
    print_report(console, results, together, catalogue, footer, missing, compiled)
    if json_file:
        asked = {"profile": profile, "seed": seed, "clauses": list(clauses), "seconds": seconds}
        document = outcome.to_json(results, together, catalogue, asked, compiled)
        Path(json_file).write_text(json.dumps(document, indent=1) + "\n")
    agreed = together is None or together["state"] == "pass"
    sound = not any(each.problems for each in compiled)
    sys.exit(0 if agreed and sound and all(result.verdict for result in results) else 1)


@cli.command("list")
@click.option("--area", help="Only this area.")
@click.option("--untested", is_flag=True, help="Only clauses that no test is about yet.")
def list_clauses(area: str | None, untested: bool) -> None:
    """List the clauses of the specification."""
    catalogue = catalogues.load()
    names = [each.name for each in catalogue.areas]
    if area is not None and area not in names:
        raise Refused(f"There is no area {area!r}; there are {', '.join(names)}.")
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


@cli.command()
@click.argument("slug")
def explain(slug: str) -> None:
    """Say what clause SLUG demands, what it accepts, and what usually breaks it."""
    catalogue = catalogues.load()
    clause = _known(catalogue, slug)
    click.secho(f"{clause.slug}  {clause.level.value}  ({clause.area})", bold=True)
    click.echo(clause.text)
    for variation in clause.variations:
        click.echo(f"\nAccepted variation {variation.name}: {variation.text}")
    click.echo(f"\n{clause.help.strip()}")
    if clause.issues:
        click.echo(f"\nReported to MLflow as {', '.join(f'#{each}' for each in clause.issues)}.")


@cli.command()
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
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write figures here.")
def bench(
    stores: Sequence[str],
    mlflow_python: str | None,
    repeat: int,
    words: Sequence[str],
    json_file: str | None,
) -> None:
    """Time the stores' operations beside the floor that the disk sets, and beside MLflow's."""
    from storeproof.conformance.bench import KINDS, OPERATIONS, run_bench

    _writable(json_file)
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


cli.add_command(server)


def main() -> NoReturn:
    """The `storeproof` command: no traceback reaches its user."""
    from storeproof.stores import StoreError

    try:
        cli()
    except StoreError as error:
        _end(error.message, USAGE)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except Exception as error:
        if os.environ.get("STOREPROOF_DEBUG"):
            raise
        _end(
            f"storeproof itself failed with {type(error).__name__}: {error} "
            "(STOREPROOF_DEBUG=1 shows where).",
            BROKEN_HARNESS,
        )
    sys.exit(0)


def _end(message: str, status: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(status)


def _last_line(text: str) -> str:
    """What a traceback comes to."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")


def _known(catalogue: catalogues.Catalogue, slug: str) -> catalogues.Clause:
    try:
        return catalogue.clause(slug.upper())
    except catalogues.UnknownClause as error:
        raise Refused(str(error)) from None


def _wanted(catalogue: catalogues.Catalogue, patterns: Sequence[str]) -> frozenset[str] | None:
    if not patterns:
        return None
    slugs: set[str] = set()
    for pattern in patterns:
        found = catalogue.matching(pattern)
        if not found:
            _known(catalogue, pattern)
        slugs.update(each.slug for each in found)
    return frozenset(slugs)


def _writable(file: str | None) -> None:
    """Refuse a file that cannot be written before the work is done, not after."""
    if file is None:
        return
    try:
        with Path(file).open("a"):
            pass
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from None


def _named_databases(names: str | None, strict: bool) -> tuple[list[str], dict[str, str]]:
    """The kinds asked for, and why each of `all` that cannot be had is missing."""
    from storeproof.conformance import servers

    every = (*DEFAULT_STORES, *servers.SERVED)
    if names is None:
        return [], {}
    if names.strip().lower() != "all":
        chosen = [name.strip().lower() for name in names.split(",") if name.strip()]
        for name in chosen:
            if name not in every:
                raise Refused(f"There is no database {name!r}; there are {', '.join(every)}, all.")
        return chosen, {}
    found, missing = list(DEFAULT_STORES), {}
    for kind in servers.SERVED:
        try:
            servers.server(kind)
        except servers.ServerUnavailable as error:
            if strict:
                raise Refused(str(error)) from None
            missing[kind] = str(error)
        except ValueError as error:
            raise Refused(str(error)) from None
        else:
            found.append(kind)
    return found, missing


def _compiled(asked: Sequence[str], missing: Collection[str]) -> list[CompileOnly]:
    """What was compiled and not run: for each kind asked for, and each of `missing` where it can be done."""
    from storeproof.conformance import compile_only

    instead = [kind for kind in missing if kind in compile_only.KINDS and compile_only.possible()]
    try:
        return [compile_only.check(kind) for kind in dict.fromkeys((*asked, *instead))]
    except compile_only.MissingTool as error:
        raise Refused(str(error)) from None


def _preflight(spec: str, insist: bool, time_limit: float) -> str:
    """Open the store once, so that one that cannot be used is told in a sentence; what is said about it."""
    from storeproof.conformance.deadline import Deadline, OperationTimeout
    from storeproof.conformance.probe import explain as explained
    from storeproof.conformance.servers import ServerUnavailable
    from storeproof.conformance.target import AtAddress, TargetError, target, without_password

    deadline = Deadline(time_limit)
    try:
        found = target(spec, insist=insist)
        place = found.place()
        store = deadline.run(place.open)
        if isinstance(found, AtAddress):
            deadline.run(found.guard)
        deadline.run(store.close)
        place.discard()
        about = found.about
        found.close()
    except (TargetError, ServerUnavailable) as error:
        raise Refused(str(error)) from None
    except OperationTimeout as error:
        raise Refused(f"{without_password(spec)} cannot be opened: {error}.") from None
    except Exception as error:  # noqa: BLE001 - a store's constructor may raise anything
        told = explained(error).rstrip(".")
        raise Refused(f"{without_password(spec)} cannot be opened: {told}.") from None
    finally:
        deadline.end()
    return about


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
