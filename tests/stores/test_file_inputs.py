"""Datasets and their uses in the file store's folders: INPUT-*, FILE-LAYOUT, FILE-JUNK."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from file_folders import (
    MLFLOW_RUN_ID,
    age,
    made_by_mlflow,
    make_file,
    new_run,
    refused,
    run_folder,
    yaml_of,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storeproof.stores import Dataset, DatasetInput, ErrorCode
from storeproof.stores.file.store import FileStore

TRAIN = Dataset("train", "1a2b", "local", "file:///data", '{"x": "double"}', '{"rows": 3}')
BARE = Dataset("bare", "0", "", "")
TWINS = (Dataset("ab", "c", "local", "first"), Dataset("a", "bc", "local", "second"))
NASTY = "a\r\nb\n \x85\u2028\ufeff\t\x7f\x01 # : '\"\\ é😀 ~ "

MLFLOW_DATASET = """\
digest: 1a2b
name: train
profile: null
schema: '{"x": "double"}'
source: file:///data
source_type: local
"""


def md5(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


TRAIN_ID = md5("train", "1a2b")


def mlflow_use(dataset_id: str, tags: str = " {}") -> str:
    return (
        f"destination_id: {dataset_id}\ndestination_type: RUN\nsource_id: {dataset_id}\n"
        f"source_type: DATASET\ntags:{tags}\n"
    )


def use(dataset: Dataset, **tags: str) -> DatasetInput:
    return DatasetInput(dataset, tags)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(str(root))


@pytest.fixture
def used_by_mlflow(root: Path) -> Path:
    """A run that used a dataset, as MLflow leaves it; the run's folder."""
    run = made_by_mlflow(root)
    make_file(root / "12/datasets" / TRAIN_ID / "meta.yaml", MLFLOW_DATASET)
    make_file(
        run / "inputs" / md5(TRAIN_ID, MLFLOW_RUN_ID) / "meta.yaml",
        mlflow_use(TRAIN_ID, "\n  mlflow.data.context: training\n  other: '1'"),
    )
    return run


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[str], int]]:
    """How many warnings hold a text."""
    with caplog.at_level(logging.WARNING, logger="storeproof"):
        yield lambda text: sum(text in message for message in caplog.messages)


# FILE-LAYOUT


