"""Filters and orders: trees in all their spellings (SEARCH-GRAMMAR, SEARCH-ORDER, SEARCH-EXP).

A filter is a Draft (drafts.py), so that what it compares with can be what a store holds.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import cycle, islice, product
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.drafts import (
    NUMBER_CHANGES,
    NUMBER_STYLES,
    TEXT_CHANGES,
    Draft,
    Held,
    Part,
    Some,
    Spelling,
    TermDraft,
)
from storeproof.conformance.model import (
    DATASET_PARTS,
    EXPERIMENT_ORDERS,
    EXPERIMENT_TIMES,
    LISTED,
    NUMERIC,
    RUN_TEXTS,
    RUN_TIMES,
    TEXTUAL,
    Field,
    Kind,
)
from storeproof.stores.entities import RunStatus

MANY = 100
"""The comparisons of a filter that must work (SEARCH-MANY)."""

_Prefixes = dict[Kind, tuple[str, ...]]

_PREFIXES: _Prefixes = {
    Kind.METRIC: ("metrics.", "metric."),
    Kind.PARAM: ("params.", "param.", "parameters.", "parameter."),
    Kind.TAG: ("tags.", "tag."),
    Kind.ATTRIBUTE: ("", "attribute."),
    Kind.DATASET: ("dataset.", "datasets."),
}
_RUN_PREFIXES = {
    **_PREFIXES,
    Kind.ATTRIBUTE: ("attributes.", "", "attribute.", "attr.", "run."),
}
_TIMES = [Field(Kind.ATTRIBUTE, each) for each in (*RUN_TIMES, *EXPERIMENT_TIMES)]
_which = st.integers(0, 19)

_BLANKS = (" ", "", "  ", "\t", "\n", "\r\n", " \v\f", "\u00a0", "\u3000")
_CASES = (str.upper, str.lower, str.title)
_CHANGES = tuple(TEXT_CHANGES)
_PLAIN = Spelling()
_SPELLINGS = [
    Spelling(*each) for each in product(("", "`", '"'), ("'", '"'), _CASES, _BLANKS, NUMBER_STYLES)
]


def _spelling(number: int) -> Spelling:
    return _SPELLINGS[number]


# By number: Hypothesis writes out what a strategy samples from, again and again.
_spellings = st.just(_PLAIN) | st.integers(0, len(_SPELLINGS) - 1).map(_spelling)

_METRIC_NUMBERS = tuple(map(Decimal, ("1", "0", "2", "-1", "0.5", "1.5", "0.1", "1e10", "-0.25")))
_TIME_NUMBERS = tuple(
    map(
        Decimal,
        (
            "0", "1", "0.5", "1600000000000", "1600000000000.5", "9007199254740993",
            "9223372036854775807", "9223372036854775807.5", "9223372036854775808", "1e30",
            "-1", "-0.5", "-1e30", "1e400",
        ),
    )
)  # fmt: skip
_TEXTS = (
    "x", "%", "_", "", "x%", "%x", "X", "a%b", "a_b", "a.b", "%\n%", "\\", "\\%", "[a]%", "(%", "%%",
    "é", "É", "%É%", "'", '"', "^x", "$", "*", "?", "x ", "1", "null", "--", ";", "ab", "b%", "N",
    "training", "Training", "eval%", "c", "bc",
)  # fmt: skip
_STATUSES = (*map(str, RunStatus), "finished", "RUN%", "%ED", "nothing")
_ODD_KEYS = ("never logged", "and", "LIKE", "in", "order", "x'y", 'x"y', "x`y", "100%", "a,b")


def run_filters(keys: SearchStrategy[str], runs: SearchStrategy[str]) -> SearchStrategy[Draft]:
    """Filters of a few comparisons on runs, mostly one, or of none; `runs` are symbols."""
    return _drafts(run_comparisons(keys, runs))


def long_run_filters(keys: SearchStrategy[str], runs: SearchStrategy[str]) -> SearchStrategy[Draft]:
    """Filters of 100 comparisons on runs, a few different ones again and again (SEARCH-MANY)."""
    few = st.lists(run_comparisons(keys, runs), min_size=1, max_size=3)
    return few.map(lambda parts: Draft(tuple(islice(cycle(parts), MANY))))


def experiment_filters(
    keys: SearchStrategy[str], experiments: SearchStrategy[str]
) -> SearchStrategy[Draft]:
    """Filters of a few comparisons on experiments, mostly one, or of none; `experiments` are symbols."""
    times = st.sampled_from(EXPERIMENT_TIMES).map(_attribute)
    parts = st.one_of(
        _texts(st.just(_attribute("name")), experiments, _TEXTS, _PREFIXES),
        _keyed(experiments, (Kind.TAG,), _PREFIXES),
        _texts(st.builds(Field, st.just(Kind.TAG), keys), experiments, _TEXTS, _PREFIXES),
        _numbers(times, experiments, _TIME_NUMBERS, _PREFIXES),
    )
    return _drafts(parts)


def run_orders(
    keys: SearchStrategy[str], runs: SearchStrategy[str]
) -> SearchStrategy[tuple[TermDraft, ...]]:
    """Orders of runs by a few fields, the same one twice among them."""
    kinds = st.sampled_from((Kind.METRIC, Kind.PARAM, Kind.TAG))
    own = st.sampled_from((*RUN_TEXTS, *RUN_TIMES)).map(_attribute)
    some = st.builds(Some, runs, kinds, _which)
    return _orders(some | some | own | st.builds(Field, kinds, keys), _RUN_PREFIXES)


def experiment_orders() -> SearchStrategy[tuple[TermDraft, ...]]:
    """Orders of experiments by a few fields (SEARCH-EXP)."""
    return _orders(st.sampled_from(EXPERIMENT_ORDERS).map(_attribute), _PREFIXES)


def run_comparisons(keys: SearchStrategy[str], runs: SearchStrategy[str]) -> SearchStrategy[Part]:
    """Comparisons on runs, many of them with what some run has there."""
    some_keys = keys | st.sampled_from(_ODD_KEYS)
    texts = st.sampled_from([each for each in RUN_TEXTS if each != "status"]).map(_attribute)
    datasets = st.sampled_from(DATASET_PARTS).map(lambda part: Field(Kind.DATASET, part))
    times = st.sampled_from(RUN_TIMES).map(_attribute)
    keyed = _keyed(runs, (Kind.METRIC, Kind.PARAM, Kind.TAG), _RUN_PREFIXES)
    return st.one_of(
        keyed,
        keyed,
        _numbers(
            st.builds(Field, st.just(Kind.METRIC), keys), runs, _METRIC_NUMBERS, _RUN_PREFIXES
        ),
        _texts(
            st.builds(Field, st.sampled_from((Kind.PARAM, Kind.TAG)), some_keys),
            runs,
            _TEXTS,
            _RUN_PREFIXES,
        ),
        _numbers(times, runs, _TIME_NUMBERS, _RUN_PREFIXES),
        _texts(texts | datasets, runs, _TEXTS, _RUN_PREFIXES),
        _texts(st.just(_attribute("status")), runs, _STATUSES, _RUN_PREFIXES),
        _lists(datasets | st.just(_attribute("run_id")), runs, _RUN_PREFIXES),
    )


def every_way(part: Part) -> tuple[Draft, ...]:
    """The comparison with each operator that fits its value."""
    operators: tuple[str, ...] = TEXTUAL
    if isinstance(part.value, tuple):
        operators = LISTED
    elif part.field.kind is Kind.METRIC or part.field in _TIMES:
        operators = NUMERIC
    return tuple(Draft((replace(part, operator=each),)) for each in operators)


def turned_round(order: tuple[TermDraft, ...]) -> tuple[TermDraft, ...]:
    """The order with every term the other way."""
    return tuple(replace(each, descending=not each.descending) for each in order)


def _drafts(parts: SearchStrategy[Part]) -> SearchStrategy[Draft]:
    several = st.lists(parts, max_size=3).map(tuple)
    return (st.tuples(parts) | several).map(Draft)


def _attribute(name: str) -> Field:
    return Field(Kind.ATTRIBUTE, name)


def _keyed(
    symbols: SearchStrategy[str], kinds: tuple[Kind, ...], prefixes: _Prefixes
) -> SearchStrategy[Part]:
    """A key that a thing has, mostly compared with what it has there: others may have it too."""

    def part(
        symbol: str, kind: Kind, number: int, change: int, spelling: Spelling, which: int
    ) -> Part:
        is_number = kind is Kind.METRIC
        operators, changes = (NUMERIC, NUMBER_CHANGES) if is_number else (TEXTUAL, _CHANGES)
        operator = operators[change % len(operators)]
        held = Held(symbol, changes[change // len(operators) % len(changes)])
        prefix = _one_of(prefixes[kind], which)
        return Part(prefix, Some(symbol, kind, number), operator, held, spelling)

    return st.builds(
        part, symbols, st.sampled_from(kinds), _which, st.integers(0, 95), _spellings, _which
    )


def _numbers(
    fields: SearchStrategy[Field],
    symbols: SearchStrategy[str],
    numbers: tuple[Decimal, ...],
    prefixes: _Prefixes,
) -> SearchStrategy[Part]:
    held = st.builds(Held, symbols, st.sampled_from(NUMBER_CHANGES))
    values = held | st.sampled_from(numbers)
    return _parts(fields, st.sampled_from(NUMERIC), values, prefixes)


def _texts(
    fields: SearchStrategy[Field],
    symbols: SearchStrategy[str],
    texts: tuple[str, ...],
    prefixes: _Prefixes,
) -> SearchStrategy[Part]:
    held = st.builds(Held, symbols, st.sampled_from(_CHANGES))
    values = held | held | st.sampled_from(texts)
    return _parts(fields, st.sampled_from(TEXTUAL), values, prefixes)


def _lists(
    fields: SearchStrategy[Field], symbols: SearchStrategy[str], prefixes: _Prefixes
) -> SearchStrategy[Part]:
    held = st.builds(Held, symbols, st.sampled_from(("as it is", "other case", "beginning")))
    values = st.lists(held | held | st.sampled_from(_TEXTS), min_size=1, max_size=3).map(tuple)
    return _parts(fields, st.sampled_from(LISTED), values, prefixes)


def _parts(
    fields: SearchStrategy[Field],
    operators: SearchStrategy[str],
    values: SearchStrategy[Any],
    prefixes: _Prefixes,
) -> SearchStrategy[Part]:
    def part(field: Field, operator: str, value: Any, spelling: Spelling, which: int) -> Part:
        return Part(_one_of(prefixes[field.kind], which), field, operator, value, spelling)

    return st.builds(part, fields, operators, values, _spellings, _which)


def _orders(
    fields: SearchStrategy[Any], prefixes: _Prefixes
) -> SearchStrategy[tuple[TermDraft, ...]]:
    def term(
        field: Field | Some, descending: bool | None, spelling: Spelling, which: int
    ) -> TermDraft:
        return TermDraft(_one_of(prefixes[field.kind], which), field, descending, spelling)

    directions = st.sampled_from((False, True, None))
    terms = st.builds(term, fields, directions, _spellings, _which)
    return st.lists(terms, min_size=1, max_size=3).map(tuple)


def _one_of(prefixes: tuple[str, ...], which: int) -> str:
    return prefixes[which % len(prefixes)]
