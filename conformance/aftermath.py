"""What follows from the tests of a pytest session: failures kept, the ledger judged, results written.

Part of the plugin, in the process that leads the session. It imports the rest of the house
only when a test of the suite has ended, for every user of pytest loads it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from storeproof.conformance.results import LedgerProblem, Results
    from storeproof.conformance.session import Session

EVENT = "storeproof"
"""The name of the user property of a test report that holds the event as JSON."""


class Aftermath:
    """Listens to the events of a session; `session` is asked for only when there are some."""

    def __init__(self, session: Callable[[], Session]) -> None:
        self._session = session
        self._events: list[dict[str, Any]] = []
        self._began = datetime.now(UTC)
        self._clock = time.monotonic()
        self._problems: tuple[LedgerProblem, ...] = ()
        self._kept: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the event, and the failure that it may tell of."""
        for name, value in report.user_properties:
            if name == EVENT:
                event = json.loads(str(value))
                self._events.append(event)
                if event.get("trace") and event["state"] == "fail":
                    self._keep(event)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge the ledger, and write the results where they are wanted."""
        option = session.config.option
        if not self._events or not (option.storeproof_ledgers or option.storeproof_json):
            return
        results = self._results(session)
        self._problems = results.ledger
        if self._problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if option.storeproof_json:
            from pathlib import Path

            from storeproof.conformance import results_file

            results_file.write(results, Path(option.storeproof_json))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what is wrong with the ledger, and how to do a failure again."""
        if self._problems:
            terminalreporter.section("storeproof: the ledger of known failures", red=True)
        for problem in self._problems:
            told = f"{problem.ledger}: {problem.clause} is {problem.problem}. {problem.text}"
            terminalreporter.line(told)
        if self._kept:
            terminalreporter.section("storeproof: to do a failure again")
        for each in self._kept:
            terminalreporter.line(f"storeproof replay {each}")

    def _keep(self, event: dict[str, Any]) -> None:
        from storeproof.conformance import saved
        from storeproof.conformance.results import failure_of

        try:
            saved.save(failure_of(event), self._session().cache)
        except OSError:
            return  # a cache that cannot be written is no reason to lose the run
        self._kept.append(event["id"])

    def _results(self, session: pytest.Session) -> Results:
        import dataclasses

        from storeproof.conformance import catalogue, results
        from storeproof.conformance.session import environment

        option, ours = session.config.option, self._session()
        known = catalogue.load()
        wanted = {
            each.slug
            for pattern in option.storeproof_clauses or ()
            for each in known.matching(pattern)
        }
        run = results.Run(
            began=self._began.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._clock, 3),
            depth=option.storeproof_profile,
            seed=option.storeproof_seed,
            clauses=tuple(option.storeproof_clauses or ()),
            budget=ours.budget,
            tests=len(self._events),
            **environment(),
        )
        found = results.summarise(
            self._events, known, ours.described(self._events), run, wanted or None
        )
        return dataclasses.replace(found, ledger=ours.ledger.problems(found, known, wanted or None))
