"""What turns a failure into "not run": a clause that the author leaves out, or a method that fails everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from storeproof.conformance.cascade import Broken, broken_methods, masked
from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.target import Target

LEFT_OUT = "a clause that is not left out"
"""What a test of a clause lacks that the author's settings leave out."""


def left_out(slugs: Sequence[str], reasons: Mapping[str, str]) -> Needs | None:
    """Why a test of these clauses, all of which are left out, does not run; else None."""
    if not slugs or not all(slug in reasons for slug in slugs):
        return None
    return Needs(LEFT_OUT, "; ".join(dict.fromkeys(reasons[slug] for slug in slugs)))


@dataclass
class Excuses:
    """Settles how tests ended; what each target cannot do at all is found out once."""

    reasons: Mapping[str, str]
    time_limit: float
    _broken: dict[str, dict[str, Broken]] = field(default_factory=dict)

    def settled(
        self,
        error: BaseException,
        slugs: Sequence[str],
        target: Target | None,
        probes: Sequence[Probe],
    ) -> BaseException:
        """The exception that a test ended with, or the Needs that excuses it."""
        if not isinstance(error, Breach):
            return error
        blamed = error.clause or next(iter(slugs), "")
        if blamed in self.reasons:
            return Needs(LEFT_OUT, self.reasons[blamed])
        probe = error.probe or next(iter(probes), None)
        if target is None or probe is None or not probe.trace.steps:
            return error
        last = probe.trace.steps[-1]
        if last.refusal is None:
            return error
        return masked(error, slugs, last, self._broken_of(target)) or error

    def _broken_of(self, target: Target) -> dict[str, Broken]:
        if target.spec not in self._broken:
            self._broken[target.spec] = {}  # what fails while it is tried is not tried again
            with closing(Probe(target.place(), self.time_limit)) as probe:
                self._broken[target.spec] = broken_methods(probe)
        return self._broken[target.spec]
