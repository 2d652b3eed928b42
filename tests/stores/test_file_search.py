"""Searching the file store, and what it remembers, while MLflow and others write into its folders (SEARCH-*, FILE-LAYOUT)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from file_folders import MLFLOW_RUN, age, made_by_mlflow, make_file, new_run, run_folder

from storeproof.stores import Experiment, Metric, Param, Run, Tag, ViewType
from storeproof.stores.file import entries
from storeproof.stores.file.content import EVERYTHING
from storeproof.stores.file.store import FileStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


@pytest.fixture
def run_id(store: FileStore) -> str:
    """A run with one entry of each kind, in an experiment of its own."""
    run_id = store.create_run(
        store.create_experiment("e"), "u", 5, [Tag("t", "old")], "name"
    ).info.run_id
    store.log_batch(run_id, [Metric("m", 1, 1, 1), Metric("m", 2, 2, 2)], [Param("p", "old")])
    return run_id


def everything(store: FileStore) -> tuple[Sequence[Experiment], Sequence[Run]]:
    experiments = store.search_experiments(ViewType.ALL).items
    parents = [each.experiment_id for each in experiments]
    return experiments, store.search_runs(parents, ViewType.ALL).items


def ids(store: FileStore, experiment: str, **question: Any) -> list[str]:
    return [run.info.run_id for run in store.search_runs([experiment], **question).items]


# What is remembered


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that were opened."""
    paths: list[str] = []
    real = os.open

    def record(path: Any, *args: Any, **kwargs: Any) -> int:
        paths.append(str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", record)
    return paths


def test_a_search_that_is_asked_again_opens_no_file(
    store: FileStore, root: Path, run_id: str, opened: list[str]
) -> None:
    age(root)
    (first,) = store.search_runs([store.get_run(run_id).info.experiment_id]).items
    opened.clear()
    assert store.search_runs([first.info.experiment_id]).items == (first,)
    assert store.get_metric_history(run_id, "m").items[-1] == first.metrics["m"]
    assert [Path(path).name for path in opened] == ["m"]
    opened.clear()
    assert len(store.get_metric_history(run_id, "m").items) == 2
    assert opened == []


def test_a_filter_opens_what_it_asks_for_and_an_answer_the_rest(
    store: FileStore, root: Path, run_id: str, opened: list[str]
) -> None:
    age(root)
    again = FileStore(str(root))
    experiment = store.get_run(run_id).info.experiment_id
    opened.clear()
    assert ids(again, experiment, filter_string="params.p = 'x' AND metrics.n > 1") == []
    assert {Path(path).name for path in opened} == {"meta.yaml", "p"}
    opened.clear()
    assert ids(again, experiment, filter_string="params.p = 'old'") == [run_id]
    assert {Path(path).name for path in opened} == {"m", "t", "mlflow.runName"}


def test_what_is_answered_may_be_changed(store: FileStore, root: Path, run_id: str) -> None:
    age(root)
    for _ in range(2):
        run = store.get_run(run_id)
        assert (run.params, run.tags["t"], run.metrics.keys()) == ({"p": "old"}, "old", {"m"})
        for mapping in (run.params, run.tags, run.metrics):
            assert isinstance(mapping, dict)
            mapping.clear()


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a text of a file in place, as an editor or an older MLflow may."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def to_the_trash(run: Path) -> None:
    rewrite(run.parent / "meta.yaml", "stage: active", "stage: deleted")
    shutil.move(run.parent, run.parent.parent / ".trash" / run.parent.name)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a tag rewritten": lambda run: (run / "tags/t").write_text("newer"),
    "a tag rewritten with as many bytes": lambda run: (run / "tags/t").write_text("new"),
    "a tag removed": lambda run: (run / "tags/t").unlink(),
    "a tag that is no text any more": lambda run: (run / "tags/t").write_bytes(b"\xff"),
    "a new param": lambda run: make_file(run / "params/q", "new"),
    "a new param in a new folder": lambda run: make_file(run / "params/q/r", "new"),
    "a param replaced": lambda run: make_file(run / "new", "new").replace(run / "params/p"),
    "no params any more": lambda run: shutil.rmtree(run / "params"),
    "a point": lambda run: append(run / "metrics/m", "3 3.0 3\n"),
    "an older point": lambda run: append(run / "metrics/m", "9 9.0 0\n"),
    "a point without its line end": lambda run: append(run / "metrics/m", "3 3.0 3"),
    "a new metric": lambda run: make_file(run / "metrics/n", "1 1.0 1\n"),
    "a metric rewritten": lambda run: (run / "metrics/m").write_text("5 5.0 5\n2 2.0 2\n"),
    "a metric rewritten longer": lambda run: (run / "metrics/m").write_text("1 7.0 1\n" * 5),
    "a metric that lost points": lambda run: (run / "metrics/m").write_text("1 1.0 1\n"),
    "a metric that lost all points": lambda run: (run / "metrics/m").write_text(""),
    "a metric removed": lambda run: (run / "metrics/m").unlink(),
    "a document rewritten": lambda run: rewrite(run / "meta.yaml", "status: 1", "status: 4"),
    "a document that is broken": lambda run: rewrite(run / "meta.yaml", "status: 1", "status: x"),
    "a run marked deleted": lambda run: rewrite(run / "meta.yaml", "e: active", "e: deleted"),
    "a run removed": lambda run: shutil.rmtree(run),
    "an experiment in the trash": to_the_trash,
    "an experiment removed": lambda run: shutil.rmtree(run.parent),
    "another run": lambda run: made_by_mlflow(run.parent.parent),
}


