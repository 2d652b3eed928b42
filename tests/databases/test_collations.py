"""Databases whose collation ignores case or accents, or whose character set is small, as MLflow's often are.

What differs is never merged or overwritten; what cannot be kept is refused, nothing of it written
(TEXT-DISTINCT, TEXT-ROUNDTRIP, EXP-NAME-EXACT, BATCH-VALIDATE).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from places import Servers, content, engine, execute, name_of_default, refused
from sqlalchemy import insert, make_url

from storeproof.fixtures.ladder import Database
from storeproof.stores import (
    ErrorCode,
    Metric,
    Param,
    RunStatus,
    Tag,
    TrackingStore,
    open_store,
)
from storeproof.stores.sql import tables

pytestmark = pytest.mark.database

INVALID = ErrorCode.INVALID_PARAMETER_VALUE
EXISTS = ErrorCode.RESOURCE_ALREADY_EXISTS
MISSING = ErrorCode.RESOURCE_DOES_NOT_EXIST

LATIN1 = "latin1_swedish_ci"
THREE_BYTES = "utf8mb3_general_ci"
COLLATIONS = [
    ("mysql", "utf8mb4_0900_ai_ci"),
    ("mysql", LATIN1),
    ("mariadb", "utf8mb4_general_ci"),
    ("mariadb", THREE_BYTES),
]
SMALL = [(kind, collation) for kind, collation in COLLATIONS if "utf8mb4" not in collation]
PADDING = [(kind, collation) for kind, collation in COLLATIONS if "0900" not in collation]

LIKE_EACH_OTHER = [("Case", "case"), ("accent", "áccent"), ("a/B", "a/b")]
"""Keys that are two, and one to every one of these collations."""


@pytest.fixture(scope="module")
def made() -> Iterator[dict[tuple[str, str], Database]]:
    """The databases made so far, by kind and collation."""
    databases: dict[tuple[str, str], Database] = {}
    yield databases
    for database in databases.values():
        database.drop()


@pytest.fixture(params=COLLATIONS, ids="-".join)
def place(
    request: pytest.FixtureRequest,
    servers: Servers,
    made: dict[tuple[str, str], Database],
) -> Database:
    """A database whose text is in the collation named."""
    kind, collation = request.param
    if request.param not in made:
        made[request.param] = servers(kind).database(partial(make_schema, collation))
    found = made[request.param]
    found.reset()
    return found


def make_schema(collation: str, url: str) -> None:
    """Make the tables as MLflow does, in whatever collation the database is: this one."""
    character_set = collation.partition("_")[0]
    name = make_url(url).database
    execute(url, f"ALTER DATABASE {name} CHARACTER SET {character_set} COLLATE {collation}")
    with engine(url).connect() as connection:
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.alembic_version), {"version_num": tables.REVISION})
    open_store(url).close()


@pytest.fixture
def store(place: Database) -> Iterator[TrackingStore]:
    with open_store(place.url) as opened:
        yield opened


@pytest.fixture
def run_id(store: TrackingStore) -> str:
    return store.create_run("0").info.run_id


only_small = pytest.mark.parametrize("place", SMALL, indirect=True, ids="-".join)
only_padding = pytest.mark.parametrize("place", PADDING, indirect=True, ids="-".join)


# Names and ids


def test_a_name_that_the_collation_takes_for_another_is_refused(store: TrackingStore) -> None:
    made = store.create_experiment("Name")
    assert refused(store.create_experiment, "Name").code is EXISTS
    assert refused(store.create_experiment, "NAME").code is INVALID
    assert refused(store.rename_experiment, "0", "náme").code is INVALID
    assert store.get_experiment(made).name == "Name"
    assert store.get_experiment("0").name == "Default"


def test_an_experiment_is_found_by_its_exact_name_only(store: TrackingStore) -> None:
    made = store.create_experiment("Name")
    found = store.get_experiment_by_name("Name")
    assert found is not None
    assert found.experiment_id == made
    for other in ("NAME", "náme", "Name ", "Ｎame"):
        assert store.get_experiment_by_name(other) is None


def test_the_case_of_a_name_can_be_changed(store: TrackingStore) -> None:
    made = store.create_experiment("Name")
    store.rename_experiment(made, "NAME")
    assert store.get_experiment(made).name == "NAME"


def test_a_run_is_found_by_its_exact_id_only(store: TrackingStore) -> None:
    run_id = next(
        run_id
        for run_id in iter(lambda: store.create_run("0").info.run_id, None)
        if not run_id.isdigit()
    )
    assert refused(store.get_run, run_id.upper()).code is MISSING
    assert refused(store.set_tag, run_id.upper(), Tag("t", "v")).code is MISSING
    assert refused(store.delete_run, run_id.upper()).code is MISSING


# Keys


def test_a_key_that_the_collation_takes_for_another_is_refused(
    store: TrackingStore, run_id: str, place: Database
) -> None:
    for first, second in LIKE_EACH_OTHER:
        point, again = Metric(first, 1.0, 1, 1), Metric(second, 2.0, 2, 2)
        store.log_batch(run_id, [point], [Param(first, "v")], [Tag(first, "v")])
        store.set_experiment_tag("0", Tag(first, "v"))
        before = content(place)
        assert refused(store.log_metric, run_id, again).code is INVALID
        assert refused(store.log_metric, run_id, Metric(second, 1.0, 1, 1)).code is INVALID
        assert refused(store.log_param, run_id, Param(second, "v")).code is INVALID
        assert refused(store.set_tag, run_id, Tag(second, "v")).code is INVALID
        assert refused(store.set_experiment_tag, "0", Tag(second, "v")).code is INVALID
        assert refused(store.delete_tag, run_id, second).code is MISSING
        assert store.get_metric_history(run_id, second).items == ()
        assert store.get_metric_history(run_id, first).items == (point,)
        assert content(place) == before


def test_two_keys_that_the_collation_takes_for_one_are_refused_together(
    store: TrackingStore, run_id: str, place: Database
) -> None:
    before = content(place)
    for keys in LIKE_EACH_OTHER:
        points = [Metric(key, 1.0, 1, 1) for key in keys]
        params = [Param(key, "v") for key in keys]
        tags = [Tag(key, "v") for key in keys]
        assert refused(store.log_batch, run_id, points).code is INVALID
        assert refused(store.log_batch, run_id, (), params).code is INVALID
        assert refused(store.log_batch, run_id, (), (), tags).code is INVALID
        assert refused(store.create_run, "0", "u", 1, tags).code is INVALID
        assert refused(store.create_experiment, "e", None, tags).code is INVALID
    assert content(place) == before


@only_padding
def test_a_key_that_differs_in_a_space_at_its_end_is_refused(
    store: TrackingStore, run_id: str, place: Database
) -> None:
    store.log_batch(run_id, [Metric("k", 1.0, 1, 1)], [Param("k", "v")], [Tag("k", "v")])
    before = content(place)
    assert refused(store.log_metric, run_id, Metric("k ", 2.0, 2, 2)).code is INVALID
    assert refused(store.log_param, run_id, Param("k ", "v")).code is INVALID
    assert refused(store.set_tag, run_id, Tag("k ", "v")).code is INVALID
    assert refused(store.delete_tag, run_id, "k ").code is MISSING
    assert store.get_metric_history(run_id, "k ").items == ()
    assert content(place) == before


def test_a_param_keeps_its_exact_value(store: TrackingStore, run_id: str) -> None:
    store.log_param(run_id, Param("p", "Value"))
    store.log_param(run_id, Param("p", "Value"))
    for other in ("value", "Valué", "Value "):
        assert refused(store.log_param, run_id, Param("p", other)).code is INVALID
    assert store.get_run(run_id).params == {"p": "Value"}


def test_a_tag_is_overwritten_by_a_value_that_the_collation_takes_for_it(
    store: TrackingStore, run_id: str
) -> None:
    for value in ("Value", "value", "value "):
        store.set_tag(run_id, Tag("t", value))
        assert store.get_run(run_id).tags["t"] == value


# Character sets

BEYOND = {LATIN1: ("日", "𝕊"), THREE_BYTES: ("𝕊",)}
"""Letters that a character set does not have."""


@pytest.fixture
def letters(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Letters that this database cannot keep."""
    return BEYOND[request.node.callspec.params["place"][1]]


