"""Any operations in any order: on each store by itself, and on all of them in lock-step.

These tests name no clause: the model does, when it finds one broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from storeproof.conformance.machine import CutOffMachine, RegistryMachine, StoreMachine
from storeproof.conformance.marks import clause, long
from storeproof.conformance.probe import Probe
from storeproof.conformance.subject import model_of
from storeproof.fixtures.network import Network


def run(probes: Sequence[Probe], depth: settings) -> None:
    """Drive the stores as deep as the profile goes."""

    class Machine(StoreMachine):
        def __init__(self) -> None:
            ours = all(probe.place.reference for probe in probes)
            super().__init__(probes, model_of, strict=ours)

    run_state_machine_as_test(Machine, settings=depth)


def run_registry(probes: Sequence[Probe], depth: settings) -> None:
    """Drive the registries of those stores that keep one."""
    keeping = [probe for probe in probes if keeps_registry(probe)]
    if not keeping:
        return  # REG-FILE and the claims of a store say what becomes of its calls

    class Machine(RegistryMachine):
        def __init__(self) -> None:
            ours = all(probe.place.reference for probe in keeping)
            super().__init__(keeping, model_of, strict=ours)

    run_state_machine_as_test(Machine, settings=depth)


def keeps_registry(probe: Probe) -> bool:
    """Whether the store does not refuse a search for models as not implemented."""
    return not probe.attempt("search_registered_models", 1).was_refused("NOT_IMPLEMENTED")


@clause()
def test_any_operations_in_any_order(probe: Probe, depth: settings) -> None:
    """Each answer is what the model says; the script holds the operations that led there."""
    run([probe], depth)


@long
@clause()
def test_any_operations_over_a_network_that_fails(probe: Probe, depth: settings) -> None:
    """A call that was cut off has happened wholly or not at all; a store without a server is left alone."""
    there = probe.place.elsewhere()
    if there is None or there.server is None:
        return
    few = settings(
        depth,
        max_examples=max(depth.max_examples // 6, 1),
        phases=[Phase.generate],  # the same faults do not hit twice at the same byte
    )
    with Network(*there.server) as network:
        beside = probe.reroute(there.by_way_of(network.port).open)

        class Machine(CutOffMachine):
            def __init__(self) -> None:
                super().__init__(probe, model_of, network, beside)

        run_state_machine_as_test(Machine, settings=few)


@clause()
def test_any_operations_of_the_registry_in_any_order(probe: Probe, depth: settings) -> None:
    """Each answer is what the model says; a store without a registry is left alone."""
    run_registry([probe], depth)


@clause()
def test_all_registries_do_the_same(probes: Sequence[Probe], depth: settings) -> None:
    """Those stores that keep one are driven in lock-step."""
    run_registry(probes, depth)


@clause()
def test_all_stores_do_the_same(probes: Sequence[Probe], depth: settings) -> None:
    """Stores that the specification lets differ are compared until their choices part."""
    run(probes, depth)
