"""Messages: what is written can be read and is the same, and MLflow's spellings are understood (HTTP-SAME, HTTP-API)."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.stores.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    Run,
    RunInfo,
    RunStatus,
    ViewType,
)
from storeproof.stores.http import answered, messages, requested, wire, writing

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
times = st.integers(0, 2**63 - 1)
maybe_times = st.none() | times
mappings = st.dictionaries(texts, texts, max_size=3)
stages = st.sampled_from(LifecycleStage)
metrics = st.builds(
    Metric, texts, st.floats(), st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1)
)
experiments = st.builds(Experiment, texts, texts, texts, stages, maybe_times, maybe_times, mappings)
infos = st.builds(
    RunInfo,
    run_id=texts,
    experiment_id=texts,
    run_name=texts,
    user_id=texts,
    status=st.sampled_from(RunStatus),
    start_time=maybe_times,
    end_time=maybe_times,
    lifecycle_stage=stages,
    artifact_uri=texts,
    deleted_time=maybe_times,
)
datasets = st.builds(Dataset, texts, texts, texts, texts, st.none() | texts, st.none() | texts)
runs = st.builds(
    Run,
    infos,
    mappings,
    st.lists(metrics, max_size=3).map(lambda each: {metric.key: metric for metric in each}),
    mappings,
    st.lists(st.builds(DatasetInput, datasets, mappings), max_size=2).map(tuple),
)


def sent(message: messages.Message) -> Any:
    """A message after its way through JSON."""
    return wire.decode(type(message), wire.encode(message))


def same(metric: Metric) -> tuple[Any, ...]:
    """A point to compare: NaN equals NaN, and 0.0 is not -0.0."""
    return metric.key, repr(metric.value), metric.timestamp, metric.step


@given(experiments)
def test_an_experiment_is_read_as_it_was_written(experiment: Experiment) -> None:
    assert answered.experiment(sent(writing.experiment(experiment))) == experiment


@given(runs)
def test_a_run_is_read_as_it_was_written(run: Run) -> None:
    read = answered.run(sent(writing.run(run)))
    assert (read.info, read.params, read.tags, read.inputs) == (
        run.info,
        run.params,
        run.tags,
        run.inputs,
    )
    assert list(map(same, read.metrics.values())) == list(map(same, run.metrics.values()))


@given(metrics)
def test_a_point_is_read_as_it_was_written(metric: Metric) -> None:
    message = sent(writing.point(metric))
    assert same(answered.metric(message)) == same(metric)
    assert same(requested.metric(message)) == same(metric)


@given(st.builds(DatasetInput, datasets, mappings))
def test_a_use_of_a_dataset_is_read_as_it_was_written(use: DatasetInput) -> None:
    assert requested.dataset_input(sent(writing.dataset_input(use))) == use


@given(texts, st.lists(texts, max_size=3), texts)
def test_a_query_is_read_as_it_was_written(key: str, run_ids: list[str], token: str) -> None:
    asked = httpx.QueryParams({"run_ids": run_ids, "metric_key": key, "unknown": token})
    read = wire.decode_query(messages.GetMetricHistoryBulkInterval, str(asked).encode())
    assert (read.metric_key, read.run_ids or []) == (key, run_ids)


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, '"NaN"'), (math.inf, '"Infinity"'), (-math.inf, '"-Infinity"'), (1.5, "1.5")],
)
def test_numbers_that_json_lacks_travel_as_mlflow_writes_them(value: float, text: str) -> None:
    assert f'"value":{text}'.encode() in wire.encode(writing.point(Metric("k", value, 1, 2)))


def test_whole_numbers_of_64_bits_travel_as_numbers() -> None:
    written = json.loads(wire.encode(writing.point(Metric("k", 1.0, 2**63 - 1, -(2**63)))))
    assert (written["timestamp"], written["step"]) == (2**63 - 1, -(2**63))


@pytest.mark.parametrize("text", ['"5"', "5", "5.0"])
def test_whole_numbers_are_read_in_every_spelling_of_the_protocol(text: str) -> None:
    point = wire.decode(
        messages.Point, f'{{"key":"k","value":1,"timestamp":{text},"step":{text}}}'.encode()
    )
    read = requested.metric(point)
    assert (read.timestamp, read.step) == (5, 5)


@pytest.mark.parametrize(
    ("text", "value"), [('"1.5"', 1.5), ('"-2e3"', -2000.0), ('"Infinity"', math.inf), ("7", 7)]
)
def test_numbers_are_read_in_every_spelling_of_the_protocol(text: str, value: float) -> None:
    point = wire.decode(messages.Point, f'{{"key":"k","value":{text},"timestamp":1}}'.encode())
    assert requested.metric(point).value == value


@pytest.mark.parametrize("text", ["1e999", "nan", "inf", "0x10", "1_0", " 1", "", "１"])
def test_what_is_no_number_stays_what_it_is(text: str) -> None:
    assert wire.double(text) == text


@pytest.mark.parametrize("text", ["1.5", "1_0", " 1", "", "１", "9" * 5000])
def test_what_is_no_whole_number_stays_what_it_is(text: str) -> None:
    assert wire.whole(text) == text


@pytest.mark.parametrize("value", ["FINISHED", 3, "3"])
def test_a_status_is_read_by_name_and_by_number(value: str | int) -> None:
    assert wire.status(value) == RunStatus.FINISHED


@pytest.mark.parametrize("value", ["ALL", 3, "3"])
def test_a_view_is_read_by_name_and_by_number(value: str | int) -> None:
    assert wire.view(value) == ViewType.ALL


def test_a_missing_value_of_an_entry_is_empty() -> None:
    assert requested.tag(messages.Entry("k")).value == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"key":1}',
        b'{"value":NaN}',
        b'{"value":true}',
        b'{"key":"\\ud800"}',
        b'{"key":"\xff"}',
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_not_such_a_message_is_unreadable(content: bytes) -> None:
    with pytest.raises(wire.Unreadable):
        wire.decode(messages.Point, content)


@pytest.mark.parametrize(
    "answer",
    [
        "{}",
        '{"info":{"run_id":"a"}}',
        '{"info":{"run_id":"a","experiment_id":"1","status":"ODD"}}',
        '{"info":{"run_id":"a","experiment_id":"1","status":"RUNNING","lifecycle_stage":"odd"}}',
        '{"info":{"run_id":"a","experiment_id":"1","status":"RUNNING","start_time":"odd"}}',
        '{"info":{"run_id":"a","experiment_id":"1","status":1},"data":{"metrics":[{"key":"k"}]}}',
    ],
)
def test_an_answer_that_tells_of_no_run_is_unreadable(answer: str) -> None:
    with pytest.raises(wire.Unreadable):
        answered.run(wire.decode(messages.Run, answer.encode()))