@pytest.mark.parametrize("is_settled", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_others_did_between_two_searches_is_seen(
    store: FileStore, root: Path, run_id: str, change: str, is_settled: bool
) -> None:
    store.log_metric(run_id, Metric("m", 2.5, 2, 2))
    if is_settled:
        age(root)
    before = everything(store), store.get_metric_history(run_id, "m").items
    CHANGES[change](run_folder(root, run_id))
    fresh = FileStore(str(root))
    now = everything(fresh)
    assert everything(store) == now
    if any(run.info.run_id == run_id for run in now[1]):
        history = fresh.get_metric_history(run_id, "m").items
        assert store.get_metric_history(run_id, "m").items == history
        assert "without" in change or (now, history) != before


def test_a_tag_rewritten_within_one_tick_of_the_clock_is_seen(
    store: FileStore, root: Path, run_id: str
) -> None:
    experiment = store.get_run(run_id).info.experiment_id
    tag = run_folder(root, run_id) / "tags/t"
    times = (tag.stat().st_atime_ns, tag.stat().st_mtime_ns)
    for value in ("one", "two"):
        tag.write_text(value)
        os.utime(tag, ns=times)
        assert ids(store, experiment, filter_string=f"tags.t = '{value}'") == [run_id]
        assert store.search_runs([experiment]).items[0].tags["t"] == value


# What a question looks at


def test_keys_that_the_layout_cannot_carry_are_found_and_ordered_by(store: FileStore) -> None:
    runs = [new_run(store) for _ in range(3)]
    for nth, run_id in enumerate(runs):
        store.log_batch(
            run_id,
            [Metric("a", 0, 1), Metric("a/b", nth, 1)],
            [Param("a", "x"), Param("a/b", f"p{nth}")],
            [Tag("a", "x"), Tag("a/b", f"t{nth}")],
        )
    question = (
        "metrics.`a/b` >= 1 AND params.`a/b` LIKE 'p%' AND tags.`a/b` != 't9' AND params.a = 'x'"
    )
    found = ids(store, "0", filter_string=question, order_by=["metrics.`a/b` DESC"])
    assert found == [runs[2], runs[1]]


@pytest.mark.parametrize(
    "key", ["../secret", "../../../secret", "/etc/hostname", "link", "folder/secret", "."]
)
def test_no_filter_looks_outside_the_store(store: FileStore, root: Path, key: str) -> None:
    run_id = new_run(store)
    store.log_param(run_id, Param("p", "v"))
    run = run_folder(root, run_id)
    for secret in (run / "secret", root.parent / "secret"):
        make_file(secret, "text")
    (run / "params/link").symlink_to(root.parent / "secret")
    (run / "params/folder").symlink_to(root.parent)
    assert ids(store, "0", filter_string=f"params.`{key}` LIKE '%'") == []


def test_the_name_of_a_run_without_one_is_its_tag(store: FileStore, root: Path) -> None:
    """SEARCH-RUNNAME: an older MLflow kept the name in the tag alone."""
    run = made_by_mlflow(root)
    make_file(run / "meta.yaml", MLFLOW_RUN.replace("run_name: quiet-owl-1", "run_name: ''"))
    other = store.create_run("12", start_time=1, run_name="another").info.run_id
    for name, found in (("quiet-owl-1", [run.name]), ("another", [other]), ("", [])):
        assert ids(store, "12", filter_string=f"run_name = '{name}'") == found
    assert ids(store, "12", filter_string="run_name LIKE 'quiet%' AND metrics.loss != 1") == [
        run.name
    ]
    assert ids(store, "12", order_by=["run_name"]) == [other, run.name]
    (found_run,) = store.search_runs(["12"], filter_string="run_name LIKE 'q%'").items
    assert found_run.info.run_name == "quiet-owl-1"


def test_experiments_are_found_by_tags_that_others_changed(store: FileStore, root: Path) -> None:
    made_by_mlflow(root)
    age(root)
    found = store.search_experiments(filter_string="tags.et LIKE 'new%'").items
    assert [each.name for each in found] == ["by mlflow"]
    (root / "12/tags/et").write_text("newer")
    (found_again,) = store.search_experiments(filter_string="tags.et = 'newer'").items
    assert found_again.tags == {"et": "newer"}


# Writers while a question is answered


def while_answered(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]
) -> None:
    """Have something changed after the runs were looked at and before the first is read whole."""
    real = store._runs.get
    changes = iter([change])

    def get(run_id: str, path: str | None = None, parts: Any = EVERYTHING) -> Run:
        if parts == EVERYTHING:
            next(changes, lambda: None)()
        return real(run_id, path, parts)

    monkeypatch.setattr(store._runs, "get", get)


