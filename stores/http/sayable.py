"""What a client can send of an id, a name or a token of any shape; what it cannot, no server has issued."""

from __future__ import annotations

from storeproof.stores import paging

LONGEST = 500
"""Characters of an id or a name that is asked for; servers issue far shorter ones, and lines of requests have an end."""


def is_sayable(text: str) -> bool:
    """Whether the text can be asked for (EXP-ID-UNKNOWN, RUN-MISSING, REG-MODEL)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return len(text) <= LONGEST


def sayable_token(page_token: str | None) -> str | None:
    """A page token that can be sent; bad_token() for another (SEARCH-PAGES)."""
    if page_token is not None and not page_token.isascii():
        raise paging.bad_token()
    return page_token
