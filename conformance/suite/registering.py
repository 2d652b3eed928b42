"""Registered models and versions to try things on, told apart by their names."""

from __future__ import annotations

from collections.abc import Mapping

from storeproof.conformance.probe import Breach, Needs, Probe
from storeproof.conformance.suite.values import BAD_TAGS
from storeproof.stores import Tag

SOURCE = "s3://bucket/model"
"""Where the files of a version are said to be; nobody looks."""


WRONG_TAGS = [tag for tag in BAD_TAGS.values() if isinstance(tag.value, str)]
"""Tags whose keys no tag can have."""


def model(probe: Probe, text: str = "-model", tags: Mapping[str, str] | None = None) -> str:
    """The name of a new model."""
    labels = [Tag(key, value) for key, value in (tags or {}).items()]
    try:
        return probe.store.create_registered_model(probe.name(text), labels).name
    except Breach as breach:
        raise Needs("REG-MODEL", breach.seen) from None


def version(probe: Probe, name: str, tags: Mapping[str, str] | None = None) -> int:
    """The number of a new version."""
    labels = [Tag(key, value) for key, value in (tags or {}).items()]
    try:
        return probe.store.create_model_version(name, SOURCE, tags=labels).version
    except Breach as breach:
        raise Needs("REG-VERSION", breach.seen) from None


def moved(probe: Probe, name: str, number: int, stage: str, *, archive: bool = False) -> None:
    """Move a version to a stage."""
    probe.store.transition_model_version_stage(name, number, stage, archive)


def sees_stages(probe: Probe, name: str, stages: Mapping[int, str]) -> None:
    """The model's versions of these numbers are in these stages."""
    for number, stage in stages.items():
        probe.see(probe.store.get_model_version(name, number)).current_stage.equals(stage)


def sees_no_version(probe: Probe, name: str, number: int) -> None:
    """The model has no such version."""
    probe.refused("RESOURCE_DOES_NOT_EXIST").get_model_version(name, number)


def sees_no_model(probe: Probe, name: str) -> None:
    """There is no such model."""
    probe.refused("RESOURCE_DOES_NOT_EXIST").get_registered_model(name)
