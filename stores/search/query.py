"""What a search asks of a store: a view, a filter, an order, and which part of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from storeproof.stores import validation
from storeproof.stores.entities import (
    PROMPT_TAG,
    Experiment,
    ModelVersion,
    RegisteredModel,
    Run,
    ViewType,
)
from storeproof.stores.paging import Place
from storeproof.stores.search.order import (
    Order,
    experiment_order,
    model_order,
    run_order,
    version_order,
)
from storeproof.stores.search.parser import parse_filter, parse_order_by
from storeproof.stores.search.tree import Comparison, Field, Filter, Kind
from storeproof.stores.search.vocabulary import EXPERIMENTS, MODELS, RUNS, VERSIONS

T = TypeVar("T")

IS_PROMPT = "is_prompt"
"""The attribute that the prompt tag of a registered model is read as: "false" where it has none.

MLflow's client adds `tag.`mlflow.prompt.is_prompt` != 'true'` to every search for models.
"""


@dataclass(frozen=True)
class Query(Generic[T]):
    """A question whose parts are checked: at most `limit` things of `view` that `filter` finds, behind `after`.

    `order` gives each thing its place and is a whole order: no two things share one. The
    last three say the same in the words it was asked in, for a store that hands it on.
    """

    order: Order[T]
    view: ViewType = ViewType.ACTIVE_ONLY
    filter: Filter = ()
    limit: int = validation.MAX_RESULTS
    after: Place | None = None
    filter_string: str | None = None
    order_by: tuple[str, ...] = ()
    page_token: str | None = None


def run_query(
    view: object = ViewType.ACTIVE_ONLY,
    filter_string: str | None = None,
    order_by: Iterable[str] | None = None,
) -> Query[Run]:
    """A query of all runs that fit; INVALID_PARAMETER_VALUE for what is not in the language (SEARCH-GRAMMAR)."""
    terms = () if order_by is None else tuple(validation.entries(order_by, "order_by terms"))
    return Query(
        run_order(parse_order_by(terms, RUNS)),
        validation.view_type(view),
        parse_filter(filter_string, RUNS),
        filter_string=filter_string,
        order_by=terms,
    )


def experiment_query(
    view: object = ViewType.ACTIVE_ONLY,
    filter_string: str | None = None,
    order_by: Iterable[str] | None = None,
) -> Query[Experiment]:
    """A query of all experiments that fit; INVALID_PARAMETER_VALUE for what is not in the language (SEARCH-EXP)."""
    terms = () if order_by is None else tuple(validation.entries(order_by, "order_by terms"))
    return Query(
        experiment_order(parse_order_by(terms, EXPERIMENTS)),
        validation.view_type(view),
        parse_filter(filter_string, EXPERIMENTS),
        filter_string=filter_string,
        order_by=terms,
    )


def registered_model_query(
    filter_string: str | None = None, order_by: Iterable[str] | None = None
) -> Query[RegisteredModel]:
    """A query of all registered models that fit; INVALID_PARAMETER_VALUE for what is not in the language (REG-SEARCH)."""
    terms = () if order_by is None else tuple(validation.entries(order_by, "order_by terms"))
    return Query(
        model_order(parse_order_by(terms, MODELS)),
        filter=tuple(map(_of_prompts, parse_filter(filter_string, MODELS))),
        filter_string=filter_string,
        order_by=terms,
    )


def model_version_query(
    filter_string: str | None = None, order_by: Iterable[str] | None = None
) -> Query[ModelVersion]:
    """A query of all model versions that fit; INVALID_PARAMETER_VALUE for what is not in the language (REG-SEARCH)."""
    terms = () if order_by is None else tuple(validation.entries(order_by, "order_by terms"))
    return Query(
        version_order(parse_order_by(terms, VERSIONS)),
        filter=parse_filter(filter_string, VERSIONS),
        filter_string=filter_string,
        order_by=terms,
    )


def _of_prompts(comparison: Comparison) -> Comparison:
    if comparison.field != Field(Kind.TAG, PROMPT_TAG):
        return comparison
    return replace(comparison, field=Field(Kind.ATTRIBUTE, IS_PROMPT))
