"""The suite catches every broken store, blames the right clause, and shows the breach by a script."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase
from registered import Registered
from sessions import RegisteredSession, Session
from wrapper import ZOO, Wrapper

from storeproof.conformance import catalogue
from storeproof.conformance.catalogue import Level
from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event, message_of

HERE = Path(__file__).parent
for module in sorted(HERE.glob("broken_*.py")):
    importlib.import_module(module.stem)

AREAS = (
    *("EXP-*", "RUN-*", "KEY-*", "TEXT-*", "PARAM-*", "METRIC-*", "TAG-*", "BATCH-*", "FILE-*"),
    *("SEARCH-*", "INPUT-*", "MODEL-*", "GC-*", "HARD-DELETE", "REG-*", "CONC-*"),
)
"""The clauses that the suite tests."""


TOGETHER = 6
PARTS = [(slug, first) for slug in sorted(ZOO) for first in range(0, len(ZOO[slug]), TOGETHER)]
"""The broken stores of each clause in parts, so that processes can share the work."""

GOOD = (RegisteredSession, Session, Registered, Wrapper)
"""The stores behind the broken ones, those first that are made of others."""

CHANCES = 16
"""Times that a script may be run to show a breach: of two equal runs' random ids, either may be less."""


@pytest.fixture(autouse=True, scope="module")
def _examples_as_found() -> Iterator[None]:
    """Making a failing example small takes most of the time, and nothing here needs it small."""
    before = hypothesis.settings.get_current_profile_name()
    hypothesis.settings.register_profile("zoo", phases=[Phase.explicit, Phase.generate])
    hypothesis.settings.load_profile("zoo")
    yield
    hypothesis.settings.load_profile(before)


def spec(store: type[Wrapper]) -> str:
    """What names the store as a target."""
    return f"{store.__module__}:{store.__name__}"


def rules_registry(slug: str) -> bool:
    """Whether a clause is about the model registry."""
    return slug.startswith("REG-") or slug == "CONC-VERSION"


def shortest_failures(slug: str, broken: Sequence[type[Wrapper]]) -> dict[type[Wrapper], Event]:
    """For each of these stores the failure put down to the clause, of several the shortest script."""
    stores = {spec(each): each for each in broken}
    events = run(Options(stores=list(stores), clauses=[slug], seed=1))
    assert [event["reason"] for event in events if event["state"] == "error"] == []
    failures = [each for each in events if each["state"] == "fail" and each["clause"] == slug]
    failures.sort(key=lambda event: len(event["script"]), reverse=True)
    found = ((stores[event["target"]], event) for event in failures)
    return {store: event for store, event in found if event["test"].startswith(store.caught_by)}


def endings(programs: Sequence[Path], folder: Path) -> dict[str, bool]:
    """Whether each program ends well in an interpreter that this test has not touched."""
    answer = folder / "endings.json"
    subprocess.run(
        [sys.executable, HERE / "endings.py", answer, *programs],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )
    ended: dict[str, bool] = json.loads(answer.read_text(encoding="utf-8"))
    return ended


def made_good(script: str, store: type[Wrapper]) -> str:
    """The same program on the store that breaks nothing."""
    good = next(each for each in GOOD if issubclass(store, each))
    return script.replace(
        f"from {store.__module__} import {store.__name__}",
        f"from {good.__module__} import {good.__name__} as {store.__name__}",
    ).replace(repr(spec(store)), repr(spec(good)))


@pytest.mark.parametrize(("slug", "first"), PARTS)
def test_every_store_that_breaks_the_clause_is_caught_and_shown(
    slug: str, first: int, tmp_path: Path
) -> None:
    broken = ZOO[slug][first : first + TOGETHER]
    found = shortest_failures(slug, broken)
    assert [each.__name__ for each in broken if each not in found] == [], "no test fails"
    shown, blamed = {}, {}
    for store, event in found.items():
        message = message_of(event)
        assert slug in message
        assert event["expected"] in message
        assert event["seen"] in message
        shown[store] = tmp_path / f"{store.__name__}.py"
        shown[store].write_text(event["script"], encoding="utf-8")
        blamed[store] = tmp_path / f"{store.__name__}-made-good.py"
        blamed[store].write_text(made_good(event["script"], store), encoding="utf-8")
    ended = endings([*shown.values()] * CHANCES + [*blamed.values()], tmp_path)
    assert [path.read_text() for path in shown.values() if ended[str(path)]] == [], "shows nothing"
    assert [path.read_text() for path in blamed.values() if not ended[str(path)]] == [], (
        "blames a good store too"
    )


@pytest.mark.parametrize("good", [Session, RegisteredSession])
def test_the_stores_behind_the_broken_ones_keep_every_rule_that_they_break(
    good: type[Wrapper],
) -> None:
    keeps_registry = issubclass(good, Registered)
    clauses = [slug for slug in sorted(ZOO) if rules_registry(slug) is keeps_registry]
    events = run(Options(stores=[spec(good)], clauses=clauses, seed=1))
    events = [
        each for each in events if not each["test"].startswith("test_kills")
    ]  # test_mortals.py
    if not keeps_registry:
        events = [each for each in events if not each["test"].startswith("test_registry")]
    assert [message_of(event) for event in events if event["state"] != "pass"] == []


def test_every_must_clause_has_a_store_that_breaks_it() -> None:
    known = catalogue.load()
    musts = {
        clause.slug
        for area in AREAS
        for clause in known.matching(area)
        if clause.level is Level.MUST
    }
    assert sorted(musts - ZOO.keys()) == []
