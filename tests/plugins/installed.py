"""A plugin on the path, as if pip had installed it: its modules, and the entry point beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "examples" / "memory_store"

LIMIT = 600
"""Seconds that a program may take."""


@dataclass(frozen=True)
class Plugin:
    """An installed plugin: the folders that its programs have on their path, and one to work in."""

    path: tuple[Path, ...]
    work: Path

    @classmethod
    def of(cls, folder: Path, scheme: str, source: str) -> Plugin:
        """A plugin of one module, `plugin_SCHEME`, whose `open_store` the entry point names."""
        module = f"plugin_{scheme}"
        _dist_info(folder, module, scheme, f"{module}:open_store")
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
        return cls((folder,), _made(folder / "work"))

    def run(
        self, *arguments: str | Path, path: Sequence[Path] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with the plugin, and what else is named, on its path."""
        environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
        environment["PYTHONPATH"] = os.pathsep.join(map(str, (*self.path, *path)))
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def storeproof(
        self, *arguments: str | Path, path: Sequence[Path] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run the `storeproof` command."""
        main = "from storeproof.conformance.cli import main; main()"
        return self.run("-c", main, *arguments, path=path)

    def check(self, uri: str, *clauses: str, path: Sequence[Path] = ()) -> dict[str, Any]:
        """The results of `storeproof check --mlflow URI`, by clause."""
        report = self.work / "results.json"
        chosen = [word for clause in clauses for word in ("--clause", clause)]
        done = self.storeproof("check", "--mlflow", uri, *chosen, "--json", report, path=path)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        (store,) = json.loads(report.read_text(encoding="utf-8"))["stores"]
        return {each["slug"]: each for each in store["clauses"]}


def example(folder: Path) -> Plugin:
    """The example plugin of this repository."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((scheme, value),) = project["entry-points"]["mlflow.tracking_store"].items()
    _dist_info(folder, project["name"].replace("-", "_"), scheme, value)
    return Plugin((folder, EXAMPLE / "src"), _made(folder / "work"))


def _dist_info(folder: Path, name: str, scheme: str, value: str) -> None:
    info = _made(folder / f"{name}-1.0.dist-info")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mlflow.tracking_store]\n{scheme} = {value}\n")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
