"""The catalogue holds every clause, whole, and the specification is made from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from storeproof.conformance.catalogue import (
    ANY_STORE,
    Clause,
    Level,
    UnknownClause,
    load,
    specification,
)
from storeproof.stores import ErrorCode

CLAUSES = load().clauses
MACHINE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SENTENCE_END = re.compile(r"[.?!](?: (?=[A-Z`(0-9])|$)")

# A clause never leaves a profile, so a smaller number here is a loss.
CLAUSES_IN_AREA = {
    "experiments": 16,
    "runs": 9,
    "keys-and-text": 7,
    "params": 4,
    "metrics": 9,
    "tags": 4,
    "batches": 6,
    "search": 13,
    "inputs-and-models": 4,
    "gc": 8,
    "registry": 7,
    "migrations": 8,
    "connections": 6,
    "addresses": 2,
    "file-store": 4,
    "http": 4,
    "concurrency": 7,
    "plugins": 2,
}


def broken(holds: Callable[[Clause], object]) -> list[str]:
    """The slugs of the clauses for which something does not hold."""
    return [clause.slug for clause in CLAUSES if not holds(clause)]


def words(clause: Clause) -> str:
    """All that a reader sees of a clause."""
    return " ".join([clause.text, *(each.text for each in clause.variations), clause.help])


def version(profile: str) -> tuple[int, ...]:
    return tuple(map(int, profile.split(".")))


def test_slugs_are_unique() -> None:
    slugs = [clause.slug for clause in CLAUSES]
    assert len(slugs) == len(set(slugs))


def test_areas_keep_their_order_and_lose_no_clause() -> None:
    counts = [(area.name, len(load().in_area(area.name))) for area in load().areas]
    assert counts == list(CLAUSES_IN_AREA.items())


def test_clauses_stand_in_the_order_of_their_areas() -> None:
    order = [area.name for area in load().areas]
    places = [order.index(clause.area) for clause in CLAUSES]
    assert places == sorted(places)


def test_slugs_are_capital_words_joined_by_hyphens() -> None:
    assert broken(lambda clause: re.fullmatch(r"[A-Z]+(-[A-Z]+)+", clause.slug)) == []


def test_levels_are_those_that_the_catalogue_explains() -> None:
    assert set(load().levels) == set(Level)
    assert broken(lambda clause: clause.level in load().levels) == []


def test_texts_are_whole_sentences() -> None:
    assert broken(lambda clause: clause.text.endswith((".", ")"))) == []


def test_texts_stand_alone_without_abbreviated_error_codes() -> None:
    assert broken(lambda clause: not re.search(r"\b(IPV|RDNE|RAE)\b|\bvar:", words(clause))) == []


def test_helps_have_two_to_five_sentences() -> None:
    assert broken(lambda clause: 2 <= len(SENTENCE_END.findall(clause.help)) <= 5) == []


def test_clauses_were_brought_by_a_profile_up_to_this_one() -> None:
    profile = version(load().profile)
    assert broken(lambda clause: version(clause.since) <= profile) == []


def test_clauses_apply_to_known_kinds_of_store() -> None:
    assert broken(lambda clause: clause.applies_to) == []
    assert broken(lambda clause: set(clause.applies_to) <= set(load().kinds)) == []


def test_issues_are_distinct_numbers_in_order() -> None:
    assert broken(lambda clause: list(clause.issues) == sorted(set(clause.issues))) == []


def test_variations_have_machine_names_that_differ_within_their_clause() -> None:
    def well_named(clause: Clause) -> bool:
        names = [variation.name for variation in clause.variations]
        return all(map(MACHINE_NAME.fullmatch, names)) and len(names) == len(set(names))

    assert broken(well_named) == []


def test_variations_stand_in_for_words_of_the_text() -> None:
    def in_place(clause: Clause) -> bool:
        return all(
            each.text and each.replaces and each.replaces in clause.text
            for each in clause.variations
        )

    assert broken(in_place) == []


def test_clauses_named_in_texts_and_helps_exist() -> None:
    prefixes = "|".join({clause.slug.split("-")[0] for clause in CLAUSES})
    slug = re.compile(rf"\b(?:{prefixes})-[A-Z]+(?:-[A-Z]+)*\b")
    named = {each for clause in CLAUSES for each in slug.findall(words(clause))}
    assert named - {clause.slug for clause in CLAUSES} == set()


def test_annexes_are_those_named_in_texts_and_helps() -> None:
    named = {each for clause in CLAUSES for each in re.findall(r"annex ([a-z-]+)", words(clause))}
    assert named == {annex.name for annex in load().annexes}


def test_area_names_are_machine_names() -> None:
    assert all(MACHINE_NAME.fullmatch(area.name) for area in load().areas)


def test_error_codes_and_statuses_are_those_of_the_stores() -> None:
    listed = {error.code: error.status for error in load().errors}
    assert listed == {code.value: code.http_status for code in ErrorCode}


def test_clause_is_found_by_its_slug() -> None:
    assert load().clause("RUN-NAME").slug == "RUN-NAME"


def test_unknown_slug_is_told_with_close_ones() -> None:
    with pytest.raises(UnknownClause) as caught:
        load().clause("exp-name-uniqe")
    assert caught.value.close[0] == "EXP-NAME-UNIQUE"
    assert "EXP-NAME-UNIQUE" in str(caught.value)


def test_unknown_slug_like_no_other_has_no_close_ones() -> None:
    with pytest.raises(UnknownClause) as caught:
        load().clause("?")
    assert caught.value.close == ()


def test_pattern_finds_clauses_in_the_order_of_the_catalogue() -> None:
    found = [clause.slug for clause in load().matching("gc-*")]
    assert found == [clause.slug for clause in CLAUSES if clause.slug.startswith("GC-")]
    assert found


def test_pattern_that_fits_nothing_finds_nothing() -> None:
    assert load().matching("NO-SUCH-*") == ()


def test_clause_about_every_store_applies_to_a_store_of_no_known_kind() -> None:
    clause = load().clause("PARAM-LOG")
    assert clause.applies_to == (ANY_STORE,)
    assert clause.applies(frozenset())


def test_clause_about_databases_applies_to_databases_only() -> None:
    clause = load().clause("POOL-BOUND")
    assert clause.applies({"sql", "postgresql"})
    assert not clause.applies({"file"})


def test_specification_in_docs_is_the_generated_one() -> None:
    path = Path(__file__).parents[2] / "docs" / "specification.md"
    assert path.read_text(encoding="utf-8") == specification(), (
        "run: python -m storeproof.conformance.catalogue > docs/specification.md"
    )


def test_specification_has_each_slug_as_an_anchor_once() -> None:
    page = specification()
    assert broken(lambda clause: page.count(f'<a id="{clause.slug}"></a>') == 1) == []


def test_links_in_the_specification_lead_to_its_anchors() -> None:
    page = specification()
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links <= set(re.findall(r'<a id="([^"]+)">', page))
