"""The datasets that runs used: a folder for each dataset of an experiment, and for each use of a run (INPUT-*).

    <experiment>/datasets/<dataset's id>/meta.yaml
    <experiment>/<run>/inputs/<md5 of dataset's id and run's id>/meta.yaml

A dataset's id is the md5 of its name and digest together, as MLflow has it. Two pairs can
have one md5, ("ab", "c") and ("a", "bc"): the pair that comes second gets an id that is no
other pair's. Whoever reads goes by what the documents say.

Datasets belong to all runs of an experiment, so they are written under a lock of the
experiment's folder. It is the last one taken: store, run, datasets.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple

from storeproof.stores.entities import Dataset, DatasetInput
from storeproof.stores.file import atomic, locks, meta
from storeproof.stores.file.cache import ParsedFiles, read_file
from storeproof.stores.file.junk import BrokenEntryError, report
from storeproof.stores.file.layout import DATASETS, INPUTS, LOCK, META, subfolders

_CACHED_KILOBYTES = 64_000


class Inputs:
    """The uses of datasets in the runs of a store."""

    def __init__(self) -> None:
        self._uses = ParsedFiles(meta.parse_use, _CACHED_KILOBYTES)
        self._datasets = ParsedFiles(meta.parse_dataset, _CACHED_KILOBYTES)

    def read(self, run: str) -> tuple[DatasetInput, ...]:
        """What the run in this folder used, by name and digest; what cannot be read is reported and left out."""
        found: dict[tuple[str, str], DatasetInput] = {}
        for name in sorted(subfolders(f"{run}/{INPUTS}")):
            try:
                use = self._read_use(run, name)
            except BrokenEntryError as broken:
                report(broken.path, broken.why)
                continue
            if use is not None:
                key = (use.dataset.name, use.dataset.digest)
                # A dataset has one folder in each run, but for what others wrote.
                before = found.get(key, use)
                found[key] = DatasetInput(before.dataset, {**before.tags, **use.tags})
        return tuple(found[key] for key in sorted(found))

    def _read_use(self, run: str, name: str) -> DatasetInput | None:
        path = f"{run}/{INPUTS}/{name}"
        try:
            use = self._uses.read(f"{path}/{META}")
        except FileNotFoundError:
            raise BrokenEntryError(path, f"is left out: it has no {META}") from None
        if use is None:
            return None
        try:
            dataset = self._datasets.read(_dataset(run, use.dataset_id))
        except FileNotFoundError:
            raise BrokenEntryError(path, "is left out: its dataset is missing") from None
        return DatasetInput(dataset, use.tags)


def to_text(use: DatasetInput) -> str:
    """A use as the journal keeps it."""
    return json.dumps([astuple(use.dataset), dict(use.tags)], ensure_ascii=False)


@contextmanager
def locked(run: str) -> Iterator[None]:
    """Hold the lock of the datasets of this run's experiment."""
    with locks.exclusive(f"{os.path.dirname(run)}/{LOCK}"):
        yield


# The changes; they need the locks of the run and of the datasets.


def note(run: str, text: str) -> None:
    """Note a use: make its dataset if the experiment lacks it, and make the use or set its tags."""
    dataset, tags = _from_text(text)
    dataset_id, is_there = _place(run, dataset)
    if not is_there:
        document = meta.dump(meta.new_dataset(dataset))
        target = os.path.dirname(_dataset(run, dataset_id))
        atomic.put_folder(run, target, META, document.encode())
    name = _use_id(dataset_id, run)
    path = f"{run}/{INPUTS}/{name}"
    known = _use(path, dataset_id)
    if known is None:
        document = meta.dump(meta.new_use(dataset_id, tags))
    else:
        document = meta.dump(meta.changed(known.document, tags={**known.tags, **tags}))
    if _is_free(path):
        atomic.put_folder(run, path, META, document.encode())
    else:
        atomic.put(run, f"{INPUTS}/{name}/{META}", document.encode())


def back(run: str, text: str) -> Callable[[], None]:
    """What takes note() back to what is there now."""
    dataset, _ = _from_text(text)
    dataset_id, is_there = _place(run, dataset)
    folder = f"{INPUTS}/{_use_id(dataset_id, run)}"
    is_new = _is_free(f"{run}/{folder}")
    before = atomic.content_of(f"{run}/{folder}/{META}")

    def take_back() -> None:
        if is_new:
            atomic.remove_folder(run, f"{run}/{folder}")
        elif before is None:
            atomic.remove(run, f"{folder}/{META}")
        else:
            atomic.put(run, f"{folder}/{META}", before)
        if not is_there:
            # The lock is held since it was made, so no other run uses it yet.
            atomic.remove_folder(run, os.path.dirname(_dataset(run, dataset_id)))

    return take_back


def _from_text(text: str) -> tuple[Dataset, dict[str, str]]:
    fields, tags = json.loads(text)
    return Dataset(*fields), tags


def _dataset(run: str, dataset_id: str) -> str:
    return f"{os.path.dirname(run)}/{DATASETS}/{dataset_id}/{META}"


def _place(run: str, dataset: Dataset) -> tuple[str, bool]:
    """The id that the dataset has or gets in the run's experiment, and whether it is there."""
    pair = (dataset.name, dataset.digest)
    ids = (
        hashlib.md5("".join(pair).encode(), usedforsecurity=False).hexdigest(),
        hashlib.sha256(json.dumps(pair).encode()).hexdigest(),
    )
    for each in ids:
        path = _dataset(run, each)
        try:
            _, _, data = read_file(path)
            found = meta.parse_dataset(path, data)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except BrokenEntryError as broken:
            report(broken.path, broken.why)
            continue
        if (found.name, found.digest) == pair:
            return each, True
    for each in ids:
        if _is_free(os.path.dirname(_dataset(run, each))):
            return each, False
    raise FileExistsError(errno.EEXIST, "It is in the way of a dataset", _dataset(run, ids[-1]))


def _use_id(dataset_id: str, run: str) -> str:
    run_id = os.path.basename(run)
    return hashlib.md5((dataset_id + run_id).encode(), usedforsecurity=False).hexdigest()


def _use(path: str, dataset_id: str) -> meta.UseMeta | None:
    """The use of this dataset that is there; a broken one is written anew."""
    try:
        _, _, data = read_file(f"{path}/{META}")
        found = meta.parse_use(f"{path}/{META}", data)
    except (FileNotFoundError, NotADirectoryError, BrokenEntryError):
        return None
    return found if found is not None and found.dataset_id == dataset_id else None


def _is_free(folder: str) -> bool:
    """Whether a new folder can be put here."""
    try:
        return not os.listdir(folder)
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False
