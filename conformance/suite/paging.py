"""Following the pages of an answer, whatever is paged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storeproof.conformance.probe import Probe, Seen

BAD_TOKENS = ("nonsense", "!", "e30=", "bnVsbA==", "-1", "\0", "é", "x" * 5000)
"""Page tokens that no page gave."""


def sees_pages(
    probe: Probe,
    ask: Callable[[str | None], Any],
    whole: Seen,
    total: int,
    size: int,
    each: str = "",
    *,
    sharp_end: bool = True,
) -> None:
    """The pages that `ask` gives for each token are the `total` items of the `whole`, without gap or repetition.

    `each` names what is compared of an item. Without `sharp_end` one empty page may follow.
    """
    wanted = whole.each(each) if each else whole
    start = 0
    token: str | None = None
    for _ in range(total + 2):
        answer = ask(token)
        page = probe.see(answer)
        page.items.length().between(min(1, total - start), size)
        (page.items.each(each) if each else page.items).begins(wanted[start:])
        start, token = start + len(answer.items), answer.token
        if start < total:
            page.token.differs(None)
        elif sharp_end:
            page.token.equals(None)
        if token is None:
            return
    probe.see(token).equals(None)
