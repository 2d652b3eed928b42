"""The search for an order: as brute force finds it, within its limits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.checkers import things
from storeproof.conformance.checkers.linearizability import Limit, Thing, is_linearizable, judge
from storeproof.conformance.checkers.maximum import largest
from storeproof.conformance.checkers.operations import FOREVER, Op, State
from storeproof.conformance.checkers.tickets import counted
from storeproof.conformance.histories import Outcome

VALUES = st.integers(1, 3)


@st.composite
def histories(draw: st.DrawFn, kinds: tuple[str, ...], reads_nothing: bool = True) -> list[Op]:
    """A few operations that overlap in any way; an unknown one has no end."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(kinds))
        outcome = Outcome.OK if kind == "read" else draw(st.sampled_from(Outcome))
        began = draw(st.integers(0, 8))
        unknown = outcome is Outcome.UNKNOWN
        ended = FOREVER if unknown else began + draw(st.integers(1, 5))
        value: int | None = draw(VALUES)
        if kind == "read" and reads_nothing:
            value = draw(st.none() | VALUES)
        if kind == "take" and outcome is not Outcome.OK:
            value = None
        found.append(Op(number, kind, value, began, ended, outcome))
    return found


def by_force(ops: Sequence[Op], thing: Thing) -> bool:
    """Try every order of every choice of the operations whose effect is unknown."""
    known = [op for op in ops if op.ended_known]
    unknown = [op for op in ops if not op.ended_known]
    for count in range(len(unknown) + 1):
        for chosen in itertools.combinations(unknown, count):
            for order in itertools.permutations([*known, *chosen]):
                pairs = itertools.combinations(order, 2)
                if not any(later.before(earlier) for earlier, later in pairs) and _fits(
                    order, thing
                ):
                    return True
    return False


def _fits(order: Sequence[Op], thing: Thing) -> bool:
    state = thing.first
    for op in order:
        fits, state = thing.step(state, op)
        if not fits:
            return False
    return True


@given(
    histories(("write", "read")),
    st.sampled_from((things.REGISTER, things.WRITE_ONCE, things.MAXIMUM)),
)
def test_the_search_finds_what_brute_force_finds(ops: list[Op], thing: Thing) -> None:
    assert is_linearizable(ops, thing) == by_force(ops, thing)


@given(histories(("take",)))
def test_the_search_finds_what_brute_force_finds_of_counters(ops: list[Op]) -> None:
    assert is_linearizable(ops, things.COUNTER) == by_force(ops, things.COUNTER)


@given(histories(("write", "read")))
def test_the_judge_of_a_maximum_says_what_the_search_says(ops: list[Op]) -> None:
    assert largest(ops).kept == is_linearizable(ops, things.MAXIMUM)


@given(histories(("take",)))
def test_what_the_judge_of_tickets_breaks_has_no_order(ops: list[Op]) -> None:
    taken = [op for op in ops if op.possible]
    if not counted(taken).kept:
        assert not is_linearizable(taken, things.COUNTER)


@given(histories(("write", "read")))
def test_the_reads_that_show_a_broken_register_show_it_alone(ops: list[Op]) -> None:
    found = judge(ops, things.REGISTER)
    if found.state is State.BROKEN:
        assert not by_force([op for op in ops if op.call in found.calls], things.REGISTER)


@pytest.mark.parametrize("limit", [Limit(steps=50), Limit(seconds=0.0)])
def test_a_search_that_takes_too_long_is_inconclusive(limit: Limit) -> None:
    writes = [Op(at, "write", at, 0, 100) for at in range(12)]
    reads = [Op(20 + at, "read", at % 3, 101 + 2 * at, 102 + 2 * at) for at in range(6)]
    found = judge([*writes, *reads], things.REGISTER, limit)
    assert found.state is State.INCONCLUSIVE
