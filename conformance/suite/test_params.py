"""Params: written once, compared exactly, cut or refused when long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.stores import Param
from storeproof.stores.contract import TrackingStore

IPV = "INVALID_PARAMETER_VALUE"
TRUNCATE = "MLFLOW_TRUNCATE_LONG_VALUES"
LONGEST = 6000

Log = Callable[[TrackingStore, str, Param], None]


def _single(store: TrackingStore, run: str, param: Param) -> None:
    store.log_param(run, param)


def _batch(store: TrackingStore, run: str, param: Param) -> None:
    store.log_batch(run, params=[param])


both_ways = pytest.mark.parametrize("log", [_single, _batch], ids=["log_param", "log_batch"])
"""One test through log_param, one through log_batch."""


# One value


@clause("PARAM-LOG")
@both_ways
def test_a_param_is_read_back_equal(log: Log, probe: Probe) -> None:
    run = probe.run()
    log(probe.store, run, Param("k", "0.1"))
    log(probe.store, run, Param("other", "value"))
    probe.see(probe.store.get_run(run)).params.equals({"k": "0.1", "other": "value"})


@clause("PARAM-LOG")
def test_a_param_is_of_its_run_alone(probe: Probe) -> None:
    experiment = probe.experiment()
    one, other, third = (probe.run(experiment) for _ in range(3))
    probe.store.log_param(one, Param("k", "1"))
    probe.store.log_param(other, Param("k", "2"))
    probe.see(probe.store.get_run(one)).params.equals({"k": "1"})
    probe.see(probe.store.get_run(other)).params.equals({"k": "2"})
    probe.see(probe.store.get_run(third)).params.equals({})


@clause("PARAM-LOG")
@both_ways
def test_the_empty_value_is_a_value(log: Log, probe: Probe) -> None:
    """Where it is tested for truth, or read as null, the param is lost."""
    run = probe.run()
    log(probe.store, run, Param("k", ""))
    probe.see(probe.store.get_run(run)).params.equals({"k": ""})


@clause("PARAM-LOG")
@both_ways
def test_a_value_that_is_not_a_string_is_refused(log: Log, probe: Probe) -> None:
    """Refuse it, do not call str(): converting is the client's business."""
    run = probe.run()
    for value in probe.cases((None, 1, 0.1, True, b"1", ["1"], {"a": "1"})):
        log(probe.refused(IPV), run, Param("k", cast(Any, value)))
        probe.see(probe.store.get_run(run)).params.equals({})


