"""The guide for authors shows the example's files as they are, so that its path is the one that is tested."""

from __future__ import annotations

import re

import pytest
from repository import ROOT

GUIDE = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(
    r"^```\w+ (examples/\S+)( \(part\))?\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("path", "part", "shown"), BLOCKS, ids=lambda text: text[-24:])
def test_a_file_in_the_guide_is_the_examples(path: str, part: str, shown: str) -> None:
    file = (ROOT / path).read_text(encoding="utf-8")
    assert shown in file if part else shown == file


def test_every_file_in_the_guides_tree_is_shown() -> None:
    tree = re.findall(r"^    ([\w./]+\.(?:toml|ini|yml|py))", GUIDE, re.MULTILINE)
    assert sorted({path.removeprefix("examples/memory_store/") for path, _, _ in BLOCKS}) == sorted(
        tree
    )
