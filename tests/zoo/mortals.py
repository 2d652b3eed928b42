"""Stores that another process can open, each of which breaks one rule when its process is killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from wrapper import Wrapper

from storeproof.stores.entities import Metric, Run
from storeproof.stores.file.store import FileStore

MORTALS: dict[str, str] = {}
"""The broken stores by name, each with the clause that it breaks."""

M = TypeVar("M", bound="Mortal")


def open_at(address: str) -> Mortal:
    """The store at an address: the name of its class, and its folder."""
    name, _, folder = address.partition("|")
    made = globals()[name](folder)
    assert isinstance(made, Mortal)
    return made


def restart(address: str) -> None:
    """There is no server."""


def breaks(slug: str) -> Callable[[type[M]], type[M]]:
    def register(broken: type[M]) -> type[M]:
        MORTALS[broken.__name__] = slug
        return broken

    return register


class Mortal(Wrapper):
    """A store that keeps every rule, in a folder that others can open."""

    kinds = frozenset({"file"})
    open_at = staticmethod(open_at)
    restart = staticmethod(restart)

    def __init__(self, folder: str | None = None) -> None:
        self._made = folder is None
        self._root = Path(folder or tempfile.mkdtemp(prefix="storeproof-zoo-"))
        self.folder = self._root / "mlruns"
        self.good = FileStore(str(self.folder), str(self._root / "artifacts"))
        self.address = f"{type(self).__name__}|{self._root}"

    def close(self) -> None:
        self.good.close()
        if self._made:
            shutil.rmtree(self._root, ignore_errors=True)

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        self.good._log_batch(run_id, metrics, params, tags, name)

    def _linger(self) -> None:
        """Do something that takes some calls out of Python."""
        for _ in range(40):
            self._root.stat()


class WithoutHooks(Mortal):
    """Nobody is told how another process opens it."""

    open_at = None  # type: ignore[assignment]


class WithoutRestart(Mortal):
    """Nobody is told how its server is restarted."""

    restart = None  # type: ignore[assignment]


@breaks("DUR-ACK")
class WritesWhenItIsRead(Mortal):
    """Acknowledges what it keeps in memory until somebody reads, or it is closed."""

    def __init__(self, folder: str | None = None) -> None:
        super().__init__(folder)
        self._waiting: list[Callable[[], None]] = []

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        self._waiting.append(lambda: self.good._log_batch(run_id, metrics, params, tags, name))

    def _get_run(self, run_id: str) -> Run:
        self._write()
        return super()._get_run(run_id)

    def close(self) -> None:
        self._write()
        super().close()

    def _write(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()


@breaks("FILE-CRASH")
class OverwritesInPlace(Mortal):
    """Empties a tag's file before it writes what is new."""

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if metrics or params:
            super()._log_batch(run_id, metrics, params, tags, name)
            return
        (folder,) = self.folder.glob(f"*/{run_id}/tags")
        for key, value in tags.items():
            with (folder / key).open("w") as file:
                for character in value:
                    file.write(character)


@breaks("FILE-CRASH")
class DoesAgainWhatWasDone(Mortal):
    """Notes what it is about to do, and does it again when it finds the note, done or not."""

    def __init__(self, folder: str | None = None) -> None:
        super().__init__(folder)
        self._note = self._root / "note"
        if self._note.exists():
            experiment_id, run_id = self._note.read_text().split()
            run = self.good.get_run(run_id)
            tags = {key: value for key, value in run.tags.items() if key != "mlflow.runName"}
            self.good._create_run(experiment_id, "ann", 1, tags, run.info.run_name)

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        made = super()._create_run(experiment_id, user_id, start_time, tags, name)
        self._note.write_text(f"{experiment_id} {made.info.run_id}")
        self._linger()
        self._note.unlink()
        return made


@breaks("BATCH-ATOMIC")
class WritesABatchInTwoParts(Mortal):
    """The metrics first, one half and then the other; then the rest."""

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        half = len(metrics) // 2
        if half:
            super()._log_batch(run_id, metrics[:half], {}, {}, None)
            self._linger()
        super()._log_batch(run_id, metrics[half:], params, tags, name)
