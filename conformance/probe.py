"""What a test holds: a store under test, watched.

`probe.store` has the contract's methods; every call through it is recorded, must succeed
within its time limit, and is a Breach if it does not. `probe.refused(code)` has the same
methods, each of which must be refused. `probe.see(answer)` looks at an answer, so that
what was looked at is recorded too and can be written out as a script.
"""

from __future__ import annotations

import inspect
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from storeproof.conformance.backend import Backend
from storeproof.conformance.budget import Stint
from storeproof.conformance.capabilities import Support
from storeproof.conformance.deadline import OPENING, Deadline, OperationTimeout
from storeproof.conformance.disk import Disk
from storeproof.conformance.seen import Breach, Seen
from storeproof.conformance.target import Place
from storeproof.conformance.trace import (
    ANY_REFUSAL,
    BACKEND,
    DISK,
    NOT_IMPLEMENTED,
    Refusal,
    Setting,
    Step,
    Tick,
    Trace,
    short,
)
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Tag
from storeproof.stores.errors import StoreError

__all__ = ["Breach", "Inconclusive", "Needs", "Outcome", "Probe", "Seen", "Unsupported", "explain"]

DEFAULT_TIME_LIMIT = 20.0

REMOVALS = ("hard_delete_run", "hard_delete_experiment")
"""What is not done through a server, but on the store behind it."""

T = TypeVar("T")

Watchable = TrackingStore | Disk | Backend

HOOK = "a way to remove for good"
"""What a test of gc lacks where the target does not tell how it is run."""


