"""What the model knows of one store's registry, and what must be read back of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storeproof.conformance.model.checks import ABSENT, Equal, Texts, label, look
from storeproof.conformance.model.operation import Check, Difference

STAGES = ("None", "Staging", "Production", "Archived")


@dataclass
class VersionState:
    """A version of a model."""

    number: int
    source: str
    run_id: str
    run_link: str
    description: str
    tags: dict[str, str]
    stage: str = "None"


@dataclass
class ModelState:
    """A registered model; `given` is the last number that a version of it got, whatever became of that one."""

    name: str
    description: str
    tags: dict[str, str]
    aliases: dict[str, int] = field(default_factory=dict)
    versions: dict[int, VersionState] = field(default_factory=dict)
    given: int = 0

    def latest(self, stages: Iterable[str] = STAGES) -> list[VersionState]:
        """Of each of these stages the version with the largest number, by number."""
        wanted = set(stages)
        newest = {each.stage: each for _, each in sorted(self.versions.items())}
        found = [each for stage, each in newest.items() if stage in wanted]
        return sorted(found, key=lambda each: each.number)

    def aliases_of(self, number: int) -> tuple[str, ...]:
        """The aliases that point to a version, in order."""
        return tuple(sorted(alias for alias, target in self.aliases.items() if target == number))


def version_id(name: str, number: int) -> str:
    """What a version is known by among those of all models."""
    return f"{name}/{number}"


@dataclass(frozen=True)
class VersionsAre:
    """The versions at `path` are these, by number, and each is as it should be."""

    path: tuple[str, ...]
    wanted: Mapping[int, tuple[Check, ...]]
    clause: str

    def differences(self, seen: Any, where: str = "") -> Iterator[Difference]:
        """One for other numbers, and those of each version."""
        found = look(seen, self.path)
        numbers = [each["version"] for each in found] if isinstance(found, tuple) else ABSENT
        if numbers != list(self.wanted):
            at = label(where, self.path)
            yield Difference(self.clause, at, list(self.wanted), numbers)
            return
        for each in found:
            for check in self.wanted[each["version"]]:
                yield from check.differences(each, f"{label(where, self.path)}.")


def version_checks(model: ModelState, version: VersionState) -> tuple[Check, ...]:
    """Of an answer that is this version."""
    return (
        Equal(("name",), model.name, "REG-MODEL", text=True),
        Equal(("version",), version.number, "REG-VERSION"),
        Equal(("stage",), version.stage, "REG-STAGE"),
        Equal(("source",), version.source, "REG-VERSION", text=True),
        Equal(("run_id",), version.run_id, "REG-VERSION"),
        Equal(("run_link",), version.run_link, "REG-VERSION", text=True),
        Equal(("description",), version.description, "REG-VERSION", text=True),
        Equal(("aliases",), model.aliases_of(version.number), "REG-ALIAS"),
        Texts(("tags",), version.tags, "REG-TAG", {}),
    )


def model_checks(model: ModelState) -> tuple[Check, ...]:
    """Of an answer that is this model; of its latest versions the numbers, for MLflow shows them without aliases."""
    return (
        Equal(("name",), model.name, "REG-MODEL", text=True),
        Equal(("description",), model.description, "REG-MODEL", text=True),
        Equal(("aliases",), model.aliases, "REG-ALIAS"),
        Texts(("tags",), model.tags, "REG-TAG", {}),
        VersionsAre(("latest",), {each.number: () for each in model.latest()}, "REG-STAGE"),
    )
