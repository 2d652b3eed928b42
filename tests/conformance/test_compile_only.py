"""SQL Server without an engine: every way of the store is walked, what is wrong is found, and nothing is called a pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from storeproof.conformance import compile_only
from storeproof.conformance.cli import cli
from storeproof.conformance.compile_only import open_on, shape, walk
from storeproof.conformance.machine import StoreMachine
from storeproof.conformance.model import Model
from storeproof.conformance.probe import Probe
from storeproof.conformance.results import CompileOnly, Problem
from storeproof.conformance.target import Place
from storeproof.conformance.tsql import judge
from storeproof.conformance.tsql_stand_in import FOLDING, Settings, StandIn
from storeproof.stores import ErrorCode, StoreError, Tag, TrackingStore
from storeproof.stores.sql.dialects import mssql

SCHEMA = Path(compile_only.__file__).with_name("results.schema.json")


@pytest.fixture
def driver(tmp_path: Path) -> StandIn:
    return StandIn(Settings(str(tmp_path / "stand-in.db")))


def shapes(driver: StandIn) -> set[str]:
    return {shape(each.text) for each in driver.sent.values()}


def test_nothing_that_the_store_sends_is_wrong() -> None:
    outcome = compile_only.check("mssql")
    assert outcome.problems == ()
    assert outcome.statements > 50


def test_the_walk_calls_every_operation(monkeypatch: pytest.MonkeyPatch, driver: StandIn) -> None:
    called: set[str] = set()

    class Watched:
        def __init__(self, store: TrackingStore) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            called.add(name)
            return getattr(self._store, name)

    monkeypatch.setattr(compile_only, "open_on", lambda driver: Watched(open_on(driver)))
    assert list(walk(driver)) == []
    operations = {name for name in dir(TrackingStore) if callable(getattr(TrackingStore, name))}
    assert {name for name in operations if not name.startswith("_")} <= called


def test_any_operations_in_any_order_send_nothing_wrong(driver: StandIn) -> None:
    store = open_on(driver)
    probe = Probe(Place(open=lambda: store, recipe=(), location_length=256))
    machine: Any = lambda: StoreMachine([probe], lambda _: Model(artifact_location_length=256))  # noqa: E731
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    probe.close()
    assert driver.problems == []
    known = compile_only.KNOWN_WIDE_KEYS
    found = [each for each in judge(driver.sent.values()) if each.what.split()[0] not in known]
    assert found == []


def too_many_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mssql, "_PARAMETERS", 4000)


def a_lock_of_another_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        mssql.SqlServer,
        "locked",
        lambda _self, statement, _table, *, shared=False: statement.suffix_with("LIMIT 1"),
    )


def settings_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = mssql.text("SET NOCOUNT ON; EXEC sp_getapplock @Resource = N'x'")
    monkeypatch.setattr(mssql, "_SCHEMA_LOCK", lock)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (too_many_parameters, "parameter-count"),
        (a_lock_of_another_dialect, "foreign-words"),
        (settings_left_behind, "counts-restored"),
    ],
)
def test_a_dialect_that_sends_something_wrong_is_found(
    monkeypatch: pytest.MonkeyPatch,
    driver: StandIn,
    spoil: Callable[[pytest.MonkeyPatch], None],
    rule: str,
) -> None:
    spoil(monkeypatch)
    list(walk(driver))
    assert rule in {finding.rule for finding in judge(driver.sent.values())}


def test_a_name_that_the_collation_takes_for_another_is_refused_and_not_called_taken(
    tmp_path: Path,
) -> None:
    mlflows = StandIn(Settings(str(tmp_path / "mlflow.db"), collation=FOLDING, kind="varchar"))
    open_on(mlflows).close()  # makes the tables that are found at the next opening
    with open_on(mlflows) as store:
        store.create_experiment("Plan")
        run = store.create_run("0").info.run_id
        store.set_tag(run, Tag("k", "v"))
        for attempt in (
            lambda: store.create_experiment("plan"),
            lambda: store.rename_experiment("0", "plan"),
            lambda: store.set_tag(run, Tag("K", "v")),
            lambda: store.set_tag(run, Tag("j", "no such letter in cp1252: 日")),
        ):
            with pytest.raises(StoreError) as caught:
                attempt()
            assert caught.value.code is ErrorCode.INVALID_PARAMETER_VALUE


# The command


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["check", *arguments])


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the check finds."""

    def found(*problems: Problem) -> None:
        monkeypatch.setattr(compile_only, "check", lambda kind: CompileOnly(kind, 7, problems))

    return found


def test_a_sound_one_is_said_to_be_compiled_and_never_to_pass(
    outcome: Callable[..., None], tmp_path: Path
) -> None:
    outcome()
    done = run("--compile-only", "mssql", "--json", str(tmp_path / "results.json"))
    written = json.loads((tmp_path / "results.json").read_text())
    jsonschema.validate(written, json.loads(SCHEMA.read_text()))
    assert done.exit_code == 0
    assert "COMPILE-ONLY" in done.output
    assert "PASS" not in done.output
    assert (written["stores"], written["compile_only"][0]["statements"]) == ([], 7)


def test_a_problem_is_shown_with_its_statement_and_is_status_1(
    outcome: Callable[..., None],
) -> None:
    outcome(Problem("ordering", "OFFSET needs ORDER BY", "SELECT a"))
    done = run("--compile-only", "mssql")
    assert done.exit_code == 1
    assert "ordering" in done.output
    assert "SELECT a" in done.output


def test_without_the_parser_it_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compile_only, "possible", lambda: False)
    assert run("--compile-only", "mssql").exit_code == 2


def test_a_database_that_is_asked_for_and_cannot_be_had_stays_an_error(
    monkeypatch: pytest.MonkeyPatch, outcome: Callable[..., None]
) -> None:
    outcome()
    monkeypatch.setenv("STOREPROOF_RUNGS", "local")
    monkeypatch.setenv("STOREPROOF_MSSQL_HOME", "/no/such/folder")
    assert run("mssql").exit_code == 2
