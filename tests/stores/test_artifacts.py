"""GC-ARTIFACTS: the artifacts of a run are removed wherever they are, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest

from storeproof.stores import StoreError
from storeproof.stores.artifacts import Artifacts, NotRemoved

RUN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def memory() -> Any:
    """A file system that fsspec knows and nobody else uses."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    return system


def made(folder: Path, *names: str) -> Path:
    """Files in a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def place(folder: Path) -> Path:
    """Where the run keeps artifacts."""
    return folder / RUN / "artifacts"


def see_refused(artifacts: Artifacts, uri: str, run_id: str = RUN) -> None:
    with pytest.raises(NotRemoved):
        artifacts.remove(run_id, uri)


@pytest.mark.parametrize("as_uri", [False, True])
def test_a_folder_goes_and_its_neighbours_stay(tmp_path: Path, as_uri: bool) -> None:
    folder = made(place(tmp_path / "a place"), "a/b", "c")
    beside = made(tmp_path / "a place" / "other" / "artifacts", "d")
    Artifacts().remove(RUN, folder.as_uri() if as_uri else str(folder))
    assert not folder.parent.exists()
    assert (beside / "d").exists()


def test_what_else_is_in_the_runs_folder_stays(tmp_path: Path) -> None:
    folder = made(place(tmp_path), "a")
    made(folder.parent, "meta.yaml")
    Artifacts().remove(RUN, str(folder))
    assert [each.name for each in folder.parent.iterdir()] == ["meta.yaml"]


def test_nothing_is_removed_where_nothing_is(tmp_path: Path) -> None:
    Artifacts().remove(RUN, str(place(tmp_path / "never")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", [f"{RUN}/artifacts", RUN])
def test_a_link_is_not_followed(tmp_path: Path, link: str) -> None:
    theirs = made(tmp_path / "theirs", "artifacts/a", "b")
    path = tmp_path / "root" / link
    path.parent.mkdir(parents=True)
    path.symlink_to(theirs)
    see_refused(Artifacts(), str(place(tmp_path / "root")))
    assert (theirs / "artifacts" / "a").exists()
    assert (theirs / "b").exists()


def test_a_link_among_the_artifacts_goes_and_its_target_stays(tmp_path: Path) -> None:
    theirs = made(tmp_path / "theirs", "a")
    folder = made(place(tmp_path), "b")
    (folder / "link").symlink_to(theirs)
    Artifacts().remove(RUN, str(folder))
    assert not folder.exists()
    assert (theirs / "a").exists()


@pytest.mark.parametrize(
    ("uri", "run_id"),
    [
        ("{folder}", RUN),
        (f"{{folder}}/{RUN}", RUN),
        (f"{{folder}}/x{RUN}/artifacts", RUN),
        (f"{{folder}}/{RUN}/artifacts/more", RUN),
        ("{folder}/../artifacts", ".."),
        ("{folder}/./artifacts", "."),
        ("{folder}//artifacts", ""),
        ("", RUN),
    ],
)
def test_a_folder_that_is_not_the_runs_alone_stays(tmp_path: Path, uri: str, run_id: str) -> None:
    made(tmp_path / "root", "artifacts/a", f"{RUN}/artifacts/more/b", f"x{RUN}/artifacts/c")
    before = sorted(tmp_path.rglob("*"))
    see_refused(Artifacts(), uri.format(folder=tmp_path / "root"), run_id)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "uri",
    [
        f"nowhere://bucket/{RUN}/artifacts",
        f"http://127.0.0.1:1/{RUN}/artifacts",
        f"memory::nowhere://bucket/{RUN}/artifacts",
        f"file://elsewhere/root/{RUN}/artifacts",
        f"mlflow-artifacts:/0/{RUN}/artifacts",
    ],
)
def test_what_cannot_be_reached_is_told(uri: str) -> None:
    see_refused(Artifacts(), uri)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    made(tmp_path / RUN, "artifacts")
    see_refused(Artifacts(), str(place(tmp_path)))


def test_objects_of_a_remote_store_go_and_their_neighbours_stay(memory: Any) -> None:
    for path in (f"/bucket/{RUN}/artifacts/a/b", f"/bucket/{RUN}/artifacts2", "/bucket/other"):
        memory.pipe(path, b"x")
    Artifacts().remove(RUN, f"memory://bucket/{RUN}/artifacts")
    assert sorted(memory.find("/bucket")) == [f"/bucket/{RUN}/artifacts2", "/bucket/other"]
    Artifacts().remove(RUN, f"memory://bucket/{RUN}/artifacts")


def test_a_root_that_fails_again_and_again_is_not_tried_for_ever(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(path: str, **_: object) -> None:
        tried.append(path)
        raise OSError("no answer")

    monkeypatch.setattr(type(memory), "rm", lambda _, path, **more: fail(path, **more))
    artifacts = Artifacts()
    for _ in range(10):
        see_refused(artifacts, f"memory://bucket/{RUN}/artifacts")
    assert len(tried) == 3


@pytest.mark.parametrize("root", ["", "//host:5000"])
def test_served_artifacts_are_removed_at_their_destination(tmp_path: Path, root: str) -> None:
    folder = made(place(tmp_path / "0"), "a")
    Artifacts(f"{tmp_path}/").remove(RUN, f"mlflow-artifacts:{root}/0/{RUN}/artifacts")
    assert not folder.exists()


@pytest.mark.parametrize("path", [f"/../{RUN}/artifacts", f"/%2e%2e/{RUN}/artifacts"])
def test_served_artifacts_are_not_sought_outside_the_destination(tmp_path: Path, path: str) -> None:
    folder = made(place(tmp_path), "a")
    see_refused(Artifacts(f"{tmp_path}/root"), f"mlflow-artifacts:{path}")
    assert folder.exists()


@pytest.mark.parametrize("destination", ["mlflow-artifacts:/x", "http://host/x"])
def test_a_destination_that_is_itself_served_is_refused(destination: str) -> None:
    with pytest.raises(StoreError):
        Artifacts(destination)
