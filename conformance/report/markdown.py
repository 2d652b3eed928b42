"""A table in Markdown: stores x clauses, with what was seen where one is broken below."""

from __future__ import annotations

import re

from storeproof.conformance.report.words import GLYPHS, VERDICTS, WORDS
from storeproof.conformance.results import (
    BROKEN,
    STATES,
    UNTESTED,
    ClauseResult,
    Results,
    StoreResult,
    counts,
)

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~]")


def markdown(results: Results, *, brief: bool = False) -> str:
    """The results as Markdown; clauses that no store has a test for are left out.

    A brief one is tables alone, without what was expected and seen.
    """
    lines = [f"## storeproof, profile {results.profile}", "", *_summary(results)]
    for area in results.areas:
        rows = [
            _row(clause.slug, clause.level.value, results)
            for clause in results.clauses
            if clause.area == area.name and _judged(clause.slug, results)
        ]
        if rows:
            heads = " | ".join(_told(each.name) for each in results.stores)
            lines += ["", f"### {_told(area.title)}", "", f"| clause | level | {heads} |"]
            lines += ["|---" * (2 + len(results.stores)) + "|", *rows]
    legend = ", ".join(f"{GLYPHS[state]} {WORDS[state]}" for state in (*STATES, UNTESTED))
    lines += ["", f"{legend}; a blank: does not apply."]
    if not brief:
        lines += _failures(results)
    return "\n".join(lines) + "\n"


def _summary(results: Results) -> list[str]:
    lines = ["| store | verdict | clauses | time |", "|---|---|---|---|"]
    for store in results.stores:
        found = counts(store, results.texts)
        told = ", ".join(f"{count} {WORDS[state]}" for state, count in found.items())
        run = results.runs[store.run]
        lines.append(
            f"| {_told(store.name)} | {VERDICTS[store.verdict]} | {told} | {run.seconds:.0f} s |"
        )
    for each in results.lock_step:
        told = f"{WORDS[each.state]} in {each.examples} examples"
        lines.append(f"| lock-step of {_told(', '.join(each.stores))} | {told} | | |")
    for missing in results.missing:
        lines.append(f"| {_told(missing.kind)} | not run: {_told(missing.why)} | | |")
    for problem in results.ledger:
        told = _told(f"{problem.clause} is {problem.problem}. {problem.text}")
        lines.append(f"| {_told(problem.ledger)} | {told} | | |")
    return lines


def _judged(slug: str, results: Results) -> bool:
    return any(
        (found := store.clause(slug)) is not None and found.state != UNTESTED
        for store in results.stores
    )


def _row(slug: str, level: str, results: Results) -> str:
    cells = " | ".join(_cell(store.clause(slug)) for store in results.stores)
    return f"| {slug} | {level} | {cells} |"


def _cell(clause: ClauseResult | None) -> str:
    if clause is None:
        return ""
    varied = f" ({_told(', '.join(clause.variations))})" if clause.variations else ""
    return f"{GLYPHS[clause.state]} {WORDS[clause.state]}{varied}"


def _failures(results: Results) -> list[str]:
    lines: list[str] = []
    for store in results.stores:
        for clause in store.clauses:
            if clause.state in BROKEN:
                lines += _failure(store, clause)
    return ["", "### Failures", "", *lines] if lines else []


def _failure(store: StoreResult, clause: ClauseResult) -> list[str]:
    shortest = clause.failures[0]
    known = f" Known: {_told(clause.reason)}." if clause.known else ""
    return [
        f"- **{clause.slug}** on {_told(store.name)}: expected {_told(shortest.expected)}; "
        f"seen {_told(shortest.seen)}.{known}"
    ]


def _told(text: str) -> str:
    """A text in one line, in which nothing is markup."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
