"""Between messages and JSON, and between numbers and what JSON can carry of them (METRIC-NAN, METRIC-INF).

Whoever reads a number or a name gets what it is, or what came in its place, unjudged.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from storeproof.stores.entities import RunStatus, ViewType
from storeproof.stores.http import messages

M = TypeVar("M", bound=messages.Message)

_STATUS = {
    "1": RunStatus.RUNNING,
    "2": RunStatus.SCHEDULED,
    "3": RunStatus.FINISHED,
    "4": RunStatus.FAILED,
    "5": RunStatus.KILLED,
}
_VIEW = {"1": ViewType.ACTIVE_ONLY, "2": ViewType.DELETED_ONLY, "3": ViewType.ALL}

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_REAL = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_NAMED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

_encoder = msgspec.json.Encoder()


class Unreadable(Exception):
    """Not the JSON that was expected; the text says where, and nothing of who sent it."""


def encode(message: messages.Message) -> bytes:
    """The JSON of a message; UnicodeEncodeError for a text with a lone surrogate."""
    return _encoder.encode(message)


def decode(kind: type[M], content: bytes) -> M:
    """Read the JSON of such a message; Unreadable for anything else."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(str(error).rstrip(".")) from None


def decode_query(kind: type[M], query: bytes) -> M:
    """Read such a message from the query of a URL; Unreadable for anything else."""
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    lists = _lists(kind)
    fields = {name: values if name in lists else values[-1] for name, values in given.items()}
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error).rstrip(".")) from None


@cache
def _lists(kind: type[messages.Message]) -> frozenset[str]:
    """The fields that a query may give several times."""
    fields = msgspec.structs.fields(kind)
    return frozenset(each.name for each in fields if each.type == messages.Texts)


def whole(value: messages.Number) -> Any:
    """A whole number that may travel as a string; anything else as it is."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def double(value: messages.Number) -> Any:
    """A number of which NaN and the infinities, and maybe others, travel as strings; anything else as it is."""
    if not isinstance(value, str):
        return value
    if not _REAL.fullmatch(value):
        return _NAMED.get(value, value)
    read = float(value)
    return (
        value if math.isinf(read) else read
    )  # what no double holds is not an infinity (METRIC-TYPES)


def status(value: str | int | None) -> Any:
    """A status by its name or by its number in MLflow's protocol; anything else as it is."""
    return _STATUS.get(str(value), value)


def view(value: str | int | None) -> Any:
    """A view by its name or by its number in MLflow's protocol, ACTIVE_ONLY where none is named."""
    return ViewType.ACTIVE_ONLY if value is None else _VIEW.get(str(value), value)


def number(value: float) -> float | str:
    """A double as JSON can carry it."""
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
