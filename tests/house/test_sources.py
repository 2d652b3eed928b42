"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from repository import PACKAGES, ROOT, files, sources

# A home or work folder of the machine a file was written on.
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}/])(?<!\w[\"'])/(?:work|root|home|Users|tmp/lab|opt/wheels)/"
)


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


def test_the_packages_are_never_imported_by_their_bare_folder_names() -> None:
    bare = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(*PACKAGES, "tests")
        for name in imported(path)
        if name.partition(".")[0] in PACKAGES
    }
    assert bare == set()


def test_no_file_names_a_folder_of_some_machine() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or an archive
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in MACHINE_PATH.finditer(text)]
    assert found == []


def test_every_test_file_says_what_it_specifies() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources("tests")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
