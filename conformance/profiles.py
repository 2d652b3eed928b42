"""How deep a run goes, and which stores it is about when none is named."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_STORES = ("file", "sqlite")
DEFAULT_PROFILE = "quick"


@dataclass(frozen=True)
class Depth:
    """`examples` of each property-based test; `steps` of each run of a state machine.

    `shrinking` is how long a failing example of one test may be made smaller, in seconds;
    `clients` work on one store at once, in each of so many `rounds`.
    """

    examples: int
    steps: int
    shrinking: int
    clients: int
    rounds: int


PROFILES = {
    "quick": Depth(examples=12, steps=20, shrinking=15, clients=8, rounds=2),
    "ci": Depth(examples=60, steps=30, shrinking=60, clients=8, rounds=15),
    "nightly": Depth(examples=1500, steps=60, shrinking=300, clients=16, rounds=40),
}

QUICK = PROFILES[DEFAULT_PROFILE].examples
"""The examples of the quickest profile: a test that has no more does what takes seconds alone."""
