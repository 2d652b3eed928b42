"""Searches for experiments: their language, their order, and pages of what is found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.paging import sees_pages
from storeproof.conformance.suite.searching import COMPARISONS
from storeproof.conformance.suite.values import FOUR_BYTES
from storeproof.stores import Tag, ViewType

ACTIVE = ViewType.ACTIVE_ONLY
IPV = "INVALID_PARAMETER_VALUE"


def add(probe: Probe, *names: str, **tags: str) -> list[str]:
    """The ids of new experiments of these names, each made in a millisecond of its own."""
    made = []
    for name in names:
        probe.tick()
        labels = [Tag(key, value) for key, value in tags.items()]
        made.append(probe.store.create_experiment(probe.name(name), tags=labels))
    return made


def mine(probe: Probe, filter_string: str | None = None) -> str:
    """A filter for what this test made: others may have made more meanwhile."""
    ours = f"name LIKE '{probe.name('%')}'"
    return ours if filter_string is None else f"{ours} AND {filter_string}"


def finds(probe: Probe, filter_string: str, names: Iterable[str]) -> None:
    """Of the experiments that this test made, the filter finds those of these names."""
    found = probe.store.search_experiments(filter_string=mine(probe, filter_string))
    wanted = [probe.name(name) for name in names]
    probe.see(found).items.each("name").is_some_order_of(wanted)


def orders(probe: Probe, order_by: Iterable[str] | None, names: Iterable[str]) -> None:
    """The experiments that this test made are these in this order."""
    terms = None if order_by is None else list(order_by)
    found = probe.store.search_experiments(filter_string=mine(probe), order_by=terms)
    probe.see(found).items.each("name").equals([probe.name(name) for name in names])


# What a filter finds


@clause("SEARCH-EXP")
def test_an_experiment_is_found_by_its_name(probe: Probe) -> None:
    add(probe, "one", "One", "other")
    name = probe.name
    filters = {
        f"name = '{name('one')}'": ["one"],
        f"name = '{name('ONE')}'": [],
        f"name != '{name('one')}'": ["One", "other"],
        f"name LIKE '{name('o%')}'": ["one", "other"],
        f"name LIKE '{name('_ne')}'": ["one", "One"],
        "name LIKE '%other'": ["other"],
        f"name LIKE '{name('O')}'": [],
        f"name ILIKE '{name('ONE').upper()}'": ["one", "One"],
        f"name ILIKE '%{'OTHER'}'": ["other"],
        f"attribute.name = '{name('one')}'": ["one"],
        f"attribute.name != '{name('other')}'": ["one", "One"],
        f"name='{name('one')}'": ["one"],
        f"  name\n=\t'{name('one')}' ": ["one"],
        f"name like '{name('one')}'": ["one"],
        f"name iLike '{name('oNe')}'": ["one", "One"],
    }
    for filter_string, names in probe.cases(filters.items()):
        finds(probe, filter_string, names)


@clause("SEARCH-EXP")
def test_one_comparison_alone_finds_the_experiment(probe: Probe) -> None:
    name, value = probe.name("one"), probe.name("x")
    probe.store.create_experiment(name, tags=[Tag("k", value)])
    probe.store.create_experiment(probe.name("other"), tags=[Tag("k", probe.name("y"))])
    for comparison in probe.cases(("=", "LIKE", "ILIKE")):
        for field, text in (("name", name), ("attribute.name", name), ("tags.k", value)):
            found = probe.store.search_experiments(filter_string=f"{field} {comparison} '{text}'")
            probe.see(found).items.each("name").equals([name])


@clause("SEARCH-EXP")
def test_an_experiment_is_found_by_its_tags(probe: Probe) -> None:
    """By one row for each tag an experiment is found as often as it has tags."""
    add(probe, "x", **{"k": "x", "a b": "x", "l": "x"})
    add(probe, "y", **{"k": "y", "a b": "y", "l": "y"})
    add(probe, "empty", k="")
    add(probe, "none", K="x")
    filters = {
        "tags.k = 'x'": ["x"],
        "tags.k != 'x'": ["y", "empty"],
        "tags.k = ''": ["empty"],
        "tags.k != 'z'": ["x", "y", "empty"],
        "tags.k LIKE '%'": ["x", "y", "empty"],
        "tags.k LIKE '_'": ["x", "y"],
        "tags.k LIKE 'X'": [],
        "tags.k ILIKE 'X'": ["x"],
        "tags.none != 'x'": [],
        "tag.k = 'x'": ["x"],
        "tags.`a b` = 'x'": ["x"],
        "tags.\"a b\" != 'x'": ["y"],
        "tags.k = 'x' AND tags.l = 'x'": ["x"],
        "tags.k = 'x' AND tags.l = 'y'": [],
        "tags.k != 'z' AND tags.l != 'z'": ["x", "y"],
        "tags.k = 'x' and tags.`a b` like 'x'": ["x"],
    }
    for filter_string, names in probe.cases(filters.items()):
        finds(probe, filter_string, names)


@clause("SEARCH-EXP")
@pytest.mark.parametrize("time", ["creation_time", "last_update_time"])
def test_an_experiment_is_found_by_its_times(probe: Probe, time: str) -> None:
    """The times are the store's own, so each bound is far from them."""
    add(probe, "one", "other")
    every = ["one", "other"]
    answers = {
        "> 0": every,
        ">= 1.5": every,
        "< 9223372036854775807": every,
        "<= 9223372036854775808": every,
        "< 1e400": every,
        "!= 0": every,
        "!= 1e400": every,
        "!= 0.5": every,
        "> -1e400": every,
        "= 0": [],
        "= 0.5": [],
        "< 0": [],
        "<= -9223372036854775809": [],
        "> 9223372036854775807": [],
        ">= 1e19": [],
        "= 1e400": [],
    }
    for comparison, names in probe.cases(answers.items()):
        finds(probe, f"{time} {comparison}", names)
        finds(probe, f"attribute.{time} {comparison}", names)


