"""Every spelling says its tree to the reference's parser, and every near miss is refused by it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance import strategies
from storeproof.conformance.drafts import NUMBER_STYLES, Draft, Part, TermDraft, spelled_number
from storeproof.conformance.model import Field, Filter, Kind, OrderTerm, Raw
from storeproof.conformance.model.search_meaning import holds, like
from storeproof.conformance.model.search_tree import Comparison
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.search import like as reference
from storeproof.stores.search.parser import parse_filter, parse_order_by
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS, Entity

examples = settings(max_examples=200, deadline=None, database=None)
KEYS = strategies.valid_keys()
SYMBOLS = st.sampled_from(["R1", "R2"])
ASKED = st.sampled_from(["ab", 'a"b', "it's", "'\"", "é ", "", "\0", "50%"])


class Told:
    """A store of which each metric is 0.1 and most texts are `text`; R2 has neither keys nor texts."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value_of(self, symbol: str, field: Field) -> float | str | None:
        if field.kind is Kind.METRIC:
            return 0.1
        numbers = {"start_time": 17, "end_time": 2**63 - 1, "creation_time": 17}
        return numbers.get(field.name, self.text if symbol == "R1" else None)

    def keys_of(self, symbol: str, kind: Kind) -> list[str]:
        return ["a b", "loss", "x.y"] if symbol == "R1" else []


def completed(draft: Draft | Raw, text: str) -> Filter | Raw:
    return draft if isinstance(draft, Raw) else draft.complete(Told(text))


def terms_of(order: Sequence[TermDraft | Raw]) -> list[OrderTerm | Raw]:
    return [each if isinstance(each, Raw) else each.complete(Told("x")) for each in order]


def parsed(text: str, entity: Entity) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(Field(Kind(each.field.kind), each.field.name), str(each.operator), each.value)
        for each in parse_filter(text, entity)
    )


def code_of(text: str, entity: Entity) -> ErrorCode | None:
    try:
        parse_filter(text, entity)
    except StoreError as error:
        return error.code
    return None


def order_code_of(order: Sequence[TermDraft | Raw], entity: Entity) -> ErrorCode | None:
    try:
        parse_order_by([each.text for each in terms_of(order)], entity)
    except StoreError as error:
        return error.code
    return None


@examples
@given(strategies.run_filters(KEYS, SYMBOLS), ASKED)
def test_run_filters(draft: Draft, text: str) -> None:
    found = completed(draft, text)
    assert isinstance(found, Filter)
    assert parsed(found.text, RUNS) == found.comparisons


@examples
@given(strategies.experiment_filters(KEYS, SYMBOLS), ASKED)
def test_experiment_filters(draft: Draft, text: str) -> None:
    found = completed(draft, text)
    assert isinstance(found, Filter)
    assert parsed(found.text, EXPERIMENTS) == found.comparisons


@settings(examples, max_examples=20)
@given(strategies.long_run_filters(KEYS, SYMBOLS))
def test_long_run_filters(draft: Draft) -> None:
    found = completed(draft, "x")
    assert len(parsed(found.text, RUNS)) == 100


@examples
@given(strategies.misspelt_run_filters(KEYS, SYMBOLS), ASKED)
def test_misspelt_run_filters(draft: Draft | Raw, text: str) -> None:
    found = completed(draft, text)
    assert isinstance(found, Raw)
    assert code_of(found.text, RUNS) is ErrorCode.INVALID_PARAMETER_VALUE


@examples
@given(strategies.misspelt_experiment_filters(KEYS, SYMBOLS), ASKED)
def test_misspelt_experiment_filters(draft: Draft | Raw, text: str) -> None:
    found = completed(draft, text)
    assert isinstance(found, Raw)
    assert code_of(found.text, EXPERIMENTS) is ErrorCode.INVALID_PARAMETER_VALUE


@pytest.mark.parametrize(
    ("orders", "entity"),
    [(strategies.run_orders(KEYS, SYMBOLS), RUNS), (strategies.experiment_orders(), EXPERIMENTS)],
    ids=["runs", "experiments"],
)
@examples
@given(data=st.data())
def test_orders(
    data: st.DataObject, orders: SearchStrategy[tuple[TermDraft, ...]], entity: Entity
) -> None:
    order = data.draw(orders)
    terms = [each for each in terms_of(order) if isinstance(each, OrderTerm)]
    read = parse_order_by([each.text for each in terms], entity)
    assert len(read) == len(order)
    assert [(str(each.field.kind), each.field.name, each.descending) for each in read] == [
        (str(each.field.kind), each.field.name, each.descending) for each in terms
    ]


@examples
@given(strategies.misspelt_run_orders(KEYS, SYMBOLS), strategies.misspelt_experiment_orders())
def test_misspelt_orders(
    of_runs: tuple[TermDraft | Raw, ...], of_experiments: tuple[TermDraft | Raw, ...]
) -> None:
    assert order_code_of(of_runs, RUNS) is ErrorCode.INVALID_PARAMETER_VALUE
    assert order_code_of(of_experiments, EXPERIMENTS) is ErrorCode.INVALID_PARAMETER_VALUE


@examples
@given(strategies.run_comparisons(KEYS, SYMBOLS), ASKED)
def test_every_way_of_a_comparison_is_in_the_language(part: Part, text: str) -> None:
    ways = [completed(each, text) for each in strategies.every_way(part)]
    assert len({each.text for each in ways}) == len(ways) > 1
    for each in ways:
        assert isinstance(each, Filter)
        assert parsed(each.text, RUNS) == each.comparisons


@pytest.mark.parametrize("style", NUMBER_STYLES)
@pytest.mark.parametrize(
    "number", ["0", "1", "-1", "0.5", "-0.5", "10.05", "1e10", "1e22", "5e-324", "1e400", "-1e30"]
)
def test_a_number_is_the_same_in_every_style(number: str, style: str) -> None:
    assert Decimal(spelled_number(Decimal(number), style)) == Decimal(number)


LETTERS = st.text(st.sampled_from("aAbB%_éÉßẞſsSkK\u212aςσΣiIİıµμ.\n\\"), max_size=6)


@settings(examples, max_examples=500)
@given(LETTERS, LETTERS)
def test_the_oracle_and_the_reference_agree_on_like(text: str, pattern: str) -> None:
    assert like(text, pattern) == reference.like(pattern)(text)


@settings(examples, max_examples=500)
@given(LETTERS, LETTERS)
def test_the_oracle_accepts_the_reference_s_ilike(text: str, pattern: str) -> None:
    asked = Comparison(Field(Kind.PARAM, "p"), "ILIKE", pattern)
    assert holds(asked, text) in (None, reference.ilike(pattern)(text))
