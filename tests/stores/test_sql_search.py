"""Searches in the database: how many statements they take, and that they find what the reading in memory finds."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_sql_store import statements

from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    Metric,
    Param,
    StoreError,
    Tag,
    ViewType,
)
from storeproof.stores.paging import encode
from storeproof.stores.search.query import run_query
from storeproof.stores.sql.tracking import SqlStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with SqlStore(f"sqlite:///{path}", "/artifacts") as opened:
        yield opened


def found(store: SqlStore, filter_string: str) -> list[str]:
    page = store.search_runs(["0"], ViewType.ALL, filter_string=filter_string)
    return [run.info.run_name for run in page.items]


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("terms", [0, 1, 100])
def test_runs_are_searched_with_one_statement_per_table(
    store: SqlStore, count: int, terms: int
) -> None:
    for _ in range(count):
        run = store.create_run("0").info.run_id
        store.log_batch(run, params=[Param(f"p{number}", "1") for number in range(100)])
    with statements(store) as sent:
        answer = store.search_runs(
            ["0"],
            filter_string=" AND ".join(f"params.p{number} = '1'" for number in range(terms)),
            order_by=[f"params.p{number}" for number in range(terms)],
        )
    assert len(answer.items) == count
    assert len(sent) == 6  # BEGIN, runs, inputs, params, tags, latest_metrics


@pytest.mark.parametrize("count", [1, 30])
def test_experiments_are_searched_with_one_statement_per_table(store: SqlStore, count: int) -> None:
    for number in range(count):
        store.create_experiment(f"e{number}", tags=[Tag("k", "v")])
    with statements(store) as sent:
        store.search_experiments(filter_string="tags.k = 'v'", order_by=["name DESC"])
    assert len(sent) == 3  # BEGIN, experiments, experiment_tags


@pytest.mark.parametrize(
    "field", ["params.`k`", "metrics.`k`", "tags.`k`", "dataset.name", "run_name", "start_time"]
)
def test_the_longest_filter_is_no_deeper_than_the_engine_reads(store: SqlStore, field: str) -> None:
    value = "1" if field in ("metrics.`k`", "start_time") else "'x'"
    run = store.create_run("0", start_time=2).info.run_id
    store.log_batch(run, [Metric("k", 2.0, 0)], [Param("k", "y")], [Tag("k", "y")])
    store.log_inputs(run, [DatasetInput(Dataset("n", "d", "t", "s"))])
    page = store.search_runs(["0"], filter_string=" AND ".join([f"{field} != {value}"] * 1000))
    assert [each.info.run_id for each in page.items] == [run]


def test_the_longest_filter_of_as_many_keys_finds_what_has_them_all(store: SqlStore) -> None:
    keys = [f"k{number}" for number in range(1000)]
    run = store.create_run("0").info.run_id
    store.log_batch(run, [Metric(key, 1.0, 0) for key in keys])
    store.log_batch(store.create_run("0").info.run_id, [Metric(key, 1.0, 0) for key in keys[:-1]])
    page = store.search_runs(
        ["0"], filter_string=" AND ".join(f"metrics.{key} = 1" for key in keys)
    )
    assert [each.info.run_id for each in page.items] == [run]


def test_a_list_may_have_thousands_of_texts(store: SqlStore) -> None:
    run = store.create_run("0").info.run_id
    others = ", ".join(f"'{number:032x}'" for number in range(20_000))
    page = store.search_runs(["0"], filter_string=f"run_id IN ({others}, '{run}')")
    assert len(page.items) == 1


def test_a_name_that_an_old_version_kept_in_the_tag_alone_is_found(
    store: SqlStore, path: Path
) -> None:
    store.create_run("0", run_name="old")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE runs SET name = NULL")
    assert found(store, "run_name = 'old'") == ["old"]


def test_an_artifact_uri_that_its_column_cannot_hold_is_found_as_it_is_read(
    store: SqlStore, path: Path
) -> None:
    parent = store.create_experiment("e", "s3://bucket/" + "x" * 200 + "?version=1")
    uri = store.create_run(parent).info.artifact_uri
    with sqlite3.connect(path) as database:
        database.execute("UPDATE runs SET artifact_uri = NULL")
    page = store.search_runs([parent], filter_string=f"artifact_uri = '{uri}'")
    assert [run.info.artifact_uri for run in page.items] == [uri]


def test_a_tag_of_no_value_is_the_empty_text_it_is_read_as(store: SqlStore, path: Path) -> None:
    run = store.create_run("0", tags=[Tag("k", "v")], run_name="n").info.run_id
    with sqlite3.connect(path) as database:
        database.execute("UPDATE tags SET value = NULL WHERE key = 'k'")
    assert store.get_run(run).tags["k"] == ""
    assert found(store, "tags.k = ''") == ["n"]


@pytest.mark.parametrize(
    "place",
    [
        (),
        (0, 1.5),
        (0, "x", 0, 5, 0, "id"),
        (0, math.inf, 0, 5, 0, "id"),
        (3, None, 0, 5, 0, "id"),
        (0, 1.5, 0, 2**70, 0, "id"),
        (0, 1.5, 0, 5, 0, "\ud800"),
        (0, [], 0, 5, 0, "id"),
    ],
)
def test_a_token_of_a_place_that_cannot_be_is_refused(
    store: SqlStore, place: tuple[object, ...]
) -> None:
    order_by = ["metrics.m"]
    query = run_query(order_by=order_by)
    question = ("runs", ["0"], query.view, query.filter, query.order.columns)
    token = encode(question, place)  # type: ignore[arg-type]
    with pytest.raises(StoreError) as caught:
        store.search_runs(["0"], page_token=token, order_by=order_by)
    assert caught.value.code is ErrorCode.INVALID_PARAMETER_VALUE
