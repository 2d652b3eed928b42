"""The store that a test is about, and the two sides; MLflow's is the interpreter that STOREPROOF_MLFLOW_PYTHON names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from sides import SERVED, URIS, VARIABLE, Mlflow, Side, Storeproof
from sqlalchemy import create_engine, make_url

from storeproof.fixtures.ladder import Database, Server

# Without MLflow these tests are absent: they neither pass nor hide behind a skip.
collect_ignore_glob = [] if VARIABLE in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mlflow]:
    """MLflow's side: one process for all tests, since its import is most of the work."""
    with closing(Mlflow(os.environ[VARIABLE], tmp_path_factory.mktemp("mlflow"))) as side:
        yield side


@pytest.fixture(params=["storeproof first", "mlflow first"])
def turns(request: pytest.FixtureRequest, mlflow: Mlflow) -> tuple[Side, Side]:
    """The two sides in either order."""
    if request.param == "storeproof first":
        return Storeproof(), mlflow
    return mlflow, Storeproof()


@pytest.fixture(
    params=[*URIS, *(pytest.param(kind, marks=pytest.mark.database) for kind in SERVED)]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store that both sides know."""
    name: str = request.param
    return name


@pytest.fixture
def new_uri(
    kind: str, tmp_path_factory: pytest.TempPathFactory, servers: Callable[[str], Server]
) -> Iterator[Callable[[], str]]:
    """Gives the address of a store of this kind that does not exist yet."""
    with ExitStack() as made:

        def new() -> str:
            if kind in URIS:
                return URIS[kind](tmp_path_factory.mktemp(kind))
            database = made.enter_context(servers(kind).database(prepare=None))
            tell_keys_apart(database)
            return database.url

        yield new


def tell_keys_apart(database: Database) -> None:
    """Let MLflow's tables, which take the database's collation, tell "a" from "A", as its other stores do."""
    url = make_url(database.url)
    if url.get_backend_name() == "mysql":
        with create_engine(url).begin() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {database.name} COLLATE utf8mb4_bin")


@pytest.fixture
def uri(new_uri: Callable[[], str]) -> str:
    """The address of a store of this kind that does not exist yet."""
    return new_uri()
