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


def decode(question: Sequence[object], token: object, shape: Sequence[type]) -> Place | None:
    """The place that `token` names in `question`; `shape` gives the type of each of its parts.

    Raises INVALID_PARAMETER_VALUE for a token that this question did not give (SEARCH-PAGES).
    """
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise _bad()
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        fingerprint, *place = json.loads(raw)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad() from None
    if fingerprint != _fingerprint(question) or len(place) != len(shape):
        raise _bad()
    if any(type(part) is not kind for part, kind in zip(place, shape, strict=True)):
        raise _bad()
    return tuple(place)


def _fingerprint(question: Sequence[object]) -> int:
    return zlib.crc32(json.dumps(question, default=str).encode())


def _bad() -> StoreError:
    return invalid(
        "The page token does not belong to this question; take it from the last page's answer "
        "and repeat the other arguments unchanged."
    )
