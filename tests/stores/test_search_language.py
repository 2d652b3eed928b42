"""The filter and order_by language: which texts it takes, what they say, what it refuses (SEARCH-GRAMMAR)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.search.parser import parse_filter, parse_order_by
from storeproof.stores.search.tree import (
    MOST_COMPARISONS,
    MOST_ORDER_TERMS,
    Comparison,
    Field,
    Filter,
    Kind,
    Operator,
    OrderTerm,
    Value,
)
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS, Entity, Holds

METRIC, PARAM, TAG, ATTRIBUTE, DATASET = Kind


def one(text: str, entity: Entity = RUNS) -> Comparison:
    (comparison,) = parse_filter(text, entity)
    return comparison


def refused(text: object, entity: Entity = RUNS) -> ErrorCode:
    with pytest.raises(StoreError) as caught:
        parse_filter(text, entity)  # type: ignore[arg-type]
    return caught.value.code


def order_refused(terms: object, entity: Entity = RUNS) -> ErrorCode:
    with pytest.raises(StoreError) as caught:
        parse_order_by(terms, entity)  # type: ignore[arg-type]
    return caught.value.code


IPV = ErrorCode.INVALID_PARAMETER_VALUE


# What a filter says


@pytest.mark.parametrize("nothing", [None, "", " ", "\t\r\n", "\u3000"])
def test_a_filter_of_nothing_holds_no_comparison(nothing: str | None) -> None:
    assert parse_filter(nothing, RUNS) == ()


def test_comparisons_joined_by_and_are_read_in_their_order() -> None:
    assert parse_filter("metrics.m > 10 AND params.p = '3' AND status != 'FAILED'", RUNS) == (
        Comparison(Field(METRIC, "m"), Operator.GT, Decimal(10)),
        Comparison(Field(PARAM, "p"), Operator.EQ, "3"),
        Comparison(Field(ATTRIBUTE, "status"), Operator.NE, "FAILED"),
    )


def test_the_same_comparison_may_stand_twice() -> None:
    first, second = parse_filter("tags.a = 'x' AND tags.a = 'x'", RUNS)
    assert first == second


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("metric", METRIC),
        ("metrics", METRIC),
        ("param", PARAM),
        ("params", PARAM),
        ("parameter", PARAM),
        ("parameters", PARAM),
        ("tag", TAG),
        ("tags", TAG),
    ],
)
def test_each_alias_of_a_prefix_names_the_same_field(prefix: str, kind: Kind) -> None:
    value = "1" if kind is METRIC else "'1'"
    assert one(f"{prefix}.k = {value}").field == Field(kind, "k")


@pytest.mark.parametrize("prefix", ["", "attribute.", "attributes.", "attr.", "run."])
@pytest.mark.parametrize("name", ["run_id", "`run_id`", '"run_id"'])
def test_an_attribute_may_stand_bare_or_behind_any_of_its_prefixes(prefix: str, name: str) -> None:
    assert one(f"{prefix}{name} = 'x'").field == Field(ATTRIBUTE, "run_id")


@pytest.mark.parametrize("name", ["run_name", "`run name`", "`Run name`", '"Run Name"'])
def test_a_run_name_has_mlflow_s_other_spellings(name: str) -> None:
    assert one(f"attributes.{name} = 'x'").field == Field(ATTRIBUTE, "run_name")


@pytest.mark.parametrize("name", ["start_time", "created", "Created"])
def test_a_start_time_has_mlflow_s_other_spellings(name: str) -> None:
    assert one(f"{name} > 1").field == Field(ATTRIBUTE, "start_time")


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("k", "k"),
        ("_k9", "_k9"),
        ("1a", "1a"),
        ("mlflow.user", "mlflow.user"),
        (".a.", ".a."),
        ("ключ", "ключ"),
        ("`a b/c-d:e`", "a b/c-d:e"),
        ('"a b"', "a b"),
        ("` a `", " a "),
        ("and", "and"),
        ("in", "in"),
        ("LIKE", "LIKE"),
        ("`x AND y`", "x AND y"),
        ("'x'", None),
        ("``", None),
        ("", None),
        ("a/b", None),
        ("a-b", None),
        ("a:b", None),
        ("a b", None),
        ("a$b", None),
        ("`a`.b", None),
        ("a.`b`", None),
        ("`a``b`", None),
        (" a", None),
    ],
)
def test_a_key_is_letters_digits_underscores_and_dots_or_anything_quoted(
    spelling: str, key: str | None
) -> None:
    text = f"tags.{spelling} = 'x'"
    if key is None:
        assert refused(text) is IPV
    else:
        assert one(text).field == Field(TAG, key)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'x'", "x"),
        ("''", ""),
        ("' x '", " x "),
        ("'a AND b'", "a AND b"),
        ('"a AND b"', "a AND b"),
        ('"it\'s"', "it's"),
        ("'say \"hi\"'", 'say "hi"'),
        ("'\\n\\'", "\\n\\"),
        ("'line\r\nbreak'", "line\r\nbreak"),
        ("'\U0001d11e'", "\U0001d11e"),
        ("'x", None),
        ("`x`", None),
        ("x", None),
        ("1", None),
        ("N'x'", None),
        ("'it''s'", None),
        ("'it\\'s'", None),
        ("('x')", None),
    ],
)
def test_text_stands_in_single_or_double_quotes_and_every_character_is_itself(
    literal: str, value: str | None
) -> None:
    text = f"params.k = {literal}"
    if value is None:
        assert refused(text) is IPV
    else:
        assert one(text).value == value


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1", Decimal(1)),
        ("-1", Decimal(-1)),
        ("+1", Decimal(1)),
        ("1.5", Decimal("1.5")),
        (".5", Decimal("0.5")),
        ("-.5", Decimal("-0.5")),
        ("5.", Decimal(5)),
        ("1e3", Decimal(1000)),
        ("1E-3", Decimal("0.001")),
        ("1.5e+2", Decimal(150)),
        ("9223372036854775808.5", Decimal("9223372036854775808.5")),
        ("1" + "0" * 6000, Decimal(10) ** 6000),
        ("1e400", Decimal("1e400")),
        ("'1'", None),
        ('"1"', None),
        ("nan", None),
        ("inf", None),
        ("-Infinity", None),
        ("1_000", None),
        ("0x10", None),
        ("1e", None),
        ("1.2.3", None),
        ("- 1", None),
        ("--1", None),
        ("\u0661", None),
        ("(1)", None),
        ("true", None),
        ("1AND", None),
        ("", None),
    ],
)
def test_a_number_is_decimal_with_an_optional_sign_and_exponent(
    literal: str, value: Decimal | None
) -> None:
    text = f"metrics.k >= {literal}"
    if value is None:
        assert refused(text) is IPV
    else:
        assert one(text).value == value


@pytest.mark.parametrize("zero", ["0", "0.0", "1"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_an_exponent_of_any_size_is_read(zero: str, sign: str) -> None:
    value = one(f"metrics.k < {zero}e{sign}{'9' * 5000}").value
    assert isinstance(value, Decimal)
    if zero != "1":
        assert value == 0
    elif sign:
        assert 0 < value < Decimal("1e-1000")
    else:
        assert value > Decimal("1e1000")


def test_leading_zeros_of_an_exponent_count_for_nothing() -> None:
    assert one("metrics.k = 1e+0000000000000003").value == 1000


@pytest.mark.parametrize("operator", ["LIKE", "like", "ILIKE", "iLike", "="])
@pytest.mark.parametrize("field", ["params.k", "tags.k", "user_id", "dataset.context"])
def test_a_keyword_is_read_in_any_case(field: str, operator: str) -> None:
    assert one(f"{field} {operator} 'x'").operator == Operator(operator.upper())


@pytest.mark.parametrize("joined", ["AND", "and", "aNd"])
def test_and_is_read_in_any_case(joined: str) -> None:
    assert len(parse_filter(f"tags.a = 'x' {joined} tags.b = 'y'", RUNS)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "params.a='x'AND metrics.b>=-1",
        "\n params.a\t=\r\n'x'\u00a0AND\u3000metrics.b >=\x0b-1 ",
        "params.a = 'x' AND metrics.b >= -1",
    ],
)
def test_white_space_is_free_between_the_parts(text: str) -> None:
    assert parse_filter(text, RUNS) == (
        Comparison(Field(PARAM, "a"), Operator.EQ, "x"),
        Comparison(Field(METRIC, "b"), Operator.GE, Decimal(-1)),
    )


@pytest.mark.parametrize("field", ["run_id", "dataset.name", "datasets.digest", "dataset.context"])
@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("IN ('x', 'X')", Operator.IN),
        ("in('x','X')", Operator.IN),
        ("NOT IN ('x','X')", Operator.NOT_IN),
        ("not \n In( 'x' , 'X' )", Operator.NOT_IN),
    ],
)
def test_a_list_is_of_texts_in_single_quotes(field: str, text: str, operator: Operator) -> None:
    comparison = one(f"{field} {text}")
    assert (comparison.operator, comparison.value) == (operator, ("x", "X"))


@pytest.mark.parametrize(
    "listed",
    ["()", "('x',)", "(,'x')", "('x' 'y')", '("x")', "(`x`)", "(1)", "'x'", "('x'", "(('x'))"],
)
def test_a_list_that_is_no_list_is_refused(listed: str) -> None:
    assert refused(f"run_id IN {listed}") is IPV


OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN")


@pytest.mark.parametrize(
    ("field", "taken"),
    [
        *[(field, OPERATORS[:6]) for field in ("metrics.k", "start_time", "end_time")],
        *[
            (field, ("=", "!=", "LIKE", "ILIKE"))
            for field in ("params.k", "tags.k", "run_name", "user_id", "status", "artifact_uri")
        ],
        *[
            (field, ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"))
            for field in ("run_id", "dataset.name", "dataset.digest", "dataset.context")
        ],
    ],
)
def test_each_field_of_a_run_takes_its_operators_and_no_other(
    field: str, taken: tuple[str, ...]
) -> None:
    numeric = "<" in taken
    for operator in OPERATORS:
        value = "('x')" if operator.endswith("IN") else "1" if numeric else "'x'"
        text = f"{field} {operator} {value}"
        if operator in taken:
            assert one(text).operator == operator
        else:
            assert refused(text) is IPV


# What is refused

JUNK = """
metrics
metrics.a
metrics.a >
metrics. > 1
= 1
1 < metrics.a
metrics.a > 1 2
metrics.a == 1
metrics.a <> 1
metrics.a ! = 1
metrics.a > = 1
metrics.a => 1
metrics.a = 1;
metrics.a = 1; metrics.b = 2
metrics.a = 1, metrics.b = 2
metrics.a = 1 OR metrics.b = 2
metrics.a = 1 AND
AND metrics.a = 1
metrics.a = 1 AND AND metrics.b = 2
metrics.a = 1 && metrics.b = 2
metrics.a = 1 metrics.b = 2
metrics.a = 1 ANDmetrics.b = 2
metrics.a = 1AND metrics.b = 2
metrics.a = 1and metrics.b = 2
`` = 'x'
(metrics.a = 1)
metrics.a = 1 AND (metrics.b = 2)
NOT metrics.a = 1
metrics.a = 1 AND NOT metrics.b = 2
metrics.a BETWEEN 1 AND 2
metrics.a IS NULL
params.a IS NOT NULL
params.a NOT LIKE 'x'
params.a RLIKE 'x'
params.a LIKE_ 'x'
params.a = 'x' -- more
params.a = 'x' /* more */
METRICS.a = 1
metrics . a = 1
metrics. a = 1
metrics .a = 1
`metrics`.a = 1
`metrics.a` = 1
foo.a = 'x'
a = 'x'
.a = 'x'
Status = 'x'
attributes.STATUS = 'x'
attributes.name = 'x'
attributes.run.name = 'x'
attributes.Run name = 'x'
attributes.lifecycle_stage = 'active'
attributes.experiment_id = '1'
attributes.run_uuid = 'x'
dataset.source = 'x'
dataset.Name = 'x'
experiment.name = 'x'
""".strip().split("\n")


@pytest.mark.parametrize("text", JUNK)
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    assert refused(text) is IPV


@pytest.mark.parametrize("text", ["tags.a = 'x\0y'", "tags.a = '\ud800'", "tags.`\0` = 'x'", "\0"])
def test_a_filter_with_what_is_no_text_is_refused(text: str) -> None:
    assert refused(text) is IPV


@pytest.mark.parametrize("thing", [5, 1.5, True, b"metrics.a > 1", ["metrics.a > 1"], object()])
def test_a_filter_that_is_no_string_is_refused(thing: object) -> None:
    assert refused(thing) is IPV


@pytest.mark.parametrize("text", ["(" * 20_000, "tags.a = '" + "'" * 20_001, "NOT " * 20_000])
def test_a_long_or_deep_filter_is_refused_like_any_other(text: str) -> None:
    assert refused(text) is IPV


def test_a_filter_of_the_most_comparisons_is_read() -> None:
    text = " AND ".join(f"metrics.m{i} > {i}" for i in range(MOST_COMPARISONS))
    assert len(parse_filter(text, RUNS)) == MOST_COMPARISONS


def test_a_filter_of_more_comparisons_is_refused() -> None:
    assert refused(" AND ".join(["metrics.m > 1"] * (MOST_COMPARISONS + 1))) is IPV


def test_a_filter_longer_than_any_use_is_refused_unread() -> None:
    assert refused(" " * 1_000_001) is IPV


# SEARCH-EXP: experiments


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("name ILIKE 'a%'", Comparison(Field(ATTRIBUTE, "name"), Operator.ILIKE, "a%")),
        ("attribute.name = 'a'", Comparison(Field(ATTRIBUTE, "name"), Operator.EQ, "a")),
        ('`name` != "a"', Comparison(Field(ATTRIBUTE, "name"), Operator.NE, "a")),
        (
            "creation_time >= 1.5",
            Comparison(Field(ATTRIBUTE, "creation_time"), Operator.GE, Decimal("1.5")),
        ),
        (
            "attr.last_update_time < 9e99",
            Comparison(Field(ATTRIBUTE, "last_update_time"), Operator.LT, Decimal("9e99")),
        ),
        ("tag.`k` LIKE '%'", Comparison(Field(TAG, "k"), Operator.LIKE, "%")),
    ],
)
def test_experiments_are_filtered_by_name_times_and_tags(text: str, comparison: Comparison) -> None:
    assert parse_filter(text, EXPERIMENTS) == (comparison,)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.a > 1",
        "params.a = 'x'",
        "dataset.name = 'x'",
        "run.name = 'x'",
        "run_id = 'x'",
        "experiment_id = '1'",
        "experiment_id = 1",
        "name IN ('x')",
        "name > 'x'",
        "tags.a IN ('x')",
        "creation_time = '1'",
        "lifecycle_stage = 'active'",
    ],
)
def test_experiments_take_nothing_else(text: str) -> None:
    assert refused(text, EXPERIMENTS) is IPV


# SEARCH-ORDER: what an answer is ordered by


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_an_order_of_nothing_has_no_terms(nothing: list[str] | None) -> None:
    assert parse_order_by(nothing, RUNS) == ()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("metrics.a", OrderTerm(Field(METRIC, "a"))),
        ("metrics.a ASC", OrderTerm(Field(METRIC, "a"))),
        (" params.`a b`\tdesc ", OrderTerm(Field(PARAM, "a b"), descending=True)),
        ("tags.mlflow.user Desc", OrderTerm(Field(TAG, "mlflow.user"), descending=True)),
        ("tag.desc", OrderTerm(Field(TAG, "desc"))),
        ("metrics.desc desc", OrderTerm(Field(METRIC, "desc"), descending=True)),
        ("Created", OrderTerm(Field(ATTRIBUTE, "start_time"))),
        *[
            (f"attributes.{name} DESC", OrderTerm(Field(ATTRIBUTE, name), descending=True))
            for name in RUNS.named[ATTRIBUTE]
        ],
    ],
)
def test_runs_are_ordered_by_any_metric_param_tag_and_attribute(text: str, term: OrderTerm) -> None:
    assert parse_order_by([text], RUNS) == (term,)


def test_the_same_field_may_be_ordered_by_twice() -> None:
    field = Field(METRIC, "a")
    assert parse_order_by(["metrics.a", "metric.`a` DESC"], RUNS) == (
        OrderTerm(field),
        OrderTerm(field, descending=True),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "desc",
        "metrics.",
        "metrics.a DESCENDING",
        "metrics.a b",
        "metrics.a, metrics.b",
        "metrics.a;",
        "metrics.a desc desc",
        "metrics.a > 1",
        "metrics.a/b",
        "dataset.name",
        "attributes.Run name",
        "name",
        "lifecycle_stage",
        "tags.`\0`",
        "tags.`\ud800`",
    ],
)
def test_an_order_term_that_is_not_in_the_language_is_refused(text: str) -> None:
    assert order_refused([text]) is IPV


@pytest.mark.parametrize("terms", ["metrics.a", b"metrics.a", 5, [None], [5], [["metrics.a"]]])
def test_an_order_that_is_no_list_of_texts_is_refused(terms: object) -> None:
    assert order_refused(terms) is IPV


def test_an_order_of_too_many_terms_is_refused() -> None:
    assert order_refused(["metrics.a"] * (MOST_ORDER_TERMS + 1)) is IPV


@pytest.mark.parametrize("name", ["name", "experiment_id", "creation_time", "last_update_time"])
def test_experiments_are_ordered_by_their_attributes(name: str) -> None:
    assert parse_order_by([f"{name} DESC"], EXPERIMENTS) == (
        OrderTerm(Field(ATTRIBUTE, name), descending=True),
    )


@pytest.mark.parametrize("text", ["tags.k", "metrics.a", "id", "artifact_location"])
def test_experiments_are_ordered_by_nothing_else(text: str) -> None:
    assert order_refused([text], EXPERIMENTS) is IPV


# Any text

PLAIN = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
VALUES = st.text(PLAIN).filter(lambda text: not ("'" in text and '"' in text))
KEYS = st.text(PLAIN, min_size=1).filter(lambda text: not ("`" in text and '"' in text))
LISTS = st.lists(st.text(PLAIN).filter(lambda text: "'" not in text), min_size=1, max_size=3)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False) | st.integers().map(Decimal)


@st.composite
def comparisons(draw: st.DrawFn, entity: Entity) -> Comparison:
    fields = [(kind, None) for kind in entity.keyed] + [
        (kind, name) for kind, names in entity.named.items() for name in names
    ]
    kind, name = draw(st.sampled_from(fields))
    field = Field(kind, draw(KEYS) if name is None else name)
    known = entity.type_of(field)
    assert known is not None
    operator = draw(st.sampled_from(known.operators or (None,)))
    if operator is None:  # only to order by
        return Comparison(Field(TAG, "k"), Operator.EQ, "x")
    if operator in (Operator.IN, Operator.NOT_IN):
        return Comparison(field, operator, tuple(draw(LISTS)))
    value: str | Decimal = draw(VALUES) if known.holds is Holds.TEXT else draw(NUMBERS)
    return Comparison(field, operator, value)


@st.composite
def filters(draw: st.DrawFn, entity: Entity) -> tuple[Filter, str]:
    """A tree, and a text that says it, in any of its spellings."""
    tree = tuple(draw(st.lists(comparisons(entity), max_size=4)))
    spelled = [spelling(draw, comparison, entity) for comparison in tree]
    joined = f" {cased(draw, 'AND')} "
    return tree, blank(draw) + joined.join(spelled) + blank(draw)


def spelling(draw: st.DrawFn, comparison: Comparison, entity: Entity) -> str:
    operator = cased(draw, comparison.operator)
    # A bare word needs white space before an operator that is a word.
    gap = " " + blank(draw) if operator[0].isalpha() else blank(draw)
    return (
        field_spelling(draw, comparison.field, entity)
        + gap
        + operator
        + blank(draw)
        + value_spelling(draw, comparison.value)
    )


def field_spelling(draw: st.DrawFn, field: Field, entity: Entity) -> str:
    prefixes = [f"{word}." for word, kind in entity.prefixes.items() if kind is field.kind]
    if field.kind is ATTRIBUTE:
        prefixes.append("")
    spellings = [f"{mark}{field.name}{mark}" for mark in '`"' if mark not in field.name]
    if all(character.isalnum() or character in "_." for character in field.name):
        spellings.append(field.name)
    return draw(st.sampled_from(prefixes)) + draw(st.sampled_from(spellings))


def value_spelling(draw: st.DrawFn, value: Value) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ",".join(f"{blank(draw)}'{text}'{blank(draw)}" for text in value) + ")"
    marks = [mark for mark in "'\"" if mark not in value]
    mark = draw(st.sampled_from(marks))
    return f"{mark}{value}{mark}"


def cased(draw: st.DrawFn, word: str) -> str:
    return draw(st.sampled_from([word, word.lower(), word.title()]))


def blank(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", " ", "\n\t "]))


@settings(deadline=None)
@given(st.sampled_from([RUNS, EXPERIMENTS]).flatmap(lambda e: st.tuples(st.just(e), filters(e))))
def test_every_tree_is_read_back_from_each_of_its_spellings(
    case: tuple[Entity, tuple[Filter, str]],
) -> None:
    entity, (tree, text) = case
    assert parse_filter(text, entity) == tree


def outcome(parse: Callable[[], object]) -> ErrorCode | None:
    try:
        parse()
    except StoreError as error:
        return error.code
    return None


PIECES = st.sampled_from(
    "metrics tags run_id status dataset.name a . ` \" ' = ! < ( ) , 1 - e 'x' \\ ; %".split()
    + "LIKE NOT IN AND and".split()
    + [" "]
)


@settings(deadline=None)
@given(st.text(st.characters()) | st.lists(PIECES, max_size=20).map("".join))
@example("1e" + "9" * 20)
@example("metrics.a > 1e" + "9" * 20)
def test_any_text_gives_a_tree_or_a_refusal(text: str) -> None:
    for entity in (RUNS, EXPERIMENTS):
        assert outcome(partial(parse_filter, text, entity)) in (None, IPV)


@settings(deadline=None)
@given(
    filters(RUNS).map(lambda case: case[1]),
    st.integers(0, 200),
    st.integers(0, 5),
    PIECES | st.text(st.characters(), max_size=3),
)
def test_any_change_to_a_filter_gives_a_tree_or_a_refusal(
    text: str, start: int, length: int, put: str
) -> None:
    changed = text[:start] + put + text[start + length :]
    assert outcome(lambda: parse_filter(changed, RUNS)) in (None, IPV)


@settings(deadline=None)
@given(st.lists(st.text(st.characters()) | st.lists(PIECES, max_size=8).map("".join), max_size=3))
def test_any_order_gives_terms_or_a_refusal(terms: list[str]) -> None:
    assert outcome(lambda: parse_order_by(terms, RUNS)) in (None, IPV)


def test_the_grammar_s_library_is_loaded_by_the_first_filter_only() -> None:
    script = (
        "import sys; from storeproof.stores.search import parser, meaning, order;"
        "sys.exit('lark' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
