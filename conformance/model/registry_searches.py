"""Searches for registered models and their versions: REG-SEARCH."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storeproof.conformance.model.grounds import Ground, outcomes, refuse
from storeproof.conformance.model.operation import Expected, Operation, Raw
from storeproof.conformance.model.page_checks import Member, Members, Order, PageOnly
from storeproof.conformance.model.pages import DEFAULT_MAX_RESULTS, page_grounds
from storeproof.conformance.model.registry_state import (
    ModelState,
    VersionState,
    model_checks,
    version_checks,
    version_id,
)
from storeproof.conformance.model.search_meaning import Verdict, all_hold, holds
from storeproof.conformance.model.search_order import field_place
from storeproof.conformance.model.search_tree import Comparison, Field, Filter, Kind, OrderTerm
from storeproof.conformance.model.search_values import Known
from storeproof.conformance.model.state import State

CLAUSE = "REG-SEARCH"
FIELDS = {"name": "name", "version_number": "version", "run_id": "run_id", "source_path": "source"}
"""What an order's field is called in an observed thing."""


def models(state: State, op: Operation) -> list[Expected]:
    """search_registered_models, among the names that this example uses."""
    verdicts = {
        name: (model_checks(model), _fits(op, lambda field, model=model: _of_model(model, field)))
        for name, model in state.models.items()
    }
    return _expected(op, ("name",), verdicts)


def versions(state: State, op: Operation) -> list[Expected]:
    """search_model_versions, among the names that this example uses."""
    verdicts = {
        version_id(model.name, number): (
            version_checks(model, version),
            _fits(
                op, lambda field, model=model, version=version: _of_version(model, version, field)
            ),
        )
        for model in state.models.values()
        for number, version in model.versions.items()
    }
    return _expected(op, ("id",), verdicts)


def _expected(op: Operation, id_path: tuple[str, ...], verdicts: Any) -> list[Expected]:
    grounds = [*page_grounds(op, "SEARCH-PAGES"), *_grounds(op)]
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    if grounds or op.args.get("page_token") is not None:
        return outcomes(grounds, [Expected(CLAUSE, check=(PageOnly(limit, CLAUSE),))])
    found = Members(
        id_path,
        {
            symbol: Member(checks, verdict is True, CLAUSE)
            for symbol, (checks, verdict) in verdicts.items()
            if verdict is not False
        },
        limit,
        (_order(op.args.get("order_by", ())),),
        unwanted={each: CLAUSE for each, (_, verdict) in verdicts.items() if verdict is False},
        repeated=CLAUSE,
        order_clause=CLAUSE,
    )
    return [Expected(CLAUSE, check=(found,), found=found.found())]


def _grounds(op: Operation) -> list[Ground]:
    asked: Filter | Raw | None = op.args.get("filter_string")
    order: Sequence[OrderTerm | Raw] = op.args.get("order_by", ())
    wrong = isinstance(asked, Raw) or any(isinstance(each, Raw) for each in order)
    return [refuse(CLAUSE)] if wrong else []


def _fits(op: Operation, read: Any) -> Verdict:
    asked: Filter | Raw | None = op.args.get("filter_string")
    comparisons: Sequence[Comparison] = asked.comparisons if isinstance(asked, Filter) else ()
    return all_hold([holds(each, read(each.field)) for each in comparisons])


def _of_model(model: ModelState, field: Field) -> Known:
    return model.tags.get(field.name) if field.kind is Kind.TAG else model.name


def _of_version(model: ModelState, version: VersionState, field: Field) -> Known:
    if field.kind is Kind.TAG:
        return version.tags.get(field.name)
    known: dict[str, Known] = {
        "name": model.name,
        "run_id": version.run_id or None,
        "source_path": version.source,
        "version_number": version.number,
    }
    return known[field.name]


def _order(terms: Sequence[OrderTerm]) -> Order:
    """By the terms; what decides between equals nobody says."""

    def place(_: str, seen: Any) -> Any:
        return tuple(
            field_place(seen[FIELDS[each.field.name]] or None, each.descending) for each in terms
        )

    return place
