"""Traces, and the scripts made of them: run as programs, they show what the test saw."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.recording import encode, to_json
from storeproof.conformance.script import script
from storeproof.conformance.target import target
from storeproof.conformance.trace import same
from storeproof.stores import Dataset, DatasetInput, Metric, Param

HERE = Path(__file__).parent


def broken(probe: Probe, test: Callable[[Probe], None]) -> Breach:
    with pytest.raises(Breach) as caught:
        test(probe)
    return caught.value


def run_script(probe: Probe) -> subprocess.CompletedProcess[str]:
    source = script(probe.trace, probe.place.recipe, 'a title with \\ and """ in it')
    return subprocess.run(
        [sys.executable, "-c", source], cwd=HERE, capture_output=True, text=True, check=False
    )


@pytest.fixture
def probe() -> Probe:
    return Probe(target("file").place())


def test_a_wrong_value_is_shown(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_param(run, Param("k", "1"))
        probe.see(probe.store.get_run(run)).params["k"].equals("2")

    breach = broken(probe, test)
    assert (breach.expected, breach.seen) == ("answer.params['k'] '2'", "'1'")
    done = run_script(probe)
    assert done.returncode != 0
    assert "AssertionError: 1" in done.stderr


def test_a_missing_key_is_shown(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        probe.see(probe.store.get_run(probe.run())).metrics["m"].value.equals(1.0)

    broken(probe, test)
    assert "KeyError: 'm'" in run_script(probe).stderr


def test_a_refusal_that_did_not_come_is_shown(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_param(run, Param("k", "1"))
        probe.refused("INVALID_PARAMETER_VALUE").log_param(run, Param("k", "1"))

    broken(probe, test)
    assert "expected to be refused with INVALID_PARAMETER_VALUE" in run_script(probe).stderr


def test_a_refusal_with_another_code_is_shown(probe: Probe) -> None:
    broken(probe, lambda probe: probe.refused("RESOURCE_ALREADY_EXISTS").get_run("none") and None)
    assert "RESOURCE_DOES_NOT_EXIST" in run_script(probe).stderr


def test_an_unexpected_refusal_is_shown(probe: Probe) -> None:
    broken(probe, lambda probe: probe.store.get_run("none") and None)
    assert "RESOURCE_DOES_NOT_EXIST" in run_script(probe).stderr


def test_ids_are_variables_so_that_a_script_runs_on_a_new_store(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_metric(run, Metric("m", math.nan, 1))
        (found,) = probe.store.search_runs([probe.store.get_run(run).info.experiment_id]).items
        probe.see(probe.store.get_metric_history(found.info.run_id, "m")).items.equals(
            (Metric("m", math.nan, 1), Metric("m", 1.0, 1))
        )

    broken(probe, test)
    done = run_script(probe)
    assert "AssertionError: (Metric(key='m', value=nan" in done.stderr


def test_texts_that_the_store_chose_are_variables_inside_filters_too(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        experiment = probe.experiment()
        info = probe.store.create_run(experiment).info
        text = f"run_id = '{info.run_id}' AND run_id ILIKE '{info.run_id.upper()}'"
        found = probe.store.search_runs(
            [experiment], filter_string=f"{text} AND run_name = '{info.run_name}'"
        )
        probe.see(found).items.length().equals(2)

    broken(probe, test)
    assert "AssertionError: 1" in run_script(probe).stderr


def test_times_that_the_store_chose_are_variables_inside_filters(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        known = probe.store.get_experiment(probe.experiment())
        probe.see(known).creation_time.between(1, 2**63)
        found = probe.store.search_experiments(
            filter_string=f"creation_time = {known.creation_time} AND name = '{known.name}'"
        )
        probe.see(found).items.length().equals(2)

    broken(probe, test)
    assert "AssertionError: 1" in run_script(probe).stderr


@pytest.mark.parametrize(("how", "term"), [("rises", "user_id DESC"), ("falls", "user_id")])
def test_a_wrong_order_is_shown(probe: Probe, how: str, term: str) -> None:
    def test(probe: Probe) -> None:
        experiment = probe.experiment()
        for name in "bca":
            probe.store.create_run(experiment, name, start_time=5)
        for each in ("user_id", "user_id DESC"):
            found = probe.store.search_runs([experiment], order_by=[each])
            users = probe.see(found).items.each("info.user_id")
            (users.falls if "DESC" in each else users.rises)()
        found = probe.store.search_runs([experiment], order_by=[term])
        getattr(probe.see(found).items.each("info.user_id"), how)()

    broken(probe, test)
    wrong = ["c", "b", "a"] if how == "rises" else ["a", "b", "c"]
    assert f"AssertionError: {wrong}" in run_script(probe).stderr


def test_a_wrong_text_of_json_is_shown(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_param(run, Param("k", '[1,  {"a": null}]'))
        parsed = probe.see(probe.store.get_run(run)).params["k"].parsed()
        parsed.equals([1, {"a": None}])
        parsed.equals([])

    broken(probe, test)
    assert "AssertionError: [1, {'a': None}]" in run_script(probe).stderr


def test_a_text_that_is_no_json_is_shown(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_param(run, Param("k", "[1, "))
        probe.see(probe.store.get_run(run)).params["k"].parsed()

    broken(probe, test)
    assert "JSONDecodeError" in run_script(probe).stderr


def test_wrong_inputs_are_shown(probe: Probe) -> None:
    used = DatasetInput(
        Dataset("train", "d1", "local", "file:///a"), {"mlflow.data.context": "fit"}
    )

    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.log_inputs(run, [used])
        probe.see(probe.store.get_run(run)).inputs.equals((used,))
        probe.see(probe.store.get_run(run)).inputs.equals(())

    broken(probe, test)
    assert "AssertionError: (DatasetInput(dataset=Dataset(name='train'" in run_script(probe).stderr


def test_a_method_that_the_store_has_not_is_not_implemented() -> None:
    probe = Probe(target("odd_stores:without_bulk_histories").place())
    probe.refused("NOT_IMPLEMENTED").get_metric_history_bulk([], "k")


def test_a_script_leaves_out_reads_that_nothing_was_said_about(probe: Probe) -> None:
    def test(probe: Probe) -> None:
        run = probe.run()
        probe.store.get_metric_history(run, "unread")
        probe.see(probe.store.get_run(run)).info.user_id.equals("bob")

    broken(probe, test)
    assert "unread" not in script(probe.trace, probe.place.recipe, "title")


def test_a_prerequisite_that_fails_is_no_breach() -> None:
    probe = Probe(target("odd_stores:cannot_create_runs").place())
    with pytest.raises(Needs) as caught:
        probe.run()
    assert caught.value.what == "RUN-CREATE"


def test_a_very_long_text_of_one_character_is_short_in_a_trace() -> None:
    assert encode("x" * 16_777_216) == {"$stretches": [["x", 16_777_216]]}
    assert encode("a" + "b" * 20_000) == {"$stretches": [["a", 1], ["b", 20_000]]}
    assert encode("ab" * 10_000) == "ab" * 10_000


def test_a_trace_is_json(probe: Probe) -> None:
    run = probe.run()
    probe.attempt("log_metric", run, Metric("m", math.inf, 2**63, 10**5000))
    probe.attempt("log_param", run, Param("\ud800", b"bytes"))  # type: ignore[arg-type]
    assert json.loads(json.dumps(to_json(probe.trace))) == to_json(probe.trace)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (math.nan, math.nan, True),
        (0.0, -0.0, True),
        ([math.nan], [math.nan], True),
        (Metric("k", math.nan, 1), Metric("k", math.nan, 1), True),
        ({"a": (1, math.nan)}, {"a": (1, math.nan)}, True),
        (1, True, False),
        ("1", 1, False),
        ("a", "A", False),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_sameness(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal


def test_encoding_keeps_apart_what_json_confuses() -> None:
    forms = [
        math.nan,
        math.inf,
        -math.inf,
        2**60,
        b"",
        {1: 2},
        {"$": 1},
        frozenset({1}),
        None,
        "nan",
    ]
    assert len({json.dumps(encode(form)) for form in forms}) == len(forms)


def test_a_program_without_a_step_says_that_it_shows_nothing(probe: Probe) -> None:
    source = script(probe.trace, probe.place.recipe, "seen past the store")
    assert source.splitlines()[-1].startswith("# No call of this store shows the breach")
