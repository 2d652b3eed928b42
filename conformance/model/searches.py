"""Searches for runs and for experiments: SEARCH-*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
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
from storeproof.conformance.model.search_order import Place, experiment_place, run_place
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
    if _is_simple(op, grounds):
        return outcomes(grounds, [_later_page(op)])
    wanted = [each for each in op.args["experiment_ids"] if each in state.experiments]
    repeated = "SEARCH-EXPERIMENTS-TWICE" if len(wanted) > len(set(wanted)) else "SEARCH-PAGES"
    scope = [each for symbol in dict.fromkeys(wanted) for each in state.runs_of(symbol)]
    clause = question.clause("SEARCH-GRAMMAR" if question.comparisons else "SEARCH-VIEWS")
    expected: list[Expected] = []
    for infinite in (False, True) if has_infinities(*scope) else (False,):
        full, ascii_only = (
            _runs_found(state, op, question, scope, infinite, each, repeated)
            for each in (False, True)
        )
        expected += _by_case(clause, full, ascii_only, [KEPT_INFINITE] * infinite)
    return outcomes(grounds, expected)


def experiments(state: State, op: Operation) -> list[Expected]:
    """search_experiments; what others made is not looked at."""
    question = _question(op)
    grounds = [*page_grounds(op, "SEARCH-PAGES"), *question.grounds]
    if _is_simple(op, grounds):
        return outcomes(grounds, [_later_page(op)])
    full, ascii_only = (_experiments_found(state, op, question, each) for each in (False, True))
    return outcomes(grounds, _by_case(question.clause("SEARCH-EXP"), full, ascii_only, ()))


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


def _is_simple(op: Operation, grounds: Sequence[Ground]) -> bool:
    """Whether it need not be known what is found: of a later page, and of what must be refused."""
    refused = any(each.force is Force.REFUSES for each in grounds)
    return refused or op.args.get("page_token") is not None


def _by_case(
    clause: str, full: Members, ascii_only: Members, variations: Sequence[str]
) -> list[Expected]:
    """What may be found by an ILIKE that ignores all case, then by one that ignores ASCII case only."""
    expected = [
        Expected(clause, check=(full,), variation="; ".join(variations) or None, found=full.found())
    ]
    if ascii_only.due() != full.due():
        named = "; ".join((*variations, ASCII_ONLY))
        expected.append(
            Expected(clause, check=(ascii_only,), variation=named, found=ascii_only.found())
        )
    return expected


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

    def order(symbol: str, _: Any) -> Place | None:
        return members[symbol].place if symbol in members else None

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
            values = [read(each.field) for read in _reads(run)]
            value: Known = None if values == [None] * len(values) else ""
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
        if wanted or holds(each, value, ascii_only=ascii_only) is False:
            clauses.append(clause_of(each, value, default))
    return next((each for each in clauses if each != default), default)


def _in_view(op: Operation, stage: str) -> bool:
    return ViewType(op.args.get("view", ViewType.ACTIVE_ONLY)).admits(LifecycleStage(stage))
