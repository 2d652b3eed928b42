"""The changes of a file: put, append, remove; and of a folder. Each leaves it whole, old or new (FILE-CRASH).

Whoever calls holds the lock of `folder`, so one temporary name per folder is enough and
a killed writer leaves at most that one file behind. Nothing is synced to the disk: what
must survive is the death of the process, not of the machine.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress

from storeproof.stores.file.layout import STAGE, TEMPORARY

_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_GROW = os.O_RDWR | os.O_APPEND | _BINARY
_TAIL = 4096


def put(folder: str, name: str, data: bytes) -> None:
    """Make or replace the file `name` of the folder."""
    temporary = _write_temporary(folder, data)
    target = f"{folder}/{name}"
    try:
        os.replace(temporary, target)
    except FileNotFoundError:
        _make_parents(folder, name)
        os.replace(temporary, target)


def append(folder: str, name: str, lines: bytes) -> None:
    """Add whole lines, making the file with them if it is missing; an unfinished last line is cut off first.

    A new file appears with its lines, never empty: MLflow cannot read a run that has an
    empty metric file. A write that fails is taken back.
    """
    target = f"{folder}/{name}"
    while True:
        try:
            descriptor = os.open(target, _GROW)
        except FileNotFoundError:
            if _create(folder, name, lines):
                return
            continue
        try:
            size = _cut_unfinished(descriptor)
            try:
                _write(descriptor, lines)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        return


def remove(folder: str, name: str) -> None:
    """Remove the file if it is there, and the folders below `folder`'s first level that are empty then."""
    with suppress(FileNotFoundError):
        os.remove(f"{folder}/{name}")
    parent = os.path.dirname(name)
    while "/" in parent:
        try:
            os.rmdir(f"{folder}/{parent}")
        except OSError:
            return
        parent = os.path.dirname(parent)


def put_folder(folder: str, target: str, name: str, data: bytes) -> None:
    """Make the folder `target`, which is missing or empty, with one file in it; it appears with the file.

    It is prepared inside `folder`, whose lock the caller holds.
    """
    stage = _empty_stage(folder)
    put(stage, name, data)
    try:
        os.rename(stage, target)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(os.path.dirname(target))
        os.rename(stage, target)


def remove_folder(folder: str, target: str) -> None:
    """Remove the folder `target` if it is there, all at once for those who look."""
    stage = _empty_stage(folder)
    with suppress(FileNotFoundError):
        os.rename(target, stage)
    shutil.rmtree(stage)


def size_of(path: str) -> int | None:
    """The size of a file in bytes; None if it is missing."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None


def content_of(path: str) -> bytes | None:
    """The content of a file; None if it is missing."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _create(folder: str, name: str, data: bytes) -> bool:
    """Make a file that was not there, whole; False if another was quicker."""
    temporary = _write_temporary(folder, data)
    target = f"{folder}/{name}"
    try:
        try:
            os.link(temporary, target)
        except FileNotFoundError:
            _make_parents(folder, name)
            os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        os.replace(temporary, target)  # a file system without hard links
        return True
    finally:
        with suppress(FileNotFoundError):
            os.remove(temporary)
    return True


def _empty_stage(folder: str) -> str:
    stage = f"{folder}/{STAGE}"
    if os.path.exists(stage):
        shutil.rmtree(stage)  # left by a process that was killed
    os.mkdir(stage)
    return stage


def _write_temporary(folder: str, data: bytes) -> str:
    path = f"{folder}/{TEMPORARY}"
    try:
        descriptor = os.open(path, _NEW, 0o666)
    except FileExistsError:
        # Left by a writer that was killed. Never overwritten: it may be linked as a metric file.
        os.remove(path)
        descriptor = os.open(path, _NEW, 0o666)
    try:
        _write(descriptor, data)
    finally:
        os.close(descriptor)
    return path


def _write(descriptor: int, data: bytes) -> None:
    done = os.write(descriptor, data)
    while done < len(data):
        done += os.write(descriptor, data[done:])


def _cut_unfinished(descriptor: int) -> int:
    """Cut what stands behind the last line end, and return the size."""
    size = end = os.fstat(descriptor).st_size
    if not size or _read_at(descriptor, size - 1, 1) == b"\n":
        return size
    while end:
        start = max(0, end - _TAIL)
        found = _read_at(descriptor, start, end - start).rfind(b"\n")
        end = start if found < 0 else start + found + 1
        if found >= 0:
            break
    os.ftruncate(descriptor, end)
    return end


def _read_at(descriptor: int, offset: int, count: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, count)


def _make_parents(folder: str, name: str) -> None:
    """Make the folders between `folder`, which must be there, and the file."""
    path = folder
    for part in name.split("/")[:-1]:
        path = f"{path}/{part}"
        with suppress(FileExistsError):
            os.mkdir(path)
