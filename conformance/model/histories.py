"""Reading the points of a metric, of one run and of several: METRIC-HISTORY*, METRIC-BULK."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from storeproof.conformance.model.checks import Histories, History, Point, in_history_order
from storeproof.conformance.model.entries import unknown_run
from storeproof.conformance.model.facts import KEPT_INFINITE, KEPT_TWICE
from storeproof.conformance.model.grounds import Ground, outcomes, silent
from storeproof.conformance.model.operation import Expected, Operation
from storeproof.conformance.model.page_checks import PageOnly
from storeproof.conformance.model.pages import page_grounds, token_grounds
from storeproof.conformance.model.rules import key_grounds
from storeproof.conformance.model.state import LoggedPoint, RunState, State
from storeproof.stores.errors import ErrorCode

NO_BULK = "METRIC-BULK: there is no get_metric_history_bulk"
EMPTY = "the history of a missing run is empty"


def history(state: State, op: Operation) -> list[Expected]:
    """get_metric_history."""
    reference, key, limit = op.args["run_id"], op.args["key"], op.args.get("max_results")
    grounds = (
        page_grounds(op, "METRIC-HISTORY-PAGE") if limit is not None else token_grounds(op)
    ) + _key_grounds(key)
    unknown = unknown_run(state, reference)
    if unknown:
        empty = Expected(
            "METRIC-HISTORY",
            check=(PageOnly(0, "METRIC-HISTORY"),),
            variation=f"METRIC-HISTORY: {EMPTY}",
        )
        return [*outcomes(grounds + unknown, []), empty]
    if op.args.get("page_token") is not None:
        page = PageOnly(limit, "METRIC-HISTORY-PAGE")
        return outcomes(grounds, [Expected("METRIC-HISTORY-PAGE", check=(page,))])
    return outcomes(grounds, _histories(state.runs[reference], key, limit))


def bulk(state: State, op: Operation) -> list[Expected]:
    """get_metric_history_bulk; a store may be without it."""
    references, key, limit = op.args["run_ids"], op.args["key"], op.args.get("max_results")
    grounds = _key_grounds(key)
    for reference in references:
        grounds += unknown_run(state, reference)
    runs = [state.runs[each] for each in dict.fromkeys(references) if each in state.runs]
    found = _bulk(runs, key, limit)
    if len(runs) < len(set(references)):
        # Of a missing run METRIC-HISTORY accepts an empty history.
        lenient = [
            Expected(each.clause, check=each.check, variation=f"METRIC-BULK: {EMPTY}")
            for each in found
        ]
        expected = [*outcomes(grounds, []), *lenient]
    else:
        expected = outcomes(grounds, found)
    none = frozenset({ErrorCode.NOT_IMPLEMENTED})
    return [*expected, Expected("METRIC-BULK", none, variation=NO_BULK)]


def nothing(_state: State, _op: Operation, _chosen: Expected, _answer: Any) -> None:
    """A history holds nothing that the store chose."""


def _histories(run: RunState, key: str, limit: int | None) -> list[Expected]:
    points = run.points.get(key, [])
    expected = []
    for infinite, repeats, named in _ways([points]):
        check = History(key, _seen(points, infinite), repeats, limit, run.refused.of("metric"))
        expected.append(Expected("METRIC-HISTORY", check=(check,), variation=named))
    return expected


def _bulk(runs: Sequence[RunState], key: str, limit: int | None) -> list[Expected]:
    points = {run.symbol: run.points.get(key, []) for run in runs}
    expected = []
    for infinite, repeats, named in _ways(list(points.values())):
        seen = {symbol: _seen(each, infinite) for symbol, each in points.items()}
        check = Histories(key, seen, repeats, limit)
        expected.append(Expected("METRIC-BULK", check=(check,), variation=named))
    return expected


def _ways(histories: Sequence[list[LoggedPoint]]) -> list[tuple[bool, bool, str | None]]:
    """How these may be kept, METRIC-INF's and METRIC-DUP's variations included, the reference's first."""
    ways = []
    for infinite, repeats in product((False, True), (False, True)):
        seen = [_seen(each, infinite) for each in histories]
        idle = infinite and not any(math.isinf(each.value) for held in histories for each in held)
        if not idle and not (repeats and all(len(set(each)) == len(each) for each in seen)):
            named = [KEPT_INFINITE] * infinite + [KEPT_TWICE] * repeats
            ways.append((infinite, repeats, "; ".join(named) or None))
    return ways


def _seen(points: Sequence[LoggedPoint], infinite: bool) -> tuple[Point, ...]:
    return tuple(sorted((each.seen(infinite) for each in points), key=in_history_order))


def _key_grounds(key: object) -> list[Ground]:
    # KEY-* refuses a bad key everywhere; METRIC-HISTORY finds one that was never logged empty.
    return [silent(each.clause) for each in key_grounds(key)]
