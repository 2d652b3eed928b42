"""Rules that make the network fail between the store and its server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from typing_extensions import override

from storeproof.conformance.machine.doing import Made
from storeproof.conformance.machine.driver import Driver
from storeproof.conformance.model import Model
from storeproof.conformance.probe import Probe
from storeproof.conformance.subject import Lockstep
from storeproof.conformance.uncertain import Uncertain
from storeproof.fixtures.network import Fate, Fault, Network, Way
from storeproof.stores.contract import TrackingStore

DELAY = 0.01
"""Seconds that a delayed piece waits."""

_bytes = st.sampled_from([0, 1, 5, 20, 50]) | st.integers(0, 3000)
_faults = st.tuples(
    st.sampled_from(Way), st.builds(Fault, st.sampled_from(Fate), _bytes, st.just(DELAY))
)


class FaultRules(Driver):
    """Any fault at any byte, and a network put right again."""

    def __init__(
        self,
        probe: Probe,
        make_model: Callable[[Probe], Model],
        network: Network,
        beside: TrackingStore,
    ) -> None:
        """`probe` goes through the network; `beside` is another way to the same store."""
        network.heal()
        super().__init__([probe], make_model)
        self.subject = Uncertain(probe, make_model(probe), network, beside)
        self.stores = Lockstep([self.subject])
        self.faults: list[tuple[Way, Fault] | None] = []
        self.turn = 0

    @initialize(faults=st.lists(st.none() | _faults, min_size=50, max_size=50))
    def draw_faults(self, faults: list[tuple[Way, Fault] | None]) -> None:
        """What befalls the calls, each in its turn."""
        self.faults = faults

    @rule()
    def mend(self) -> None:
        """A fault that has not come to its byte never comes."""
        self.subject.mend()

    @override
    def do(self, method: str, **args: Any) -> bool:
        self._fail()
        return super().do(method, **args)

    @override
    def create(self, kind: str, method: str, **args: Any) -> Made:
        self._fail()
        return super().create(kind, method, **args)

    def _fail(self) -> None:
        """Let the next fault befall what is sent from now on, once there is something to work on."""
        if self.faults and self.pool and self.first_made:
            self.turn += 1
            fault = self.faults[self.turn % len(self.faults)]
            if fault is not None:
                self.subject.disturb(*fault)

    @override
    def teardown(self) -> None:
        """Everything is read through a sound network."""
        self.faults = []
        self.subject.mend()
        super().teardown()
