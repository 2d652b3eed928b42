"""What dialects of other libraries share: answers spelled their way, values that compare, small helpers."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.dialects.spelling import Spellings, spelled
from storeproof.conformance.source import Source
from storeproof.conformance.trace import Step
from storeproof.stores.entities import Metric


class ForeignSource(Source):
    """Writes another library's entities; with `plain`, tuples of their values, which can be compared."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = False

    @override
    def built(self, value: object, fields: Mapping[str, str]) -> str:
        if self.plain:
            return f"({', '.join(fields.values())})"
        return self.entity(value, fields)

    def entity(self, value: object, fields: Mapping[str, str]) -> str:
        """The library's entity with the values of one of ours."""
        return super().built(value, fields)


class Foreign(Contract):
    """The base of such a dialect: `spellings` and `definitions` are what it is made of."""

    spellings: ClassVar[Spellings]
    definitions: ClassVar[Mapping[str, str]]
    """Functions that the spellings use, by name; "point" gives a metric's values as a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self._used: set[str] = set()

    @override
    def new_source(self) -> ForeignSource:
        return ForeignSource()

    @override
    def call(self, step: Step) -> str:
        return self._noted(self.foreign_call(step))

    def foreign_call(self, step: Step) -> str:
        """The library's call in place of the contract's."""
        return super().call(step)

    @override
    def argument(self, name: str, value: object) -> str:
        return super().argument(name, list(value) if isinstance(value, tuple) else value)

    @override
    def look(self, expression: str, name: str, method: str) -> str:
        source, kind = spelled(expression, name, method, self.spellings)
        return self._noted(_comparable(source, kind))

    @override
    def expected(self, value: object, *, may_be_id: bool) -> str:
        assert isinstance(self.source, ForeignSource)
        self.source.plain = True
        try:
            return super().expected(value, may_be_id=may_be_id)
        finally:
            self.source.plain = False

    @override
    def helpers(self) -> list[str]:
        return [
            line
            for name in sorted(self._used)
            for line in ("", "", *self.definitions[name].strip("\n").splitlines())
        ]

    def _noted(self, source: str) -> str:
        """The source, whose helpers are from now on used."""
        self._used |= {name for name in self.definitions if re.search(rf"\b{name}\b[(,]", source)}
        return source


def _comparable(source: str, kind: object) -> str:
    """An expression of this type as plain values: tuples for points, and a tuple where ours is one."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Metric:
        return f"point({source})"
    if origin is tuple:
        return f"tuple(map(point, {source}))" if arguments[0] is Metric else f"tuple({source})"
    if arguments[1:] == (Metric,):
        return f"{{key: point(metric) for key, metric in {source}.items()}}"
    return source
