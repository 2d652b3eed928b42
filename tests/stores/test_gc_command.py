"""The command `storeproof gc`: what it says, asks and refuses, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gc_stores import Filled, fill

from storeproof.stores import StoreError, open_store
from storeproof.stores.errors import unavailable
from storeproof.stores.gc_command import gc
from storeproof.stores.sql.tracking import SqlStore


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    return fill(f"sqlite:///{tmp_path}/store.db")


def run(filled: Filled, *options: str, answer: str = "") -> Result:
    return CliRunner().invoke(gc, ["--backend-store-uri", filled.uri, *options], input=answer)


def there(filled: Filled) -> set[str]:
    """The runs that are still there."""
    found = set()
    with open_store(filled.uri) as store:
        for run_id in filled.whole:
            try:
                store.get_run(run_id)
            except StoreError:
                continue
            found.add(run_id)
    return found


def see_refused(filled: Filled, *options: str) -> None:
    """One line that says why, status 2, and nothing is gone."""
    ended = run(filled, *options)
    assert ended.exit_code == 2, ended.output
    assert isinstance(ended.exception, SystemExit)
    assert there(filled) == filled.whole.keys()


def test_a_dry_run_names_what_would_go_and_removes_nothing(filled: Filled) -> None:
    ended = run(filled, "--dry-run")
    assert ended.exit_code == 0
    for named in (*filled.going, filled.inside, f"experiment {filled.experiment}"):
        assert named in ended.output
    assert there(filled) == filled.whole.keys()


def test_with_yes_it_is_done_without_a_question(filled: Filled) -> None:
    ended = run(filled, "--yes")
    assert ended.exit_code == 0, ended.output
    assert len(there(filled)) == 1


def test_without_a_terminal_it_is_not_done(filled: Filled) -> None:
    see_refused(filled)


@pytest.mark.parametrize(("answer", "left"), [("y\n", 1), ("n\n", 4), ("", 4)])
def test_at_a_terminal_it_is_asked(
    filled: Filled, answer: str, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    ended = run(filled, answer=answer)
    assert ended.exit_code == (left != 1)
    assert len(there(filled)) == left


def test_ids_may_have_commas_between_them(filled: Filled) -> None:
    ended = run(filled, "--yes", "--run-ids", ", ".join(filled.going))
    assert ended.exit_code == 0, ended.output
    assert there(filled) == filled.whole.keys() - set(filled.going)


def test_nothing_to_do_is_no_error_and_needs_no_answer(filled: Filled) -> None:
    ended = run(filled, "--older-than", "30d")
    assert ended.exit_code == 0, ended.output
    assert there(filled) == filled.whole.keys()


@pytest.mark.parametrize(
    "options",
    [
        ("--older-than", "1x"),
        ("--run-ids", "no-such-run"),
        ("--run-ids", ""),
        ("--run-ids", "a,,b"),
        ("--experiment-ids", "999"),
        ("--experiment-ids", "0"),
        ("--artifacts-destination", "http://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_meant_is_refused(filled: Filled, options: tuple[str, ...]) -> None:
    see_refused(filled, "--yes", *options)


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:1", "ftp://there", "sqlite:////no/such/folder/x"]
)
def test_a_store_that_is_not_at_hand_is_refused(uri: str) -> None:
    ended = CliRunner().invoke(gc, ["--yes", "--backend-store-uri", uri])
    assert ended.exit_code == 2
    assert isinstance(ended.exception, SystemExit)


def test_a_run_whose_artifacts_stay_is_named_and_the_status_tells(filled: Filled) -> None:
    with open_store(filled.uri) as store:
        stuck = store.create_run(store.create_experiment("stuck", "nowhere://x")).info.run_id
        store.delete_run(stuck)
    ended = run(filled, "--yes")
    assert ended.exit_code == 1
    assert stuck in ended.output
    assert len(there(filled)) == 1
    with open_store(filled.uri) as store:
        assert store.get_run(stuck).info.run_id == stuck


def test_a_connection_that_is_lost_half_way_is_told_and_the_rest_can_be_done(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> list[str]:
        raise unavailable("The database does not answer; try again.")

    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "remove_experiments", lost)
        ended = run(filled, "--yes")
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    with open_store(filled.uri) as store:
        assert store.get_experiment(filled.experiment).experiment_id == filled.experiment
    assert run(filled, "--yes").exit_code == 0
    assert filled.traces("tag-going") == {}


@pytest.mark.parametrize(
    ("address", "kind"), [("{folder}/mlruns", "file"), ("sqlite:///{folder}/store.db", "sql")]
)
def test_more_runs_than_are_removed_at_once_all_go(
    address: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = fill(address.format(folder=tmp_path), 7)
    for module in (f"{kind}.removal", "gc"):
        monkeypatch.setattr(f"storeproof.stores.{module}.AT_ONCE", 3)
    ended = run(filled, "--yes")
    assert ended.exit_code == 0, ended.output
    assert len(there(filled)) == 1
