"""The search language: a filter and an order_by, read and applied to things in memory."""

import base64
import json
import operator
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mlflow.store.entities.paged_list import PagedList

from mlflow_memory_store.checks import page_size, refusal, text

NUMERIC = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TEXTUAL = ("=", "!=", "LIKE", "ILIKE")
LISTED = (*TEXTUAL, "IN", "NOT IN")

TAG, ATTRIBUTE, METRIC, PARAM, DATASET = "tag", "attribute", "metric", "param", "dataset"
_COMMON_PREFIXES = {
    **dict.fromkeys(("tag", "tags"), TAG),
    **dict.fromkeys(("attribute", "attributes", "attr"), ATTRIBUTE),
}


@dataclass(frozen=True)
class Language:
    """What can be searched by: words before the dot, operators by kind and name, other names."""

    prefixes: dict
    keyed: dict
    named: dict
    other_names: dict
    ordered: tuple


EXPERIMENTS = Language(
    _COMMON_PREFIXES,
    {TAG: TEXTUAL},
    {
        (ATTRIBUTE, "name"): TEXTUAL,
        (ATTRIBUTE, "creation_time"): tuple(NUMERIC),
        (ATTRIBUTE, "last_update_time"): tuple(NUMERIC),
        (ATTRIBUTE, "experiment_id"): (),
    },
    {},
    (ATTRIBUTE,),
)
RUNS = Language(
    {
        **_COMMON_PREFIXES,
        "run": ATTRIBUTE,
        **dict.fromkeys(("metric", "metrics"), METRIC),
        **dict.fromkeys(("param", "params", "parameter", "parameters"), PARAM),
        **dict.fromkeys(("dataset", "datasets"), DATASET),
    },
    {METRIC: tuple(NUMERIC), PARAM: TEXTUAL, TAG: TEXTUAL},
    {
        (ATTRIBUTE, "run_id"): LISTED,
        **{
            (ATTRIBUTE, name): TEXTUAL for name in ("run_name", "user_id", "status", "artifact_uri")
        },
        **{(ATTRIBUTE, name): tuple(NUMERIC) for name in ("start_time", "end_time")},
        **{(DATASET, name): LISTED for name in ("name", "digest", "context")},
    },
    {
        **dict.fromkeys(("run name", "Run name", "Run Name"), "run_name"),
        **dict.fromkeys(("created", "Created"), "start_time"),
    },
    (ATTRIBUTE, METRIC, PARAM, TAG),
)

_FIELD = re.compile(r'(?:(\w+)\.)?(?:`([^`]*)`|"([^"]*)"|([\w.]+))')
_OPERATOR = re.compile(r"<=|>=|!=|=|<|>|I?LIKE|(?:NOT\s+)?IN", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:E[-+]?[0-9]+)?(?![\w.])", re.IGNORECASE
)
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_ITEM = re.compile(r"'[^']*'")
_AND = re.compile(r"AND\b", re.IGNORECASE)
_DIRECTION = re.compile(r"(?:ASC|DESC)", re.IGNORECASE)
_SPACE = re.compile(r"\s*")


class _Reader:
    """A text that is taken piece by piece, white space between."""

    def __init__(self, source):
        self.source, self.at = text(source, "The filter"), 0
        self.skip()

    def skip(self):
        self.at = _SPACE.match(self.source, self.at).end()

    def has(self, pattern):
        return pattern.match(self.source, self.at) is not None

    def take(self, pattern):
        found = pattern.match(self.source, self.at)
        if found is None:
            raise refusal(f"{self.source!r} is not understood at character {self.at + 1}.")
        self.at = found.end()
        self.skip()
        return found

    @property
    def ended(self):
        return self.at == len(self.source)


def _field(reader, language):
    """The kind and the name of a field, and the operators that it takes."""
    prefix, *names = reader.take(_FIELD).groups()
    name = next(each for each in names if each is not None)
    kind = ATTRIBUTE if prefix is None else language.prefixes.get(prefix)
    if kind == ATTRIBUTE:
        name = language.other_names.get(name, name)
    operators = language.keyed.get(kind, language.named.get((kind, name)))
    if operators is None or not name:
        raise refusal(f"{reader.source!r} names a field that is not known, {name!r}.")
    return kind, name, operators


