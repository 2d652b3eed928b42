"""The installed command, run as a user runs it, in a folder of its own; and pytest likewise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Done = subprocess.CompletedProcess[str]


def storeproof(*arguments: str, cwd: Path, **environment: str) -> Done:
    """`storeproof` with these arguments; the odd stores of this folder can be imported."""
    program = "from storeproof.conformance.cli import main; main()"
    return _run(["-c", program, *arguments], cwd, environment)


def check(*arguments: str, cwd: Path, **environment: str) -> Done:
    """`storeproof check`."""
    return storeproof("check", *arguments, cwd=cwd, **environment)


def suite(*arguments: str, cwd: Path, **environment: str) -> Done:
    """The suite under pytest."""
    named = [
        "--pyargs",
        "storeproof.conformance.suite",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
    ]
    return _run(["-m", "pytest", *named, *arguments], cwd, environment)


def results_in(file: Path) -> dict[str, Any]:
    """What results.json holds."""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def clauses_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The clauses of the only store."""
    (store,) = document["stores"]
    clauses: list[dict[str, Any]] = store["clauses"]
    return clauses


def _run(arguments: list[str], cwd: Path, environment: dict[str, str]) -> Done:
    path = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
