"""Several results in one: merged into a matrix, or compared for what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from storeproof.conformance.results import (
    STATES,
    UNTESTED,
    ClauseResult,
    LockStep,
    Results,
    Run,
    StoreResult,
)


class NotComparable(Exception):
    """Results that do not go together; the message says why."""


@dataclass(frozen=True)
class Change:
    """A clause of a store whose state is another than before; None where it was not judged."""

    store: str
    slug: str
    level: str
    before: str | None
    after: str | None
    seen: str = ""

    def __str__(self) -> str:
        told = f": {self.seen}" if self.seen else ""
        was, now = self.before or "not judged", self.after or "no longer judged"
        return f"{self.store}  {self.slug} ({self.level})  {was} -> {now}{told}"


@dataclass(frozen=True)
class Changes:
    """What changed between two runs."""

    regressions: tuple[Change, ...]
    new_failures: tuple[Change, ...]
    improvements: tuple[Change, ...]
    others: tuple[Change, ...]

    @property
    def groups(self) -> dict[str, tuple[Change, ...]]:
        """The changes by their titles, the gravest first."""
        return {
            "Regressions": self.regressions,
            "Failures where nothing was judged before": self.new_failures,
            "Improvements": self.improvements,
            "Other changes": self.others,
        }

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return any(self.groups.values())


def merged(named: Sequence[tuple[str, Results]]) -> Results:
    """One results of several, each with a name that tells its stores apart where they share one."""
    first = named[0][1]
    for name, each in named:
        if each.profile != first.profile:
            raise NotComparable(
                f"{name} is about profile {each.profile} and {named[0][0]} about {first.profile}: "
                "clauses of different profiles do not go into one table."
            )
    often = Counter(store.name for _, each in named for store in each.stores)
    taken: Counter[str] = Counter()
    stores: list[StoreResult] = []
    together: list[LockStep] = []
    runs: list[Run] = []
    for name, each in named:
        names = {}
        for store in each.stores:
            label = f"{store.name} ({name})" if often[store.name] > 1 else store.name
            taken[label] += 1
            if taken[label] > 1:
                label = f"{label} {taken[label]}"
            names[store.name] = label
            stores.append(replace(store, name=label, run=store.run + len(runs)))
        for lock_step in each.lock_step:
            labels = tuple(names.get(store, store) for store in lock_step.stores)
            together.append(replace(lock_step, run=lock_step.run + len(runs), stores=labels))
        runs += each.runs
    known = {clause.slug: clause for _, each in named for clause in each.clauses}
    # The order of the catalogues, of which the longest knows the most.
    order = [clause.slug for _, each in sorted(named, key=_size) for clause in each.clauses]
    return replace(
        first,
        areas=tuple(dict.fromkeys(area for _, each in named for area in each.areas)),
        clauses=tuple(known[slug] for slug in dict.fromkeys(order)),
        runs=tuple(runs),
        stores=tuple(stores),
        lock_step=tuple(together),
        compile_only=tuple(found for _, each in named for found in each.compile_only),
        missing=tuple(dict.fromkeys(found for _, each in named for found in each.missing)),
        ledger=tuple(found for _, each in named for found in each.ledger),
    )


def _size(named: tuple[str, Results]) -> int:
    return -len(named[1].clauses)


def compared(old: Results, new: Results) -> Changes:
    """What is another in `new` than in `old`, by the names of the stores."""
    if old.profile != new.profile:
        raise NotComparable(
            f"The first is about profile {old.profile}, the second about {new.profile}: "
            "what a clause says may not be the same."
        )
    texts = {**old.texts, **new.texts}
    before, after = _by_store(old), _by_store(new)
    regressions: list[Change] = []
    failures: list[Change] = []
    improvements: list[Change] = []
    others: list[Change] = []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        change = Change(
            store=key[0],
            slug=key[1],
            level=texts[key[1]].level.value if key[1] in texts else "lock-step",
            before=None if was is None or was.state == UNTESTED else was.state,
            after=None if now is None or now.state == UNTESTED else now.state,
            seen=now.failures[0].seen if now is not None and now.failures else "",
        )
        if change.before == change.after:
            if was is not None and now is not None and was.variations != now.variations:
                told = f"varies: {', '.join(now.variations) or 'as the clause says'}"
                others.append(replace(change, seen=told))
        elif change.before is None:
            broken = change.after in ("fail", "known-fail", "error")
            (failures if broken else others).append(change)
        elif change.after is None:
            (regressions if change.before == "pass" else others).append(change)
        else:
            worse = STATES.index(change.after) > STATES.index(change.before)
            (regressions if worse else improvements).append(change)
    return Changes(tuple(regressions), tuple(failures), tuple(improvements), tuple(others))


def _by_store(results: Results) -> dict[tuple[str, str], ClauseResult]:
    found = {
        (store.name, clause.slug): clause for store in results.stores for clause in store.clauses
    }
    for each in results.lock_step:
        key = (" and ".join(each.stores), "lock-step")
        found[key] = ClauseResult("lock-step", each.state, failures=each.failures)
    return found