@pytest.fixture
def three(store: FileStore) -> list[str]:
    """Runs with the metric m: 1, 2 and 3."""
    runs = [new_run(store) for _ in range(3)]
    for nth, run_id in enumerate(runs):
        store.log_metric(run_id, Metric("m", nth + 1, 1, 1))
    return runs


def test_a_run_that_does_not_fit_any_more_is_left_out_and_the_page_is_full(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch, three: list[str]
) -> None:
    other = FileStore(str(root))
    while_answered(store, monkeypatch, lambda: other.log_metric(three[0], Metric("m", -1, 2, 2)))
    question = {"filter_string": "metrics.m > 0", "order_by": ["metrics.m"]}
    assert ids(store, "0", max_results=1, **question) == [three[1]]


def test_an_answer_is_in_the_order_of_what_it_shows(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch, three: list[str]
) -> None:
    other = FileStore(str(root))
    while_answered(store, monkeypatch, lambda: other.log_metric(three[0], Metric("m", 2.5, 2, 2)))
    found = store.search_runs(["0"], order_by=["metrics.m"]).items
    assert [run.metrics["m"].value for run in found] == [2, 2.5, 3]


@pytest.mark.parametrize("gone", ["deleted", "removed", "moved"])
def test_a_run_that_is_gone_meanwhile_is_no_error(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch, three: list[str], gone: str
) -> None:
    def change() -> None:
        run = run_folder(root, three[0])
        if gone == "deleted":
            FileStore(str(root)).delete_run(three[0])
        elif gone == "removed":
            shutil.rmtree(run)
        else:
            to_the_trash(run)

    while_answered(store, monkeypatch, change)
    found = ids(store, "0", order_by=["metrics.m"])
    assert found == (three if gone == "moved" else three[1:])


def while_read(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Have something changed after the metrics of a run were read and before its tags are."""
    real = entries.LatestPoints.read
    changes = iter([change])

    def read(self: entries.LatestPoints, *args: Any) -> dict[str, Metric]:
        found = real(self, *args)
        next(changes, lambda: None)()
        return found

    monkeypatch.setattr(entries.LatestPoints, "read", read)


WRITERS: dict[str, Callable[[FileStore, str], object]] = {
    "a batch": lambda store, run: store.log_batch(
        run, [Metric("m", 3, 3, 3)], [], [Tag("t", "new")]
    ),
    "two writes": lambda store, run: (
        store.log_metric(run, Metric("m", 3, 3, 3)),
        store.set_tag(run, Tag("t", "new")),
    ),
    "a point and a tag deleted": lambda store, run: (
        store.log_metric(run, Metric("m", 3, 3, 3)),
        store.delete_tag(run, "t"),
    ),
    "a deletion": lambda store, run: store.delete_experiment(store.get_run(run).info.experiment_id),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_run_that_is_written_while_it_is_read_is_read_as_it_was_at_one_time(
    store: FileStore, root: Path, run_id: str, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    """BATCH-ATOMIC, also where a run that was left alone for long is read without its lock."""
    age(root)
    old = store.get_run(run_id)
    other = FileStore(str(root))
    while_read(monkeypatch, lambda: WRITERS[writer](other, run_id))
    seen = store.get_run(run_id)
    new = FileStore(str(root)).get_run(run_id)
    assert new != old
    assert seen in (old, new)
    assert store.get_run(run_id) == new


def test_a_batch_that_was_taken_back_leaves_nothing_in_memory(
    store: FileStore, root: Path, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch may meet a full disk while its first points are read already."""
    age(root)
    store.get_run(run_id)
    file = run_folder(root, run_id) / "metrics/m"
    journal = run_folder(root, run_id) / ".storeproof.journal"
    kept = file.read_bytes()
    real = entries.LatestPoints.read
    steps = iter([True])

    def read(self: entries.LatestPoints, *args: Any) -> dict[str, Metric]:
        if not next(steps, False):
            return real(self, *args)
        make_file(journal, "[]")
        append(file, "3 3.0 9\n8 8.0 2\n")
        found = real(self, *args)
        file.write_bytes(kept + b"4 4.0 4\n8 8.0 2\n7 7.0 3\n")
        journal.unlink()
        return found

    monkeypatch.setattr(entries.LatestPoints, "read", read)
    assert store.get_run(run_id).metrics["m"].value == 4
    assert store.get_run(run_id).metrics["m"].value == 4


def test_a_batch_that_another_process_left_half_done_is_finished_by_who_searches(
    store: FileStore, root: Path, run_id: str
) -> None:
    age(root)
    experiment = store.get_run(run_id).info.experiment_id
    assert ids(store, experiment, filter_string="tags.t = 'old'") == [run_id]
    make_file(
        run_folder(root, run_id) / ".storeproof.journal",
        '[["append", "metrics/m", "3 3.0 3\\n"], ["put", "tags/t", "new"]]',
    )
    (found,) = store.search_runs([experiment], filter_string="tags.t = 'new'").items
    assert found.metrics["m"].value == 3
