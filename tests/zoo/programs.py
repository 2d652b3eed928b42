"""Programs that show a breach, run beside the broken stores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def status(program: str) -> int:
    """How a program ends in an interpreter of its own."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=Path(__file__).parent, timeout=200, check=False).returncode
