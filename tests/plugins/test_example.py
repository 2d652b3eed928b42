"""The author's path as the guide says it, walked with the example plugin."""

from __future__ import annotations

import re

import pytest
from installed import EXAMPLE, Plugin

pytestmark = pytest.mark.interop


def test_the_examples_own_tests_pass(memory_store: Plugin) -> None:
    """All of them ran: the clauses for every store, those of plugins, and the state machine."""
    # By itself, pytest takes the settings of this repository for the example's.
    options = ("-q", "-p", "no:cacheprovider", "-n", "2", f"--rootdir={EXAMPLE}")
    done = memory_store.run("-m", "pytest", *options, EXAMPLE)
    last = done.stdout.strip().rpartition("\n")[2]
    assert done.returncode == 0, done.stdout[-4000:]
    (passed,) = re.findall(r"(\d+) passed", last)
    assert int(passed) > 500


def test_the_example_can_be_checked_by_its_address(memory_store: Plugin) -> None:
    clauses = memory_store.check("memory://there", "PLUGIN-*", "PARAM-*", "TAG-SET")
    assert {slug: each["state"] for slug, each in clauses.items()} == dict.fromkeys(clauses, "pass")
    assert {"PLUGIN-LOAD", "PLUGIN-METHODS"} <= clauses.keys()


def test_the_example_can_be_checked_by_its_name(memory_store: Plugin) -> None:
    """module:factory: each call gives a new, empty store."""
    (memory_store.work / "making.py").write_text(
        "import itertools\n"
        "from mlflow_memory_store import open_store\n"
        "numbers = itertools.count()\n"
        "def make_store():\n"
        "    return open_store(f'memory://{next(numbers)}')\n"
    )
    clauses = ("--clause", "EXP-DEFAULT", "--clause", "PLUGIN-LOAD")
    done = memory_store.storeproof("check", "making:make_store", *clauses)
    assert done.returncode == 0, done.stdout
