"""MLflow and storeproof read each other's stores whole (FILE-LAYOUT, MIG-CHAIN).

Whole content is compared, not samples: every experiment and run with every field, tag, param,
latest metric and point of history.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from plans import EVERYTHING, LAST, NEXT
from sides import Mlflow, Side, Storeproof

pytestmark = pytest.mark.interop


def test_the_second_reads_what_the_first_wrote(uri: str, turns: tuple[Side, Side]) -> None:
    first, second = turns
    first.fill(uri, EVERYTHING, {})
    assert second.dump(uri) == first.dump(uri)


def test_both_write_to_one_store_in_turn(uri: str, turns: tuple[Side, Side]) -> None:
    first, second = turns
    ids = first.fill(uri, EVERYTHING, {})
    ids = second.fill(uri, NEXT, ids)
    assert first.dump(uri) == second.dump(uri)
    first.fill(uri, LAST, ids)
    assert second.dump(uri) == first.dump(uri)


def test_both_leave_the_same_content_after_the_same_steps(
    new_uri: Callable[[], str], mlflow: Mlflow
) -> None:
    left = []
    sides: tuple[Side, Side] = (Storeproof(), mlflow)
    for side in sides:
        uri = new_uri()
        ids = side.fill(uri, [*EVERYTHING, *NEXT, *LAST], {})
        left.append(comparable(Storeproof().dump(uri), ids))
    assert left[0] == left[1]


def comparable(dump: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """A dump with the plan's own names for ids, and without what the clock or the folder decide."""
    handles = {made: handle for handle, made in ids.items()}
    decided = {"creation_time", "last_update_time"}
    return {
        "experiments": {
            handles[made]: {name: each for name, each in content.items() if name not in decided}
            for made, content in dump["experiments"].items()
            if made != "0"
        },
        "runs": {
            handles[made]: {
                **content,
                "experiment_id": handles[content["experiment_id"]],
                "artifact_uri": content["artifact_uri"].replace(made, "the run"),
            }
            for made, content in dump["runs"].items()
        },
    }
