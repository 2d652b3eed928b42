"""How the programs named as arguments end, each run as a main program; JSON to the file named first.

One that is named several times ends well if it does so each time.

Run in an interpreter of its own; one for many programs, because starting it takes longer
than running them.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path


def ends_well(program: str) -> bool:
    """Whether the exit status would be 0; settings of the environment are undone."""
    before = dict(os.environ)
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        return end.code in (None, 0)
    except BaseException:  # noqa: BLE001 - whatever ends a program badly
        return False
    finally:
        os.environ.clear()
        os.environ.update(before)
    return True


if __name__ == "__main__":
    answer, *programs = sys.argv[1:]
    endings: dict[str, bool] = {}
    for program in programs:
        endings[program] = endings.get(program, True) and ends_well(program)
    Path(answer).write_text(json.dumps(endings), encoding="utf-8")