class Needs(Exception):
    """The test could not run because something it needs (a clause, a hook) does not hold."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"needs {what}: {why}")
        self.what = what
        self.why = why


class Unsupported(Exception):
    """The store does not claim what the test is about; the reason is the argument."""


class Inconclusive(Exception):
    """A judge could not decide within its time; the reason is the argument."""


@dataclass(frozen=True)
class Outcome:
    """How an attempted operation ended, unjudged."""

    answer: Any = None
    refusal: Refusal | None = None

    def __str__(self) -> str:
        return "it succeeded" if self.refusal is None else str(self.refusal)

    def was_refused(self, *codes: str) -> bool:
        """It was refused with one of these codes (any, if none is named) and did not crash."""
        refusal = self.refusal
        return refusal is not None and not refusal.crashed and (not codes or refusal.code in codes)


class Probe:
    """One place of a target, opened and watched; see the module's docstring."""

    def __init__(
        self,
        place: Place,
        time_limit: float = DEFAULT_TIME_LIMIT,
        on_hang: Callable[[], None] = lambda: None,
        stint: Stint | None = None,
        spec: str = "",
    ) -> None:
        self.place = place
        self.spec = spec
        self.trace = Trace()
        self.done = 0
        """Examples that came to their end."""
        self.found: tuple[Breach, Trace] | None = None
        """The breach noted with the fewest events."""
        self.variations: set[tuple[str, str]] = set()
        self._on_hang = on_hang
        self._stint = stint
        self._deadline = Deadline(time_limit)
        self._opened: list[TrackingStore] = []
        self._others: dict[str, TrackingStore] = {}
        self._clients: list[TrackingStore] = []
        self._behind: Backend | None = None
        self._environment: dict[str, str | None] = {}
        self.token = ""
        """What is in the names of this example and of no other."""
        self._raw = place.warm or self._open()
        self.store = self.watch(self._raw, "store")
        self.begin()

    # The stores

    def begin(self) -> None:
        """Start an example: what was recorded is forgotten, names are new, settings are undone."""
        self._undo_settings()
        self.done = self.examples
        self.trace = Trace()
        self.check_time()
        self.token = secrets.token_hex(4)

    def cases(self, values: Iterable[T]) -> Iterator[T]:
        """The values one by one, each a case for itself on the same ground.

        What was recorded before stays; what a case recorded is forgotten at the next, so
        that a breach is shown without the cases before it.
        """
        ground = len(self.trace.events)
        for number, value in enumerate(values):
            del self.trace.events[ground:]
            self.done += number > 0
            yield value

    @property
    def examples(self) -> int:
        """Examples that were tried, with the one that the probe is at."""
        return self.done + bool(self.trace.events)

    def note(self, breach: Breach) -> None:
        """Keep a breach that was found, in case there is no time to make its example smaller."""
        if self.found is None or len(self.trace.events) < len(self.found[1].events):
            self.found = breach, self.trace

    def watch(self, store: TrackingStore, name: str) -> TrackingStore:
        """The store behind a proxy that records every call and demands its success."""
        return cast(TrackingStore, _Watched(self, store, name, self._demand_success))

    def reopen(self) -> TrackingStore:
        """A second store object on the same place, watched like the first.

        A place that has one object only (a factory's without `open_at`) gives that one again.
        """
        again = self._open()
        if again is self._raw:
            return self.store
        return self.watch(again, f"store{len(self._opened)}")

    def reroute(self, opened: Callable[[], TrackingStore]) -> TrackingStore:
        """Let the store be reached in another way from now on; the store as it was reached before."""
        before = self._raw
        self._raw = self._open(opened)
        self.store = self.watch(self._raw, "store")
        return before

    def clients(self, count: int) -> list[TrackingStore]:
        """So many stores on the place, unwatched: every fourth one is new, the others are the probe's own, shared.

        They stay open for the next that asks.
        """
        while len(self._clients) < count:
            shared = len(self._clients) % 4 != 1
            self._clients.append(self._raw if shared else self._open())
        return self._clients[:count]

    @property
    def time_limit(self) -> float:
        """Seconds that a call may take."""
        return self._deadline.seconds

    def hangs(self) -> None:
        """Note that a call into the store never came back."""
        self._on_hang()

    def disk(self) -> Disk:
        """The folder behind the store, watched like a store; Needs where the target knows none."""
        return cast(Disk, _Watched(self, Disk(self._folder()), DISK, self._demand_success))

    def _folder(self) -> Path:
        folder = self.place.folder()
        if folder is None:
            raise Needs("the store's folder", "the target does not tell it")
        return folder

    def backend(self, *codes: str) -> Backend:
        """The store as its administrator reaches it, watched like a store; Needs where the target knows no way.

        With codes, what is done next must be refused with one of them.
        """
        judge = self._refusing(codes, None, {}) if codes else self._demand_success
        return cast(Backend, _Watched(self, self._from_behind(), BACKEND, judge))

    @property
    def removes(self) -> bool:
        """Whether the target tells how to remove for good."""
        if self._behind is None:
            self._behind = self.place.backend()
        return self._behind is not None

    def _from_behind(self) -> Backend:
        if not self.removes or self._behind is None:
            raise Needs(HOOK, "the target does not tell how its gc is run")
        return self._behind

    def refused(self, *codes: str, clause: str | None = None, **variations: str) -> TrackingStore:
        """The store's methods, of which the next must be refused with one of `codes`.

        `variations` maps further codes that the clause accepts to the variation's name.
        """
        judge = self._refusing(codes, clause, variations)
        return cast(TrackingStore, _Watched(self, self._raw, "store", judge))

    def _refusing(
        self, codes: Iterable[str], clause: str | None, variations: Mapping[str, str]
    ) -> Callable[[Step], None]:
        """What judges an operation that must be refused."""
        wanted = tuple(str(code) for code in codes)

        def judge(step: Step) -> None:
            step.expected = " or ".join((*wanted, *variations))
            refusal = step.refusal
            if refusal is not None and not refusal.crashed:
                if refusal.code in wanted:
                    return
                if refusal.code in variations:
                    self.varies(clause, variations[refusal.code])
                    return
            seen = f"it succeeded with {short(step.answer)}" if refusal is None else str(refusal)
            raise Breach(f"{step.method} to be refused with {step.expected}", seen, clause)

        return judge

    def may_refuse(self, *codes: str, clause: str | None = None) -> TrackingStore:
        """The store's methods, of which the next may succeed or be refused with one of `codes`.

        With no code named, any refusal will do, but no crash. `refusal` tells what happened.
        """
        wanted = tuple(str(code) for code in codes)

        def judge(step: Step) -> None:
            step.expected = " or ".join(("success", *(wanted or (ANY_REFUSAL,))))
            if step.ended_well:
                return
            how = f"refused with {' or '.join(wanted)}" if wanted else "refused"
            raise Breach(f"{step.method} to succeed or to be {how}", str(step.refusal), clause)

        return cast(TrackingStore, _Watched(self, self._raw, "store", judge))

    @property
    def refusal(self) -> Refusal | None:
        """How the last operation was refused; None if it succeeded."""
        return self.trace.steps[-1].refusal

    def attempt(self, method: str, *arguments: object, **named: object) -> Outcome:
        """Do an operation and say how it ended; a crash or a hang is a Breach all the same."""

        def judge(step: Step) -> None:
            if step.refusal is not None and step.refusal.crashed:
                raise Breach(f"{step.method} to succeed or to be refused", str(step.refusal))

        store, name = self._doing(method)
        answer = getattr(_Watched(self, store, name, judge), method)(*arguments, **named)
        return Outcome(answer, self.trace.steps[-1].refusal)

    def _doing(self, method: str) -> tuple[Watchable, str]:
        """What does a method: the store behind, where a server does not and the target tells of it."""
        if method in REMOVALS and self.removes:
            return self._from_behind(), BACKEND
        return self._raw, "store"

    def unrecorded(self, work: Callable[[], T]) -> T:
        """Do what no script can show, within the time that opening a store may take; a Breach if it fails."""
        self.check_time()
        try:
            return self._deadline.run(work, OPENING)
        except OperationTimeout as error:
            self._on_hang()
            raise Breach("an answer", str(error)) from None
        except (Needs, Breach):
            raise
        except Exception as error:
            raise Breach("what was written to be read", explain(error)) from error

    def again(self, step: Step, arguments: dict[str, object]) -> Step:
        """Do a recorded operation once more, unjudged, on the store of its name; AttributeError if there is none."""
        if step.store == DISK:
            store: Watchable = Disk(self._folder())
        elif step.store == BACKEND:
            store = self._from_behind()
        elif step.store == "store":
            store = self._raw
        else:
            if step.store not in self._others:
                self._others[step.store] = self._open()
            store = self._others[step.store]
        return self.record(store, step.store, step.method, arguments)

    def varies(self, clause: str | None, variation: str) -> None:
        """Note that the store chose an accepted variation of a clause."""
        self.variations.add((clause or "", variation))

    def see(self, answer: object) -> Seen:
        """An answer of an operation, to state things about."""
        step = self.trace.step_of(answer)
        return Seen(self.trace, None if step is None else step.number, "{}", answer)

    def close(self) -> None:
        """Close every store opened, give the place back and undo the settings."""
        self._undo_settings()
        opened: list[TrackingStore | Backend] = [*self._opened]
        if self._behind is not None:
            opened.append(self._behind)
        for store in opened:
            try:
                self._deadline.run(store.close)
            except OperationTimeout:
                self._on_hang()
            except Exception:  # noqa: BLE001, S112 - the test's own verdict is what counts
                continue
        self._deadline.end()
        self.place.discard()

    # What tests need before they can ask their question

    def name(self, text: str = "experiment") -> str:
        """A name that no other example uses."""
        return f"{self.token}{text}"

    def experiment(self, name: str | None = None) -> str:
        """The id of a new experiment."""
        with _prerequisite("EXP-CREATE"):
            return self.store.create_experiment(name or self.name(f"-{secrets.token_hex(4)}"))

    def run(self, experiment_id: str | None = None, tags: Iterable[Tag] = ()) -> str:
        """The id of a new run, in a new experiment if none is given."""
        parent = experiment_id or self.experiment()
        with _prerequisite("RUN-CREATE"):
            return self.store.create_run(
                parent, user_id="ann", start_time=1_600_000_000_000, tags=tags, run_name="first"
            ).info.run_id

    def setting(self, name: str, value: str | None) -> None:
        """Give an environment variable a value (None: take it away) until the example ends."""
        self._environment.setdefault(name, os.environ.get(name))
        _set(name, value)
        self.trace.events.append(Setting(name, value))

    def tick(self) -> None:
        """Wait until the clock shows a later millisecond."""
        self.trace.events.append(Tick())
        moment = time.time_ns() // 1_000_000
        while time.time_ns() // 1_000_000 <= moment:
            pass

    def _undo_settings(self) -> None:
        for name, value in self._environment.items():
            _set(name, value)
        self._environment.clear()

    # Recording

    def _open(self, opened: Callable[[], TrackingStore] | None = None) -> TrackingStore:
        try:
            store = self._deadline.run(opened or self.place.open, OPENING)
        except OperationTimeout as error:
            self._on_hang()
            raise Needs("a store that opens", f"opening it gave {error}") from None
        except Exception as error:
            raise Needs("a store that opens", explain(error)) from error
        if not any(store is each for each in self._opened):
            self._opened.append(store)
        return store

    def record(
        self, store: Watchable, name: str, method: str, arguments: dict[str, object]
    ) -> Step:
        """Do one operation within the time limit and record how it ended."""
        self.check_time()
        step = Step(len(self.trace.steps), name, method, arguments)
        self.trace.events.append(step)
        bound = getattr(store, method, None)
        if bound is None:
            missing = f"the store has no method {method}"
            step.refusal = Refusal(NOT_IMPLEMENTED, missing, crashed=False)
            return step
        started = time.perf_counter()
        try:
            step.answer = self._deadline.run(lambda: bound(**arguments))
        except Exception as error:  # noqa: BLE001 - whatever a store raises is a finding
            step.refusal = Refusal.of(error)
            if isinstance(error, OperationTimeout):
                self._on_hang()
            elif not isinstance(error, StoreError):  # what a library says may be long
                step.refusal = replace(step.refusal, message=short(step.refusal.message))
        step.seconds = time.perf_counter() - started
        return step

    def check_time(self) -> None:
        """End the test where its part of the budget is spent."""
        if self._stint is not None:
            self._stint.check(self.done)

    def hold_to_claims(self, step: Step) -> None:
        """A method that the store claims not to have must be refused as not implemented."""
        claim = self.place.claims.of(step.method)
        if step.store in (DISK, BACKEND) or not claim.absent or step.missing:
            return
        step.expected = NOT_IMPLEMENTED
        seen = f"it succeeded with {short(step.answer)}" if step.refusal is None else step.refusal
        raise Breach(
            f"{step.method} to be refused with {NOT_IMPLEMENTED}, because the store claims that it "
            f"is {claim.support} ({claim.reason})",
            str(seen),
        )

    def excuse(self, step: Step) -> None:
        """Unsupported, where an operation failed because the store lacks a method that it may lack."""
        claim = self.place.claims.of(step.method)
        if step.refusal is not None and step.missing and claim.support is not Support.FULL:
            raise Unsupported(claim.reason or step.refusal.message)

    def _demand_success(self, step: Step) -> None:
        step.expected = "success"
        if step.refusal is not None:
            raise Breach(f"{step.method} to succeed", str(step.refusal))


