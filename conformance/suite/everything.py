"""What every client does in a race for everything at once, and what the history is judged by."""

from __future__ import annotations

from collections.abc import Sequence

from storeproof.conformance import objects
from storeproof.conformance.checkers.maximum import largest
from storeproof.conformance.checkers.names import one_winner
from storeproof.conformance.checkers.registers import last_written, written_once
from storeproof.conformance.checkers.sets import growing
from storeproof.conformance.races import do
from storeproof.conformance.racing import Do
from storeproof.conformance.rulings import rule
from storeproof.conformance.trace import Ruling
from storeproof.stores import Metric, Param, Tag

KEYS = ("a", "b", "c")
"""The metrics that all log to, which must be read once the race is over, as must the run."""

REFUSALS = ("RESOURCE_ALREADY_EXISTS", "INVALID_PARAMETER_VALUE")
"""What a client may be told: the name is taken, the param has another value."""


def plan(run: str, client: int, names: Sequence[str]) -> list[Do]:
    """What one process does: it logs, it wants a param, a tag and a name that all want, and it reads."""
    calls = []
    for turn, name in enumerate(names):
        metrics = [
            Metric(key, float(client), turn, (client * 7 + turn * 3) % 11)
            for key in KEYS[:: -1 if client % 2 else 1]
        ]
        calls += [
            do(
                "log_batch", run_id=run, metrics=metrics, params=[Param(f"own{client}/{turn}", "v")]
            ),
            do("log_param", run_id=run, param=Param(f"p{turn}", f"v{client}")),
            do("set_tag", run_id=run, tag=Tag(f"t{turn}", f"v{client}")),
            do("create_experiment", name=name),
            do("get_run", run_id=run),
        ]
    return calls


def rulings(run: str, names: Sequence[str]) -> dict[str, list[Ruling]]:
    """What the history is judged by, for each clause."""
    turns = range(len(names))
    return {
        "CONC-METRIC": [
            *(rule(growing, objects.points, run, key) for key in KEYS),
            *(rule(largest, objects.latest, run, key) for key in KEYS),
        ],
        "CONC-PARAM": [
            rule(growing, objects.contents, run, ("param",)),
            *(rule(written_once, objects.param, run, f"p{turn}") for turn in turns),
        ],
        "CONC-TAG": [rule(last_written, objects.tag, run, f"t{turn}") for turn in turns],
        "CONC-CREATE": [
            rule(one_winner, objects.creations, "create_experiment", name) for name in names
        ],
    }
