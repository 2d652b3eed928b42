"""Locks between threads and processes, one per lock file; the kernel frees them when their holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "win32":
    from filelock import FileLock

    @contextmanager
    def exclusive(path: str) -> Iterator[None]:
        """Hold the lock alone."""
        with FileLock(path):
            yield

    @contextmanager
    def shared(path: str) -> Iterator[bool]:
        """Hold the lock if its file is there, and say whether it is."""
        if not os.path.exists(path):
            yield False
            return
        with FileLock(path):
            yield True

else:
    import fcntl

    @contextmanager
    def exclusive(path: str) -> Iterator[None]:
        """Hold the lock alone, making its file if need be; FileNotFoundError without its folder."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_at(descriptor, path):
                    yield
                    return
            finally:
                # Said aloud: a child forked meanwhile shares the lock and would keep it.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                os.close(descriptor)

    @contextmanager
    def shared(path: str) -> Iterator[bool]:
        """Hold the lock with other readers if its file is there, and say whether it is."""
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield True
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _is_at(descriptor: int, path: str) -> bool:
        """Whether the path still names the locked file: its folder may have been moved or removed meanwhile."""
        try:
            there = os.stat(path)
        except FileNotFoundError:
            return False
        held = os.fstat(descriptor)
        return (there.st_ino, there.st_dev) == (held.st_ino, held.st_dev)
