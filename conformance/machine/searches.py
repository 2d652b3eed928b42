"""Rules on searches: SEARCH-*."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, rule

from storeproof.conformance import strategies
from storeproof.conformance.drafts import Draft, Part, Spelling, TermDraft
from storeproof.conformance.machine.doing import Made
from storeproof.conformance.machine.drawn import parts, some_experiments
from storeproof.conformance.machine.driver import Driver, experiments, keys, runs
from storeproof.conformance.model import Field, Kind, Raw, Reference
from storeproof.conformance.strategies import Bad, Row
from storeproof.stores.entities import Tag, ViewType

_run_filters = strategies.run_filters(keys, runs)
_run_orders = strategies.run_orders(keys, runs)
_maybe_ordered = st.just(()) | _run_orders
_experiment_filters = strategies.experiment_filters(keys, experiments)
_where = st.none() | st.none() | some_experiments
_views = st.just(ViewType.ALL) | strategies.views()
_sizes = st.just(1000) | strategies.valid_page_sizes()


class SearchRules(Driver):
    """Runs and experiments are searched for."""

    @rule(
        target=runs,
        experiment=experiments,
        shared=strategies.shared_keys(keys),
        rows=strategies.rows(),
    )
    def make_runs_alike(self, experiment: str, shared: list[str], rows: list[Row]) -> Made:
        """So that there is something to search among."""
        made = self.make_runs(experiment, rows)
        self.fill_runs(made, rows, shared)
        return multiple(*made)

    @rule(
        wanted=_where,
        view=_views,
        size=_sizes,
        found=_run_filters,
        order=_maybe_ordered,
    )
    def search_runs(
        self,
        wanted: tuple[Reference, ...] | None,
        view: ViewType,
        size: int,
        found: Draft,
        order: tuple[TermDraft, ...],
    ) -> None:
        """SEARCH-VIEWS, SEARCH-EXPERIMENTS-TWICE, and with filters and orders all of SEARCH-*."""
        self.do(
            "search_runs",
            experiment_ids=self._experiments(wanted),
            view=view,
            max_results=size,
            filter_string=found,
            order_by=order,
        )

    @rule(
        wanted=_where,
        view=_views,
        parts=parts,
        found=_run_filters,
        order=_maybe_ordered,
    )
    def search_runs_in_pages(
        self,
        wanted: tuple[Reference, ...] | None,
        view: ViewType,
        parts: int,
        found: Draft,
        order: tuple[TermDraft, ...],
    ) -> None:
        """SEARCH-PAGES."""
        asked = {
            "experiment_ids": self._experiments(wanted),
            "view": view,
            "filter_string": found,
            "order_by": order,
        }
        self.in_pages(parts, "SEARCH-PAGES", "search_runs", **asked)

    @rule(comparison=strategies.run_comparisons(keys, runs))
    def search_runs_by_one_comparison(self, comparison: Part) -> None:
        """SEARCH-MISSING, SEARCH-NAN, SEARCH-NUMBERS, SEARCH-LIKE, with every operator."""
        for found in strategies.every_way(comparison):
            self._search_everywhere(filter_string=found)

    @rule(order=_run_orders)
    def order_runs(self, order: tuple[TermDraft, ...]) -> None:
        """SEARCH-ORDER, both ways."""
        self._search_everywhere(order_by=order)
        self._search_everywhere(order_by=strategies.turned_round(order), max_results=2)

    @rule(found=strategies.long_run_filters(keys, runs))
    def search_runs_by_many_comparisons(self, found: Draft) -> None:
        """SEARCH-MANY."""
        self._search_everywhere(filter_string=found)

    @rule(view=strategies.views())
    def search_all_experiments(self, view: ViewType) -> None:
        """SEARCH-VIEWS, EXP-ATOMIC."""
        self.do("search_experiments", view=view, max_results=50000)

    @rule(
        view=strategies.views(),
        parts=st.none() | parts,
        found=_experiment_filters,
        order=st.just(()) | strategies.experiment_orders(),
    )
    def search_experiments(
        self, view: ViewType, parts: int | None, found: Draft, order: tuple[TermDraft, ...]
    ) -> None:
        """SEARCH-EXP; among the names of this example, so that others may be added meanwhile."""
        name = Field(Kind.ATTRIBUTE, "name")
        ours = Part("", name, "LIKE", f"{self.prefix}%", Spelling())
        asked = {
            "view": view,
            "filter_string": replace(found, parts=(ours, *found.parts)),
            "order_by": order,
        }
        if parts is None:
            self.do("search_experiments", **asked)
        else:
            self.in_pages(parts, "SEARCH-PAGES", "search_experiments", **asked)

    @rule(
        experiment=experiments,
        run_filter=strategies.misspelt_run_filters(keys, runs),
        run_order=strategies.misspelt_run_orders(keys, runs),
        experiment_filter=strategies.misspelt_experiment_filters(keys, experiments),
        experiment_order=strategies.misspelt_experiment_orders(),
    )
    def misspell_searches(
        self,
        experiment: str,
        run_filter: Draft | Raw,
        run_order: tuple[TermDraft | Raw, ...],
        experiment_filter: Draft | Raw,
        experiment_order: tuple[TermDraft | Raw, ...],
    ) -> None:
        """SEARCH-GRAMMAR, SEARCH-ORDER: what is not in the language is refused."""
        of_runs = {"experiment_ids": (experiment,)}
        self.do("search_runs", **of_runs, filter_string=run_filter)
        self.do("search_runs", **of_runs, order_by=run_order)
        self.do("search_experiments", filter_string=experiment_filter)
        self.do("search_experiments", order_by=experiment_order)

    @rule(
        experiment=experiments,
        bad_key=strategies.invalid_keys(),
        size=strategies.invalid_page_sizes(),
        token=strategies.invalid_page_tokens(),
    )
    def search_badly(self, experiment: str, bad_key: Bad, size: Bad, token: Reference) -> None:
        """SEARCH-PAGES: other sizes and tokens are refused. RUN-TAG-KEYS: a refused create leaves no run."""
        self.do("search_runs", experiment_ids=(experiment,), max_results=size.value)
        self.do("search_runs", experiment_ids=(experiment,), page_token=token)
        self.do("search_experiments", max_results=size.value)
        self.do("search_experiments", page_token=token)
        tags = (Tag("a", "x"), Tag(bad_key.value, "x"))
        self.do("create_run", experiment_id=experiment, tags=tags)
        self.do("search_runs", experiment_ids=(experiment,), view=ViewType.ALL)

    def _search_everywhere(self, **asked: Any) -> None:
        everywhere = self._experiments(None)
        self.do("search_runs", experiment_ids=everywhere, view=ViewType.ALL, **asked)

    def _experiments(self, wanted: tuple[Reference, ...] | None) -> tuple[Reference, ...]:
        """Those that are wanted; all that were made, if none are named."""
        if wanted is not None:
            return wanted
        return tuple(self.stores.subjects[0].model.state.experiments)
