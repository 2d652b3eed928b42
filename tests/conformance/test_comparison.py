"""Runs merged into one matrix, and two runs compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from told_results import event, results

from storeproof.conformance.comparison import NotComparable, compared, merged
from storeproof.conformance.results import Results

A, B = "TAG-SET", "TAG-DELETE"


def test_merged_results_have_all_stores_and_runs() -> None:
    one, other = results(event(A, target="one")), results(event(B, "fail", target="other"))
    together = merged([("one", one), ("other", other)])
    assert [each.name for each in together.stores] == ["one", "other"]
    assert [each.run for each in together.stores] == [0, 1]
    assert len(together.runs) == 2
    assert {each.slug for each in together.clauses} >= {A, B}
    assert [each.verdict for each in together.stores] == [
        one.stores[0].verdict,
        other.stores[0].verdict,
    ]


def test_stores_of_one_name_are_told_apart_by_their_files() -> None:
    same = results(event(A))
    together = merged([("mlflow-2", same), ("mlflow-3", same), ("mlflow-3", same)])
    assert len({each.name for each in together.stores}) == 3
    assert together.stores[0].name == "file (mlflow-2)"


def test_the_stores_of_a_lock_step_keep_their_names_apart() -> None:
    same = results(event(A), event(A, target="lock-step"))
    together = merged([("x", same), ("y", same)])
    assert [each.stores for each in together.lock_step] == [("file (x)",), ("file (y)",)]
    assert [each.run for each in together.lock_step] == [0, 1]


def test_merged_results_can_be_merged_again() -> None:
    pair = merged([("a", results(event(A, target="a"))), ("b", results(event(A, target="b")))])
    together = merged([("pair", pair), ("c", results(event(A, target="c")))])
    assert [(each.name, each.run) for each in together.stores] == [("a", 0), ("b", 1), ("c", 2)]


def test_different_profiles_do_not_go_together() -> None:
    other = replace(results(event(A)), profile="2027.1")
    with pytest.raises(NotComparable):
        merged([("a", results(event(A))), ("b", other)])
    with pytest.raises(NotComparable):
        compared(results(event(A)), other)


def groups(old: Results, new: Results) -> dict[str, list[str]]:
    changes = compared(old, new)
    return {
        name: [each.slug for each in getattr(changes, name)]
        for name in ("regressions", "new_failures", "improvements", "others")
        if getattr(changes, name)
    }


@pytest.mark.parametrize(
    ("before", "after", "group"),
    [
        ("pass", "fail", "regressions"),
        ("pass", "not-run", "regressions"),
        ("pass", "error", "regressions"),
        ("known-fail", "fail", "regressions"),
        ("not-run", "fail", "regressions"),
        ("fail", "pass", "improvements"),
        ("error", "pass", "improvements"),
    ],
)
def test_a_worse_state_is_a_regression(before: str, after: str, group: str) -> None:
    assert groups(results(event(A, before)), results(event(A, after))) == {group: [A]}


def test_the_same_again_is_no_change() -> None:
    both = results(event(A), event(B, "fail"))
    assert groups(both, both) == {}
    assert not compared(both, both).any


def test_what_passed_and_is_not_judged_any_more_is_a_regression() -> None:
    assert groups(results(event(A), event(B)), results(event(A))) == {"regressions": [B]}
    gone = results(event(A, target="one"), event(A, target="two"))
    assert groups(gone, results(event(A, target="one"))) == {"regressions": [A]}


def test_what_was_not_judged_before_is_no_regression() -> None:
    assert groups(results(event(A)), results(event(A), event(B, "fail"))) == {"new_failures": [B]}
    assert groups(results(event(A)), results(event(A), event(B))) == {"others": [B]}


def test_another_variation_is_told() -> None:
    varied = results(event(A, variations=[[A, "another way"]]))
    assert groups(results(event(A)), varied) == {"others": [A]}


def test_stores_that_differ_now_are_a_regression() -> None:
    agreed = results(event(A), event(A, target="lock-step"))
    differs = results(event(A), event(A, "fail", target="lock-step"))
    assert groups(agreed, differs) == {"regressions": ["lock-step"]}
