"""Reading many things at once: METRIC-HISTORY*, SEARCH-VIEWS, SEARCH-PAGES, SEARCH-EXPERIMENTS-TWICE."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from storeproof.conformance.model.checks import History, Members, PageOnly, in_history_order
from storeproof.conformance.model.entries import unknown_run
from storeproof.conformance.model.facts import (
    KEPT_INFINITE,
    KEPT_TWICE,
    experiment_checks,
    has_infinities,
    run_checks,
)
from storeproof.conformance.model.grounds import (
    Ground,
    outcomes,
    refuse,
    silent,
)
from storeproof.conformance.model.operation import Check, Expected, Operation, Raw
from storeproof.conformance.model.rules import MAX_RESULTS, key_grounds
from storeproof.conformance.model.runs import adopt_run
from storeproof.conformance.model.state import RunState, State
from storeproof.stores.entities import LifecycleStage, ViewType

DEFAULT_MAX_RESULTS = 1000


def history(state: State, op: Operation) -> list[Expected]:
    """get_metric_history."""
    reference, key, limit = op.args["run_id"], op.args["key"], op.args.get("max_results")
    grounds = _page_grounds(op, "METRIC-HISTORY-PAGE") if limit is not None else _token(op)
    # KEY-* refuses a bad key everywhere; METRIC-HISTORY finds one that was never logged empty.
    grounds += [silent(each.clause) for each in key_grounds(key)]
    unknown = unknown_run(state, reference)
    if unknown:
        empty = Expected(
            "METRIC-HISTORY",
            check=(PageOnly(0, "METRIC-HISTORY"),),
            variation="METRIC-HISTORY: the history of a missing run is empty",
        )
        return [*outcomes(grounds + unknown, []), empty]
    if op.args.get("page_token") is not None:
        page = PageOnly(limit, "METRIC-HISTORY-PAGE")
        return outcomes(grounds, [Expected("METRIC-HISTORY-PAGE", check=(page,))])
    return outcomes(grounds, _histories(state.runs[reference], key, limit))


def _histories(run: RunState, key: str, limit: int | None) -> list[Expected]:
    points = run.points.get(key, [])
    expected = []
    for infinite, repeats in product((False, True), (False, True)):
        seen = tuple(sorted((each.seen(infinite) for each in points), key=in_history_order))
        idle = infinite and not any(math.isinf(each.value) for each in points)
        if idle or (repeats and len(set(seen)) == len(seen)):
            continue
        named = [KEPT_INFINITE] * infinite + [KEPT_TWICE] * repeats
        check = History(key, seen, repeats, limit, run.refused.of("metric"))
        expected.append(
            Expected("METRIC-HISTORY", check=(check,), variation="; ".join(named) or None)
        )
    return expected


def runs(state: State, op: Operation) -> list[Expected]:
    """search_runs."""
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    grounds = _page_grounds(op, "SEARCH-PAGES")
    if op.args.get("page_token") is not None:
        page = PageOnly(limit, "SEARCH-PAGES")
        return outcomes(grounds, [Expected("SEARCH-PAGES", check=(page,))])
    wanted = [each for each in op.args["experiment_ids"] if each in state.experiments]
    found = [
        each
        for symbol in dict.fromkeys(wanted)
        for each in state.runs_of(symbol)
        if _in_view(op, each.stage)
    ]
    repeated = "SEARCH-EXPERIMENTS-TWICE" if len(wanted) > len(set(wanted)) else "SEARCH-PAGES"
    expected = []
    for infinite in (False, True) if has_infinities(*found) else (False,):
        members = {each.symbol: run_checks(each, state, infinite) for each in found}
        check = Members(("info", "run_id"), members, "SEARCH-VIEWS", limit, repeated=repeated)
        variation = KEPT_INFINITE if infinite else None
        expected.append(Expected("SEARCH-VIEWS", check=(check,), variation=variation))
    return outcomes(grounds, expected)


def experiments(state: State, op: Operation) -> list[Expected]:
    """search_experiments; what others made is not looked at."""
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    grounds = _page_grounds(op, "SEARCH-PAGES")
    check: Check
    if op.args.get("page_token") is not None:
        check = PageOnly(limit, "SEARCH-PAGES")
    else:
        members = {
            each.symbol: experiment_checks(each)
            for each in state.experiments.values()
            if _in_view(op, each.stage)
        }
        check = Members(
            ("experiment_id",),
            members,
            "SEARCH-VIEWS",
            limit,
            strangers=True,
            ghost_names=state.refused_names,
        )
    return outcomes(grounds, [Expected("SEARCH-EXP", check=(check,))])


def adopt_page(state: State, _: Operation, chosen: Expected, answer: Any) -> None:
    """Take over what the store chose, from a page of runs or experiments."""
    if chosen.codes:
        return
    for item in answer["items"]:
        if "info" in item:
            adopt_run(state, item)
        elif item["experiment_id"] in state.experiments:
            state.experiments[item["experiment_id"]].adopt(item)


def _in_view(op: Operation, stage: str) -> bool:
    return ViewType(op.args.get("view", ViewType.ACTIVE_ONLY)).admits(LifecycleStage(stage))


def _page_grounds(op: Operation, clause: str) -> list[Ground]:
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    grounds = _token(op)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        grounds.append(refuse(clause))
    elif limit > MAX_RESULTS:
        # METRIC-HISTORY-PAGE names no upper limit.
        grounds.append(refuse(clause) if clause == "SEARCH-PAGES" else silent(clause))
    return grounds


def _token(op: Operation) -> list[Ground]:
    return [refuse("SEARCH-PAGES")] if isinstance(op.args.get("page_token"), Raw) else []
