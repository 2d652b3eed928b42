"""What a test holds: a store under test, watched.

`probe.store` has the contract's methods; every call through it is recorded, must succeed
within its time limit, and is a Breach if it does not. `probe.refused(code)` has the same
methods, each of which must be refused. `probe.see(answer)` looks at an answer, so that
what was looked at is recorded too and can be written out as a script.
"""

from __future__ import annotations

import inspect
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn, TypeVar, cast

from storeproof.conformance.deadline import Deadline, OperationTimeout
from storeproof.conformance.disk import Disk
from storeproof.conformance.target import Place
from storeproof.conformance.trace import (
    DISK,
    Check,
    Refusal,
    Setting,
    Step,
    Tick,
    Trace,
    same,
    short,
)
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Tag
from storeproof.stores.errors import StoreError

DEFAULT_TIME_LIMIT = 20.0

T = TypeVar("T")

Watchable = TrackingStore | Disk


class Breach(AssertionError):
    """The store broke a clause; `clause` is None where the test's own clause is meant.

    `probe` is the store that did, where a test drives several.
    """

    def __init__(
        self, expected: str, seen: str, clause: str | None = None, probe: Probe | None = None
    ) -> None:
        super().__init__(f"expected {expected}; seen {seen}")
        self.expected = expected
        self.seen = seen
        self.clause = clause
        self.probe = probe