class _Watched:
    """The contract's methods of a store, or those of its disk, each call recorded and judged."""

    def __init__(
        self, probe: Probe, store: Watchable, name: str, judge: Callable[[Step], None]
    ) -> None:
        self._probe = probe
        self._store = store
        self._name = name
        self._judge = judge

    def __getattr__(self, method: str) -> Callable[..., object]:
        known = hasattr(TrackingStore, method)
        kind: type = TrackingStore if known else type(self._store)
        signature = _signature(kind, method)

        def call(*arguments: object, **named: object) -> object:
            bound = signature.bind(self._store, *arguments, **named).arguments
            bound.pop("self")
            step = self._probe.record(self._store, self._name, method, _kept(bound))
            self._probe.hold_to_claims(step)
            try:
                self._judge(step)
            except Breach:
                self._probe.excuse(step)
                raise
            return step.answer

        return call


@cache
def _signature(kind: type[Any], method: str) -> inspect.Signature:
    return inspect.signature(getattr(kind, method))


def _kept(arguments: dict[str, object]) -> dict[str, object]:
    """Arguments as they are recorded: an iterator is read once, so that the record holds what was sent."""
    return {
        name: list(value) if isinstance(value, Iterator) else value
        for name, value in arguments.items()
    }


@contextmanager
def _prerequisite(clause: str) -> Iterator[None]:
    try:
        yield
    except Breach as breach:
        raise Needs(clause, breach.seen) from None


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def explain(error: BaseException) -> str:
    """One sentence for an exception, without its traceback."""
    if isinstance(error, StoreError):
        return error.message
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
