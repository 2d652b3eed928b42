"""A trace as a short program that shows the breach by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.masking import NOTHING_SECRET, Masking
from storeproof.conformance.rounds import Rounds
from storeproof.conformance.trace import BACKEND, DISK, Trace
from storeproof.conformance.writer import Writer


def script(
    trace: Trace,
    recipe: Sequence[str],
    title: str,
    folder: str = "",
    dialect: Callable[[], Contract] = Contract,
    masking: Masking = NOTHING_SECRET,
    backend: str = "",
    again: str = "",
    spec: str = "",
    token: str = "",
) -> str:
    """The program for a trace whose last event is the breach.

    `recipe` makes `store`; `folder` is the source of the folder behind a file store, `backend`
    of what removes for good, `again` of the store opened once more, where that is not the recipe's;
    `dialect` makes what spells calls and answers. A secret that `masking` knows is read from its
    environment variable.

    What clients did that race or are killed is written in the contract's calls, to be done by
    storeproof in rounds on the store that `spec` names, with a new name for `token` in each.
    """
    if trace.takes_rounds:
        return Rounds(trace, masking).write_on(spec, token, title)
    others = {DISK: f"Disk({folder})", BACKEND: backend}
    again = again or recipe[-1].partition("=")[2].strip()
    return Writer(trace, others, again, dialect(), masking).write(recipe, title)
