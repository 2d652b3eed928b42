"""The suite in an author's own tests: a class to subclass, a fixture, and what their session says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import itertools

import pytest

from storeproof.conformance.authors import StoreConformance
from storeproof.stores import TrackingStore, open_store


@pytest.fixture
def storeproof_store(tmp_path):
    return {given}


class TestMine(StoreConformance):
    kinds = frozenset({{"sql"}})
"""

OPENER = 'lambda: open_store(f"sqlite:///{tmp_path}/store.db")'
STORE = 'open_store(f"sqlite:///{tmp_path}/store.db")'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of an author's, with one test module and nothing else."""
    (tmp_path / "pyproject.toml").write_text("[tool.storeproof]\nprofile = 'quick'\n")
    return tmp_path


def session(project: Path, given: str, *options: str) -> tuple[dict[str, int], str]:
    """The counts at the end of a session on that store, and all that it said."""
    return told(project, MODULE.format(given=given), *options)


def told(project: Path, module: str, *options: str) -> tuple[dict[str, int], str]:
    """The same of a session on that module."""
    (project / "test_mine.py").write_text(module)
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:randomly", *options],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    last = done.stdout.strip().rpartition("\n")[2]
    return {what: int(count) for count, what in re.findall(r"(\d+) (\w+)", last)}, done.stdout


def test_a_store_or_what_opens_it_is_tested_in_parallel_or_not(project: Path) -> None:
    wanted = ("-k", "TestParams or TestExperiments")
    one, said = session(project, OPENER, *wanted)
    assert one["passed"] > 50, said
    assert "failed" not in one
    assert "skipped" not in one
    both, said = session(project, STORE, *wanted, "-n", "2")
    assert both["passed"] == one["passed"], said


def test_what_the_store_breaks_fails_with_the_clause_and_a_script(project: Path) -> None:
    broken = f"""type("Mine", (type({STORE}),), {{
        "delete_tag": lambda self, run_id, key: None}})(f"sqlite:///{{tmp_path}}/store.db")"""
    counts, said = session(project, broken, "-k", "TestTags")
    assert counts["failed"] > 0
    assert counts["passed"] > counts["failed"]
    assert "TAG-DELETE broken by TestMine" in said
    assert "store.delete_tag(" in said


def test_what_is_left_out_or_not_there_is_skipped_and_says_why(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.storeproof.leave-out]\nTAG-DELETE = 'tags stay, see issue 7'\n"
    )
    counts, said = session(project, OPENER, "-k", "TestTags")
    assert "failed" not in counts, said
    assert counts["skipped"] > 0
    assert "tags stay, see issue 7" in said


def test_settings_that_cannot_be_meant_end_the_session_at_once(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.storeproof]\nprofiel = 'ci'\n")
    counts, said = session(project, OPENER)
    assert counts == {}
    assert "passed" not in said


def test_a_fixture_that_gives_no_store_is_told(project: Path) -> None:
    counts, said = session(project, "object()", "-k", "test_a_param_is_of_its_run_alone")
    assert "passed" not in counts
    assert "gives no store" in said


GC = """
from storeproof.stores.artifacts import Artifacts
from storeproof.stores.gc import collect, plan


class Proxy:
    def __init__(self, store):
        self.behind = store

    def __getattr__(self, name):
        return getattr(self.behind, name)

    def get_metric_history(self, run_id, key, max_results=None, page_token=None):
        return self.behind.get_metric_history(run_id, key, max_results, page_token)
"""

COLLECTING = """
    @staticmethod
    def gc(store, run_ids, experiment_ids, older_than):
        what = plan(store.behind, run_ids, experiment_ids, older_than)
        return list(collect(store.behind, what, Artifacts()).kept)
"""


def test_gc_is_tested_where_the_author_says_how_it_is_run(project: Path) -> None:
    module = GC + MODULE.format(given=f"Proxy({STORE})")
    counts, said = told(project, module + COLLECTING, "-k", "test_of_selected")
    assert counts["passed"] == 2, said
    assert counts.keys() <= {"passed", "deselected"}, said


def test_gc_is_skipped_where_nobody_says_how_it_is_run(project: Path) -> None:
    module = GC + MODULE.format(given=f"Proxy({STORE})")
    counts, said = told(project, module, "-k", "test_of_selected_runs_only_those_go")
    assert counts["skipped"] == 1, said
    assert "failed" not in counts
