"""The name of a run: the one that is given, or a generated one (RUN-NAME)."""

from __future__ import annotations

import secrets

from storeproof.stores import validation
from storeproof.stores.entities import RUN_NAME_TAG
from storeproof.stores.errors import invalid


def agreed(run_name: str | None, tag: str | None) -> str:
    """The one value of the run's name and its tag; INVALID_PARAMETER_VALUE where they disagree."""
    if run_name is None or run_name == "":
        return _generated_name() if tag is None else validation.run_name(tag)
    name = validation.run_name(run_name)
    if tag is not None and tag != name:
        raise invalid(
            f"The run name {validation.shown(name)} and the tag {RUN_NAME_TAG} "
            f"{validation.shown(tag)} disagree; give one of them, or the same value."
        )
    return name


_ADJECTIVES = "amber brave calm clever crisp eager fair gentle keen lively mellow noble quick quiet steady vivid".split()
_NOUNS = "badger comet falcon finch fjord glacier heron lynx maple meadow otter pine raven reef sparrow willow".split()


def _generated_name() -> str:
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}-{secrets.randbelow(1000)}"
