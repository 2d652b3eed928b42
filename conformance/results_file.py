"""results.json: written, and read back; its form is results.schema.json."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from storeproof.conformance.results import SCHEMA_VERSION, Results


class UnreadableResults(Exception):
    """A file that holds no results of this version; the message says what is wrong with it."""


def write(results: Results, file: Path) -> None:
    """Write the results; lone surrogates of a trace are kept, as escapes."""
    data = msgspec.to_builtins(results)
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Results:
    """The results in a file; UnreadableResults if there are none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableResults(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UnreadableResults(f"{file} is no JSON: {error}.") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version is None:
        raise UnreadableResults(f"{file} is no results.json of storeproof check.")
    if version != SCHEMA_VERSION:
        raise UnreadableResults(
            f"{file} has version {version!r} of results.json, and this storeproof reads version "
            f"{SCHEMA_VERSION}: make it again with storeproof check --json."
        )
    try:
        return msgspec.convert(data, Results)
    except msgspec.ValidationError as error:
        raise UnreadableResults(f"{file} is no results.json: {error}.") from None
