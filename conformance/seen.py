"""What is stated about an answer: each statement is recorded, and is a Breach if it does not hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, cast

from storeproof.conformance.relations import EXISTS, RELATIONS
from storeproof.conformance.trace import Check, Trace, short

if TYPE_CHECKING:
    from storeproof.conformance.histories import History
    from storeproof.conformance.probe import Probe


class Breach(AssertionError):
    """The store broke a clause; `clause` is None where the test's own clause is meant.

    `probe` is the store that did, where a test drives several. `script` is a program that
    shows it, where that cannot be written from what was recorded. `history` are the calls of
    several clients that show it.
    """

    def __init__(
        self,
        expected: str,
        seen: str,
        clause: str | None = None,
        probe: Probe | None = None,
        script: str = "",
        history: History = (),
    ) -> None:
        super().__init__(f"expected {expected}; seen {seen}")
        self.expected = expected
        self.seen = seen
        self.clause = clause
        self.probe = probe
        self.script = script
        self.history = history


class Seen:
    """An answer, or a part of it reached by attribute and item, about which things are stated."""

    def __init__(self, trace: Trace, step: int | None, expression: str, value: object) -> None:
        self._trace = trace
        self._step = step
        self._expression = expression
        self._value = value

    def __getattr__(self, name: str) -> Seen:
        expression = f"{self._expression}.{name}"
        try:
            value = getattr(self._value, name)
        except AttributeError:
            self._fail(expression, f"no {name} in {short(self._value)}")
        return Seen(self._trace, self._step, expression, value)

    def __getitem__(self, key: str | int | slice) -> Seen:
        part = repr(key)
        if isinstance(key, slice):
            part = ":".join("" if edge is None else repr(edge) for edge in (key.start, key.stop))
        expression = f"{self._expression}[{part.replace('{', '{{').replace('}', '}}')}]"
        try:
            value = cast(Any, self._value)[key]
        except (KeyError, IndexError, TypeError):
            self._fail(expression, f"no {key!r} in {short(self._value)}")
        return Seen(self._trace, self._step, expression, value)

    def each(self, name: str) -> Seen:
        """The attribute `name` (dots allowed) of every item, as a list."""
        expression = f"[item.{name} for item in {self._expression}]"
        values = []
        for item in self._items():
            part = item
            for piece in name.split("."):
                if not hasattr(part, piece):
                    self._fail(expression, f"no {piece} in {short(part)}")
                part = getattr(part, piece)
            values.append(part)
        return Seen(self._trace, self._step, expression, values)

    def length(self) -> Seen:
        """The number of items."""
        return Seen(self._trace, self._step, f"len({self._expression})", len(self._items()))

    def parsed(self) -> Seen:
        """What the text says as JSON."""
        expression = f"json.loads({self._expression})"
        try:
            value = json.loads(cast(Any, self._value))
        except (TypeError, ValueError):
            self._fail(expression, f"no JSON in {short(self._value)}")
        return Seen(self._trace, self._step, expression, value)

    def numbers(self) -> Seen:
        """Its items, texts of digits, as whole numbers."""
        expression = f"[int(item) for item in {self._expression}]"
        try:
            values = [int(cast(Any, item)) for item in self._items()]
        except (TypeError, ValueError):
            self._fail(expression, f"no numbers in {short(self._value)}")
        return Seen(self._trace, self._step, expression, values)

    def equals(self, expected: object, clause: str | None = None) -> None:
        """It is `expected`, a value or a part of another answer (NaN equals NaN, -0.0 equals 0.0)."""
        self._state("equals", expected, clause)

    def differs(self, other: object, clause: str | None = None) -> None:
        """It is not `other`, which may be a part of another answer."""
        self._state("differs", other, clause)

    def is_one_of(self, options: Iterable[object], clause: str | None = None) -> None:
        """It is one of `options`."""
        self._state("is one of", list(options), clause)

    def begins(self, whole: Seen, clause: str | None = None) -> None:
        """Its items are the first of `whole`, in their order."""
        self._items()
        self._state("begins", whole, clause)

    def matches(self, pattern: str, clause: str | None = None) -> None:
        """It is a text that `pattern` matches whole."""
        self._state("matches", pattern, clause)

    def ends_with(self, end: str, clause: str | None = None) -> None:
        """It is a text whose last part is `end`."""
        self._state("ends with", end, clause)

    def between(self, least: float, most: float, clause: str | None = None) -> None:
        """It is a number from `least` to `most`, both included."""
        self._state("between", (least, most), clause)

    def contains(self, item: object, clause: str | None = None) -> None:
        """`item` is in it."""
        self._items()
        self._state("contains", item, clause)

    def lacks(self, item: object, clause: str | None = None) -> None:
        """`item` is not in it."""
        self._items()
        self._state("lacks", item, clause)

    def is_some_order_of(self, expected: Iterable[object], clause: str | None = None) -> None:
        """It has these items, each as often, in any order."""
        self._items()
        self._state("has the items", list(expected), clause)

    def rises(self, clause: str | None = None) -> None:
        """Its items, numbers or texts, are in ascending order."""
        wanted = self._sorted()
        self._state("is in ascending order", wanted, clause)

    def falls(self, clause: str | None = None) -> None:
        """Its items, numbers or texts, are in descending order."""
        wanted = self._sorted()[::-1]
        self._state("is in descending order", wanted, clause)

    def later_than(self, other: Seen, clause: str | None = None) -> None:
        """It is a number larger than `other`, a part of another answer."""
        self._state("later than", other, clause)

    def _state(self, relation: str, expected: object, clause: str | None) -> None:
        expected, other = _looked_up(expected)
        held = RELATIONS[relation](self._value, expected)
        check = Check(self._step, self._expression, relation, expected, self._value, held, other)
        self._trace.events.append(check)
        if not held:
            wanted = short(expected) if relation == "equals" else f"{relation} {short(expected)}"
            where = self._expression.format("answer")
            raise Breach(f"{where} {wanted}", short(self._value), clause)

    def _items(self) -> list[object]:
        try:
            return list(cast(Iterable[object], self._value))
        except TypeError:
            self._fail(f"list({self._expression})", f"no items in {short(self._value)}")

    def _sorted(self) -> list[object]:
        try:
            return sorted(cast(Any, self._items()))
        except TypeError:
            self._fail(f"sorted({self._expression})", f"no order in {short(self._value)}")

    def _fail(self, expression: str, seen: str) -> NoReturn:
        self._trace.events.append(
            Check(self._step, expression, EXISTS, True, self._value, held=False)
        )
        raise Breach(f"{expression.format('answer')} to exist", seen)


def _looked_up(expected: object) -> tuple[object, tuple[int | None, str] | None]:
    """The expected value, and where it was looked up if it is part of another answer."""
    if isinstance(expected, Seen):
        return expected._value, (expected._step, expected._expression)  # noqa: SLF001
    return expected, None
