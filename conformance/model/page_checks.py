"""What a page of a search must hold: its members, their order, and whether more follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.model.checks import ABSENT, look
from storeproof.conformance.model.operation import UNKNOWN_ID, Check, Difference, Found
from storeproof.conformance.model.search_order import Place

Order = Callable[[str, Any], Place | None]
"""From a symbol and an observed item to its place; None where it is not known."""


@dataclass(frozen=True)
class Member:
    """A thing that a page may hold.

    It is `due`, or else it is open whether it belongs there; `lost` is the clause broken where
    a due one is not there; `place` is where it stands, None if that is not known beforehand.
    """

    checks: tuple[Check, ...]
    due: bool = True
    lost: str = "SEARCH-VIEWS"
    place: Place | None = None


@dataclass(frozen=True)
class Members:
    """The items of a search are its members, each once, as it should be, and in order.

    With `limit` under their number it is the first page only. `unwanted` has the clause that
    keeps out each thing that is no member. Any of `orders` will do. `strangers` are left out
    of the count: experiments that others made; `ghost_names` are those that may not exist.
    """

    id_path: tuple[str, ...]
    members: Mapping[str, Member]
    limit: int
    orders: tuple[Order, ...]
    unwanted: Mapping[str, str] = field(default_factory=dict)
    strangers: bool = False
    ghost_names: Mapping[str, str] = field(default_factory=dict)
    repeated: str = "SEARCH-PAGES"
    order_clause: str = "SEARCH-ORDER"

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for each item that is missing, repeated, too many or wrong, and for the order."""
        items = look(seen, ("items",))
        if not isinstance(items, list | tuple):
            yield Difference("SEARCH-VIEWS", f"{where}items", "a page", items)
            return
        by_id: dict[str, list[Any]] = {}
        for item in items:
            by_id.setdefault(look(item, self.id_path), []).append(item)
        more = bool(look(seen, ("more",)))
        yield from self._page(len(items), more, where)
        if len(items) < self.limit and not (self.strangers and more):
            for symbol, member in self.members.items():
                if member.due and symbol not in by_id:
                    yield Difference(member.lost, f"{where}items[{symbol}]", symbol, ABSENT)
        for symbol, found in by_id.items():
            yield from self._item(symbol, found, f"{where}items[{symbol}].")
        yield from self._order(by_id, where)

    def first(self, seen: Mapping[str, object] | None = None) -> tuple[str, ...] | None:
        """The symbols that the page must hold, in order: those due and, of the others, those seen."""
        wanted = [
            (member.place, symbol)
            for symbol, member in self.members.items()
            if member.due or (seen is not None and symbol in seen)
        ]
        if any(place is None for place, _ in wanted):
            return None
        return tuple(symbol for _, symbol in sorted(wanted)[: self.limit])

    def due(self) -> dict[str, bool]:
        """Each member, and whether it is due."""
        return {symbol: member.due for symbol, member in self.members.items()}

    def found(self) -> Found:
        """What of it another store must find too."""
        sure = all(member.due for member in self.members.values())
        symbols = self.first() if sure else None
        if symbols is not None:
            return Found(symbols, ordered=True)
        due = tuple(sorted(symbol for symbol, member in self.members.items() if member.due))
        return Found(due if len(self.members) <= self.limit else None, ordered=False, sure=sure)

    def _page(self, count: int, more: bool, where: str) -> Iterator[Difference]:
        if count > self.limit:
            yield Difference("SEARCH-PAGES", f"{where}items", f"at most {self.limit}", count)
        must = sum(member.due for member in self.members.values()) > self.limit
        may = len(self.members) > self.limit or self.strangers
        if (must and not more) or (more and not may):
            yield Difference("SEARCH-PAGES", f"{where}more", must, more)

    def _item(self, symbol: str, found: list[Any], where: str) -> Iterator[Difference]:
        if symbol in self.members:
            if len(found) > 1:
                yield Difference(self.repeated, where, "once", f"{len(found)} times")
            for check in self.members[symbol].checks:
                yield from check.differences(found[0], where)
        elif not self.strangers or not symbol.startswith(UNKNOWN_ID):
            clause = self.unwanted.get(symbol, "SEARCH-VIEWS")
            yield Difference(clause, where, ABSENT, symbol)
        else:
            name = look(found[0], ("name",))
            if name in self.ghost_names:
                yield Difference(self.ghost_names[name], where, ABSENT, name)

    def _order(self, by_id: Mapping[str, list[Any]], where: str) -> Iterator[Difference]:
        known = [symbol for symbol in by_id if symbol in self.members or self.strangers]
        for order in self.orders:
            places: list[Any] = [order(symbol, by_id[symbol][0]) for symbol in known]
            if None in places or places == sorted(places):
                break
        else:
            right = [symbol for _, symbol in sorted(zip(places, known, strict=True))]
            yield Difference(self.order_clause, f"{where}order", right, known)
            return
        first = self.first(by_id)
        cut = len(by_id) >= self.limit and all(each in self.members for each in by_id)
        if cut and first is not None and set(first) != set(by_id):
            yield Difference(self.order_clause, f"{where}first page", list(first), known)


@dataclass(frozen=True)
class PageOnly:
    """A later page: at most `limit` items; what is in it is for `judge_pages` to say."""

    limit: int | None
    clause: str

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for a page that is too long."""
        items = look(seen, ("items",))
        if not isinstance(items, list | tuple):
            yield Difference(self.clause, f"{where}items", "a page", items)
        elif self.limit is not None and len(items) > self.limit:
            yield Difference(self.clause, f"{where}items", f"at most {self.limit}", len(items))


def judge_pages(whole: Any, pages: Sequence[Any], limit: int, clause: str) -> list[Difference]:
    """How observed `pages` of at most `limit` items differ from the observed answer in one piece.

    `clause` is SEARCH-PAGES or METRIC-HISTORY-PAGE. Nothing may have been written between.
    """
    differences = []
    together = [item for page in pages for item in page["items"]]
    if together != list(whole["items"]):
        differences.append(Difference(clause, "pages together", list(whole["items"]), together))
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        if len(page["items"]) > limit or (not page["items"] and len(pages) > 1):
            size = f"1 to {limit} items"
            differences.append(Difference(clause, f"page {number}", size, len(page["items"])))
        if page["more"] == last:
            differences.append(Difference(clause, f"page {number}.more", not last, page["more"]))
    return differences
