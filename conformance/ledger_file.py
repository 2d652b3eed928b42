"""The ledger's files: read, and lengthened by entries that a person must complete.

Entries are added at the end as text, so that what people wrote stays as it is.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from storeproof.conformance import saved
from storeproof.conformance.ledger import Entry, Ledger, LedgerError
from storeproof.conformance.results import Failure

TABLE = "known"

_HEAD = """\
# What is known to be broken, why, and until when that may stay so. An entry without a reason
# fails the run, and so does one that is expired, or whose clause passes again.
"""


def load(files: Iterable[Path]) -> Ledger:
    """The ledger in these files; LedgerError for what is none."""
    return Ledger(tuple(entry for file in files for entry in _entries(file)))


def _entries(file: Path) -> list[Entry]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LedgerError(f"The ledger {file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LedgerError(f"The ledger {file} is no TOML: {error}.") from None
    tables = document.pop(TABLE, [])
    if document or not isinstance(tables, list):
        raise LedgerError(f"The ledger {file} may hold [[{TABLE}]] tables and nothing else.")
    return [_entry(file, table) for table in tables]


def _entry(file: Path, table: Mapping[str, Any]) -> Entry:
    where = f"The ledger {file}, {table.get('clause', 'an entry without a clause')}"
    kinds: dict[str, type] = {
        each.name: date if each.name == "expires" else str
        for each in dataclasses.fields(Entry)
        if each.name != "ledger"
    }
    for name, value in table.items():
        if name not in kinds:
            raise LedgerError(f"{where}: {name} is no field; there are {', '.join(kinds)}.")
        if type(value) is not kinds[name]:
            form = "a date such as 2027-01-31" if kinds[name] is date else "a text"
            raise LedgerError(f"{where}: {name} must be {form}.")
    if not table.get("clause"):
        raise LedgerError(f"{where}: give the slug of the clause.")
    entry = Entry(file, **table)
    entry.in_time()
    return entry


def add(file: Path, entries: Sequence[tuple[Entry, Failure]]) -> None:
    """Write entries at the end of a ledger, which is made if there is none, and their examples beside it."""
    parts = [] if file.exists() else [_HEAD]
    for entry, failure in entries:
        example = file.parent / entry.example
        example.parent.mkdir(parents=True, exist_ok=True)
        example.write_text(saved.as_text(failure), encoding="utf-8")
        parts.append(_table(entry, failure))
    with file.open("a", encoding="utf-8") as ledger:
        ledger.write("".join(parts))


def _table(entry: Entry, failure: Failure) -> str:
    lines = [
        "",
        f"[[{TABLE}]]",
        f"clause = {_text(entry.clause)}",
        f"store = {_text(entry.store)}",
        f"# expected {_comment(failure.expected)}",
        f"# seen {_comment(failure.seen)}",
        'reason = ""',
        'link = ""',
        f"expires = {entry.expires}",
        f"example = {_text(entry.example)}",
    ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:200]
