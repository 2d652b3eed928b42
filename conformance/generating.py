"""What Hypothesis is told of the suite's property-based tests, and of nobody else's."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis.internal.conjecture import engine

from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.profiles import Depth


def settings_of(depth: Depth) -> hypothesis.settings:
    """The settings for tests, and for state machines, of this depth."""
    return hypothesis.settings(
        max_examples=depth.examples,
        stateful_step_count=depth.steps,
        deadline=None,  # a slow store is not a broken one
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        # Explaining a failure can take longer than finding it.
        phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def prepare(tests: Iterable[Any], settings: hypothesis.settings, seed: int) -> None:
    """Give the settings and the seed to the functions that Hypothesis runs."""
    functions = {id(each): each for each in tests}
    for function in functions.values():
        if hypothesis.is_hypothesis_test(function):
            # An earlier run in this process left its own, which settings() would refuse to replace.
            vars(function).pop("_hypothesis_internal_settings_applied", None)
            settings(hypothesis.seed(seed)(function))
            _note_breaches(function)


@contextmanager
def shrinking(seconds: int) -> Iterator[None]:
    """Bound the time in which a failing example is made smaller: stores may be slow."""
    with pytest.MonkeyPatch.context() as patching:
        # Hypothesis has no setting for it, and says that this may be patched.
        patching.setattr(engine, "MAX_SHRINKING_SECONDS", seconds, raising=False)
        yield


def _note_breaches(function: Any) -> None:
    """Have the probe note a breach when it is found, for there may be no time to make it smaller."""
    inner = function.hypothesis.inner_test
    if hasattr(inner, "storeproof_notes"):  # by an earlier run in this process
        return

    @functools.wraps(inner)
    def noting(*arguments: Any, **named: Any) -> Any:
        try:
            return inner(*arguments, **named)
        except Breach as breach:
            for each in (*arguments, *named.values()):
                if isinstance(each, Probe):
                    each.note(breach)
            raise

    vars(noting)["storeproof_notes"] = True
    function.hypothesis.inner_test = noting
