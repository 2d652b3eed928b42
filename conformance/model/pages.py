"""What speaks against reading a page: SEARCH-PAGES, METRIC-HISTORY-PAGE."""

from __future__ import annotations

from storeproof.conformance.model.grounds import Ground, refuse, silent
from storeproof.conformance.model.operation import Operation, Raw
from storeproof.conformance.model.rules import MAX_RESULTS

DEFAULT_MAX_RESULTS = 1000


def page_grounds(op: Operation, clause: str) -> list[Ground]:
    """Of the size and the token of a page; `clause` is SEARCH-PAGES or METRIC-HISTORY-PAGE."""
    limit = op.args.get("max_results", DEFAULT_MAX_RESULTS)
    grounds = token_grounds(op)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        grounds.append(refuse(clause))
    elif limit > MAX_RESULTS:
        # METRIC-HISTORY-PAGE names no upper limit.
        grounds.append(refuse(clause) if clause == "SEARCH-PAGES" else silent(clause))
    return grounds


def token_grounds(op: Operation) -> list[Ground]:
    """Of a token that no page gave."""
    return [refuse("SEARCH-PAGES")] if isinstance(op.args.get("page_token"), Raw) else []
