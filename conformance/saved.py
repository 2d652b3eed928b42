"""Failures kept for a replay: one file each, in a folder of the user's cache.

The file of a failure has its id as name, so that the newest example takes the place of the
last. It holds no secret: an address has the name of a variable in place of its password.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from storeproof.conformance.results import Failure

CACHE_VARIABLE = "STOREPROOF_CACHE"
"""The variable that names the cache folder in place of the platform's."""

FORMAT = 1


class NoSuchFailure(Exception):
    """There is no failure to be had by this name; the message says what to do."""


@dataclass(frozen=True)
class _File:
    storeproof_failure: int
    failure: Failure


def cache_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """The folder given, else the one that STOREPROOF_CACHE names, else the platform's for storeproof."""
    named = given or os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("storeproof"))


def as_text(failure: Failure) -> str:
    """A failure as the text of a file; the trace's lone surrogates are kept, as escapes."""
    return json.dumps(asdict(_File(FORMAT, failure)), indent=1) + "\n"


def save(failure: Failure, cache: Path) -> Path:
    """Keep a failure; where it is kept."""
    folder = cache / "failures"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{failure.id}.json"
    new = file.with_suffix(f".{os.getpid()}.new")  # two runs may end together
    new.write_text(as_text(failure), encoding="utf-8")
    new.replace(file)
    return file


def read(file: Path) -> Failure:
    """The failure in a file; NoSuchFailure if it holds none."""
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoSuchFailure(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise NoSuchFailure(f"{file} is no JSON: {error}.") from None
    if not isinstance(data, dict) or data.get("storeproof_failure") != FORMAT:
        raise NoSuchFailure(f"{file} is no failure saved by storeproof.")
    try:
        return msgspec.convert(data, _File).failure
    except msgspec.ValidationError as error:
        raise NoSuchFailure(f"{file} is no failure saved by storeproof: {error}.") from None


def find(name: str, cache: Path) -> Failure:
    """The failure in a file of this name, or with this id in the cache; NoSuchFailure if there is none."""
    if Path(name).is_file():
        return read(Path(name))
    folder = cache / "failures"
    if re.fullmatch(r"[\w-]+", name) and (folder / f"{name}.json").is_file():
        return read(folder / f"{name}.json")
    known = sorted(each.stem for each in folder.glob("*.json")) if folder.is_dir() else []
    close = get_close_matches(name, known, n=3, cutoff=0.4)
    like = f" Did you mean {' or '.join(close)}?" if close else ""
    raise NoSuchFailure(f"There is no file {name}, and no failure of that id in {folder}.{like}")