@only_small
def test_text_that_the_character_set_lacks_is_refused(
    store: TrackingStore, run_id: str, place: Database, letters: tuple[str, ...]
) -> None:
    before = content(place)
    for letter in letters:
        refusals = [
            refused(store.create_experiment, letter),
            refused(store.create_experiment, "e", None, [Tag("t", letter)]),
            refused(store.create_experiment, "e", None, [Tag(letter, "v")]),
            refused(store.create_experiment, "e", f"/{letter}"),
            refused(store.rename_experiment, "0", letter),
            refused(store.set_experiment_tag, "0", Tag("t", letter)),
            refused(store.set_experiment_tag, "0", Tag(letter, "v")),
            refused(store.create_run, "0", letter),
            refused(store.create_run, "0", "u", 1, (), letter),
            refused(store.create_run, "0", "u", 1, [Tag("t", letter)]),
            refused(store.update_run_info, run_id, RunStatus.FINISHED, 1, letter),
            refused(store.log_metric, run_id, Metric(letter, 1.0, 1, 1)),
            refused(store.log_param, run_id, Param(letter, "v")),
            refused(store.set_tag, run_id, Tag(letter, "v")),
        ]
        assert {error.code for error in refusals} == {INVALID}
    assert content(place) == before


@only_small
def test_nothing_of_a_batch_with_such_text_is_written(
    store: TrackingStore, run_id: str, place: Database, letters: tuple[str, ...]
) -> None:
    before = content(place)
    points = [Metric("m", 1.0, 1, 1)]
    for letter in letters:
        for params, tags in (
            ([Param("p", letter)], [Tag("t", "v")]),
            ([Param("p", "v")], [Tag("t", letter)]),
        ):
            assert refused(store.log_batch, run_id, points, params, tags).code is INVALID
    assert content(place) == before


