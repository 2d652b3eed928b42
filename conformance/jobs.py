"""Work that a module does as a process of its own: a job as JSON for its input, an answer as JSON for its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


class JobFailed(Exception):
    """The process did not end well; the message is what it said."""


def interpreter(module: str) -> tuple[list[str], dict[str, str]]:
    """The command that runs a module, and the environment in which it finds what this process finds."""
    path = os.pathsep.join(sys.path)
    return [sys.executable, "-m", module], {**os.environ, "PYTHONPATH": path}


def answer(module: str, job: object, seconds: float) -> Any:
    """What the module answers to a job. Raises JobFailed, and TimeoutExpired after so many seconds."""
    command, environment = interpreter(module)
    done = subprocess.run(
        command,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        env=environment,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise JobFailed(done.stderr.strip() or f"the process ended with {done.returncode}")
    return json.loads(done.stdout)
