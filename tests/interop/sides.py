"""The two that read and write one store, with the same two verbs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Timer
from typing import Any, Protocol

import storeproof_side
from plans import Step

Json = dict[str, Any]

VARIABLE = "STOREPROOF_MLFLOW_PYTHON"
"""What names the interpreter that has MLflow."""

SCRIPT = Path(__file__).with_name("mlflow_side.py")
LIMIT = 300
"""Seconds that MLflow may take for one answer."""

URIS: dict[str, Callable[[Path], str]] = {
    "file": lambda place: str(place / "mlruns"),
    "sqlite": lambda place: f"sqlite:///{place}/mlflow.db",
}
"""Each kind of store that needs no server, and the address of one in a folder."""

SERVED = ("postgresql", "mysql", "mariadb")
"""The kinds that need one."""


class Side(Protocol):
    """One who writes and reads."""

    def fill(self, uri: str, steps: Sequence[Step], ids: dict[str, str]) -> dict[str, str]:
        """Carry out the steps of a plan and return the ids, those given and those made."""
        ...

    def dump(self, uri: str) -> Json:
        """Everything in the store."""
        ...


class Storeproof:
    """The stores of this project, in this process."""

    def fill(self, uri: str, steps: Sequence[Step], ids: dict[str, str]) -> dict[str, str]:
        """Carry out the steps."""
        return storeproof_side.fill(uri, steps, ids)

    def dump(self, uri: str) -> Json:
        """Everything in the store."""
        return storeproof_side.dump(uri)


class Mlflow:
    """MLflow behind a pipe, in a process of `python` that works in `folder`."""

    def __init__(self, python: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [python, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()

    def fill(self, uri: str, steps: Sequence[Step], ids: dict[str, str]) -> dict[str, str]:
        """Carry out the steps."""
        return self._ask({"fill": uri, "steps": steps, "ids": ids})

    def dump(self, uri: str) -> Json:
        """Everything that MLflow reads of the store."""
        return self._ask({"dump": uri})

    def upgrade(self, uri: str, revision: str) -> None:
        """Bring a database to a revision by MLflow's own chain; an empty one gets its first schema before."""
        self._ask({"upgrade": uri, "revision": revision})

    def _ask(self, question: Json) -> Json:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        watch = Timer(LIMIT, self.process.kill)
        watch.start()
        print(json.dumps(question), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        watch.cancel()
        assert line, "MLflow's process ended; its last words are above."
        reply = json.loads(line)
        assert "error" not in reply, f"MLflow failed:\n{reply['error']}"
        answer: Json = reply["answer"]
        return answer