@clause("PARAM-LOG")
def test_a_search_and_the_store_opened_again_give_the_params(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.log_param(run, Param("k", "1"))
    probe.see(probe.store.search_runs([experiment])).items[0].params.equals({"k": "1"})
    probe.see(probe.reopen().get_run(run)).params.equals({"k": "1"})


# The same again


@clause("PARAM-SAME")
@both_ways
def test_the_same_value_again_changes_nothing(log: Log, probe: Probe) -> None:
    run = probe.run()
    values = ("1", "", "a\nb", "ünïcode 😀", " ", "x" * LONGEST)
    for number, value in enumerate(probe.cases(values)):
        key = f"k{number}"
        for _ in range(3):
            log(probe.store, run, Param(key, value))
        probe.see(probe.store.get_run(run)).params[key].equals(value)


@clause("PARAM-SAME")
def test_the_same_value_among_new_ones_leaves_the_batch_valid(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("b", "2"))
    probe.store.log_batch(run, params=[Param("a", "1"), Param("b", "2"), Param("c", "3")])
    probe.see(probe.store.get_run(run)).params.equals({"a": "1", "b": "2", "c": "3"})


@clause("PARAM-SAME")
def test_the_same_batch_again_changes_nothing(probe: Probe) -> None:
    run = probe.run()
    params = [Param(f"k{i}", f"{i}") for i in range(100)]
    probe.store.log_batch(run, params=params)
    probe.store.log_batch(run, params=params)
    probe.see(probe.store.get_run(run)).params.equals({f"k{i}": f"{i}" for i in range(100)})


# Another value

CHANGES = {
    "another value": ("1", "2"),
    "case": ("value", "Value"),
    "a trailing space": ("value", "value "),
    "a trailing space less": ("value ", "value"),
    "a line end": ("value", "value\n"),
    "an accent": ("resume", "résumé"),
    "composition": ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"),
    "an equal number": ("1", "1.0"),
    "from empty": ("", "value"),
    "to empty": ("value", ""),
    "from empty to a space": ("", " "),
    "its end alone": ("x" * (LONGEST - 1) + "a", "x" * (LONGEST - 1) + "b"),
}
"""Old and new values, by what changes."""


@clause("PARAM-IMMUTABLE")
@both_ways
def test_another_value_is_refused_and_the_old_one_kept(log: Log, probe: Probe) -> None:
    """A comparison in the database follows its collation; compare in code, or in binary."""
    run = probe.run()
    for number, (old, new) in enumerate(probe.cases(CHANGES.values())):
        key = f"k{number}"
        probe.store.log_param(run, Param(key, old))
        log(probe.refused(IPV), run, Param(key, new))
        probe.see(probe.store.get_run(run)).params[key].equals(old)


@clause("PARAM-IMMUTABLE")
@both_ways
def test_a_value_written_by_a_batch_cannot_be_changed(log: Log, probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, params=[Param("k", "1"), Param("other", "1")])
    log(probe.refused(IPV), run, Param("k", "2"))
    probe.see(probe.store.get_run(run)).params.equals({"k": "1", "other": "1"})


@clause("PARAM-IMMUTABLE")
def test_one_changed_value_among_100_params_is_refused(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("k57", "old"))
    params = [Param(f"k{i}", f"{i}") for i in range(100)]
    probe.refused(IPV).log_batch(run, params=params)
    probe.see(probe.store.get_run(run)).params["k57"].equals("old")


@clause("PARAM-IMMUTABLE")
def test_a_refused_change_can_be_followed_by_the_old_value(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("k", "1"))
    probe.refused(IPV).log_param(run, Param("k", "2"))
    probe.store.log_param(run, Param("k", "1"))
    probe.see(probe.store.get_run(run)).params.equals({"k": "1"})


@clause("PARAM-IMMUTABLE")
def test_a_param_stays_immutable_after_its_run_ended_or_was_restored(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("k", "1"))
    probe.store.update_run_info(run, end_time=1_600_000_001_000)
    probe.store.delete_run(run)
    probe.store.restore_run(run)
    probe.refused(IPV).log_param(run, Param("k", "2"))
    probe.see(probe.store.get_run(run)).params.equals({"k": "1"})


# Long values


@clause("PARAM-LONG")
@both_ways
def test_6000_characters_are_kept_whole(log: Log, probe: Probe) -> None:
    """Characters, not bytes; no way in has a limit of its own."""
    run = probe.run()
    for number, character in enumerate(probe.cases(("x", "é", "损", "😀"))):
        for length in (LONGEST - 1, LONGEST):
            key, value = f"k{number}-{length}", character * length
            log(probe.store, run, Param(key, value))
            probe.see(probe.store.get_run(run)).params[key].equals(value)


@clause("PARAM-LONG")
@pytest.mark.parametrize("setting", [None, "true"], ids=["default", "true"])
@both_ways
def test_a_longer_value_is_cut_to_6000_characters(
    log: Log, setting: str | None, probe: Probe
) -> None:
    probe.setting(TRUNCATE, setting)
    run = probe.run()
    for number, character in enumerate(probe.cases(("x", "😀"))):
        for over in (1, 2000, 60_000):
            key = f"k{number}-{over}"
            value = character * LONGEST + "!" * over
            log(probe.may_refuse(IPV), run, Param(key, value))
            sees_cut_or_refused(probe, run, Param(key, character * LONGEST))


@clause("PARAM-LONG")
@both_ways
def test_a_longer_value_is_refused_when_truncation_is_off(log: Log, probe: Probe) -> None:
    """The setting is read at each call; it must not need a new process."""
    run = probe.run()
    probe.setting(TRUNCATE, "false")
    for length in probe.cases((LONGEST + 1, 70_000)):
        log(probe.refused(IPV), run, Param("k", "x" * length))
        probe.see(probe.store.get_run(run)).params.equals({})
    log(probe.store, run, Param("k", "x" * LONGEST))
    probe.see(probe.store.get_run(run)).params["k"].equals("x" * LONGEST)


@clause("PARAM-LONG")
@both_ways
def test_a_long_value_again_is_the_same_value(log: Log, probe: Probe) -> None:
    """Cut before comparing: what is stored is the cut value."""
    probe.setting(TRUNCATE, "true")
    run = probe.run()
    long = Param("k", "x" * (LONGEST + 1))
    log(probe.may_refuse(IPV), run, long)
    if probe.refusal is None:
        log(probe.store, run, long)
    sees_cut_or_refused(probe, run, Param("k", "x" * LONGEST))


def sees_cut_or_refused(probe: Probe, run: str, cut: Param) -> None:
    """After a long value was sent: it is there as cut, or was refused as an accepted variation."""
    if probe.refusal is None:
        probe.see(probe.store.get_run(run)).params[cut.key].equals(cut.value)
    else:
        probe.see(probe.store.get_run(run)).params.lacks(cut.key)
        probe.varies("PARAM-LONG", "always-refused")
