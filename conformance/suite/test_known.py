"""The examples of the ledger, each done again before anything else.

A clause may be broken by few inputs, which the generated ones miss; its example does not.
"""

from __future__ import annotations

from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe
from storeproof.conformance.replay import Ending, replay
from storeproof.conformance.results import Failure


def test_a_known_failure(probe: Probe, known_failure: Failure) -> None:
    """The ledger's entry names the clause."""
    answer = replay(list(known_failure.trace), probe, known_failure.token)
    if answer.ending is Ending.FAILED:
        raise Breach(known_failure.expected, answer.text, known_failure.clause)
    if answer.ending is Ending.UNSEEN:
        raise Inconclusive(answer.text)
    if answer.ending is Ending.ERROR:
        raise Needs("an example that can be replayed", answer.text)
