"""A badge: an SVG that is green only if every MUST clause passed."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from storeproof.conformance.catalogue import Level
from storeproof.conformance.results import BROKEN, UNTESTED, Results, StoreResult

GREEN, RED, GREY = "#2e7d32", "#c62828", "#616161"

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {told}">
<title>{label}: {told}</title>
<rect width="{width}" height="20" rx="3" fill="{colour}"/>
<path d="M3 0h{inner}v20h-{inner}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" fill="#424242"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{label_at}" y="14" textLength="{label_width}">{label}</text>
<text x="{told_at}" y="14" textLength="{told_width}">{told}</text>
</g>
</svg>
"""
_WIDTH = 6.2
"""Of a character, in pixels; `textLength` makes it so."""


def badge(results: Results, store: str | None = None) -> str:
    """The badge of one store, by its name, or of all together."""
    chosen = [each for each in results.stores if store in (None, each.name)]
    told, colour = _verdict(results, chosen, together=store is None)
    label = f"MLflow store {results.profile}"
    left, right = (round(len(each) * _WIDTH) for each in (label, told))
    return _SVG.format(
        width=left + right + 20,
        inner=left + 7,
        label=escape(label),
        told=escape(told),
        colour=colour,
        label_at=5 + left / 2,
        label_width=left,
        told_at=15 + left + right / 2,
        told_width=right,
    )


def _verdict(results: Results, stores: Sequence[StoreResult], together: bool) -> tuple[str, str]:
    """What the badge says, and its colour; what did not run is never green."""
    musts = [
        [
            clause.state
            for clause in store.clauses
            if results.texts[clause.slug].level is Level.MUST and clause.state != UNTESTED
        ]
        for store in stores
    ]
    states = [state for each in musts for state in each]
    broken = sum(state in BROKEN for state in states)
    if broken:
        return f"{broken} of {len(states)} MUST failed", RED
    lock_step = [each.state for each in results.lock_step if together]
    if any(state in BROKEN for state in lock_step):
        return "stores differ", RED
    if not states:
        return "nothing was run", GREY
    passed = states.count("pass")
    whole = all(musts) and passed == len(states) and all(state == "pass" for state in lock_step)
    return f"{passed} of {len(states)} MUST passed", GREEN if whole else GREY
