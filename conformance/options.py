"""The options that the plugin adds to pytest's."""

from __future__ import annotations

import importlib.util

import pytest

from storeproof.conformance.profiles import PROFILES


def add(parser: pytest.Parser) -> None:
    """Add the suite's options."""
    group = parser.getgroup("storeproof", "storeproof: conformance of MLflow backend stores")
    group.addoption(
        "--store",
        action="append",
        dest="storeproof_stores",
        metavar="STORE",
        help="a store to test: file, sqlite (thrown away), an address, or module:factory; repeatable",
    )
    names = ["--storeproof-profile"]
    if importlib.util.find_spec("pytest_profiling") is None:  # it has a --profile of its own
        names.append("--profile")
    group.addoption(
        *names,
        dest="storeproof_profile",
        default=None,
        help=f"depth: {', '.join(PROFILES)} (quick)",
    )
    group.addoption(
        "--storeproof-settings",
        metavar="FILE",
        default=None,
        help="the pyproject.toml whose [tool.storeproof] is about the store (the one of the rootdir)",
    )
    group.addoption(
        "--clause",
        action="append",
        dest="storeproof_clauses",
        metavar="SLUG",
        help="only the tests of this clause (wildcards allowed); repeatable",
    )
    group.addoption(
        "--storeproof-seed", type=int, default=None, help="the order and the examples, repeatable"
    )
    group.addoption(
        "--time-limit",
        dest="storeproof_time_limit",
        type=float,
        default=20.0,
        help="seconds that one operation of a store may take",
    )
    group.addoption(
        "--no-lock-step",
        dest="storeproof_lock_step",
        action="store_false",
        help="do not drive the stores with the same operations and compare their answers",
    )
    group.addoption(
        "--insist",
        dest="storeproof_insist",
        action="store_true",
        help="write into a store that has content",
    )
    group.addoption(
        "--ledger",
        action="append",
        dest="storeproof_ledgers",
        metavar="FILE",
        help="known failures (TOML), which fail no run; stale or expired entries do; repeatable",
    )
    group.addoption(
        "--budget",
        dest="storeproof_budget",
        metavar="TIME",
        help="stop after this time, such as 90s or 5m; the most telling tests come first",
    )
    group.addoption(
        "--storeproof-json", dest="storeproof_json", metavar="FILE", help="write results.json"
    )
    group.addoption(
        "--storeproof-cache",
        dest="storeproof_cache",
        metavar="DIR",
        help="the folder where failures are kept for storeproof replay",
    )