def parse_filter(source, language):
    """A filter as a list of (kind, name, operator, value)."""
    comparisons = []
    reader = _Reader("" if source is None else source)
    while not reader.ended:
        if comparisons:
            reader.take(_AND)
        kind, name, operators = _field(reader, language)
        compared = " ".join(reader.take(_OPERATOR)[0].upper().split())
        if compared not in operators:
            raise refusal(f"{reader.source!r} compares {name!r} with {compared}.")
        comparisons.append((kind, name, compared, _value(reader, compared, operators)))
    return comparisons


def _value(reader, compared, operators):
    if compared in ("IN", "NOT IN"):
        reader.take(re.compile(r"\("))
        items = [reader.take(_ITEM)[0][1:-1]]
        while reader.has(re.compile(",")):
            reader.take(re.compile(","))
            items.append(reader.take(_ITEM)[0][1:-1])
        reader.take(re.compile(r"\)"))
        return frozenset(items)
    if operators == tuple(NUMERIC):
        return reader.take(_NUMBER)[0]
    return reader.take(_TEXT)[0][1:-1]


def matches(comparisons, read):
    """Whether a thing fits; `read` gives its values for a kind and a name: none, one or several."""
    return all(
        any(_fits(value, compared, wanted) for value in read(kind, name))
        for kind, name, compared, wanted in comparisons
    )


def _fits(value, compared, wanted):
    match compared:
        case "IN":
            return value in wanted
        case "NOT IN":
            return value not in wanted
        case "LIKE" | "ILIKE":
            pattern = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in wanted)
            flags = re.DOTALL | (re.IGNORECASE if compared == "ILIKE" else 0)
            return re.fullmatch(pattern, value, flags) is not None
    if isinstance(value, str):
        return NUMERIC[compared](value, wanted)
    # A metric is compared with the double nearest to the number, a time with the number itself.
    try:
        number = float(wanted) if isinstance(value, float) else Decimal(wanted)
    except InvalidOperation:  # an exponent beyond all use
        number = float(wanted)
    return NUMERIC[compared](value, number)


def parse_order(terms, language):
    """An order_by as a list of (kind, name, descending)."""
    if isinstance(terms, str | bytes):
        raise refusal("order_by must be a list.")
    order = []
    for term in terms or ():
        reader = _Reader(term)
        kind, name, _ = _field(reader, language)
        if kind not in language.ordered:
            raise refusal(f"{term!r}: nothing is ordered by a {kind}.")
        descending = not reader.ended and reader.take(_DIRECTION)[0].upper() == "DESC"
        if not reader.ended:
            raise refusal(f"{term!r} is not understood at character {reader.at + 1}.")
        order.append((kind, name, descending))
    return order


def ordered(things, order, read):
    """The things in order: numbers and texts first, then NaN, then what is missing, both ways."""
    for kind, name, descending in reversed(order):
        values = {id(thing): next(iter(read(thing)(kind, name)), None) for thing in things}

        def rank(thing, values=values):
            value = values[id(thing)]
            return 2 if value is None else 1 if value != value else 0

        def value(thing, values=values, rank=rank):
            return (rank(thing) == 0, values[id(thing)] if rank(thing) == 0 else 0)

        things = sorted(things, key=value, reverse=descending)
        things.sort(key=rank)
    return things


def page(things, fits, question, max_results, token, name):
    """The page of those `things` that fit behind the token's; `name` tells a thing from all others.

    A token holds the last thing seen, so that what is added between pages moves nothing.
    """
    size, start = page_size(max_results), 0
    if token is not None and token != "":
        start = 1 + _place(token, question, [name(thing) for thing in things])
    found = []
    for thing in things[start:]:
        if fits(thing):
            found.append(thing)
            if len(found) > size:
                last = json.dumps([repr(question), name(found[size - 1])]).encode()
                return PagedList(found[:size], base64.urlsafe_b64encode(last).decode())
    return PagedList(found, None)


def _place(token, question, names):
    try:
        asked, last = json.loads(base64.b64decode(token.encode(), b"-_", validate=True))
        if asked == repr(question):
            return names.index(last)
    except (AttributeError, TypeError, ValueError):
        pass
    raise refusal("The page token is not of this question.")
