"""What is the database store's own in the registry: statements, rows, threads (the clauses are tested by the suite)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storeproof.stores import ErrorCode, StoreError, Tag
from storeproof.stores.sql.tracking import SqlStore
from storeproof.stores.sql.versions import OUTRUN, Versions

SOURCE = "s3://bucket/model"
PROMPT = "mlflow.prompt.is_prompt"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with SqlStore(f"sqlite:///{path}", "/artifacts") as opened:
        opened.create_registered_model("m", [Tag("k", "v")])
        yield opened


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """The statements that the store sends meanwhile."""
    sent: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(store._database.engine, "before_cursor_execute", record)
    try:
        yield sent
    finally:
        event.remove(store._database.engine, "before_cursor_execute", record)


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What another program reads."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def execute(path: Path, statement: str) -> None:
    """What another program writes."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def refusal(call: Callable[..., object], *arguments: object) -> ErrorCode:
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    return caught.value.code


def names(store: SqlStore, filter_string: str) -> list[str]:
    found = store.search_registered_models(filter_string=filter_string)
    return [model.name for model in found.items]


# Rows


def test_a_deleted_version_leaves_the_row_that_mlflow_leaves(store: SqlStore, path: Path) -> None:
    store.create_model_version("m", SOURCE, "0" * 32, [Tag("k", "v")], "link", "said")
    store.delete_model_version("m", 1)
    kept = "name, version, current_stage, source, run_id, run_link, description"
    assert rows(path, f"SELECT {kept} FROM model_versions") == [
        (
            *("m", 1, "Deleted_Internal", "REDACTED-SOURCE-PATH"),
            *("REDACTED-RUN-ID", "REDACTED-RUN-LINK", None),
        )
    ]
    assert rows(path, "SELECT * FROM model_version_tags") == []


def test_a_deleted_model_leaves_no_row(store: SqlStore, path: Path) -> None:
    store.create_model_version("m", SOURCE, tags=[Tag("k", "v")])
    store.create_model_version("m", SOURCE)
    store.delete_model_version("m", 2)
    store.set_registered_model_alias("m", "champion", 1)
    store.delete_registered_model("m")
    for table in (
        *("registered_models", "registered_model_tags", "registered_model_aliases"),
        *("model_versions", "model_version_tags"),
    ):
        assert rows(path, f"SELECT * FROM {table}") == []


def test_a_model_that_mlflow_named_as_no_new_one_can_be_is_reached(
    store: SqlStore, path: Path
) -> None:
    execute(path, "INSERT INTO registered_models (name) VALUES ('a/b:c')")
    assert store.get_registered_model("a/b:c").creation_timestamp is None
    assert store.create_model_version("a/b:c", SOURCE).version == 1
    assert store.rename_registered_model("a/b:c", "abc").name == "abc"


def test_an_empty_run_id_of_mlflows_is_none(store: SqlStore, path: Path) -> None:
    store.create_model_version("m", SOURCE)
    execute(path, "UPDATE model_versions SET run_id = '', run_link = ''")
    found = store.get_model_version("m", 1)
    assert (found.run_id, found.run_link) == (None, None)
    assert store.search_model_versions(filter_string="run_id != 'x'").items == ()


def test_a_version_made_from_another_is_stored_where_that_one_is(store: SqlStore) -> None:
    store.create_model_version("m", SOURCE)
    store.create_registered_model("copy")
    made = store.create_model_version("copy", "models:/m/1")
    again = store.create_model_version("copy", "models:/copy/1")
    for number in (made.version, again.version):
        assert store.get_model_version_download_uri("copy", number) == SOURCE
    missing = refusal(store.create_model_version, "copy", "models:/m/2")
    assert missing is ErrorCode.RESOURCE_DOES_NOT_EXIST


# Prompts


def test_a_model_without_the_prompt_tag_is_no_prompt(store: SqlStore) -> None:
    """MLflow's client excludes prompts from every search for models."""
    store.create_registered_model("prompt", [Tag(PROMPT, "true")])
    assert names(store, f"tag.`{PROMPT}` != 'true'") == ["m"]
    assert names(store, f"tags.`{PROMPT}` = 'true'") == ["prompt"]
    assert names(store, f"name LIKE 'm%' AND tags.`{PROMPT}` != 'true'") == ["m"]


# Statements and threads


def test_reading_many_models_takes_no_more_statements_than_reading_one(store: SqlStore) -> None:
    with statements(store) as one:
        store.search_registered_models()
    for number in range(20):
        store.create_registered_model(f"m{number}", [Tag("k", "v")])
        store.create_model_version(f"m{number}", SOURCE, tags=[Tag("k", "v")])
        store.set_registered_model_alias(f"m{number}", "champion", 1)
    store.create_model_version("m", SOURCE)
    with statements(store) as many:
        found = store.search_registered_models()
    assert len(found.items) == 21
    assert len(many) <= len(one) + 1  # the tags of versions, of which there were none


def test_what_is_wrong_by_itself_reaches_no_database(store: SqlStore) -> None:
    with statements(store) as sent:
        for name in ("", "a/b", "n" * 257):
            refusal(store.create_registered_model, name)
        refusal(store.set_registered_model_alias, "m", "latest", 1)
        refusal(store.transition_model_version_stage, "m", 1, "bogus")
    assert sent == []


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**63 - 1])
def test_a_number_that_no_column_holds_is_missing(store: SqlStore, version: int) -> None:
    store.create_model_version("m", SOURCE)
    found = refusal(store.get_model_version, "m", version)
    assert found is ErrorCode.RESOURCE_DOES_NOT_EXIST


def test_threads_get_numbers_of_their_own_without_gaps(store: SqlStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.create_model_version("m", SOURCE), range(40)))
    assert sorted(each.version for each in made) == list(range(1, 41))


def test_a_number_that_another_program_takes_first_is_passed_by(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow takes numbers without a lock on the model."""
    create, seen = Versions.create, iter([True, False])

    def outrun(self: Versions, connection: Any, name: str, *rest: Any) -> Any:
        made = create(self, connection, name, *rest)
        if next(seen):
            raise OUTRUN
        return made

    monkeypatch.setattr(Versions, "create", outrun)
    assert store.create_model_version("m", SOURCE).version == 1
