"""Recorded values as Python source, short enough to be read: what follows its index as a comprehension."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from enum import Enum

from storeproof.conformance.longtext import as_product, quoted
from storeproof.conformance.trace import same

_MANY = 8
_SURE_ID = 12
"""An id of more characters is one wherever it appears; a shorter one only where an id belongs."""


class Source:
    """Writes values; `ids` maps the ids that a store chose to the expressions that stand for them.

    `generated` does so for other texts that it chose, which are replaced wherever they appear.
    """

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.generated: dict[str, str] = {}
        self.entities: set[str] = set()
        """The dataclasses that were written."""
        self.modules: set[str] = set()
        """The modules, outside the built-ins, of other values that were written."""

    def of(self, value: object, *, may_be_id: bool = False) -> str:
        """The source of a value; with `may_be_id`, a short text may be an id too."""
        if isinstance(value, Enum):
            return repr(value.value)
        if isinstance(value, str):
            return self._text(value, may_be_id)
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value!r}")'
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = ", ".join(
                f"{each.name}={self.of(getattr(value, each.name))}"
                for each in dataclasses.fields(value)
            )
            return f"{self._entity(value)}({fields})"
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, tuple | list):
            return self._items(value, may_be_id)
        if isinstance(value, int) and not isinstance(value, bool):
            return _number(value)
        return self._foreign(value)

    # Texts

    def _text(self, value: str, may_be_id: bool) -> str:
        if value in self.ids and (may_be_id or len(value) > _SURE_ID):
            return self.ids[value]
        sure = {text: name for text, name in self.ids.items() if len(text) > _SURE_ID}
        chosen = sure | self.generated
        forms = {text.upper(): f"{name}.upper()" for text, name in chosen.items()} | chosen
        if value in forms:
            return forms[value]
        known = [each for each in forms if each in value]
        if known:
            pieces = value.replace("{", "{{").replace("}", "}}")
            for each in known:
                pieces = pieces.replace(each, f"{{{forms[each]}}}")
            return f"f{pieces!r}"
        product = as_product(value)
        if product is None:
            return quoted(value)
        return f"({product})" if " + " in product else product

    # Lists and mappings

    def _items(self, value: Sequence[object], may_be_id: bool) -> str:
        series = self._series(value)
        if series is None:
            items = ", ".join(self.of(each, may_be_id=may_be_id) for each in value)
        else:
            items = series
        if isinstance(value, list):
            return f"[{items}]"
        if series is not None:
            return f"tuple({items})" if "*" not in items[:1] else f"({items})"
        return f"({items},)" if value else "()"

    def _series(self, value: Sequence[object]) -> str | None:
        """The inside of a list whose entries follow their index, all but the first or the last of them."""
        if len(value) < _MANY:
            return None
        whole = self._follows(value)
        if whole is not None:
            return f"{whole} for i in range({len(value)})"
        body = self._follows(value[:-1])
        if body is not None:
            return f"*({body} for i in range({len(value) - 1})), {self.of(value[-1])}"
        body = self._follows(value[1:])
        if body is not None:
            return f"{self.of(value[0])}, *({body} for i in range({len(value) - 1}))"
        return None

    def _mapping(self, value: Mapping[object, object]) -> str:
        if len(value) >= _MANY:
            key, each = self._follows(list(value)), self._follows(list(value.values()))
            if key is not None and each is not None:
                return f"{{{key}: {each} for i in range({len(value)})}}"
        pairs = ", ".join(f"{self.of(key)}: {self.of(each)}" for key, each in value.items())
        return f"{{{pairs}}}"

    def _follows(self, values: Sequence[object]) -> str | None:
        """Source, in terms of the index i, that gives each value; None if they follow no pattern."""
        first = values[0]
        if any(type(each) is not type(first) for each in values):
            return None
        if all(same(each, first) for each in values):
            return self.of(first)
        if isinstance(first, str):
            return _numbered([str(each) for each in values])
        if isinstance(first, int | float) and not isinstance(first, bool):
            return _counted(values, first)
        if dataclasses.is_dataclass(first) and not isinstance(first, type):
            fields = []
            for each in dataclasses.fields(first):
                source = self._follows([getattr(value, each.name) for value in values])
                if source is None:
                    return None
                fields.append(f"{each.name}={source}")
            return f"{self._entity(first)}({', '.join(fields)})"
        return None

    # What needs an import

    def _entity(self, value: object) -> str:
        self.entities.add(type(value).__name__)
        return type(value).__name__

    def _foreign(self, value: object) -> str:
        """Source of a value of another library: numpy's scalars, fractions."""
        module = type(value).__module__.partition(".")[0]
        if module == "builtins":
            return repr(value)
        self.modules.add(module)
        if module == "numpy":
            return f"numpy.{type(value).__name__}({str(value)!r})"
        return f"{module}.{value!r}"


def _number(value: int) -> str:
    for base in (2, 10):
        power = round(math.log(abs(value), base)) if abs(value) >= 2**53 else 0
        for near in (-1, 0, 1):
            if power and abs(value) == base**power + near:
                sign = "-" if value < 0 else ""
                tail = "" if near == 0 else f"{near:+d}" if value > 0 else f"{-near:+d}"
                return f"{sign}{base}**{power}" + (f" {tail[0]} {tail[1:]}" if tail else "")
    return repr(value)


def _counted(values: Sequence[object], first: float) -> str | None:
    for sign in (1, -1):
        if all(each == first + sign * number for number, each in enumerate(values)):
            start = int(first)
            index = "i" if sign == 1 else "-i"
            source = index if not start else f"{index} {'+' if start > 0 else '-'} {abs(start)}"
            if start != first:
                return None
            return f"float({source})" if isinstance(first, float) else source
    return None


def _numbered(values: Sequence[str]) -> str | None:
    for length in range(len(values[0])):
        head, tail = values[0][:length], values[0][length + 1 :]
        if all(each == f"{head}{number}{tail}" for number, each in enumerate(values)):
            if not head and not tail:
                return "str(i)"
            head, tail = (part.replace("{", "{{").replace("}", "}}") for part in (head, tail))
            return f"f{head + '{i}' + tail!r}"
    return None