def test_a_use_is_written_as_mlflow_writes_it(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.log_inputs(run_id, [use(TRAIN, context="training"), use(BARE)])
    bare_id = md5("bare", "0")
    assert {each.name for each in (root / "0/datasets").iterdir()} == {TRAIN_ID, bare_id}
    assert yaml_of(root / "0/datasets" / bare_id / "meta.yaml") == {
        "digest": "0",
        "name": "bare",
        "profile": None,
        "schema": None,
        "source": "",
        "source_type": "",
    }
    inputs = run_folder(root, run_id) / "inputs"
    assert {each.name for each in inputs.iterdir()} == {md5(TRAIN_ID, run_id), md5(bare_id, run_id)}
    assert yaml_of(inputs / md5(TRAIN_ID, run_id) / "meta.yaml") == {
        "destination_id": TRAIN_ID,
        "destination_type": "RUN",
        "source_id": TRAIN_ID,
        "source_type": "DATASET",
        "tags": {"context": "training"},
    }
    assert yaml_of(inputs / md5(bare_id, run_id) / "meta.yaml")["tags"] == {}


def test_what_mlflow_wrote_is_read(root: Path, used_by_mlflow: Path) -> None:
    store = FileStore(str(root))
    dataset = Dataset("train", "1a2b", "local", "file:///data", '{"x": "double"}')
    wanted = (DatasetInput(dataset, {"mlflow.data.context": "training", "other": "1"}),)
    assert store.get_run(used_by_mlflow.name).inputs == wanted
    (found,) = store.search_runs(["12"], filter_string="dataset.context = 'training'").items
    assert found.inputs == wanted


def test_a_use_that_mlflow_wrote_gets_our_tags_and_keeps_what_others_wrote(
    root: Path, used_by_mlflow: Path
) -> None:
    (path,) = used_by_mlflow.glob("inputs/*/meta.yaml")
    path.write_text(path.read_text() + "workspace: default\n")
    store = FileStore(str(root))
    store.log_inputs(MLFLOW_RUN_ID, [use(TRAIN, other="2", new="3")])
    document = yaml_of(path)
    assert document["tags"] == {"mlflow.data.context": "training", "other": "2", "new": "3"}
    assert document["workspace"] == "default"
    assert (root / "12/datasets" / TRAIN_ID / "meta.yaml").read_text() == MLFLOW_DATASET
    assert store.get_run(MLFLOW_RUN_ID).inputs[0].dataset.profile is None


def test_inputs_that_are_no_datasets_are_others_business(
    root: Path, used_by_mlflow: Path, warnings: Callable[[str], int]
) -> None:
    """MLflow 3 notes the models that a run used in the same folder."""
    text = mlflow_use("m-1").replace("DATASET", "MODEL")
    make_file(used_by_mlflow / "inputs/model/meta.yaml", text)
    assert len(FileStore(str(root)).get_run(MLFLOW_RUN_ID).inputs) == 1
    assert warnings("inputs") == 0


def test_uses_are_read_by_name_and_digest(store: FileStore) -> None:
    run_id = new_run(store)
    names = [("b", "1"), ("a", "2"), ("B", "3"), ("a", "10"), ("", ""), ("é", "0")]
    store.log_inputs(run_id, [use(Dataset(*each, "local", "x")) for each in names])
    found = [(each.dataset.name, each.dataset.digest) for each in store.get_run(run_id).inputs]
    assert found == sorted(names)


@given(texts=st.lists(st.text(max_size=20), min_size=6, max_size=6), tag=st.text(max_size=20))
@example(texts=[NASTY] * 6, tag=NASTY)
@example(texts=["null", "1e3", "~", "yes", "", " "], tag="0")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_texts_of_all_kinds_come_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], tag: str
) -> None:
    root = str(tmp_path_factory.mktemp("texts") / "store")
    texts = [each.replace("\0", "") for each in texts]
    tag = tag.replace("\0", "")
    written = DatasetInput(Dataset(*texts), {tag: tag})
    store = FileStore(root)
    run_id = new_run(store)
    store.log_inputs(run_id, [written])
    assert FileStore(root).get_run(run_id).inputs == (written,)


def test_the_longest_texts_come_back(store: FileStore, root: Path) -> None:
    profile = (NASTY * 1_000_000)[:16_777_215]
    dataset = Dataset("long", "1", "local", profile[:65_535], None, profile)
    run_id = new_run(store)
    store.log_inputs(run_id, [use(dataset)])
    (found,) = FileStore(str(root)).get_run(run_id).inputs
    assert found.dataset == dataset


# INPUT-SCOPE


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_two_datasets_of_one_md5_are_two(
    store: FileStore, root: Path, order: tuple[int, int], together: bool
) -> None:
    datasets = [TWINS[nth] for nth in order]
    run_id, other = new_run(store), new_run(store)
    for batch in [datasets] if together else [[each] for each in datasets]:
        store.log_inputs(run_id, [use(each, role=each.source) for each in batch])
    store.log_inputs(other, [use(datasets[1])])
    again = FileStore(str(root))
    wanted = tuple(use(each, role=each.source) for each in (TWINS[1], TWINS[0]))
    assert again.get_run(run_id).inputs == wanted
    assert again.get_run(other).inputs == (use(datasets[1]),)
    folders = {each.name for each in (root / "0/datasets").iterdir()}
    assert len(folders) == 2
    assert md5("abc") in folders
    # MLflow finds a dataset by the name of its folder.
    uses = (root / "0").glob("*/inputs/*/meta.yaml")
    assert {yaml_of(each)["source_id"] for each in uses} == folders


