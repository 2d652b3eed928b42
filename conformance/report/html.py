"""One HTML page that needs nothing else: a matrix stores x clauses, whose cells open to what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from storeproof.conformance.catalogue import Clause
from storeproof.conformance.report import timeline
from storeproof.conformance.report.words import GLYPHS, VERDICTS, WORDS
from storeproof.conformance.results import (
    BROKEN,
    UNTESTED,
    ClauseResult,
    Failure,
    Results,
    counts,
)

_VERDICT_GLYPHS = {"pass": "✓", "known-fail": "✗", "incomplete": "–", "fail": "✗"}


@dataclass(frozen=True)
class Row:
    """One clause, with a cell for each store; None where it does not apply."""

    clause: Clause
    cells: tuple[ClauseResult | None, ...]

    @property
    def marks(self) -> str:
        """The filters that the row passes."""
        states = [each.state for each in self.cells if each is not None]
        marks = {
            "failing": any(state in (*BROKEN, "error") for state in states),
            "must": self.clause.level.value == "MUST",
            "differing": len(set(states)) > 1,
            "tested": any(state != UNTESTED for state in states),
        }
        return " ".join(name for name, held in marks.items() if held)


@dataclass(frozen=True)
class Group:
    """The rows of one area."""

    title: str
    rows: tuple[Row, ...]


def page(results: Results) -> str:
    """The page; it loads nothing, and is readable without its script."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    failure = environment.from_string(_part("failure.html.j2"))

    lanes = environment.from_string(_part("timeline.html.j2"))

    def drawn(each: Failure) -> Markup:
        if each.history is None:
            return Markup()
        whole = timeline.timeline(each.history)
        given = {"drawn": whole, "margin": timeline.MARGIN, "height": timeline.BAR}
        return Markup(lanes.render(given))  # noqa: S704 - escaped by its template

    def shown(each: Failure) -> Markup:
        return Markup(  # noqa: S704 - escaped by its template
            failure.render(failure=each, timeline=drawn(each))
        )

    return environment.from_string(_part("page.html.j2")).render(
        results=results,
        areas=_groups(results),
        counts=partial(counts, texts=results.texts),
        words=WORDS,
        glyphs=GLYPHS,
        verdicts=VERDICTS,
        verdict_glyphs=_VERDICT_GLYPHS,
        shown=shown,
        css=Markup(_part("page.css")),  # noqa: S704 - ours
        js=Markup(_part("page.js")),  # noqa: S704 - ours
    )


def _groups(results: Results) -> list[Group]:
    found = []
    for area in results.areas:
        rows = tuple(
            Row(clause, tuple(store.clause(clause.slug) for store in results.stores))
            for clause in results.clauses
            if clause.area == area.name
        )
        if rows:
            found.append(Group(area.title, rows))
    return found


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
