"""Several changes of one folder as one: written down, made, and made again by the next comer if interrupted.

A change may be made twice: putting and removing are the same the second time, and
appended points count once (METRIC-DUP). So a journal that is there is a promise to
finish (BATCH-ATOMIC, FILE-CRASH).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from enum import StrEnum

from storeproof.stores.file import atomic, inputs
from storeproof.stores.file.junk import report
from storeproof.stores.file.layout import JOURNAL


class Action(StrEnum):
    """What happens to the file; a use of a dataset is a change of more than one (inputs.py)."""

    PUT = "put"
    APPEND = "append"
    REMOVE = "remove"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the file `name`; `text` is its content, the lines added, nothing, or the use.

    `lines` is the number of things that a kill could part.
    """

    action: Action
    name: str
    text: str = ""
    lines: int = 1


def make(folder: str, changes: Sequence[Change]) -> None:
    """Make all of these changes or, if this raises, none. The caller holds the folder's lock."""
    if sum(change.lines for change in changes) > 1:
        # A kill in the middle of one write of many lines keeps some of them, so that is several too.
        plan = [[change.action, change.name, change.text] for change in changes]
        with _guarded(folder, changes):
            atomic.put(folder, JOURNAL, json.dumps(plan, ensure_ascii=False).encode())
            _all_or_none(folder, changes)
        os.remove(f"{folder}/{JOURNAL}")
    else:
        if changes and changes[0].action is not Action.PUT:
            # Who reads without the lock tells by the folder's time that a writer came (runs.py);
            # the other changes set it anyway.
            os.utime(folder)
        make_unseen(folder, changes)


def make_unseen(folder: str, changes: Sequence[Change]) -> None:
    """Make these changes in a folder that nobody looks into yet."""
    for change in changes:
        _make(folder, change)


def pending(folder: str) -> bool:
    """Whether a writer wrote a journal and did not finish."""
    return os.path.exists(f"{folder}/{JOURNAL}")


def finish(folder: str) -> None:
    """Make the changes of a journal that is there. The caller holds the folder's lock."""
    path = f"{folder}/{JOURNAL}"
    data = atomic.content_of(path)
    if data is None:
        return
    try:
        changes = [Change(Action(action), name, text) for action, name, text in json.loads(data)]
    except (ValueError, TypeError) as error:
        # It was renamed into place whole, so only a crash of the machine can have damaged it.
        report(path, f"is no journal and is dropped ({error})")
        changes = []
    with _guarded(folder, changes):
        for change in changes:
            _make(folder, change)
    os.remove(path)


def _guarded(folder: str, changes: Sequence[Change]) -> AbstractContextManager[None]:
    uses = any(change.action is Action.USE for change in changes)
    return inputs.locked(folder) if uses else nullcontext()


def _make(folder: str, change: Change) -> None:
    match change.action:
        case Action.PUT:
            atomic.put(folder, change.name, change.text.encode())
        case Action.APPEND:
            atomic.append(folder, change.name, change.text.encode())
        case Action.REMOVE:
            atomic.remove(folder, change.name)
        case Action.USE:
            inputs.note(folder, change.text)


def _all_or_none(folder: str, changes: Sequence[Change]) -> None:
    undo: list[Callable[[], None]] = []
    try:
        for change in changes:
            undo.append(_back(folder, change))
            _make(folder, change)
    except OSError:
        # If taking back fails too, the journal stays, and the next comer finishes the work.
        with suppress(OSError):
            for step in reversed(undo):
                step()
            os.remove(f"{folder}/{JOURNAL}")
        raise


def _back(folder: str, change: Change) -> Callable[[], None]:
    """What takes the change back to what is there now."""
    path = f"{folder}/{change.name}"
    if change.action is Action.USE:
        return inputs.back(folder, change.text)
    if change.action is Action.APPEND:
        size = atomic.size_of(path)
        if size is not None:
            kept = size
            return lambda: os.truncate(path, kept)
    else:
        data = atomic.content_of(path)
        if data is not None:
            content = data
            return lambda: atomic.put(folder, change.name, content)
    return lambda: atomic.remove(folder, change.name)
