"""Filters and orders that are nearly in the language, and must be refused (SEARCH-GRAMMAR, SEARCH-ORDER)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.drafts import Draft, TermDraft
from storeproof.conformance.model import Raw
from storeproof.conformance.strategies.searches import (
    experiment_filters,
    experiment_orders,
    run_filters,
    run_orders,
)

_SPOILERS = (
    ("", " AND"),
    ("AND ", ""),
    ("", " AND AND tags.a = 'x'"),
    ("", " OR tags.a = 'x'"),
    ("tags.a = 'x' OR ", ""),
    ("(", ")"),
    ("(", ""),
    ("", ")"),
    ("NOT ", ""),
    ("", ";"),
    ("", "; DROP TABLE runs"),
    ("", " -- x"),
    ("", " /* x */"),
    ("", " x"),
    ("", ", tags.a = 'x'"),
    ("", " && tags.a = 'x'"),
    ("", " ORDER BY run_id"),
)
"""What makes every filter none, put before and behind it."""

_OF_TAGS = (
    "tags.a", "tags.a =", "= 'x'", "'x' = tags.a", "tags.a = x", "tags.a = 'x", "tags.a = x'",
    "tags.a = 1", "tags.a > 'x'", "tags.a IN ('x')", "tags.a NOT IN ('x')", "tags.a IN ()",
    "tags.a NOT LIKE 'x'", "tags.a == 'x'", "tags.a <> 'x'", "tags.a IS NULL", "tags.a 'x'",
    "tags.a LIKE", "tags.a LIKE x", "tags. = 'x'", "tags.`a = 'x'", "tags.a = 'x' tags.b = 'x'",
    "tags.a RLIKE 'x'", "tags.a = ('x')", "tags.a = 'x' 'y'", "tags.a b = 'x'",
)  # fmt: skip
_OF_RUNS = (
    "metrics.a", "metrics.a >", "metrics.a = '1'", "metrics.a LIKE '1'", "metrics.a IN (1)",
    "metrics.a = x", "metrics.a = 1 2", "metrics.a ! = 1", "metrics.a = 0x10", "1 < metrics.a",
    "metrics.a BETWEEN 1 AND 2", "metrics.a > metrics.b", "metrics.a = 1 + 1", "metrics.a = -",
    "params.a = 1", "params.a < 'x'", "params.a IN ('x')", "params.a NOT IN ('x')",
    "start_time = '5'", "attributes.start_time LIKE '5'", "end_time IN (1)", "start_time > x",
    "status = RUNNING", "status > 'A'", "status IN ('RUNNING')", "run_name IN ('x')",
    "user_id NOT IN ('x')", "artifact_uri >= 'x'", "run_id = 5", "run_id < 'x'", "run_id IN ()",
    "run_id IN 'x'", "run_id IN ('x'", "run_id IN ('x',)", "run_id IN ('x' 'y')", "run_id NOT ('x')",
    "run_id IN (1)", "attributes.nothing = 'x'", "nothing = 'x'", "nothing.a = 'x'",
    "attributes.experiment_id = '0'", "lifecycle_stage = 'active'", "dataset.source = 'x'",
    "dataset.name > 'x'", "dataset.name = 1", "dataset.digest IN ()", "dataset = 'x'",
)  # fmt: skip
_OF_EXPERIMENTS = (
    "metrics.a > 1", "params.a = 'x'", "dataset.name = 'x'", "name IN ('x')", "name > 'x'",
    "name = 1", "name = x", "name", "name =", "creation_time = '1'", "creation_time LIKE '1'",
    "last_update_time IN (1)", "experiment_id = '1'", "lifecycle_stage = 'active'", "nothing = 'x'",
    "run_name = 'x'", "status = 'RUNNING'", "start_time > 1", "attributes.nothing = 'x'",
)  # fmt: skip

_ORDERS = (
    "nothing", "nothing DESC", "nothing.a", "attributes.nothing", "dataset.name", "metrics.",
    "lifecycle_stage", "metrics.a = 1", "1", "*",
)  # fmt: skip
_ORDER_TAILS = (" DESCENDING", " x", " ASC DESC", ", ", "; --", " DESC NULLS LAST", " > 1", " AND")


def misspelt_run_filters(
    keys: SearchStrategy[str], runs: SearchStrategy[str]
) -> SearchStrategy[Draft | Raw]:
    """What is no filter of runs."""
    return _spoilt(run_filters(keys, runs)) | _written(*_OF_RUNS, *_OF_TAGS)


def misspelt_experiment_filters(
    keys: SearchStrategy[str], experiments: SearchStrategy[str]
) -> SearchStrategy[Draft | Raw]:
    """What is no filter of experiments."""
    return _spoilt(experiment_filters(keys, experiments)) | _written(*_OF_EXPERIMENTS, *_OF_TAGS)


def misspelt_run_orders(
    keys: SearchStrategy[str], runs: SearchStrategy[str]
) -> SearchStrategy[tuple[TermDraft | Raw, ...]]:
    """Orders of runs of which one term is none."""
    return _with_a_bad_term(run_orders(keys, runs), "start_time")


def misspelt_experiment_orders() -> SearchStrategy[tuple[TermDraft | Raw, ...]]:
    """Orders of experiments of which one term is none."""
    return _with_a_bad_term(experiment_orders(), "name")


def _spoilt(drafts: SearchStrategy[Draft]) -> SearchStrategy[Draft]:
    return st.builds(
        lambda draft, spoiler: replace(draft, spoilt=spoiler), drafts, st.sampled_from(_SPOILERS)
    )


def _written(*texts: str) -> SearchStrategy[Raw]:
    return st.sampled_from([Raw(each) for each in texts])


def _with_a_bad_term(
    orders: SearchStrategy[tuple[TermDraft, ...]], field: str
) -> SearchStrategy[tuple[TermDraft | Raw, ...]]:
    bad = _written(*_ORDERS, *(field + tail for tail in _ORDER_TAILS), f"{field}, tags.a")
    return st.builds(lambda order, term: (*order, term), st.just(()) | orders, bad)
