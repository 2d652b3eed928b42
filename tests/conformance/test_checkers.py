"""The judges of concurrent histories, on histories written by hand: good ones pass, bad ones are named."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import pytest

from storeproof.conformance.checkers.maximum import largest
from storeproof.conformance.checkers.names import one_winner
from storeproof.conformance.checkers.operations import FOREVER, Judgement, Op, State
from storeproof.conformance.checkers.registers import last_written, written_once
from storeproof.conformance.checkers.sets import growing, whole
from storeproof.conformance.checkers.tickets import counted
from storeproof.conformance.histories import Outcome

Judge = Callable[[Sequence[Op]], Judgement]
Row = tuple[str, Hashable, int, int, str]
"""Kind, value, beginning, end, and how it ended: ok, fail or unknown."""


def ops(*rows: Row) -> list[Op]:
    """Operations; the end of an unknown one is not known either."""
    return [
        Op(number, kind, value, began, FOREVER if ending == "unknown" else ended, Outcome(ending))
        for number, (kind, value, began, ended, ending) in enumerate(rows)
    ]


GOOD: dict[str, tuple[Judge, list[Op]]] = {
    "a set with what was added": (
        growing,
        ops(("add", ("a", "b"), 0, 1, "ok"), ("read", ("b", "a"), 2, 3, "ok")),
    ),
    "a set without what was refused": (
        growing,
        ops(("add", ("a",), 0, 1, "fail"), ("read", (), 2, 3, "ok")),
    ),
    "a set with an addition of unknown effect": (
        growing,
        ops(("add", ("a",), 0, 1, "unknown"), ("read", ("a",), 2, 3, "ok")),
    ),
    "a set without an addition of unknown effect": (
        growing,
        ops(("add", ("a",), 0, 1, "unknown"), ("read", (), 2, 3, "ok")),
    ),
    "a set read while it grows": (
        growing,
        ops(
            ("add", ("a",), 0, 9, "ok"), ("read", ("a",), 1, 2, "ok"), ("read", ("a",), 3, 4, "ok")
        ),
    ),
    "a set that has twice what was added twice": (
        growing,
        ops(
            ("add", ("a",), 0, 1, "ok"),
            ("add", ("a",), 0, 1, "ok"),
            ("read", ("a", "a"), 2, 3, "ok"),
        ),
    ),
    "a batch seen whole and one not seen": (
        whole,
        ops(
            ("add", ("a", "b"), 0, 9, "ok"),
            ("add", ("c", "d"), 0, 9, "ok"),
            ("read", ("a", "b"), 1, 2, "ok"),
        ),
    ),
    "a maximum whatever the order": (
        largest,
        ops(("write", 3, 0, 1, "ok"), ("write", 2, 2, 3, "ok"), ("read", 3, 4, 5, "ok")),
    ),
    "a maximum read while it is raised": (
        largest,
        ops(("write", 1, 0, 1, "ok"), ("write", 2, 2, 9, "ok"), ("read", 1, 3, 4, "ok")),
    ),
    "a maximum of unknown effect": (
        largest,
        ops(("write", 1, 0, 1, "ok"), ("write", 2, 2, 3, "unknown"), ("read", 2, 4, 5, "ok")),
    ),
    "numbers in any order of overlapping calls": (
        counted,
        ops(("take", 2, 0, 5, "ok"), ("take", 1, 1, 6, "ok"), ("take", 3, 7, 8, "ok")),
    ),
    "a number that an unknown call may have": (
        counted,
        ops(("take", 1, 0, 1, "ok"), ("take", None, 2, 3, "unknown"), ("take", 3, 4, 5, "ok")),
    ),
    "one winner of a name": (
        one_winner,
        ops(("create", "n", 0, 5, "ok"), ("create", "n", 1, 2, "fail")),
    ),
    "a name that an unknown call may have": (
        one_winner,
        ops(("create", "n", 0, 5, "unknown"), ("create", "n", 1, 2, "fail")),
    ),
    "one value of a param": (
        written_once,
        ops(
            ("write", "a", 0, 5, "ok"),
            ("write", "b", 0, 5, "fail"),
            ("write", "a", 6, 7, "ok"),
            ("read", "a", 8, 9, "ok"),
        ),
    ),
    "a tag with the value of either": (
        last_written,
        ops(("write", "a", 0, 5, "ok"), ("write", "b", 0, 5, "ok"), ("read", "a", 6, 7, "ok")),
    ),
}

BAD: dict[str, tuple[Judge, list[Op], str, tuple[int, ...]]] = {
    "an acknowledged element is missing": (
        growing,
        ops(
            ("add", ("a", "b"), 0, 1, "ok"),
            ("add", ("c",), 0, 1, "ok"),
            ("read", ("a", "c"), 2, 3, "ok"),
        ),
        "lost",
        (0, 2),
    ),
    "an element that was read is gone": (
        growing,
        ops(("add", ("a",), 0, 9, "ok"), ("read", ("a",), 1, 2, "ok"), ("read", (), 3, 4, "ok")),
        "vanished",
        (1, 2),
    ),
    "an element of nobody's": (growing, ops(("read", ("a",), 2, 3, "ok")), "invented", (0,)),
    "an element before it is written": (
        growing,
        ops(("read", ("a",), 0, 1, "ok"), ("add", ("a",), 2, 3, "ok")),
        "invented",
        (0,),
    ),
    "an element of a refused call": (
        growing,
        ops(("add", ("a",), 0, 1, "fail"), ("read", ("a",), 2, 3, "ok")),
        "refused",
        (0, 1),
    ),
    "an element twice": (
        growing,
        ops(("add", ("a",), 0, 1, "ok"), ("read", ("a", "a"), 2, 3, "ok")),
        "doubled",
        (0, 1),
    ),
    "an unknown call's element twice": (
        growing,
        ops(("add", ("a",), 0, 1, "unknown"), ("read", ("a", "a"), 2, 3, "ok")),
        "doubled",
        (0, 1),
    ),
    "half of a batch": (
        whole,
        ops(("add", ("a", "b"), 0, 9, "ok"), ("read", ("a",), 1, 2, "ok")),
        "torn",
        (0, 1),
    ),
    "a stale maximum": (
        largest,
        ops(("write", 3, 0, 1, "ok"), ("write", 2, 2, 3, "ok"), ("read", 2, 4, 5, "ok")),
        "stale",
        (0, 2),
    ),
    "a maximum that goes back": (
        largest,
        ops(
            ("write", 3, 0, 9, "ok"),
            ("write", 2, 0, 1, "ok"),
            ("read", 3, 2, 3, "ok"),
            ("read", 2, 4, 5, "ok"),
        ),
        "stale",
        (2, 3),
    ),
    "no maximum after a write": (
        largest,
        ops(("write", 3, 0, 1, "ok"), ("read", None, 2, 3, "ok")),
        "stale",
        (0, 1),
    ),
    "a value that was never the maximum": (
        largest,
        ops(("write", 2, 0, 1, "ok"), ("write", 1, 2, 4, "ok"), ("read", 1, 0, 3, "ok")),
        "stale",
        (0, 1, 2),
    ),
    "a maximum that nobody wrote": (largest, ops(("read", 3, 4, 5, "ok")), "invented", (0,)),
    "a number twice": (
        counted,
        ops(("take", 1, 0, 1, "ok"), ("take", 2, 2, 5, "ok"), ("take", 2, 3, 6, "ok")),
        "twice",
        (1, 2),
    ),
    "a number left out": (
        counted,
        ops(("take", 1, 0, 1, "ok"), ("take", 3, 2, 3, "ok")),
        "gap",
        (1,),
    ),
    "a number below the first": (counted, ops(("take", 0, 0, 1, "ok")), "gap", (0,)),
    "numbers that go back": (
        counted,
        ops(("take", 2, 0, 1, "ok"), ("take", 1, 2, 3, "ok")),
        "backwards",
        (0, 1),
    ),
    "two winners of a name": (
        one_winner,
        ops(("create", "n", 0, 5, "ok"), ("create", "n", 1, 2, "ok")),
        "two",
        (0, 1),
    ),
    "a name that another has than its winner": (
        one_winner,
        ops(("create", "e1", 0, 1, "ok"), ("read", "e2", 2, 3, "ok")),
        "another",
        (0, 1),
    ),
    "no winner of a name": (one_winner, ops(("create", "n", 0, 1, "fail")), "nobody", (0,)),
    "a name taken before anybody wants it": (
        one_winner,
        ops(("create", "n", 0, 1, "fail"), ("create", "n", 2, 3, "ok")),
        "nobody",
        (0, 1),
    ),
    "two values of a param": (
        written_once,
        ops(("write", "a", 0, 5, "ok"), ("write", "b", 0, 5, "ok")),
        "two",
        (0, 1),
    ),
    "a param that changes": (
        written_once,
        ops(("write", "a", 0, 1, "ok"), ("read", "b", 2, 3, "ok")),
        "lost",
        (0, 1),
    ),
    "a param refused for nothing": (
        written_once,
        ops(("write", "a", 0, 1, "fail"), ("read", None, 2, 3, "ok")),
        "nobody",
        (0,),
    ),
    "a refused param that stays": (
        written_once,
        ops(
            ("write", "a", 0, 5, "fail"), ("write", "b", 0, 5, "unknown"), ("read", "a", 6, 7, "ok")
        ),
        "order",
        (0, 1, 2),
    ),
    "a tag that was replaced": (
        last_written,
        ops(("write", "a", 0, 1, "ok"), ("write", "b", 2, 3, "ok"), ("read", "a", 4, 5, "ok")),
        "stale",
        (0, 1, 2),
    ),
    "a tag of nobody's": (last_written, ops(("read", "a", 4, 5, "ok")), "invented", (0,)),
    "a tag that is lost": (
        last_written,
        ops(("write", "a", 0, 1, "ok"), ("read", None, 2, 3, "ok")),
        "lost",
        (0, 1),
    ),
    "a tag that two readers saw in other orders": (
        last_written,
        ops(
            *(("write", "a", 0, 9, "ok"), ("write", "b", 0, 9, "ok")),
            *(("read", "a", 10, 11, "ok"), ("read", "b", 12, 13, "ok")),
        ),
        "order",
        (0, 1, 2, 3),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_history_is_kept(name: str) -> None:
    judge, history = GOOD[name]
    assert judge(history) == Judgement(State.KEPT)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history_is_broken_and_shown_by_few_calls(name: str) -> None:
    judge, history, rule, calls = BAD[name]
    found = judge(history)
    assert (found.state, found.rule, found.calls) == (State.BROKEN, rule, calls)
