"""What a script of clients calls that race or are killed: they do it again until their judge has something to say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from storeproof.conformance.masking import revealed_address
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe
from storeproof.conformance.target import target
from storeproof.stores.contract import TrackingStore

ROUNDS = 10
"""How often something is tried that happens only now and then."""


def show(
    spec: str,
    once: Callable[[Probe, TrackingStore], object],
    *,
    processes: bool = False,
    rounds: int = ROUNDS,
) -> None:
    """Call `once` again and again with the store that `spec` names, until something is found broken.

    `spec` is what `storeproof check` is called with; ${NAME} in it is that environment variable's
    value. `processes`: those that open it find the same store. SystemExit tells what was seen.
    """
    if not spec:
        raise SystemExit("Name your store in the call of show(): its address, or module:function.")
    found = target(revealed_address(spec), insist=True)
    place = found.place()
    place = replace(place, processes=place.processes or processes)
    with closing(found), closing(Probe(place, spec=spec)) as probe:
        for _ in range(rounds):
            probe.begin()
            try:
                once(probe, probe.clients(1)[0])
            except Breach as breach:
                raise SystemExit(str(breach)) from None
            except Inconclusive:
                continue
            except Needs as why:
                raise SystemExit(f"It cannot be shown on this store: it {why}.") from None
    print(f"Not seen in {rounds} rounds: that does not say that it cannot happen.")