def test_a_dataset_keeps_what_was_said_of_it_first(store: FileStore) -> None:
    first, second = new_run(store), new_run(store)
    store.log_inputs(first, [use(TRAIN)])
    store.log_inputs(second, [use(Dataset("train", "1a2b", "s3", "elsewhere"))])
    assert store.get_run(second).inputs == (use(TRAIN),)


def test_datasets_stay_with_their_experiment(store: FileStore) -> None:
    other = store.create_experiment("other")
    first, second = new_run(store), store.create_run(other).info.run_id
    elsewhere = Dataset("train", "1a2b", "s3", "elsewhere")
    store.log_inputs(first, [use(TRAIN)])
    store.log_inputs(second, [use(elsewhere)])
    assert store.get_run(second).inputs == (use(elsewhere),)
    store.delete_experiment(other)
    assert store.get_run(second).inputs == (use(elsewhere),)
    refused(ErrorCode.INVALID_PARAMETER_VALUE, store.log_inputs, second, [use(TRAIN)])
    store.restore_experiment(other)
    store.log_inputs(second, [use(BARE)])
    assert store.get_run(second).inputs == (use(BARE), use(elsewhere))


# FILE-JUNK


BROKEN: dict[str, Callable[[Path, Path], object]] = {
    "a use without a document": lambda run, _: (run / "inputs/zz").mkdir(),
    "a use that is no YAML": lambda run, _: make_file(run / "inputs/zz/meta.yaml", "tags: ["),
    "a use of nothing": lambda run, _: make_file(
        run / "inputs/zz/meta.yaml", "source_type: DATASET\ntags: {}\n"
    ),
    "a use with odd tags": lambda run, _: make_file(
        run / "inputs/zz/meta.yaml", mlflow_use(TRAIN_ID, " [a]")
    ),
    "a use with an odd tag": lambda run, _: make_file(
        run / "inputs/zz/meta.yaml", mlflow_use(TRAIN_ID, "\n  a: [b]")
    ),
    "a use of a dataset that is missing": lambda run, _: make_file(
        run / "inputs/zz/meta.yaml", mlflow_use("missing")
    ),
    "a use of a file outside": lambda run, _: make_file(
        run / "inputs/zz/meta.yaml", mlflow_use("../../../outside")
    ),
    "a use of a broken dataset": lambda run, datasets: (
        make_file(run / "inputs/yy/meta.yaml", mlflow_use("zz")),
        make_file(datasets / "zz/meta.yaml", "name: zz\n"),
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_use_hides_no_other_and_is_named(
    root: Path, used_by_mlflow: Path, warnings: Callable[[str], int], broken: str
) -> None:
    make_file(root.parent / "outside/meta.yaml", MLFLOW_DATASET)
    BROKEN[broken](used_by_mlflow, root / "12/datasets")
    age(root)
    store = FileStore(str(root))
    for _ in range(2):
        assert [each.dataset.name for each in store.get_run(MLFLOW_RUN_ID).inputs] == ["train"]
        (found,) = store.search_runs(["12"], filter_string="dataset.name = 'train'").items
        assert len(found.inputs) == 1
    assert warnings("zz") == 1


def test_stray_files_are_no_uses(root: Path, used_by_mlflow: Path) -> None:
    make_file(used_by_mlflow / "inputs/README", "x")
    make_file(root / "12/datasets/README", "x")
    make_file(root / "12/datasets/stray/x", "x")
    assert len(FileStore(str(root)).get_run(MLFLOW_RUN_ID).inputs) == 1


@pytest.mark.parametrize("content", [None, "", "name: [", "name: other\ndigest: x\n"])
def test_what_stands_in_a_dataset_s_place_is_left_there(
    store: FileStore, root: Path, content: str | None
) -> None:
    place = root / "0/datasets" / TRAIN_ID
    if content is None:
        make_file(place / "notes", "x")
    else:
        make_file(place / "meta.yaml", content)
    run_id = new_run(store)
    for _ in range(2):
        store.log_inputs(run_id, [use(TRAIN, a="b")])
    assert store.get_run(run_id).inputs == (use(TRAIN, a="b"),)
    assert (place / "meta.yaml").exists() == (content is not None)
    assert content is None or (place / "meta.yaml").read_text() == content


@pytest.mark.parametrize("left", ["", "x", "meta.yaml"])
def test_a_use_is_logged_where_a_killed_writer_left_a_folder(
    store: FileStore, root: Path, left: str
) -> None:
    run_id = new_run(store)
    for folder in (
        root / "0/datasets" / TRAIN_ID,
        run_folder(root, run_id) / "inputs" / md5(TRAIN_ID, run_id),
    ):
        folder.mkdir(parents=True)
        if left:
            make_file(folder / left, "")
    store.log_inputs(run_id, [use(TRAIN, a="b")])
    assert store.get_run(run_id).inputs == (use(TRAIN, a="b"),)


def test_a_use_that_is_there_twice_is_one(root: Path, used_by_mlflow: Path) -> None:
    make_file(used_by_mlflow / "inputs/zz/meta.yaml", mlflow_use(TRAIN_ID, "\n  other: '2'"))
    (found,) = FileStore(str(root)).get_run(MLFLOW_RUN_ID).inputs
    assert found.tags == {"mlflow.data.context": "training", "other": "2"}


def test_a_full_place_is_refused_and_nothing_is_written(store: FileStore, root: Path) -> None:
    run_id = new_run(store)
    store.log_inputs(run_id, [use(each) for each in TWINS])
    for folder in (root / "0/datasets").iterdir():
        make_file(folder / "meta.yaml", "broken: [")
    before = store.get_run(run_id)
    unavailable = ErrorCode.TEMPORARILY_UNAVAILABLE
    refused(unavailable, store.log_inputs, run_id, [use(TRAIN), use(TWINS[1]), use(TWINS[0])])
    assert store.get_run(run_id) == before
    assert not (root / "0/datasets" / TRAIN_ID).exists()


# What is remembered

CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "a dataset rewritten": lambda _, datasets: make_file(
        datasets / TRAIN_ID / "meta.yaml", MLFLOW_DATASET.replace("local", "other")
    ),
    "a dataset removed": lambda _, datasets: shutil.rmtree(datasets / TRAIN_ID),
    "a use rewritten": lambda run, _: make_file(
        run / "inputs" / md5(TRAIN_ID, MLFLOW_RUN_ID) / "meta.yaml", mlflow_use(TRAIN_ID)
    ),
    "a use removed": lambda run, _: shutil.rmtree(run / "inputs" / md5(TRAIN_ID, MLFLOW_RUN_ID)),
    "no uses any more": lambda run, _: shutil.rmtree(run / "inputs"),
    "another use": lambda run, datasets: (
        make_file(datasets / "dd/meta.yaml", MLFLOW_DATASET.replace("train", "test")),
        make_file(run / "inputs/uu/meta.yaml", mlflow_use("dd")),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_did_between_two_readings_is_seen(
    root: Path, used_by_mlflow: Path, change: str
) -> None:
    age(root)
    store = FileStore(str(root))
    before = store.get_run(MLFLOW_RUN_ID).inputs
    CHANGES[change](used_by_mlflow, root / "12/datasets")
    now = FileStore(str(root)).get_run(MLFLOW_RUN_ID).inputs
    assert now != before
    assert store.get_run(MLFLOW_RUN_ID).inputs == now
    assert store.search_runs(["12"]).items[0].inputs == now


def test_documents_of_uses_are_plain_mappings_for_the_yaml_library(
    store: FileStore, root: Path
) -> None:
    run_id = new_run(store)
    store.log_inputs(run_id, [use(TRAIN), use(BARE)])
    for path in root.glob("0/**/meta.yaml"):
        assert "&" not in path.read_text()
        assert isinstance(yaml.safe_load(path.read_text()), dict)
