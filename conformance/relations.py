"""What can be stated of an answer, as functions of what was seen and what was expected."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from storeproof.conformance.trace import same

RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": same,
    "differs": lambda seen, expected: not same(seen, expected),
    "is one of": lambda seen, options: any(same(seen, each) for each in options),
    "begins": lambda seen, whole: same(list(seen), list(whole)[: len(seen)]),
    "matches": lambda seen, pattern: (
        isinstance(seen, str) and re.fullmatch(pattern, seen) is not None
    ),
    "ends with": lambda seen, end: isinstance(seen, str) and seen.endswith(end),
    "between": lambda seen, edges: (
        isinstance(seen, int | float) and min(edges) <= seen <= max(edges)
    ),
    "contains": lambda seen, item: any(same(each, item) for each in seen),
    "lacks": lambda seen, item: not any(same(each, item) for each in seen),
    "has the items": lambda seen, items: Counter(map(repr, seen)) == Counter(map(repr, items)),
    "is in ascending order": lambda seen, _: list(seen) == sorted(seen),
    "is in descending order": lambda seen, _: list(seen) == sorted(seen, reverse=True),
    "later than": lambda seen, other: (
        isinstance(seen, int) and isinstance(other, int) and seen > other
    ),
}
"""By the names that Check.relation has; an expectation comes second."""

EXISTS = "exists"
"""The relation of a part of an answer that should be there at all."""

AS_MODELLED = "as the model says"
"""The relation of an answer that the model judges; what is expected is told in words."""

IN_PAGES = "pages as the whole"
"""The relation of several pages to the whole, which the model judges; the steps of both are expected."""

AS_FIRST = "as in the first store"
"""The relation of two stores' endings in lock-step: the first one's code or comparable answer is expected."""

SAME = "HTTP-SAME"
"""The clause that says that stores behave the same."""

BY_MODEL = (AS_MODELLED, IN_PAGES, AS_FIRST)
"""The relations that only a model can judge."""


class NoExpression(Exception):
    """A text that is no expression over an answer."""


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "len": len,
    "list": list,
    "int": int,
    "sorted": sorted,
    "json.loads": json.loads,
}
"""What an expression may call, with one argument."""


def look(expression: str, answer: object) -> Any:
    """What Check.expression means for an answer.

    Raises AttributeError, LookupError, TypeError or ValueError for what is not there, and
    NoExpression for anything but attributes, items and a few functions of them: a trace may
    come from a stranger.
    """
    try:
        tree = ast.parse(expression.format("answer"), mode="eval").body
    except (SyntaxError, LookupError, ValueError) as error:
        raise NoExpression(f"{expression!r} is no expression over an answer") from error
    return _value(tree, {"answer": answer})


def _value(node: ast.expr, names: Mapping[str, object]) -> Any:
    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=value, attr=name) if not name.startswith("_"):
            return getattr(_value(value, names), name)
        case ast.Subscript(value=value, slice=part):
            return _value(value, names)[_key(part)]
        case ast.Call(func=function, args=[argument], keywords=[]) if (
            ast.unparse(function) in _FUNCTIONS
        ):
            return _FUNCTIONS[ast.unparse(function)](_value(argument, names))
        case ast.ListComp(
            elt=element,
            generators=[ast.comprehension(target=ast.Name(id=name), iter=items, ifs=[])],
        ):
            return [_value(element, {**names, name: each}) for each in list(_value(items, names))]
    raise NoExpression(f"{ast.unparse(node)} is more than attributes and items of an answer")


def _key(node: ast.expr) -> Any:
    if isinstance(node, ast.Slice):
        edges = (None if edge is None else _key(edge) for edge in (node.lower, node.upper))
        return slice(*edges)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise NoExpression(f"{ast.unparse(node)} is no key of an answer") from error
