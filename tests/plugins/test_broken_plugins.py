"""Plugins that break what MLflow needs of them: each is caught, and shown by plain calls of MLflow's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from installed import Plugin

pytestmark = pytest.mark.interop

Install = Callable[[str, str], Plugin]

IMPORTS_MLFLOW_AT_ITS_TOP = """
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow_memory_store.store import MemoryStore

class Store(MemoryStore):
    pass

def open_store(store_uri, artifact_uri=None):
    return Store(store_uri, artifact_uri)
"""

DOES_NOT_LOAD = """
import a_module_that_nobody_has

def open_store(store_uri, artifact_uri=None):
    pass
"""

BROKEN = """
def open_store(store_uri, artifact_uri=None):
    from mlflow_memory_store.store import MemoryStore

    class Store(MemoryStore):
        {breach}

    return Store(store_uri, artifact_uri)
"""

NO_TAG_IS_DELETED = "def delete_tag(self, run_id, key): raise NotImplementedError"
NO_DATASETS = "def log_inputs(self, *given, **named): raise NotImplementedError"
NO_QUEUE = """def __init__(self, store_uri, artifact_uri):
            super().__init__(store_uri, artifact_uri)
            del self._async_logging_queue
"""
TAGS_STAY = "def delete_tag(self, run_id, key): pass"
PARAMS_CHANGE = """def log_batch(self, run_id, metrics, params, tags):
            for param in params:
                self._run(run_id).params.pop(param.key, None)
            super().log_batch(run_id, metrics, params, tags)
"""


def script_of(clause: dict[str, Any]) -> str:
    """The shortest script among a clause's failures."""
    return min((each["script"] for each in clause["failures"]), key=len)


def ends(plugin: Plugin, script: str, memory_store: Plugin) -> subprocess.CompletedProcess[str]:
    """How a script ends where there is no storeproof at all."""
    file = plugin.work / "script.py"
    file.write_text(f"import sys\nsys.modules['storeproof'] = None\n{script}", encoding="utf-8")
    return plugin.run(file, path=memory_store.path)


def check(
    install: Install, memory_store: Plugin, source: str, *clauses: str
) -> tuple[Plugin, dict[str, Any]]:
    """The results of a plugin of this source, which may use the example's."""
    plugin = install("broken", source)
    return plugin, plugin.check("broken://there", *clauses, path=memory_store.path)


def test_a_plugin_that_imports_mlflow_at_its_top_is_lost_when_it_is_imported_first(
    plugin: Install, memory_store: Plugin
) -> None:
    broken, found = check(plugin, memory_store, IMPORTS_MLFLOW_AT_ITS_TOP, "PLUGIN-LOAD")
    failures = found["PLUGIN-LOAD"]["failures"]
    assert ["the plugin first" in each["test"] for each in failures] == [True]
    assert ends(broken, script_of(found["PLUGIN-LOAD"]), memory_store).returncode != 0


def test_a_plugin_that_does_not_load_is_refused_in_a_sentence(plugin: Install) -> None:
    broken = plugin("broken", DOES_NOT_LOAD)
    done = broken.storeproof("check", "--mlflow", "broken://there")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "PLUGIN-LOAD" in done.stderr


@pytest.mark.parametrize(
    ("breach", "clause"),
    [
        (NO_TAG_IS_DELETED, "PLUGIN-METHODS"),
        (NO_QUEUE, "PLUGIN-METHODS"),
        (TAGS_STAY, "TAG-DELETE"),
        (PARAMS_CHANGE, "PARAM-IMMUTABLE"),
    ],
    ids=["a method that is missing", "no queue", "tags stay", "params change"],
)
def test_a_breach_is_caught_and_shown_without_storeproof(
    breach: str, clause: str, plugin: Install, memory_store: Plugin
) -> None:
    source = BROKEN.format(breach=breach)
    broken, found = check(plugin, memory_store, source, clause)
    assert found[clause]["state"] == "fail"
    script = script_of(found[clause])
    assert "storeproof" not in script.replace("storeproof_", "")
    assert ends(broken, script, memory_store).returncode != 0
    good = plugin("good", BROKEN.format(breach="pass"))
    blamed = script.replace("broken://there", "good://there")
    done = ends(good, blamed, memory_store)
    assert done.returncode == 0, done.stderr


def test_a_method_that_a_store_may_lack_is_unsupported(
    plugin: Install, memory_store: Plugin
) -> None:
    _, found = check(
        plugin, memory_store, BROKEN.format(breach=NO_DATASETS), "PLUGIN-METHODS", "INPUT-LOG"
    )
    assert found["INPUT-LOG"]["state"] == "unsupported"
    assert found["PLUGIN-METHODS"]["state"] == "pass"


@pytest.mark.parametrize(
    ("breach", "claim", "state"),
    [
        (NO_DATASETS, '"full"', "fail"),
        (NO_DATASETS, '{ support = "unsupported", reason = "none here" }', "unsupported"),
        ("pass", '{ support = "unsupported", reason = "none here" }', "fail"),
        ("pass", '"full"', "pass"),
        ("pass", '{ support = "versioned", since = "2.0" }', "pass"),
        ("pass", '{ support = "versioned", since = "99" }', "fail"),
    ],
)
def test_a_claim_must_hold(
    breach: str, claim: str, state: str, plugin: Install, memory_store: Plugin
) -> None:
    broken = plugin("broken", BROKEN.format(breach=breach))
    settings = f"[tool.storeproof.claims]\nlog_inputs = {claim}\n"
    (broken.work / "pyproject.toml").write_text(settings)
    found = broken.check("broken://there", "INPUT-LOG", path=memory_store.path)
    assert found["INPUT-LOG"]["state"] == state
