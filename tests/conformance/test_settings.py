"""`[tool.storeproof]` in an author's pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from storeproof.conformance.capabilities import Capability, Support
from storeproof.conformance.settings import NO_SETTINGS, SettingsError, read


def written(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_or_a_section_nothing_is_set(tmp_path: Path) -> None:
    assert read(tmp_path / "pyproject.toml") == NO_SETTINGS
    assert read(written(tmp_path, "[project]\nname = 'x'\n")) == NO_SETTINGS


def test_the_section_is_read(tmp_path: Path) -> None:
    settings = read(
        written(
            tmp_path,
            """
            [tool.storeproof]
            profile = "ci"
            [tool.storeproof.claims]
            log_inputs = { support = "unsupported", reason = "no datasets" }
            [tool.storeproof.leave-out]
            METRIC-INF = "infinities are refused"
            """,
        )
    )
    assert settings.profile == "ci"
    assert settings.claims == {"log_inputs": Capability(Support.UNSUPPORTED, "no datasets")}
    assert settings.left_out == {"METRIC-INF": "infinities are refused"}


@pytest.mark.parametrize(
    "section",
    [
        "profile = 'deep'",
        "profiel = 'ci'",
        "[tool.storeproof.leave-out]\nMETRIC-IMF = 'x'",
        "[tool.storeproof.leave-out]\nMETRIC-INF = ' '",
        "[tool.storeproof.claims]\nlog_inputs = 'unsupported'",
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, section: str) -> None:
    with pytest.raises(SettingsError):
        read(written(tmp_path, f"[tool.storeproof]\n{section}\n"))


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read(written(tmp_path, "[tool."))
