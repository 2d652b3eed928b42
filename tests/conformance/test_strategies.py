"""The strategies draw what they claim, by the oracle's reading of the specification."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance import batches, strategies
from storeproof.conformance.batches import Batch
from storeproof.conformance.model import Expected, Model, Operation, Outcome
from storeproof.conformance.strategies import Bad, Name
from storeproof.stores.entities import DatasetInput, Metric, Param, Tag

small = settings(
    max_examples=60, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
KEYS = strategies.valid_keys()


def expected(method: str, **args: Any) -> list[Expected]:
    """What the oracle accepts, on a store with the active run R1 in the experiment E1."""
    model = Model()
    create = Operation("create_experiment", {"name": "one"})
    model.commit(create, model.expect(create)[0], "E1")
    make = Operation("create_run", {"experiment_id": "E1"})
    chosen = {
        "run_id": "R1",
        "real_id": "1" * 32,
        "run_name": "n",
        "user_id": "",
        "start_time": 1,
        "deleted_time": None,
        "artifact_uri": "s3://root/1",
    }
    model.commit(make, model.expect(make)[0], {"info": chosen})
    return model.expect(Operation(method, args))


def must_succeed(accepted: list[Expected]) -> bool:
    return not accepted[0].codes and not any(each.codes for each in accepted if not each.variation)


def must_be_refused(accepted: list[Expected], clause: str) -> bool:
    return all(each.codes for each in accepted) and clause in {each.clause for each in accepted}


def is_open(accepted: list[Expected]) -> bool:
    return len({bool(each.codes) for each in accepted}) == 2


def named(name: Any) -> Any:
    return name.after("prefix") if isinstance(name, Name) else name


def log_metric(**parts: Any) -> list[Expected]:
    plain: dict[str, Any] = {"key": "m", "value": 1.0, "timestamp": 0, "step": 0}
    return expected("log_metric", run_id="R1", metric=Metric(**(plain | parts)))


def log_batch(batch: Batch) -> list[Expected]:
    return expected(
        "log_batch", run_id="R1", metrics=batch.metrics, params=batch.params, tags=batch.tags
    )


@small
@given(KEYS)
def test_valid_keys(key: str) -> None:
    assert must_succeed(expected("log_param", run_id="R1", param=Param(key, "x")))


@small
@given(strategies.key_pools())
def test_key_pools_hold_valid_keys_once(pool: tuple[str, ...]) -> None:
    assert pool
    assert len(pool) == len(set(pool))
    for key in pool:
        assert must_succeed(expected("log_param", run_id="R1", param=Param(key, "x")))


@small
@given(strategies.invalid_keys())
def test_invalid_keys(bad: Bad) -> None:
    tag = Tag(bad.value, "x")
    assert must_be_refused(expected("set_tag", run_id="R1", tag=tag), bad.clause)
    assert must_be_refused(expected("set_experiment_tag", experiment_id="E1", tag=tag), bad.clause)


@small
@given(strategies.doubtful_keys())
def test_doubtful_keys(key: str) -> None:
    assert is_open(expected("log_param", run_id="R1", param=Param(key, "x")))


@small
@given(strategies.valid_texts(), strategies.valid_param_values(), strategies.valid_tag_values())
def test_valid_texts(text: str, param: str, tag: str) -> None:
    assert must_succeed(expected("log_param", run_id="R1", param=Param("a", text)))
    assert must_succeed(expected("log_param", run_id="R1", param=Param("a", param)))
    assert must_succeed(expected("set_tag", run_id="R1", tag=Tag("a", tag)))


@small
@given(strategies.unclean_texts())
def test_unclean_texts(text: str) -> None:
    assert is_open(expected("set_tag", run_id="R1", tag=Tag("a", text)))


@small
@given(strategies.invalid_texts("TAG-TYPES"))
def test_invalid_texts(bad: Bad) -> None:
    assert must_be_refused(expected("set_tag", run_id="R1", tag=Tag("a", bad.value)), bad.clause)


@small
@given(strategies.valid_values(), strategies.valid_timestamps(), strategies.valid_steps())
def test_valid_numbers(value: Any, timestamp: Any, step: Any) -> None:
    assert must_succeed(log_metric(value=value, timestamp=timestamp, step=step))


@small
@given(strategies.doubtful_values())
def test_doubtful_values(value: Any) -> None:
    assert is_open(log_metric(value=value))


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("value", strategies.invalid_values()),
        ("timestamp", strategies.invalid_timestamps()),
        ("step", strategies.invalid_steps()),
    ],
)
@small
@given(data=st.data())
def test_invalid_numbers(data: st.DataObject, field: str, numbers: SearchStrategy[Bad]) -> None:
    bad = data.draw(numbers)
    assert must_be_refused(log_metric(**{field: bad.value}), bad.clause)


@small
@given(strategies.valid_names(), strategies.valid_locations(), strategies.valid_run_names())
def test_valid_names_and_locations(name: Name, location: str | None, run_name: str) -> None:
    made = expected("create_experiment", name=name.after("p"), artifact_location=location)
    assert must_succeed(made)
    assert must_succeed(expected("update_run_info", run_id="R1", run_name=run_name))


@small
@given(strategies.invalid_names(), strategies.invalid_locations())
def test_invalid_names_and_locations(name: Bad, location: Bad) -> None:
    assert must_be_refused(expected("create_experiment", name=named(name.value)), name.clause)
    assert must_be_refused(
        expected("create_experiment", name="a", artifact_location=location.value), location.clause
    )


@small
@given(strategies.doubtful_names())
def test_doubtful_names(name: Name) -> None:
    assert is_open(expected("create_experiment", name=name.after("p")))


@small
@given(strategies.valid_names())
def test_names_keep_their_prefix_and_length(name: Name) -> None:
    made = name.after("prefix")
    assert made.startswith("prefix")
    assert len(made) == (name.length or len("prefix" + name.text))


@small
@given(strategies.unknown_ids() | strategies.near_ids(st.just("R1")))
def test_unknown_ids(unknown: Any) -> None:
    assert must_be_refused(expected("get_run", run_id=unknown), "RUN-MISSING")
    assert must_be_refused(expected("get_experiment", experiment_id=unknown), "EXP-ID-UNKNOWN")


@small
@given(
    strategies.valid_page_sizes(),
    strategies.invalid_page_sizes(),
    strategies.invalid_page_tokens(),
    strategies.views(),
)
def test_pages(size: int, bad: Bad, token: Any, view: Any) -> None:
    of_all = {"experiment_ids": ("E1",), "view": view}
    assert must_succeed(expected("search_runs", max_results=size, **of_all))
    assert must_be_refused(expected("search_runs", max_results=bad.value, **of_all), bad.clause)
    assert must_be_refused(expected("search_runs", page_token=token, **of_all), "SEARCH-PAGES")


@small
@given(strategies.valid_datasets(), strategies.invalid_datasets())
def test_datasets(datasets: tuple[DatasetInput, ...], bad: Bad) -> None:
    assert must_succeed(expected("log_inputs", run_id="R1", datasets=datasets))
    assert must_be_refused(expected("log_inputs", run_id="R1", datasets=bad.value), bad.clause)


@small
@given(strategies.models())
def test_models(model: dict[str, Any]) -> None:
    accepted = expected("record_logged_model", run_id="R1", model=model)
    shortest = json.dumps([model], ensure_ascii=False, separators=(",", ":"))
    if len(shortest) > 8000:
        assert must_be_refused(accepted, "MODEL-RECORD")
    else:
        fits = len(json.dumps([model])) <= 8000
        assert must_succeed(accepted) if fits else is_open(accepted)


@small
@given(batches.valid_batches(KEYS))
def test_valid_batches(batch: Batch) -> None:
    assert must_succeed(log_batch(batch))


@small
@given(batches.invalid_batches(KEYS) | batches.overfull_batches())
def test_invalid_batches(bad: Bad) -> None:
    assert must_be_refused(log_batch(bad.value), bad.clause)


@small
@given(batches.full_batches())
def test_full_batches(batch: Batch) -> None:
    assert must_succeed(log_batch(batch))


def test_the_oracle_tells_a_valid_value_from_an_invalid_one() -> None:
    model = Model()
    accepted = Operation("create_experiment", {"name": "a"})
    assert isinstance(model.take(accepted, Outcome("E1")), Expected)
    assert not isinstance(model.take(accepted, Outcome("E2")), Expected)