@only_small
def test_what_is_sought_by_such_text_is_not_there(
    store: TrackingStore, run_id: str, letters: tuple[str, ...]
) -> None:
    for letter in letters:
        assert store.get_experiment_by_name(letter) is None
        assert store.get_metric_history(run_id, letter).items == ()
        assert refused(store.delete_tag, run_id, letter).code is MISSING
        assert refused(store.get_run, letter).code is MISSING


def test_text_that_the_character_set_has_is_read_back_equal(
    store: TrackingStore, run_id: str
) -> None:
    text = " é ß 'quoted' \\ % \r\n\t "
    store.log_batch(run_id, [Metric("é", 1.0, 1, 1)], [Param("é", text)], [Tag("é", text)])
    run = store.get_run(run_id)
    assert (run.params, run.tags["é"], run.metrics["é"].value) == ({"é": text}, text, 1.0)


# PostgreSQL


@pytest.fixture
def latin1_database(servers: Servers) -> Iterator[Database]:
    """A PostgreSQL database whose text is Latin-1."""
    server = servers("postgresql")
    with server.database(prepare=None) as database:
        execute(
            server.url,
            f"DROP DATABASE {database.name}",
            f"CREATE DATABASE {database.name} TEMPLATE template0 ENCODING 'LATIN1' "
            "LC_COLLATE 'C' LC_CTYPE 'C'",
        )
        name_of_default(database.url)
        yield database


def test_a_latin1_database_keeps_what_it_can_and_refuses_the_rest(
    latin1_database: Database,
) -> None:
    assert make_url(latin1_database.url).get_backend_name() == "postgresql"
    with open_store(latin1_database.url) as store:
        run_id = store.create_run("0", run_name="é").info.run_id
        before = content(latin1_database)
        for letter in ("日", "𝕊"):
            assert refused(store.create_experiment, letter).code is INVALID
            assert refused(store.log_param, run_id, Param("p", letter)).code is INVALID
            assert refused(store.log_metric, run_id, Metric(letter, 1.0, 1, 1)).code is INVALID
            assert store.get_experiment_by_name(letter) is None
            assert store.get_metric_history(run_id, letter).items == ()
            assert refused(store.delete_tag, run_id, letter).code is MISSING
        assert content(latin1_database) == before
        assert store.get_run(run_id).info.run_name == "é"


# The registry


def test_models_that_the_collation_takes_for_one_are_told_apart(store: TrackingStore) -> None:
    store.create_registered_model("Name", [Tag("Case", "v")])
    store.create_model_version("Name", "s3://bucket", tags=[Tag("Case", "v")])
    store.set_registered_model_alias("Name", "Champion", 1)
    assert refused(store.create_registered_model, "NAME").code is INVALID
    assert refused(store.create_registered_model, "Name").code is EXISTS
    assert refused(store.get_registered_model, "name").code is MISSING
    assert refused(store.create_model_version, "name", "s3://bucket").code is MISSING
    assert refused(store.set_registered_model_tag, "Name", Tag("case", "x")).code is INVALID
    assert refused(store.set_model_version_tag, "Name", 1, Tag("case", "x")).code is INVALID
    assert refused(store.set_registered_model_alias, "Name", "champion", 1).code is INVALID
    assert store.search_model_versions(filter_string="name = 'name'").items == ()
    found = store.get_registered_model("Name")
    assert (found.tags, found.aliases) == ({"Case": "v"}, {"Champion": 1})


def test_the_case_of_a_models_name_can_be_changed(store: TrackingStore) -> None:
    store.create_registered_model("Name", [Tag("k", "v")])
    for number in range(2):
        store.create_model_version("Name", "s3://bucket", tags=[Tag("k", str(number))])
    store.rename_registered_model("Name", "NAME")
    assert refused(store.get_registered_model, "Name").code is MISSING
    assert store.get_registered_model("NAME").tags == {"k": "v"}
    assert store.get_model_version("NAME", 2).tags == {"k": "1"}
