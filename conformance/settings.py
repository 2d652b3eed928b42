"""What an author's project says about its store, in `[tool.storeproof]` of its pyproject.toml.

`profile` is the depth; `ledger` is the file of known failures, beside the pyproject.toml;
`claims` says for methods that a store may lack whether it has them (capabilities.py);
`leave-out` maps slugs of clauses that are not tested to the reasons.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storeproof.conformance import catalogue
from storeproof.conformance.capabilities import Capability, stated
from storeproof.conformance.profiles import PROFILES

FILE = "pyproject.toml"
SECTION = "tool.storeproof"

_KEYS = ("profile", "ledger", "claims", "leave-out")


class SettingsError(ValueError):
    """The section cannot be used; the message says where it is wrong."""


@dataclass(frozen=True)
class Settings:
    """The section's content; `left_out` maps the slugs of clauses to the reasons."""

    profile: str | None = None
    ledgers: tuple[str, ...] = ()
    claims: Mapping[str, Capability] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


NO_SETTINGS = Settings()


def read(file: Path) -> Settings:
    """The settings in a pyproject.toml; none if there is no such file or section. Raises SettingsError."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return NO_SETTINGS
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from None
    section = document.get("tool", {}).get("storeproof")
    if section is None:
        return NO_SETTINGS
    try:
        return _settings(section, file.parent)
    except (ValueError, catalogue.UnknownClause) as error:
        raise SettingsError(f"[{SECTION}] in {file}: {error}") from None


def _settings(section: Any, folder: Path) -> Settings:
    unknown = section.keys() - set(_KEYS)
    if unknown:
        raise ValueError(f"there is no {min(unknown)!r}; there are {', '.join(_KEYS)}.")
    profile = section.get("profile")
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}.")
    left_out = section.get("leave-out", {})
    for slug, reason in left_out.items():
        catalogue.load().clause(slug)
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"leave-out.{slug} needs a reason.")
    named = section.get("ledger")
    if named is not None and not isinstance(named, str):
        raise ValueError("ledger must be the path of a file.")
    ledgers = () if named is None else (str(folder / named),)
    return Settings(profile, ledgers, stated(section.get("claims", {})), left_out)