class Needs(Exception):
    """The test could not run because something it needs (a clause, a hook) does not hold."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"needs {what}: {why}")
        self.what = what
        self.why = why


class Unsupported(Exception):
    """The store does not claim what the test is about; the reason is the argument."""


class Seen:
    """An answer, or a part of it reached by attribute and item, about which things are stated."""

    def __init__(self, probe: Probe, step: int | None, expression: str, value: object) -> None:
        self._probe = probe
        self._step = step
        self._expression = expression
        self._value = value

    def __getattr__(self, name: str) -> Seen:
        expression = f"{self._expression}.{name}"
        try:
            value = getattr(self._value, name)
        except AttributeError:
            self._fail(expression, "exists", True, f"no {name} in {short(self._value)}")
        return Seen(self._probe, self._step, expression, value)

    def __getitem__(self, key: str | int | slice) -> Seen:
        part = repr(key)
        if isinstance(key, slice):
            part = ":".join("" if edge is None else repr(edge) for edge in (key.start, key.stop))
        expression = f"{self._expression}[{part}]"
        try:
            value = cast(Any, self._value)[key]
        except (KeyError, IndexError, TypeError):
            self._fail(expression, "exists", True, f"no {key!r} in {short(self._value)}")
        return Seen(self._probe, self._step, expression, value)

    def each(self, name: str) -> Seen:
        """The attribute `name` (dots allowed) of every item, as a list."""
        values = []
        for item in cast(Iterable[object], self._value):
            part = item
            for piece in name.split("."):
                part = getattr(part, piece)
            values.append(part)
        return Seen(
            self._probe, self._step, f"[item.{name} for item in {self._expression}]", values
        )

    def length(self) -> Seen:
        """The number of items."""
        return Seen(
            self._probe, self._step, f"len({self._expression})", len(cast(Any, self._value))
        )

    def equals(self, expected: object, clause: str | None = None) -> None:
        """It is `expected`, a value or a part of another answer (NaN equals NaN, -0.0 equals 0.0)."""
        self._state("equals", expected, same(self._value, _looked_up(expected)[0]), clause)

    def differs(self, other: object, clause: str | None = None) -> None:
        """It is not `other`, which may be a part of another answer."""
        self._state("differs", other, not same(self._value, _looked_up(other)[0]), clause)

    def is_one_of(self, options: Iterable[object], clause: str | None = None) -> None:
        """It is one of `options`."""
        allowed = list(options)
        held = any(same(self._value, each) for each in allowed)
        self._state("is one of", allowed, held, clause)

    def begins(self, whole: Seen, clause: str | None = None) -> None:
        """Its items are the first of `whole`, in their order."""
        seen, items = list(cast(Any, self._value)), list(cast(Any, _looked_up(whole)[0]))
        self._state("begins", whole, same(seen, items[: len(seen)]), clause)

    def matches(self, pattern: str, clause: str | None = None) -> None:
        """It is a text that `pattern` matches whole."""
        text = self._value
        held = isinstance(text, str) and re.fullmatch(pattern, text) is not None
        self._state("matches", pattern, held, clause)

    def ends_with(self, end: str, clause: str | None = None) -> None:
        """It is a text whose last part is `end`."""
        text = self._value
        self._state("ends with", end, isinstance(text, str) and text.endswith(end), clause)

    def between(self, least: float, most: float, clause: str | None = None) -> None:
        """It is a number from `least` to `most`, both included."""
        number = self._value
        held = isinstance(number, int | float) and least <= number <= most
        self._state("between", (least, most), held, clause)

    def contains(self, item: object, clause: str | None = None) -> None:
        """`item` is in it."""
        wanted, _ = _looked_up(item)
        held = any(same(each, wanted) for each in cast(Iterable[object], self._value))
        self._state("contains", item, held, clause)

    def lacks(self, item: object, clause: str | None = None) -> None:
        """`item` is not in it."""
        wanted, _ = _looked_up(item)
        held = not any(same(each, wanted) for each in cast(Iterable[object], self._value))
        self._state("lacks", item, held, clause)

    def is_some_order_of(self, expected: Iterable[object], clause: str | None = None) -> None:
        """It has these items, each as often, in any order."""
        wanted = list(expected)
        held = Counter(map(repr, cast(Iterable[object], self._value))) == Counter(map(repr, wanted))
        self._state("has the items", wanted, held, clause)

    def later_than(self, other: Seen, clause: str | None = None) -> None:
        """It is a number larger than `other`, a part of another answer."""
        mine, least = self._value, _looked_up(other)[0]
        held = isinstance(mine, int) and isinstance(least, int) and mine > least
        self._state("later than", other, held, clause)

    def _state(self, relation: str, expected: object, held: bool, clause: str | None) -> None:
        expected, other = _looked_up(expected)
        check = Check(self._step, self._expression, relation, expected, self._value, held, other)
        self._probe.trace.events.append(check)
        if not held:
            wanted = short(expected) if relation == "equals" else f"{relation} {short(expected)}"
            where = self._expression.format("answer")
            raise Breach(f"{where} {wanted}", short(self._value), clause)

    def _fail(self, expression: str, relation: str, expected: object, seen: str) -> NoReturn:
        self._probe.trace.events.append(
            Check(self._step, expression, relation, expected, self._value, held=False)
        )
        raise Breach(f"{expression.format('answer')} to exist", seen)


def _looked_up(expected: object) -> tuple[object, tuple[int | None, str] | None]:
    """The expected value, and where it was looked up if it is part of another answer."""
    if isinstance(expected, Seen):
        return expected._value, (expected._step, expected._expression)  # noqa: SLF001
    return expected, None


class Outcome:
    """How an attempted operation ended, unjudged."""

    def __init__(self, answer: Any, refusal: Refusal | None) -> None:
        self.answer = answer
        self.refusal = refusal

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
    ) -> None:
        self.place = place
        self.trace = Trace()
        self.examples = 0
        self.variations: set[tuple[str, str]] = set()
        self._on_hang = on_hang
        self._deadline = Deadline(time_limit)
        self._opened: list[TrackingStore] = []
        self._environment: dict[str, str | None] = {}
        self._token = ""
        self._raw = self._open()
        self.store = self.watch(self._raw, "store")
        self.begin()

    # The stores

    def begin(self) -> None:
        """Start an example: what was recorded is forgotten, names are new, settings are undone."""
        self._undo_settings()
        self.trace = Trace()
        self.examples += 1
        self._token = secrets.token_hex(4)

    def cases(self, values: Iterable[T]) -> Iterator[T]:
        """The values one by one, each a case for itself on the same ground.

        What was recorded before stays; what a case recorded is forgotten at the next, so
        that a breach is shown without the cases before it.
        """
        ground = len(self.trace.events)
        for value in values:
            del self.trace.events[ground:]
            self.examples += 1
            yield value

    def watch(self, store: TrackingStore, name: str) -> TrackingStore:
        """The store behind a proxy that records every call and demands its success."""
        return cast(TrackingStore, _Watched(self, store, name, self._demand_success))

    def reopen(self) -> TrackingStore:
        """A second store object on the same place, watched like the first.

        A place that has one object only (a factory's) gives that one again.
        """
        again = self._open()
        if again is self._raw:
            return self.store
        return self.watch(again, f"store{len(self._opened)}")

    def disk(self) -> Disk:
        """The folder behind the store, watched like a store; Needs where the target knows none."""
        folder = self.place.folder()
        if folder is None:
            raise Needs("the store's folder", "the target does not tell it")
        return cast(Disk, _Watched(self, Disk(folder), DISK, self._demand_success))

    def refused(self, *codes: str, clause: str | None = None, **variations: str) -> TrackingStore:
        """The store's methods, of which the next must be refused with one of `codes`.

        `variations` maps further codes that the clause accepts to the variation's name.
        """
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

        return cast(TrackingStore, _Watched(self, self._raw, "store", judge))

    def may_refuse(self, *codes: str, clause: str | None = None) -> TrackingStore:
        """The store's methods, of which the next may succeed or be refused with one of `codes`.

        With no code named, any refusal will do, but no crash. `refusal` tells what happened.
        """
        wanted = tuple(str(code) for code in codes)

        def judge(step: Step) -> None:
            step.expected = " or ".join(("success", *wanted))
            refusal = step.refusal
            if refusal is None or (
                not refusal.crashed and refusal.code in (wanted or (refusal.code,))
            ):
                return
            how = f"refused with {' or '.join(wanted)}" if wanted else "refused"
            raise Breach(f"{step.method} to succeed or to be {how}", str(refusal), clause)

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

        answer = getattr(_Watched(self, self._raw, "store", judge), method)(*arguments, **named)
        return Outcome(answer, self.trace.steps[-1].refusal)

    def varies(self, clause: str | None, variation: str) -> None:
        """Note that the store chose an accepted variation of a clause."""
        self.variations.add((clause or "", variation))

    def see(self, answer: object) -> Seen:
        """An answer of an operation, to state things about."""
        step = self.trace.step_of(answer)
        return Seen(self, None if step is None else step.number, "{}", answer)

    def close(self) -> None:
        """Close every store opened, give the place back and undo the settings."""
        self._undo_settings()
        for store in self._opened:
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
        return f"{self._token}{text}"

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

    def _open(self) -> TrackingStore:
        try:
            store = self._deadline.run(self.place.open)
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
        step = Step(len(self.trace.steps), name, method, arguments)
        self.trace.events.append(step)
        bound = getattr(store, method)
        started = time.perf_counter()
        try:
            step.answer = self._deadline.run(lambda: bound(**arguments))
        except StoreError as error:
            step.refusal = Refusal(str(error.code), error.message)
        except OperationTimeout as error:
            self._on_hang()
            step.refusal = Refusal("TIMEOUT", str(error), crashed=True)
        except Exception as error:  # noqa: BLE001 - whatever a store raises is a finding
            step.refusal = Refusal(type(error).__name__, short(str(error)), crashed=True)
        if step.refusal is not None and step.refusal.code == "INTERNAL_ERROR":
            # "Always a defect of the store" (SPEC, error codes).
            step.refusal = Refusal("INTERNAL_ERROR", step.refusal.message, crashed=True)
        step.seconds = time.perf_counter() - started
        return step

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
        signature = _signature(Disk if isinstance(self._store, Disk) else TrackingStore, method)

        def call(*arguments: object, **named: object) -> object:
            bound = signature.bind(self._store, *arguments, **named).arguments
            bound.pop("self")
            step = self._probe.record(self._store, self._name, method, _kept(bound))
            self._judge(step)
            return step.answer

        return call


@cache
def _signature(kind: type, method: str) -> inspect.Signature:
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
