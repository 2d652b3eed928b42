"""Tests that look past the store, so that no call of it shows what they found: they are done again whole."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from hypothesis import settings

from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.trace import Whole

F = TypeVar("F", bound=Callable[..., None])

SUITE = "storeproof.conformance.suite"

_TESTS: dict[tuple[str, str], Callable[..., None]] = {}


def shown_whole(*, drawn: bool) -> Callable[[F], F]:
    """Have a failure of the test be shown by the test itself.

    What is `drawn` in it is drawn from the probe's token, which is the same when it is done again.
    """

    def decorated(test: F) -> F:
        module = test.__module__.rpartition(".")[2]

        @wraps(test)
        def done(probe: Probe, **given: Any) -> None:
            token = probe.token if drawn else ""
            depth = given.get("depth")
            try:
                test(probe, **given)
            except Breach:
                examples = 0 if depth is None else depth.max_examples
                probe.trace.events.append(Whole(module, test.__name__, examples, token))
                raise

        _TESTS[module, test.__name__] = done
        return cast(F, done)

    return decorated


def again(probe: Probe, event: Whole) -> None:
    """Do the test again; Breach if it fails, LookupError if there is none."""
    if not event.module.isidentifier():
        raise LookupError(f"there is no module {event.module}")
    try:
        importlib.import_module(f"{SUITE}.{event.module}")
    except ModuleNotFoundError as error:
        raise LookupError(str(error)) from None
    probe.token = event.token or probe.token
    given = {"depth": settings(max_examples=event.examples)} if event.examples else {}
    _TESTS[event.module, event.test](probe, **given)
