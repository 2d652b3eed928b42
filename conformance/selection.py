"""Which tests are the suite's, and which of them run on which stores.

Part of the plugin: it imports the rest of the house only when a test of the suite is there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from storeproof.conformance.marks import CLAUSE_MARK, LONG_MARK
from storeproof.conformance.profiles import DEFAULT_PROFILE


def is_ours(item: Any) -> bool:
    """Whether a test names clauses."""
    return item.get_closest_marker(CLAUSE_MARK) is not None


def slugs(item: Any) -> tuple[str, ...]:
    """The clauses that a test names."""
    mark = item.get_closest_marker(CLAUSE_MARK)
    return () if mark is None else mark.args


def author(item: Any) -> Any:
    """The class by which an author's test module opted in, if the test is of one."""
    for node in item.listchain():
        kind = getattr(node, "obj", None)
        if isinstance(kind, type) and getattr(kind, "storeproof_opts_in", False):
            return kind
    return None


def is_for_no_store(item: Any) -> bool:
    """The test's clauses apply to none of the stores: pytest keeps a test without parameters, to skip it."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and not isinstance(callspec.params.get("target", ""), str)


def is_short(item: Any, profile: str) -> bool:
    """Whether the profile has time for a test."""
    return profile != DEFAULT_PROFILE or item.get_closest_marker(LONG_MARK) is None


def is_wanted(item: Any, patterns: Sequence[str] | None) -> bool:
    """Whether it is a test of the clauses that were asked for; all are, if none were."""
    return not patterns or not _matching(tuple(patterns)).isdisjoint(slugs(item))


def is_about(item: Any, kinds: frozenset[str]) -> bool:
    """Whether a clause of the test applies to stores of these kinds."""
    from storeproof.conformance import catalogue

    named, known = slugs(item), catalogue.load()
    return not named or any(known.clause(slug).applies(kinds) for slug in named)


@cache
def kinds(spec: str) -> frozenset[str]:
    """What kinds of clauses apply to the store that a spec finds."""
    from storeproof.conformance.target import target

    with contextlib.closing(target(spec)) as found:
        return found.kinds


@cache
def _matching(patterns: tuple[str, ...]) -> frozenset[str]:
    from storeproof.conformance import catalogue

    known = catalogue.load()
    return frozenset(each.slug for pattern in patterns for each in known.matching(pattern))
