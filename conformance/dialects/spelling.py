"""An expression about an answer of the contract, written as one about another library's answer.

The expression is Python with the contract's attributes; its type is followed from the
method's answer on, and each attribute is written as the library spells it.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Page

Spellings = Mapping[tuple[str, str], str]
"""By the name of an entity's class and an attribute: a template with {} for the entity."""


def answer_type(method: str) -> Any:
    """The type that a method of the contract answers; None for a method of something else."""
    function = getattr(TrackingStore, method, None)
    answer = None if function is None else _hints(function).get("return")
    if isinstance(answer, types.UnionType):  # or None
        (answer,) = (each for each in answer.__args__ if each is not types.NoneType)
    return answer


def spelled(expression: str, name: str, method: str, spellings: Spellings) -> tuple[str, Any]:
    """The expression, in which `name` holds the method's answer, as the library spells it; and its type."""
    tree = ast.parse(expression, mode="eval").body
    return _Speller({name: answer_type(method)}, spellings).of(tree)


class _Speller:
    def __init__(self, types: dict[str, Any], spellings: Spellings) -> None:
        self.types = types
        self.spellings = spellings

    def of(self, node: ast.expr) -> tuple[str, Any]:
        """The source of a node, and the type of what it gives; None where that is not known."""
        match node:
            case ast.Name(id=name):
                return name, self.types.get(name)
            case ast.Attribute(value=value, attr=attribute):
                return self._attribute(value, attribute)
            case ast.Subscript(value=value, slice=part):
                source, kind = self.of(value)
                return f"{source}[{ast.unparse(part)}]", (
                    kind if isinstance(part, ast.Slice) else _item(kind)
                )
            case ast.ListComp(elt=each, generators=[ast.comprehension(target=target, iter=whole)]):
                source, kind = self.of(whole)
                name = ast.unparse(target)
                item, _ = _Speller({**self.types, name: _item(kind)}, self.spellings).of(each)
                return f"[{item} for {name} in {source}]", None
            case ast.Call(func=function, args=arguments):
                inside = ", ".join(self.of(each)[0] for each in arguments)
                return f"{ast.unparse(function)}({inside})", None
            case _:
                return ast.unparse(node), None

    def _attribute(self, value: ast.expr, attribute: str) -> tuple[str, Any]:
        source, kind = self.of(value)
        owner, known = _entity(kind)
        template = self.spellings.get((owner, attribute), f"{{}}.{attribute}")
        return template.format(source), known.get(attribute)


def _entity(kind: Any) -> tuple[str, Mapping[str, Any]]:
    """The name of an entity's class and the types of its attributes."""
    origin = typing.get_origin(kind) or kind
    if not (isinstance(origin, type) and is_dataclass(origin)):
        return "", {}
    if origin is Page:
        (item,) = typing.get_args(kind)
        items: Any = types.GenericAlias(tuple, (item, ...))
        return f"Page[{item.__name__}]", {"items": items, "token": str}
    return origin.__name__, _hints(origin)


def _item(kind: Any) -> Any:
    """The type of an item of a tuple or a mapping."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return arguments[0]
    return None


@cache
def _hints(owner: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(owner)