@clause("SEARCH-EXP")
@pytest.mark.parametrize("time", ["creation_time", "last_update_time"])
def test_the_times_of_a_filter_are_those_that_are_read_back(probe: Probe, time: str) -> None:
    made = dict(zip(("first", "second"), add(probe, "first", "second"), strict=True))
    moments: dict[str, int] = {}
    for name, identifier in made.items():
        known = probe.store.get_experiment(identifier)
        getattr(probe.see(known), time).between(1, 2**63 - 1)
        moments[name] = getattr(known, time)
    bounds = [(moment, tail) for moment in moments.values() for tail in ("", ".0", ".5")]
    for (moment, tail), (sign, holds) in probe.cases(product(bounds, COMPARISONS.items())):
        exact = 10 * moment + (tail == ".5") * 5
        names = [name for name, value in moments.items() if holds(10 * value, exact)]
        finds(probe, f"{time} {sign} {moment}{tail}", names)


@clause("SEARCH-EXP")
def test_a_filter_keeps_to_its_view(probe: Probe) -> None:
    made = add(probe, "active", "deleted", k="x")
    add(probe, "another", k="y")
    probe.store.delete_experiment(made[1])
    views = {
        ACTIVE: ["active"],
        ViewType.DELETED_ONLY: ["deleted"],
        ViewType.ALL: ["deleted", "active"],
    }
    for view, names in probe.cases(views.items()):
        found = probe.store.search_experiments(view, filter_string=mine(probe, "tags.k = 'x'"))
        probe.see(found).items.each("name").equals([probe.name(name) for name in names])


@clause("SEARCH-EXP")
def test_patterns_of_names_are_like_those_of_runs(probe: Probe) -> None:
    names = ("a.c", "abc", "a[b]c", "a\\c", "a%c", "a_c", "a\nc", f"a{FOUR_BYTES}c", "ac")
    add(probe, *names)
    patterns = {
        "a.c": ["a.c"],
        "a[b]c": ["a[b]c"],
        "a\\c": ["a\\c"],
        "a%c": list(names),
        "a_c": [name for name in names if len(name) == 3],
        "a\\%": ["a\\c"],
        "a\n%": ["a\nc"],
        "ac": ["ac"],
        "a": [],
    }
    for pattern, found in probe.cases(patterns.items()):
        answer = probe.store.search_experiments(filter_string=f"name LIKE '{probe.name(pattern)}'")
        wanted = [probe.name(name) for name in found]
        probe.see(answer).items.each("name").is_some_order_of(wanted)


_REFUSED = (
    *("name > 'a'", "name IN ('a')", "name NOT IN ('a')", "name = 1", "name = x", "name == 'x'"),
    *(
        "creation_time = '1'",
        "creation_time LIKE '1'",
        "last_update_time > 'x'",
        "creation_time IN (1)",
    ),
    *("tags.k > 'a'", "tags.k IN ('a')", "tags.k = 1", "tags = 'x'", "tags.`k = 'x'"),
    *("metrics.m = 1", "params.p = 'x'", "dataset.name = 'x'", "run_id = 'x'", "nope = 'x'"),
    *("attributes.nope = 'x'", "lifecycle_stage = 'active'", "artifact_location = 'x'"),
    *("experiment_id = '1'", "experiment_id = 1", "status = 'RUNNING'", "start_time > 0"),
    *("name = 'x' OR name = 'y'", "NOT name = 'x'", "name = 'x' AND", "AND name = 'x'", "nonsense"),
    *("name = 'x", "name", "name = 'x' name = 'y'", "name = 'x'; DROP TABLE experiments", "1 = 1"),
)


@clause("SEARCH-EXP", "SEARCH-GRAMMAR")
def test_any_other_filter_is_refused(probe: Probe) -> None:
    """What is not understood and passed over finds every experiment."""
    for filter_string in probe.cases(_REFUSED):
        probe.refused(IPV).search_experiments(filter_string=filter_string)
        probe.refused(IPV).search_experiments(filter_string=mine(probe, filter_string))


