"""The ledger: what is known to be broken in a store, why, and until when that may stay so.

A TOML file with one [[known]] table for each clause and store. An entry cannot outlive what
it is about: one that is stale (the clause passes now), expired, unmatched or incomplete
fails the run.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path

from packaging.version import InvalidVersion, Version

from storeproof.conformance import saved
from storeproof.conformance.catalogue import Catalogue
from storeproof.conformance.relations import SAME
from storeproof.conformance.results import BROKEN, Failure, LedgerProblem, Results
from storeproof.conformance.verdict import Event


class LedgerError(Exception):
    """A ledger that cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Entry:
    """One clause that a store is known to break.

    `store` is a pattern for the store as it was named to the run. `since` and `until` are
    the first version that the entry is about and the first that it is not, such as
    "mystore 1.2" or "storeproof 0.3". `example` is a saved failure, relative to the ledger.
    """

    ledger: Path
    clause: str
    store: str = "*"
    reason: str = ""
    link: str = ""
    expires: date | None = None
    since: str = ""
    until: str = ""
    example: str = ""

    def is_about(self, spec: str) -> bool:
        """Whether it is about this store."""
        return fnmatchcase(spec, self.store)

    def in_time(self) -> bool:
        """Whether the versions that are installed are those that it is about."""
        return _installed(self.since, self) >= 0 and not (
            self.until and _installed(self.until, self) >= 0
        )

    @property
    def flaw(self) -> tuple[str, str] | None:
        """What problem it has by itself, and in what words; None if it is in force."""
        if not self.reason.strip() or self.expires is None:
            lacks = "reason" if not self.reason.strip() else "expiry date"
            return "incomplete", f"It has no {lacks}: a person must write one."
        if self.expires < datetime.now(UTC).date():
            return "expired", f"It expired on {self.expires}: mend the store, or look at it again."
        return None


@dataclass(frozen=True)
class Ledger:
    """The entries of one or more files."""

    entries: tuple[Entry, ...] = ()

    def known(self, event: Event) -> Entry | None:
        """The entry that knows of a failure."""
        spec = str(event.get("store") or event["target"])
        for each in self.entries:
            if each.clause == event["clause"] and each.is_about(spec) and _in_force(each):
                return each
        return None

    def applied(self, event: Event) -> Event:
        """The event, as a known failure if it is one."""
        entry = self.known(event) if event["state"] == "fail" else None
        if entry is None:
            return event
        told = {"reason": entry.reason, "link": entry.link, "expires": str(entry.expires)}
        return {**event, "state": "known-fail", "reason": entry.reason, "known": told}

    def problems(
        self, results: Results, catalogue: Catalogue, wanted: Collection[str] | None = None
    ) -> tuple[LedgerProblem, ...]:
        """The entries that cannot stay as they are, after a run; `wanted` are the clauses that it was about."""
        found = []
        for each in self.entries:
            flaw = each.flaw
            if flaw is None and each.in_time() and (wanted is None or each.clause in wanted):
                flaw = _mismatch(each, results, catalogue)
            if flaw is not None:
                found.append(LedgerProblem(str(each.ledger), each.clause, *flaw))
        return tuple(found)

    def examples(self) -> list[tuple[Entry, Failure]]:
        """The stored examples of the entries in force; LedgerError for one that cannot be read."""
        found = []
        for each in self.entries:
            if each.example and _in_force(each):
                try:
                    found.append((each, saved.read(each.ledger.parent / each.example)))
                except saved.NoSuchFailure as error:
                    raise LedgerError(f"{each.ledger}, {each.clause}: {error}") from None
        return found


def _installed(bound: str, entry: Entry) -> int:
    """How the installed version compares with a bound such as "mystore 1.2": -1, 0 or 1; 0 for none."""
    if not bound:
        return 0
    where = f"The ledger {entry.ledger}, {entry.clause}"
    name, _, version = bound.strip().rpartition(" ")
    try:
        least, installed = Version(version), Version(metadata.version(name.strip()))
    except (InvalidVersion, ValueError):
        raise LedgerError(
            f"{where}: {bound!r} is no version; write one such as storeproof 0.3."
        ) from None
    except metadata.PackageNotFoundError:
        raise LedgerError(f"{where}: no package {name!r} is installed.") from None
    return (installed > least) - (installed < least)


def _in_force(entry: Entry) -> bool:
    return entry.flaw is None and entry.in_time()


def _mismatch(entry: Entry, results: Results, catalogue: Catalogue) -> tuple[str, str] | None:
    """What is wrong with an entry in force, now that the run is over."""
    if entry.clause not in {each.slug for each in catalogue.clauses}:
        return "unmatched", "There is no such clause in this profile."
    stores = [each for each in results.stores if entry.is_about(each.spec)]
    if not stores:
        return "unmatched", f"No store of this run is {entry.store!r}."
    states = _states(entry, results)
    if not states:
        return "unmatched", "The clause does not apply to the store."
    if all(state == "pass" for state in states):
        return "stale", "The clause passes now: remove the entry."
    return None


def _states(entry: Entry, results: Results) -> Sequence[str]:
    """What became of the entry's clause in the stores that it is about, and in lock-step."""
    found = [
        clause.state
        for store in results.stores
        if entry.is_about(store.spec)
        for clause in store.clauses
        if clause.slug == entry.clause
    ]
    for each in results.lock_step:
        blamed = any(failure.clause == entry.clause for failure in each.failures)
        if blamed or entry.clause == SAME:
            found.append(each.state if blamed or each.state not in BROKEN else "not-run")
    return found


def proposed(
    results: Results, ledger: Ledger, file: Path, expires: date
) -> list[tuple[Entry, Failure]]:
    """An entry without a reason for each failure that the ledger does not know, with its shortest example."""
    found: dict[tuple[str, str], Failure] = {}
    failures = [
        (store.spec, failure)
        for store in results.stores
        for clause in store.clauses
        if clause.state == "fail"
        for failure in clause.failures
    ]
    failures += [
        (failure.store, failure)
        for each in results.lock_step
        if each.state == "fail"
        for failure in each.failures
    ]
    for spec, failure in failures:
        key = (failure.clause, spec)
        if key not in found or len(failure.trace) < len(found[key].trace):
            found[key] = failure
    listed = {(each.clause, each.store) for each in ledger.entries}
    entries = []
    for (clause, spec), failure in found.items():
        entry = Entry(
            ledger=file,
            clause=clause,
            store=_pattern(spec),
            expires=expires,
            example=f"{file.stem}-examples/{failure.id}.json",
        )
        if (clause, entry.store) not in listed:
            entries.append((entry, failure))
    return entries


def _pattern(spec: str) -> str:
    """A store's name as a pattern: literal, but for the secrets that were left out of it."""
    return re.sub(r"\$\{\w+\}", "*", glob.escape(spec))
