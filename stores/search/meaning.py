"""The one reading of a filter over objects in memory (SEARCH-MISSING, SEARCH-NAN, SEARCH-NUMBERS, SEARCH-LIKE).

A filter becomes a test once, and the test is then asked for each object.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from storeproof.stores.entities import Experiment, Run
from storeproof.stores.search import reading
from storeproof.stores.search.exact import on_doubles, on_integers
from storeproof.stores.search.like import ilike, like
from storeproof.stores.search.tree import Comparison, Filter, Kind, Operator
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS, Entity, Holds

T = TypeVar("T")

Test = Callable[[T], bool]

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: python.eq,
    Operator.NE: python.ne,
    Operator.LT: python.lt,
    Operator.LE: python.le,
    Operator.GT: python.gt,
    Operator.GE: python.ge,
}


def run_test(tree: Filter) -> Test[Run]:
    """A test that tells which runs the filter finds; the tree is one of RUNS."""
    return _all(_run_comparison(comparison) for comparison in tree)


def experiment_test(tree: Filter) -> Test[Experiment]:
    """A test that tells which experiments the filter finds; the tree is one of EXPERIMENTS."""
    return _all(
        _one(reading.of_experiment(each.field), _value_test(each, EXPERIMENTS)) for each in tree
    )


def _run_comparison(comparison: Comparison) -> Test[Run]:
    test = _value_test(comparison, RUNS)
    if comparison.field.kind is not Kind.DATASET:
        return _one(reading.of_run(comparison.field), test)
    # Each comparison asks for some use of a dataset; two may be answered by two uses.
    of_use = _one(reading.of_dataset(comparison.field), test)
    return lambda run: any(of_use(use) for use in run.inputs)


def _one(read: reading.Read[T], test: Test[Any]) -> Test[T]:
    """The value is there and passes (SEARCH-MISSING)."""

    def passes(item: T) -> bool:
        value = read(item)
        return value is not None and test(value)

    return passes


def _all(tests: Iterable[Test[T]]) -> Test[T]:
    every = tuple(tests)

    def passes(item: T) -> bool:
        for test in every:  # noqa: SIM110 - all() of a generator takes longer, and this is asked for each run
            if not test(item):
                return False
        return True

    return passes


def _value_test(comparison: Comparison, entity: Entity) -> Test[Any]:
    match comparison.value:
        case Decimal() as number:
            return _number_test(comparison, number, entity)
        case str() as text:
            return _text_test(comparison.operator, text)
        case texts:
            listed = frozenset(texts)
            wanted = comparison.operator is Operator.IN
            return lambda value: (value in listed) is wanted


def _number_test(comparison: Comparison, number: Decimal, entity: Entity) -> Test[Any]:
    kind = entity.type_of(comparison.field)
    translate = on_doubles if kind is not None and kind.holds is Holds.DOUBLE else on_integers
    answer = translate(comparison.operator, number)
    if isinstance(answer, bool):
        return lambda _: answer
    # Python's floats answer for NaN as SEARCH-NAN says.
    compare, bound = _COMPARE[answer[0]], answer[1]
    return lambda value: compare(value, bound)


def _text_test(operator: Operator, text: str) -> Test[str]:
    if operator is Operator.LIKE:
        return like(text)
    if operator is Operator.ILIKE:
        return ilike(text)
    compare = _COMPARE[operator]
    return lambda value: compare(value, text)
