"""Runs the suite in a pytest session of its own and hands its events to listeners."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storeproof.conformance.aftermath import EVENT
from storeproof.conformance.settings import FILE
from storeproof.conformance.verdict import Event

SUITE = "storeproof.conformance.suite"


class RunError(Exception):
    """The suite could not be run; the message is what pytest said."""


@dataclass(frozen=True)
class Options:
    """What to run: the stores' specs, and how deep."""

    stores: Sequence[str]
    profile: str = "quick"
    clauses: Sequence[str] = ()
    seed: int | None = None
    time_limit: float = 20.0
    jobs: int = 1
    insist: bool = False
    lock_step: bool = True
    ledgers: Sequence[str] = ()
    budget: float | None = None
    """Seconds that are left for the tests."""
    cache: str | None = None
    """Where failures are kept, in place of the platform's folder."""


@dataclass(eq=False)  # pytest wants its plugins hashable
class _Listener:
    """A pytest plugin that collects the events as they come."""

    heard: Callable[[Event], None]
    counted: Callable[[int], None]
    events: list[Event] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == EVENT:
                event = json.loads(str(value))
                self.events.append(event)
                self.heard(event)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self.counted(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self.counted(len(ids))

    def pytest_internalerror(self, excrepr: object) -> None:
        self.problems.append(str(excrepr))


def run(
    options: Options,
    heard: Callable[[Event], None] = lambda _: None,
    counted: Callable[[int], None] = lambda _: None,
) -> list[Event]:
    """All events of a run; `heard` gets each as it comes, `counted` the number of tests.

    Raises RunError when the suite could not be collected or pytest itself failed.
    """
    arguments = _arguments(options)
    listener = _Listener(heard, counted)
    with tempfile.TemporaryDirectory(prefix="storeproof-") as folder, _apart(folder):
        # The user's own pytest settings, and plugins that happen to be installed, stay out.
        ini = Path(folder) / "pytest.ini"
        ini.write_text("[pytest]\n")
        arguments += ["-c", str(ini), "--rootdir", folder]
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = pytest.main(arguments, plugins=[listener])
    if status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR) or listener.problems:
        raise RunError("\n".join(listener.problems) or output.getvalue().strip())
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return listener.events


def _arguments(options: Options) -> list[str]:
    """The options as pytest's."""
    arguments = ["--pyargs", SUITE, "-p", "storeproof.conformance.plugin", "-p", "no:cacheprovider"]
    arguments.append("--noconftest")  # those of the folder that the user stands in
    # It collects garbage five times over at the end, which takes seconds, for warnings that are not shown.
    arguments += ["-p", "no:unraisableexception"]
    arguments += ["-p", "no:randomly", "-q", "--no-header", "--tb=native"]
    for spec in options.stores:
        arguments += ["--store", spec]
    for slug in options.clauses:
        arguments += ["--clause", slug]
    arguments += ["--storeproof-profile", options.profile, "--time-limit", str(options.time_limit)]
    arguments += ["--storeproof-settings", str(Path(FILE).absolute())]
    if options.seed is not None:
        arguments += ["--storeproof-seed", str(options.seed)]
    if options.insist:
        arguments.append("--insist")
    if not options.lock_step:
        arguments.append("--no-lock-step")
    for ledger in options.ledgers:
        arguments += ["--ledger", str(Path(ledger).absolute())]
    if options.budget is not None:
        arguments += ["--budget", f"{max(options.budget, 0.001):.3f}s"]
    if options.cache is not None:
        arguments += ["--storeproof-cache", str(Path(options.cache).absolute())]
    if options.jobs > 1:
        arguments += ["-p", "xdist.plugin", "-n", str(options.jobs)]
    return arguments


@contextlib.contextmanager
def _apart(folder: str) -> Iterator[None]:
    """Environment of the inner session, put back afterwards."""
    settings = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": f"{folder}/hypothesis",
    }
    before = {
        name: os.environ.get(name) for name in (*settings, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    }
    os.environ.update(settings)
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ.pop("PYTEST_PLUGINS", None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
