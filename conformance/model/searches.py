"""Searches for runs and for experiments: SEARCH-*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from storeproof.conformance.model.experiments import adopt as adopt_experiment
from storeproof.conformance.model.facts import (
    KEPT_INFINITE,
    experiment_checks,
    has_infinities,
    run_checks,
)
from storeproof.conformance.model.grounds import (
    Force,
    Ground,
    may_refuse,
    outcomes,
    refuse,
    silent,
)
from storeproof.conformance.model.operation import Expected, Operation, Raw
from storeproof.conformance.model.page_checks import Member, Members, Order, PageOnly
from storeproof.conformance.model.pages import DEFAULT_MAX_RESULTS, page_grounds
from storeproof.conformance.model.runs import adopt_run
from storeproof.conformance.model.search_meaning import (
    Read,
    Verdict,
    all_hold,
    clause_of,
    holds,
    use_holds,
)
from storeproof.conformance.model.search_order import experiment_place, run_place
from storeproof.conformance.model.search_tree import Comparison, Filter, Kind, OrderTerm
from storeproof.conformance.model.search_values import Known, of_experiment, of_run, of_use
from storeproof.conformance.model.state import ExperimentState, RunState, State
from storeproof.stores.entities import LifecycleStage, ViewType

FEW_COMPARISONS = 20
"""SEARCH-MANY accepts a store that cannot do 100, and names no number that every store can do."""

ASCII_ONLY = "SEARCH-LIKE: ILIKE ignores ASCII case only"


@dataclass(frozen=True)
class Question:
    """What a search asks besides a view and a page."""

    comparisons: tuple[Comparison, ...]
    terms: tuple[OrderTerm, ...]
    grounds: tuple[Ground, ...]

    def clause(self, default: str) -> str:
        """The clause that demands its success, the most telling one of those that do."""
        if len(self.comparisons) > FEW_COMPARISONS:
            return "SEARCH-MANY"
        telling = [clause_of(each, 0.0, default) for each in self.comparisons]
        others = [each for each in telling if each != default]
        if others or telling:
            return (others or telling)[0]
        return "SEARCH-ORDER" if self.terms else default


def runs(state: State, op: Operation) -> list[Expected]:
    """search_runs."""
    question = _question(op)
    grounds = [*page_grounds(op, "SEARCH-PAGES"), *question.grounds]
    if op.args.get("page_token") is not None or any(
        each.force is Force.REFUSES for each in grounds
    ):
        return outcomes(grounds, [_later_page(op)])
    wanted = [each for each in op.args["experiment_ids"] if each in state.experiments]
    repeated = "SEARCH-EXPERIMENTS-TWICE" if len(wanted) > len(set(wanted)) else "SEARCH-PAGES"
    scope = [each for symbol in dict.fromkeys(wanted) for each in state.runs_of(symbol)]
    clause = question.clause("SEARCH-GRAMMAR" if question.comparisons else "SEARCH-VIEWS")
    expected: list[Expected] = []
    for infinite, ascii_only in product((False, True), repeat=2):
        if infinite and not has_infinities(*scope):
            continue
        check = _runs_found(state, op, question, scope, infinite, ascii_only, repeated)
        found = check.found()
        if ascii_only and found == expected[-1].found:
            continue
        named = [KEPT_INFINITE] * infinite + [ASCII_ONLY] * ascii_only
        variation = "; ".join(named) or None
        expected.append(Expected(clause, check=(check,), variation=variation, found=found))
    return outcomes(grounds, expected)


def experiments(state: State, op: Operation) -> list[Expected]:
    """search_experiments; what others made is not looked at."""
    question = _question(op)
    grounds = [*page_grounds(op, "SEARCH-PAGES"), *question.grounds]
    if op.args.get("page_token") is not None or any(
        each.force is Force.REFUSES for each in grounds
    ):
        return outcomes(grounds, [_later_page(op)])
    expected: list[Expected] = []
    for ascii_only in (False, True):
        check = _experiments_found(state, op, question, ascii_only)
        found = check.found()
        if not ascii_only or found != expected[-1].found:
            variation = ASCII_ONLY if ascii_only else None
            clause = question.clause("SEARCH-EXP")
            expected.append(Expected(clause, check=(check,), variation=variation, found=found))
    return outcomes(grounds, expected)


def adopt_page(state: State, _: Operation, chosen: Expected, answer: Any) -> None:
    """Take over what the store chose, from a page of runs or experiments."""
    if chosen.codes:
        return
    for item in answer["items"]:
        if "info" in item:
            adopt_run(state, item)
        else:
            adopt_experiment(state, item)


def _question(op: Operation) -> Question:
    asked: Filter | Raw | None = op.args.get("filter_string")
    order: Sequence[OrderTerm | Raw] = op.args.get("order_by", ())
    grounds = [refuse("SEARCH-ORDER") for each in order if isinstance(each, Raw)]
    terms = tuple(each for each in order if isinstance(each, OrderTerm))
    grounds += [silent("SEARCH-ORDER") for each in terms if each.doubtful]
    if isinstance(asked, Raw):
        return Question((), terms, (refuse("SEARCH-GRAMMAR"), *grounds))
    comparisons = () if asked is None else asked.comparisons
    if asked is not None and asked.doubtful:
        grounds.append(silent("SEARCH-GRAMMAR"))
    if len(comparisons) > FEW_COMPARISONS:
        grounds.append(may_refuse("SEARCH-MANY", "a filter of so many comparisons is refused"))
    return Question(comparisons, terms, tuple(grounds))


def _later_page(op: Operation) -> Expected:
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    return Expected("SEARCH-PAGES", check=(PageOnly(limit, "SEARCH-PAGES"),))


# Runs


def _runs_found(
    state: State,
    op: Operation,
    question: Question,
    scope: Sequence[RunState],
    infinite: bool,
    ascii_only: bool,
    repeated: str,
) -> Members:
    members, unwanted = {}, {}
    for run in scope:
        if not _in_view(op, run.stage):
            continue
        verdict = _run_fits(run, question.comparisons, infinite, ascii_only)
        if verdict is False:
            unwanted[run.symbol] = _run_clause(run, question, infinite, ascii_only, wanted=False)
            continue
        members[run.symbol] = Member(
            run_checks(run, state, infinite),
            verdict is True,
            _run_clause(run, question, infinite, ascii_only, wanted=True),
            run_place(run, question.terms, infinite),
        )
    order: Order = lambda symbol, _: members[symbol].place if symbol in members else None  # noqa: E731
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    return Members(
        ("info", "run_id"), members, limit, (order,), unwanted=unwanted, repeated=repeated
    )


def _run_fits(
    run: RunState, comparisons: Sequence[Comparison], infinite: bool, ascii_only: bool
) -> Verdict:
    own = [each for each in comparisons if each.field.kind is not Kind.DATASET]
    of_datasets = [each for each in comparisons if each.field.kind is Kind.DATASET]
    verdicts = [
        holds(each, of_run(run, each.field, infinite), ascii_only=ascii_only) for each in own
    ]
    if of_datasets:
        verdicts.append(use_holds(of_datasets, _reads(run), ascii_only))
    return all_hold(verdicts)


def _reads(run: RunState) -> list[Read]:
    return [partial(of_use, use, key) for key, use in run.inputs.items()]


def _run_clause(
    run: RunState, question: Question, infinite: bool, ascii_only: bool, *, wanted: bool
) -> str:
    """The clause that a store breaks which loses this run, or finds it though it is not wanted."""
    default = "SEARCH-GRAMMAR" if question.comparisons else "SEARCH-VIEWS"
    clauses = []
    for each in question.comparisons:
        if each.field.kind is Kind.DATASET:
            missing = not run.inputs
            value: Known = None if missing else ""
            held = use_holds([each], _reads(run), ascii_only)
        else:
            value = of_run(run, each.field, infinite)
            held = holds(each, value, ascii_only=ascii_only)
        if wanted or held is False:
            clauses.append(clause_of(each, value, default))
    if wanted and any(of_run(run, each.field, infinite) is None for each in question.terms):
        clauses.append("SEARCH-ORDER")
    return next((each for each in clauses if each != default), default)


# Experiments


def _experiments_found(
    state: State, op: Operation, question: Question, ascii_only: bool
) -> Members:
    members, unwanted = {}, {}
    for experiment in state.experiments.values():
        if not _in_view(op, experiment.stage):
            continue
        verdict = _experiment_fits(experiment, question.comparisons, ascii_only)
        clause = _experiment_clause(experiment, question, ascii_only, wanted=verdict is not False)
        if verdict is False:
            unwanted[experiment.symbol] = clause
        else:
            checks = experiment_checks(experiment)
            members[experiment.symbol] = Member(checks, verdict is True, clause)
    return Members(
        ("experiment_id",),
        members,
        op.args.get("max_results", DEFAULT_MAX_RESULTS),
        (_by_number(question.terms), _by_text(question.terms)),
        unwanted=unwanted,
        strangers=True,
        ghost_names=state.refused_names,
    )


def _by_number(terms: Sequence[OrderTerm]) -> Order:
    def place(_: str, seen: Any) -> Any:
        real = seen["real_id"]
        numbers = isinstance(real, str) and real.isascii() and real.isdigit()
        return experiment_place(seen, terms, ids_are_numbers=numbers)

    return place


def _by_text(terms: Sequence[OrderTerm]) -> Order:
    return lambda _, seen: experiment_place(seen, terms, ids_are_numbers=False)


def _experiment_fits(
    experiment: ExperimentState, comparisons: Sequence[Comparison], ascii_only: bool
) -> Verdict:
    return all_hold(
        [
            holds(each, of_experiment(experiment, each.field), ascii_only=ascii_only)
            for each in comparisons
        ]
    )


def _experiment_clause(
    experiment: ExperimentState, question: Question, ascii_only: bool, *, wanted: bool
) -> str:
    default = "SEARCH-EXP" if question.comparisons else "SEARCH-VIEWS"
    clauses = []
    for each in question.comparisons:
        value = of_experiment(experiment, each.field)
        if wanted or not holds(each, value, ascii_only=ascii_only):
            clauses.append(clause_of(each, value, default))
    return next((each for each in clauses if each != default), default)


def _in_view(op: Operation, stage: str) -> bool:
    return ViewType(op.args.get("view", ViewType.ACTIVE_ONLY)).admits(LifecycleStage(stage))
