"""How rules reach the stores: operations, what they made, and the first breach told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis.stateful import MultipleResults, RuleBasedStateMachine, multiple

from storeproof.conformance.model import Model, Operation
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.strategies import Name
from storeproof.conformance.subject import lockstep

T = TypeVar("T")
Made = str | MultipleResults[str]


class Doing(RuleBasedStateMachine):
    """What all machines share.

    `probes` are the watched stores, one or more; `make_model` makes the model of each.
    With `strict` the stores must agree in everything (see Lockstep).
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        make_model: Callable[[Probe], Model] = lambda _: Model(),
        *,
        strict: bool = False,
    ) -> None:
        super().__init__()
        self.stores = lockstep(probes, make_model, strict=strict)
        self.prefix = probes[0].name("")
        self.broken = False

    def do(self, method: str, **args: Any) -> bool:
        """Do an operation on every store; whether it was done rather than refused."""
        return self._watch(lambda: self.stores.do(Operation(method, args)))

    def create(self, kind: str, method: str, **args: Any) -> Made:
        """Do an operation that creates; the symbol of what it made, or nothing."""
        symbol = self.stores.new_symbol(kind)
        done = self._watch(lambda: self.stores.do(Operation(method, args), symbol))
        return symbol if done else multiple()

    def in_pages(self, parts: int, clause: str, method: str, **args: Any) -> None:
        """Read in one piece and in about so many pages: with 1, a page that is exactly full."""
        self._watch(lambda: self.stores.pages(Operation(method, args), parts, clause))

    def full_name(self, name: Any) -> Any:
        """A Name behind this example's own prefix; anything else as it is."""
        return name.after(self.prefix) if isinstance(name, Name) else name

    def _watch(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except Breach as breach:
            self.broken = True
            if breach.probe is not None:
                breach.probe.note(breach)
            raise
