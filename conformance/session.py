"""What the suite's tests share within one pytest session: targets, time, ledger and secrets."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test

from storeproof.conformance import budget, catalogue, ledger_file, saved, servers
from storeproof.conformance.budget import Candidate, Schedule, Stint
from storeproof.conformance.excuses import Excuses
from storeproof.conformance.ledger import Entry, Ledger, LedgerError
from storeproof.conformance.masking import Masking
from storeproof.conformance.profiles import DEFAULT_PROFILE, DEFAULT_STORES, PROFILES, Depth
from storeproof.conformance.results import Described, Failure
from storeproof.conformance.settings import FILE, Settings, read
from storeproof.conformance.target import Target, target
from storeproof.conformance.verdict import LOCK_STEP, Event

ENDS = "storeproof_ends"
"""Where a worker finds the moment, by time.time(), at which the budget is spent."""


@dataclass
class Session:
    """The state of one session; `end` is a moment of time.monotonic(), if there is a budget."""

    specs: Sequence[str]
    profile: str
    insist: bool
    ledger: Ledger
    examples: Sequence[tuple[Entry, Failure]]
    budget: float | None
    """Seconds that the whole run may take."""
    end: float | None
    cache: Path
    settings: Settings
    excuses: Excuses
    hung: set[str] = field(default_factory=set)
    """The stores that a call never came back from."""
    schedule: Schedule | None = None
    _targets: dict[str, Target] = field(default_factory=dict)

    @property
    def depth(self) -> Depth:
        """How deep the profile goes."""
        return PROFILES[self.profile]

    @classmethod
    def of(cls, config: pytest.Config) -> Session:
        """The session that the options and the author's settings ask for; UsageError if it cannot be.

        What the settings say is put into the options that are not given.
        """
        option = config.option
        try:
            settings = read(Path(option.storeproof_settings or config.rootpath / FILE))
            option.storeproof_ledgers = option.storeproof_ledgers or list(settings.ledgers)
            loaded = ledger_file.load(Path(file) for file in option.storeproof_ledgers)
            examples = loaded.examples()
            length = budget.seconds(option.storeproof_budget) if option.storeproof_budget else None
        except (LedgerError, ValueError) as error:  # a SettingsError is one
            raise pytest.UsageError(str(error)) from None
        profile = option.storeproof_profile or settings.profile or DEFAULT_PROFILE
        option.storeproof_profile = profile
        ends = getattr(config, "workerinput", {}).get(ENDS)
        if ends is not None:
            length = ends - time.time()
        return cls(
            specs=list(dict.fromkeys(option.storeproof_stores or DEFAULT_STORES)),
            profile=profile,
            insist=option.storeproof_insist,
            ledger=loaded,
            examples=examples,
            budget=length,
            end=None if length is None else time.monotonic() + length,
            cache=saved.cache_folder(option.storeproof_cache),
            settings=settings,
            excuses=Excuses(settings.left_out, option.storeproof_time_limit),
        )

    def target(self, spec: str) -> Target:
        """The target of a spec, one for the whole session: tests come in random order, and setting up costs."""
        if spec not in self._targets:
            self._targets[spec] = target(spec, insist=self.insist)
        return self._targets[spec]

    def close(self) -> None:
        """Take down the targets."""
        while self._targets:
            self._targets.popitem()[1].close()

    @cached_property
    def masking(self) -> Masking:
        """What is secret: in the addresses, of the servers, and in the environment."""
        return Masking.of([*self.specs, *servers.addresses()])

    def described(self, events: Iterable[Event]) -> list[Described]:
        """The stores that the events are about."""
        known = {self.masking.address(spec): spec for spec in self.specs}
        found: dict[str, Described] = {}
        for event in events:
            name = event["target"]
            if name in known:
                found.setdefault(name, describe(self.target(known[name]), self.masking))
            elif name != LOCK_STEP:
                found.setdefault(name, Described(name, name, frozenset(event["kinds"])))
        return list(found.values())

    def known_failures(self, specs: Iterable[str]) -> list[tuple[str, Entry, Failure]]:
        """Each example of the ledger with each of these stores that it is about."""
        return [
            (spec, entry, failure)
            for spec in specs
            for entry, failure in self.examples
            if entry.is_about(self.masking.address(spec))
        ]

    def arrange(
        self, items: list[pytest.Item], slugs: dict[str, tuple[str, ...]], workers: int
    ) -> None:
        """Put tests into the order of a budget, if there is one, and the ledger's examples before all.

        `slugs` are the clauses by node id. What is known to fail comes first: it is the
        shortest way to learn that it is mended.
        """
        if self.end is not None:
            by_name = {item.nodeid: item for item in items}
            ordered = budget.in_order(
                [
                    Candidate(name, name.partition("[")[0], slugs[name], _weight(item))
                    for name, item in by_name.items()
                ],
                catalogue.load(),
            )
            items[:] = [by_name[each.name] for each in ordered]
            weights = {each.name: each.weight for each in ordered}
            self.schedule = Schedule(self.end, weights, workers)
        items.sort(key=lambda item: "known_failure" not in getattr(item, "fixturenames", ()))

    def stint(self, nodeid: str) -> Stint | None:
        """The time of a test that begins now; TimeIsUp if there is none left."""
        if self.schedule is None:
            return None
        stint = self.schedule.stint(nodeid)
        stint.check(done=0)
        return stint


def describe(found: Target, masking: Masking, name: str | None = None) -> Described:
    """What results say of a store; `name` is what to call it, where that is given."""
    return Described(
        masking.address(found.spec),
        masking.text(name or found.name),
        found.kinds,
        masking.text(found.about),
    )


def environment() -> dict[str, str]:
    """What results say of where a run was made."""
    return {
        "storeproof": metadata.version("storeproof"),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }


def _weight(item: Any) -> float:
    """What a test weighs in a budget."""
    if "depth" in getattr(item, "fixturenames", ()):
        return budget.MACHINE
    generates = is_hypothesis_test(getattr(item, "obj", None))
    return budget.GENERATED if generates else budget.PLAIN
