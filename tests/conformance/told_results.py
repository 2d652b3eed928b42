"""Results told by hand, for the tests of what is made of them."""

from __future__ import annotations

from typing import Any

from storeproof.conformance import catalogue
from storeproof.conformance.results import Described, Results, Run, summarise
from storeproof.conformance.verdict import Event

RUN = Run(
    began="2026-11-27T09:00:00+00:00",
    seconds=12.5,
    depth="quick",
    seed=7,
    clauses=(),
    budget=None,
    tests=3,
    storeproof="0.1.0",
    python="3.11.7",
    platform="Linux",
)


def event(slug: str, state: str = "pass", target: str = "file", **other: Any) -> Event:
    """The event of one test of one clause."""
    told: Event = {
        "test": f"test_it.py::test_{slug.lower()}[{target}]",
        "target": target,
        "clauses": [slug],
        "state": state,
        "seconds": 0.5,
        "examples": 3,
        "cut": False,
        "variations": [],
    }
    if state in ("fail", "known-fail"):
        told |= {
            "clause": slug,
            "expected": "'a'",
            "seen": "'b'",
            "id": f"{slug}-0123abcd",
            "store": target,
            "token": "deadbeef",
            "script": f'"""{slug}"""\nprint("shown")\n',
            "trace": [{"$": "Tick"}],
        }
    if state in ("not-run", "error", "unsupported", "inconclusive"):
        told["reason"] = f"the reason of {slug}"
    if state == "not-run":
        told["needs"] = "something"
    if state == "known-fail":
        told["reason"] = "we know"
        told["known"] = {"reason": "we know", "link": "https://bugs/1", "expires": "2999-01-01"}
    return told | other


def results(*events: Event, names: tuple[str, ...] = (), wanted: Any = None) -> Results:
    """The results of these events on file stores, each with its target as name."""
    targets = names or tuple(dict.fromkeys(each["target"] for each in events))
    stores = [
        Described(each, each, frozenset({"file"}))
        for each in targets or ("file",)
        if each != "lock-step"
    ]
    return summarise(events, catalogue.load(), stores, RUN, wanted)
