"""The list of models logged to a run, which a tag keeps as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe, Seen, Unsupported
from storeproof.conformance.suite.values import FOUR_BYTES, unknown_like
from storeproof.stores import Tag

HISTORY = "mlflow.log-model.history"
IPV = "INVALID_PARAMETER_VALUE"

Model = Mapping[str, Any]


def model(number: int = 1, size: int = 0) -> dict[str, Any]:
    """A model as MLflow describes one, with so many characters to fill it up."""
    return {
        "run_id": "r",
        "artifact_path": f"model{number}",
        "utc_time_created": "2026-01-01 00:00:00",
        "flavors": {
            "python_function": {"loader_module": "x", "env": None},
            "n": [number, 1.5, True],
        },
        "filling": "x" * size,
    }


def record(probe: Probe, run: str, recorded: Model) -> None:
    """Record it, which must succeed where the store records models at all."""
    probe.may_refuse("NOT_IMPLEMENTED", clause="MODEL-RECORD").record_logged_model(run, recorded)
    if probe.refusal is not None:
        raise Unsupported("the store does not record logged models")


def models_of(probe: Probe, run: str) -> Seen:
    """The list in the run's tag."""
    return probe.see(probe.store.get_run(run)).tags[HISTORY].parsed()


@clause("MODEL-RECORD")
def test_the_first_model_begins_the_list(probe: Probe) -> None:
    run = probe.run()
    record(probe, run, model())
    models_of(probe, run).equals([model()])


@clause("MODEL-RECORD")
def test_the_next_models_are_appended_in_the_order_of_arrival(probe: Probe) -> None:
    experiment = probe.experiment()
    run, other = probe.run(experiment), probe.run(experiment)
    for number in (3, 1, 2, 1):
        record(probe, run, model(number))
    record(probe, other, model(4))
    models_of(probe, run).equals([model(3), model(1), model(2), model(1)])
    models_of(probe, other).equals([model(4)])


@clause("MODEL-RECORD")
def test_a_store_opened_again_appends_to_the_list_that_is_there(probe: Probe) -> None:
    run = probe.run()
    record(probe, run, model(1))
    probe.reopen().record_logged_model(run, model(2))
    models_of(probe, run).equals([model(1), model(2)])


@clause("MODEL-RECORD")
def test_a_list_that_was_set_as_a_tag_is_appended_to(probe: Probe) -> None:
    """MLflow's older clients write the tag themselves."""
    run = probe.run(tags=[Tag(HISTORY, '[{"artifact_path": "a"},\n {"artifact_path": "b"}]')])
    record(probe, run, model(1))
    models_of(probe, run).equals([{"artifact_path": "a"}, {"artifact_path": "b"}, model(1)])


@clause("MODEL-RECORD")
def test_a_model_may_hold_whatever_json_can(probe: Probe) -> None:
    run = probe.run()
    nasty = {
        "text": f'it\'s "quoted" \\ \n\t {FOUR_BYTES} é',
        "numbers": [0, -1, 1.5, 1e308, 2**53],
        "nested": {"a": {"b": [None, True, {}, []]}},
        "": "",
    }
    record(probe, run, nasty)
    models_of(probe, run).equals([nasty])


@clause("MODEL-RECORD")
def test_the_list_leaves_other_tags_as_they_are(probe: Probe) -> None:
    run = probe.run(tags=[Tag("a", "1")])
    record(probe, run, model())
    tags = probe.see(probe.store.get_run(run)).tags
    tags["a"].equals("1")
    tags["mlflow.runName"].equals("first")
    tags.length().equals(3)


# Too long for a tag


@clause("MODEL-RECORD")
@pytest.mark.parametrize("setting", [None, "false"], ids=["unset", "false"])
def test_a_model_that_is_too_long_is_refused_and_the_earlier_list_is_kept(
    probe: Probe, setting: str | None
) -> None:
    """Cut like another tag it would end in the middle of its JSON."""
    probe.setting("MLFLOW_TRUNCATE_LONG_VALUES", setting)
    run = probe.run()
    record(probe, run, model(1, 2000))
    for size in probe.cases((9000, 100_000)):
        probe.refused(IPV).record_logged_model(run, model(2, size))
        models_of(probe, run).equals([model(1, 2000)])
    record(probe, run, model(3))
    models_of(probe, run).equals([model(1, 2000), model(3)])


@clause("MODEL-RECORD")
def test_the_list_grows_until_the_tag_is_full(probe: Probe) -> None:
    run = probe.run()
    kept = []
    record(probe, run, model(0))
    kept.append(model(0))
    for number in range(1, 6):
        probe.may_refuse(IPV).record_logged_model(run, model(number, 1800))
        if probe.refusal is None:
            kept.append(model(number, 1800))
        models_of(probe, run).equals(kept)


@clause("MODEL-RECORD")
def test_a_first_model_that_is_too_long_leaves_no_list(probe: Probe) -> None:
    run = probe.run()
    record(probe, probe.run(), model())
    probe.refused(IPV).record_logged_model(run, model(1, 9000))
    probe.see(probe.store.get_run(run)).tags.lacks(HISTORY)


# Runs that take none


@clause("MODEL-RECORD", "RUN-DELETED-WRITES")
def test_a_deleted_run_takes_no_model(probe: Probe) -> None:
    run = probe.run()
    record(probe, run, model(1))
    probe.store.delete_run(run)
    probe.refused(IPV, clause="RUN-DELETED-WRITES").record_logged_model(run, model(2))
    models_of(probe, run).equals([model(1)])


@clause("MODEL-RECORD", "RUN-MISSING")
def test_a_missing_run_takes_no_model(probe: Probe) -> None:
    run = probe.run()
    record(probe, run, model(1))
    missing = probe.refused("RESOURCE_DOES_NOT_EXIST", clause="RUN-MISSING")
    missing.record_logged_model(unknown_like(run), model(2))