# Order


@clause("SEARCH-EXP")
def test_the_latest_experiment_comes_first(probe: Probe) -> None:
    add(probe, "b", "a", "d", "c")
    unordered: tuple[list[str] | None, ...] = (None, [])
    for order_by in probe.cases(unordered):
        orders(probe, order_by, "cdab")


@clause("SEARCH-EXP")
def test_experiments_are_ordered_by_each_of_their_fields(probe: Probe) -> None:
    made = add(probe, "b", "a", "d", "c")
    probe.tick()
    probe.store.rename_experiment(made[2], probe.name("e"))
    probe.tick()
    probe.store.rename_experiment(made[0], probe.name("B"))
    terms: dict[tuple[str, ...], str] = {
        ("name",): "Bace",
        ("name ASC",): "Bace",
        ("name DESC",): "ecaB",
        ("name desc",): "ecaB",
        ("attribute.name",): "Bace",
        ("attribute.name DESC",): "ecaB",
        ("creation_time",): "Baec",
        ("creation_time DESC",): "ceaB",
        ("last_update_time",): "aceB",
        ("last_update_time DESC",): "Beca",
        ("attribute.last_update_time Asc",): "aceB",
        ("name", "name DESC"): "Bace",
        ("creation_time DESC", "name", "experiment_id", "creation_time"): "ceaB",
    }
    for order_by, names in probe.cases(terms.items()):
        orders(probe, order_by, names)


@clause("SEARCH-EXP")
def test_names_are_in_code_point_order(probe: Probe) -> None:
    """Collations put letters of both cases together, and pad with spaces."""
    names = ("A", "B", "a", "a\t", "a ", "a!", "ab", "b", "é", "\ue000", FOUR_BYTES)
    add(probe, *(names[number * 5 % 11] for number in range(11)))
    orders(probe, ["name"], names)
    orders(probe, ["name DESC"], names[::-1])


@clause("SEARCH-EXP")
def test_ids_that_are_numbers_are_in_the_order_of_numbers(probe: Probe) -> None:
    """As texts 10 comes before 9. Ids that are no numbers have an order of the store's own."""
    made = add(probe, *(f"{number}" for number in range(11)))
    if not all(each.isdecimal() for each in made):
        return
    for term in probe.cases(("experiment_id", "experiment_id DESC", "attribute.experiment_id")):
        found = probe.store.search_experiments(filter_string=mine(probe), order_by=[term])
        ids = probe.see(found).items.each("experiment_id").numbers()
        ids.length().equals(11)
        (ids.falls if "DESC" in term else ids.rises)()


@clause("SEARCH-EXP")
def test_what_is_no_field_and_no_direction_is_no_order(probe: Probe) -> None:
    terms = (
        "nope",
        "metrics.m",
        "params.p",
        "attributes.nope",
        "name SIDEWAYS",
        "name ASC DESC",
        "DESC",
    )
    for term in probe.cases(terms):
        probe.refused(IPV).search_experiments(order_by=[term])
        probe.refused(IPV).search_experiments(order_by=["name", term])


# Pages


@clause("SEARCH-EXP", "SEARCH-PAGES")
def test_the_pages_of_what_is_found_are_the_unpaged_answer(probe: Probe) -> None:
    add(probe, "a", "b", "c", "d", k="x")
    add(probe, "e", "f", "g", k="y")
    questions: tuple[tuple[str | None, list[str] | None, int], ...] = (
        (None, None, 7),
        ("tags.k = 'x'", ["name DESC"], 4),
        ("tags.k != 'x'", ["last_update_time", "name"], 3),
        (None, ["experiment_id"], 7),
        (None, ["creation_time", "name"], 7),
    )
    for (filter_string, order_by, total), size in probe.cases(
        (question, size) for question in questions for size in (1, 2, 3, 4, 7, 8)
    ):
        asked: Any = {"filter_string": mine(probe, filter_string), "order_by": order_by}
        whole = probe.see(probe.store.search_experiments(**asked)).items
        whole.length().equals(total)
        ask = partial(probe.store.search_experiments, ACTIVE, size, **asked)
        sees_pages(probe, ask, whole, total, size, "name")


@clause("SEARCH-EXP", "SEARCH-PAGES")
def test_a_token_of_another_question_is_refused(probe: Probe) -> None:
    add(probe, "a", "b", "c", k="x")
    question: Any = {"filter_string": mine(probe), "order_by": ["name"]}
    page = probe.store.search_experiments(ACTIVE, 1, **question)
    probe.see(page).token.differs(None)
    others: tuple[dict[str, Any], ...] = (
        {"order_by": ["name DESC"]},
        {"order_by": ["creation_time"]},
        {"order_by": None},
        {"filter_string": mine(probe, "tags.k = 'x'")},
        {"filter_string": None},
        {"view": ViewType.ALL},
    )
    for each in probe.cases(others):
        asked: Any = {**question, **each}
        probe.refused(IPV, clause="SEARCH-PAGES").search_experiments(page_token=page.token, **asked)
