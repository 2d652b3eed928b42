"""The suite catches every store whose readers see a part of a batch (BATCH-ATOMIC).

No script shows it for sure, so these are apart from the zoo's other stores.
"""

from __future__ import annotations

import pytest
from readers import HalfOfTheMetricsFirst, HalfOfTheTagsFirst, InParts, KindByKind

from storeproof.conformance.runner import Options, run
from storeproof.conformance.verdict import Event

SLUG = "BATCH-ATOMIC"


def events(store: type[InParts]) -> list[Event]:
    """What the tests that need no process to kill say of a store."""
    options = Options(stores=[f"{store.__module__}:{store.__name__}"], clauses=[SLUG], seed=1)
    return [event for event in run(options) if not event["test"].startswith("test_kills")]


@pytest.mark.parametrize("store", [HalfOfTheMetricsFirst, HalfOfTheTagsFirst])
def test_a_reader_that_sees_a_part_of_a_batch_is_believed(store: type[InParts]) -> None:
    failures = [event for event in events(store) if event["state"] != "pass"]
    assert [(each["state"], each["clause"]) for each in failures] == [("fail", SLUG)]
    assert failures[0]["test"].startswith("test_concurrent_reads")


def test_a_batch_that_is_whole_for_each_kind_is_a_variation() -> None:
    found = events(KindByKind)
    assert {event["state"] for event in found} == {"pass"}
    assert [SLUG, "atomic-per-kind"] in [each for event in found for each in event["variations"]]
