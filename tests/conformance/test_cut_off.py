"""The machine over a network that fails: it passes our client, and catches clients that do half, twice or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import settings

from storeproof.conformance.elsewhere import Elsewhere
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.suite.test_machine import (
    test_any_operations_over_a_network_that_fails as drive,
)
from storeproof.conformance.target import Place
from storeproof.fixtures.tracking import TrackingServer
from storeproof.stores import Metric, Param, StoreError, Tag, open_store
from storeproof.stores.contract import TrackingStore

drive.__test__ = False  # type: ignore[attr-defined]

CALLS = ("create_run", "log_batch", "log_metric", "log_param", "set_tag", "log_inputs")


class Client:
    """Our client of a tracking server, and a way to spoil it."""

    def __init__(self, address: str) -> None:
        self.inner = open_store(address)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return self.spoilt(found) if name in CALLS else found

    def spoilt(self, call: Callable[..., Any]) -> Callable[..., Any]:
        return call


class RepeatsWrites(Client):
    """Asks again, whether or not the first request was heard."""

    def spoilt(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def calling(*args: Any, **named: Any) -> Any:
            try:
                return call(*args, **named)
            except StoreError:
                return call(*args, **named)

        return calling


class HidesFailures(Client):
    """Says nothing of a connection that was cut off."""

    def spoilt(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def calling(*args: Any, **named: Any) -> Any:
            try:
                return call(*args, **named)
            except StoreError as error:
                if error.code == "TEMPORARILY_UNAVAILABLE" and "run_id" in named:
                    return None
                raise

        return calling


class RaisesItsDriversErrors(Client):
    """Lets the error of a connection through as it is."""

    def spoilt(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def calling(*args: Any, **named: Any) -> Any:
            try:
                return call(*args, **named)
            except StoreError as error:
                if error.code == "TEMPORARILY_UNAVAILABLE":
                    raise ConnectionResetError from error
                raise

        return calling


class SendsABatchInParts(Client):
    """Sends each entry of a batch in a request of its own."""

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[Tag] = (),
    ) -> None:
        self.inner.log_batch(run_id, metrics)
        self.inner.log_batch(run_id, (), params)
        self.inner.log_batch(run_id, (), (), tags)


CLIENTS: dict[str, type[Client]] = {
    each.__name__: each
    for each in (RepeatsWrites, HidesFailures, RaisesItsDriversErrors, SendsABatchInParts)
}


def open_client(name: str, address: str) -> Any:
    return CLIENTS[name](address) if name else open_store(address)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    folder = tmp_path_factory.mktemp("behind")
    with TrackingServer.start(f"sqlite:///{folder}/store.db") as started:
        yield started


def probe_of(server: TrackingServer, name: str) -> Probe:
    there = Elsewhere(_opened, (name, server.url))
    return Probe(
        Place(lambda: open_store(server.url), (), elsewhere=lambda: there, location_length=256)
    )


def _opened(name: str, address: str) -> TrackingStore:
    store: TrackingStore = open_client(name, address)
    return store


def depth(examples: int) -> settings:
    return settings(
        max_examples=6 * examples, stateful_step_count=30, derandomize=True, deadline=None
    )


def test_our_client_does_every_call_once_or_not_at_all(server: TrackingServer) -> None:
    drive(probe_of(server, ""), depth(2))


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_that_does_half_or_twice_or_nothing_is_caught(
    server: TrackingServer, name: str
) -> None:
    with pytest.raises(Breach):
        drive(probe_of(server, name), depth(60))
