"""Page tokens: the place of the last thing seen, so that later inserts move nothing (SEARCH-PAGES-STABLE).

A token carries what it continues, so a token of another question, or one that was
damaged, is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence

from storeproof.stores.errors import StoreError, invalid

Place = tuple[int | str | float | None, ...]
"""The sort key of the last item of a page."""


def encode(question: Sequence[object], place: Place | None) -> str | None:
    """The token that continues `question` behind `place`; None where nothing is left."""
    if place is None:
        return None
    payload = json.dumps([_fingerprint(question), *place], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(payload).decode()


def token(value: object) -> str | None:
    """A page token as text, None and "" for the first page; INVALID_PARAMETER_VALUE for what is no text."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise bad_token()
    return value


def decode(question: Sequence[object], token: str | None) -> Place | None:
    """The place that `token` names in `question`; whether such a place can be, the caller checks.

    Raises INVALID_PARAMETER_VALUE for a token that this question did not give (SEARCH-PAGES).
    """
    if token is None:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        fingerprint, *place = json.loads(raw)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise bad_token() from None
    if fingerprint != _fingerprint(question):
        raise bad_token()
    return tuple(place)


def _fingerprint(question: Sequence[object]) -> int:
    return zlib.crc32(json.dumps(question, default=str).encode())


def bad_token() -> StoreError:
    """The error for a token that the question did not give."""
    return invalid(
        "The page token does not belong to this question; take it from the last page's answer "
        "and repeat the other arguments unchanged."
    )
