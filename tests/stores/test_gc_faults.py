"""GC-IDEMPOTENT: gc that is cut short anywhere leaves each run whole or gone, and can be done again to the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gc_stores import GOING, Filled, fill
from sqlalchemy import event

from storeproof.stores import ErrorCode, LifecycleStage, StoreError, open_store
from storeproof.stores.artifacts import Artifacts, NotRemoved
from storeproof.stores.gc import collect, plan
from storeproof.stores.sql import removal
from storeproof.stores.sql.tracking import SqlStore

MOST_STEPS = 300
FILES = ("rename", "unlink", "rmdir", "mkdir")

Cut = Callable[[Filled, int, pytest.MonkeyPatch], bool]


class Killed(BaseException):
    """Stands for the death of the process."""


class Countdown:
    """Raises at the step of this number."""

    def __init__(self, left: int) -> None:
        self.left = left

    def step(self, *_: Any, **__: Any) -> None:
        if not self.left:
            raise Killed
        self.left -= 1


def cut_files(filled: Filled, step: int, patch: pytest.MonkeyPatch) -> bool:
    """Do gc until that change of a file; whether it came so far."""
    countdown = Countdown(step)

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            countdown.step()
            return real(*args, **kwargs)

        return call

    store = filled.open()
    with patch.context() as changed:
        for name in FILES:
            changed.setattr(os, name, counted(getattr(os, name)))
        try:
            collect(store, plan(store), Artifacts())
        except Killed:
            return True
    return False


def cut_statements(filled: Filled, step: int, _: pytest.MonkeyPatch) -> bool:
    """Do gc until that statement or commit; whether it came so far."""
    countdown = Countdown(step)
    with closing(SqlStore(filled.uri)) as store:
        what = plan(store)
        engine = store._database.engine
        event.listen(engine, "before_cursor_execute", countdown.step)
        event.listen(engine, "commit", countdown.step)
        try:
            collect(store, what, Artifacts())
        except Killed:
            return True
        finally:
            event.remove(engine, "before_cursor_execute", countdown.step)
            event.remove(engine, "commit", countdown.step)
    return False


def see_whole_or_gone(filled: Filled) -> None:
    with open_store(filled.uri) as store:
        for run_id, before in filled.whole.items():
            with suppress(StoreError):
                assert store.get_run(run_id) == before


def see_done(filled: Filled) -> None:
    with open_store(filled.uri) as store:
        for gone in (*filled.going, filled.inside):
            with pytest.raises(StoreError) as caught:
                store.get_run(gone)
            assert caught.value.code is ErrorCode.RESOURCE_DOES_NOT_EXIST
        (stays,) = filled.whole.keys() - {*filled.going, filled.inside}
        assert store.get_run(stays) == filled.whole[stays]
        assert store.get_experiment_by_name(GOING) is None
    for word in (GOING, filled.going[0]):
        assert filled.traces(word) == {}


@pytest.mark.parametrize(
    ("address", "cut"),
    [("{folder}/mlruns", cut_files), ("sqlite:///{folder}/store.db", cut_statements)],
    ids=["file", "sqlite"],
)
def test_gc_that_is_killed_anywhere_is_finished_by_the_next(
    address: str, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "ROWS", 25)  # several transactions for few rows
    original = tmp_path / "original"
    original.mkdir()
    full = fill(address.format(folder=original))
    for step in range(MOST_STEPS):
        folder = tmp_path / str(step)
        shutil.copytree(original, folder)
        filled = replace(full, uri=address.format(folder=folder))
        came_so_far = cut(filled, step, monkeypatch)
        see_whole_or_gone(filled)
        filled.collect()
        see_done(filled)
        if not came_so_far:
            assert step > 10
            return
    pytest.fail("gc has more steps than expected")


@pytest.fixture(params=["{folder}/mlruns", "sqlite:///{folder}/store.db"], ids=["file", "sqlite"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    return fill(request.param.format(folder=tmp_path))


def test_a_run_that_is_restored_after_the_plan_stays_whole(filled: Filled) -> None:
    with closing(filled.open()) as store:
        what = plan(store)
        store.restore_run(filled.going[0])
        collect(store, what, Artifacts())
        run = store.get_run(filled.going[0])
    assert run.info.lifecycle_stage is LifecycleStage.ACTIVE
    assert run.params == filled.whole[filled.going[0]].params
    assert run.inputs == filled.whole[filled.going[0]].inputs


def test_a_run_that_is_restored_while_artifacts_go_stays_whole(filled: Filled) -> None:
    restored = filled.going[0]

    class Restoring(Artifacts):
        def remove(self, run_id: str, artifact_uri: str) -> None:
            super().remove(run_id, artifact_uri)
            with open_store(filled.uri) as other:
                other.restore_run(restored)

    with closing(filled.open()) as store:
        collect(store, plan(store), Restoring())
        run = store.get_run(restored)
        assert run.info.lifecycle_stage is LifecycleStage.ACTIVE
        assert run.metrics == filled.whole[restored].metrics
        assert set(store.stages_of_runs(filled.going)) == {restored}


def test_an_experiment_that_is_restored_after_the_plan_stays(filled: Filled) -> None:
    with closing(filled.open()) as store:
        what = plan(store)
        store.restore_experiment(filled.experiment)
        collect(store, what, Artifacts())
        assert store.get_run(filled.inside).inputs == filled.whole[filled.inside].inputs
        assert store.get_experiment(filled.experiment).tags == {"tag": GOING}


def test_artifacts_of_a_run_that_is_not_deleted_any_more_are_left(filled: Filled) -> None:
    """It is looked at again before they go."""
    seen = []

    class Noting(Artifacts):
        def remove(self, run_id: str, artifact_uri: str) -> None:
            seen.append(run_id)
            raise NotRemoved("they stay")

    with closing(filled.open()) as store:
        what = plan(store)
        parts = store.deleted_runs

        def late(chosen: Any) -> Any:
            for part in parts(chosen):
                store.restore_run(filled.going[1])
                yield part

        store.deleted_runs = late  # type: ignore[method-assign]
        collect(store, what, Noting())
    assert filled.going[0] in seen
    assert filled.going[1] not in seen


@pytest.mark.parametrize(("runs", "rows"), [(2, 10_000), (2, 5), (9, 10_000)])
def test_each_statement_removes_a_bounded_number_of_rows(
    runs: int, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GC-LINEAR."""
    monkeypatch.setattr(removal, "ROWS", rows)
    filled = fill(f"sqlite:///{tmp_path}/store.db", runs)
    removed: list[int] = []

    def count(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if statement.startswith("DELETE FROM metrics"):
            removed.append(cursor.rowcount)

    with closing(SqlStore(filled.uri)) as store:
        event.listen(store._database.engine, "after_cursor_execute", count)
        collect(store, plan(store), Artifacts())
    assert sum(removed) == 12 * (runs + 1)
    assert max(removed) <= rows
    see_done(filled)


def test_statements_grow_with_parts_and_not_with_runs(tmp_path: Path) -> None:
    """GC-LINEAR: issue 15294."""

    def statements(runs: int) -> int:
        filled = fill(f"sqlite:///{tmp_path}/{runs}.db", runs)
        countdown = Countdown(10_000)
        with closing(SqlStore(filled.uri)) as store:
            event.listen(store._database.engine, "before_cursor_execute", countdown.step)
            collect(store, plan(store), Artifacts())
        return 10_000 - countdown.left

    assert statements(9) == statements(2)
