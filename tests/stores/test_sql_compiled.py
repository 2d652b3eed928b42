"""Compiled statements are shared by the engines of a server, and by no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects import mysql
from sqlalchemy.sql.compiler import SQLCompiler

from storeproof.stores import open_store
from storeproof.stores.sql.compiled import Shared

SERVER = make_url("mysql+pymysql://ann@localhost:3306/one")


def dialect(*version: int) -> object:
    made = mysql.dialect()
    made.server_version_info = version
    return made


def test_the_second_store_of_a_process_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(name: str) -> None:
        with open_store(f"sqlite:///{tmp_path / name}.db") as store:
            run = store.create_run("0", user_id="ann", start_time=1)
            store.get_run(run.info.run_id)

    for name in ("first", "second"):  # what makes the tables is compiled for each
        open_store(f"sqlite:///{tmp_path / name}.db").close()
    use("first")

    def never(*_arguments: object, **_named: object) -> None:
        raise AssertionError("a statement is compiled again")

    monkeypatch.setattr(SQLCompiler, "__init__", never)
    use("second")


def test_what_another_database_of_the_server_compiled_is_found() -> None:
    compiled = object()
    Shared(SERVER)[dialect(8, 0), "shared"] = compiled  # type: ignore[assignment]
    again = Shared(SERVER.set(database="two", username="bob"))
    assert again.get((dialect(8, 0), "shared")) is compiled


@pytest.mark.parametrize(
    "server", [SERVER.set(port=3307), SERVER.set(host="other"), SERVER.set(query={"charset": "a"})]
)
def test_what_another_server_compiled_is_not(server: object) -> None:
    Shared(SERVER)[dialect(8, 0), "here"] = object()  # type: ignore[assignment]
    assert Shared(server).get((dialect(8, 0), "here")) is None  # type: ignore[arg-type]


def test_what_another_version_of_the_server_compiled_is_not() -> None:
    Shared(SERVER)[dialect(8, 0), "old"] = object()  # type: ignore[assignment]
    assert Shared(SERVER).get((dialect(8, 4), "old")) is None
