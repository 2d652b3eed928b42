"""The operations of the model registry: REG-*."""

from __future__ import annotations

import re
from typing import Any

from storeproof.conformance.model.checks import Equal
from storeproof.conformance.model.grounds import (
    IPV,
    RAE,
    RDNE,
    Force,
    Ground,
    other_code,
    outcomes,
    refuse,
    silent,
)
from storeproof.conformance.model.operation import Expected, Operation, Raw
from storeproof.conformance.model.registry_state import (
    STAGES,
    ModelState,
    VersionsAre,
    VersionState,
    model_checks,
    version_checks,
)
from storeproof.conformance.model.rules import key_grounds, padded_grounds, text_grounds
from storeproof.conformance.model.state import State
from storeproof.stores.entities import Tag

NAME_LENGTH = 256
ALIAS_LENGTH = 255
TAG_LENGTH = 5000


def nothing(state: State, op: Operation, chosen: Expected, answer: Any) -> None:
    """A read changes nothing, and the store chose nothing that matters."""


# What speaks against a call


def _name_grounds(state: State, name: object, but: object = None) -> list[Ground]:
    """Of a name that a model shall have."""
    grounds = text_grounds(name, "REG-MODEL")
    if not isinstance(name, str):
        return grounds
    if not 1 <= len(name) <= NAME_LENGTH or "/" in name or ":" in name:
        grounds.append(refuse("REG-MODEL"))
    if name in state.models and name != but:
        grounds.append(refuse("REG-MODEL", RAE))
    return grounds + padded_grounds([name], state.models.keys() - {but})


def _tag_grounds(tag: Tag) -> list[Ground]:
    grounds = key_grounds(tag.key) + text_grounds(tag.value, "REG-TAG")
    if isinstance(tag.value, str) and len(tag.value) > TAG_LENGTH:
        grounds.append(refuse("REG-TAG"))
    return grounds


def _tags_grounds(op: Operation) -> list[Ground]:
    tags: tuple[Tag, ...] = op.args.get("tags", ())
    grounds = [ground for tag in tags for ground in _tag_grounds(tag)]
    return grounds + padded_grounds([tag.key for tag in tags], ())


def _alias_grounds(alias: str) -> list[Ground]:
    """REG-ALIAS; it does not say which letters are meant, nor whether "Latest" is "latest"."""
    characters = set(alias) - set("_-")
    if not 1 <= len(alias) <= ALIAS_LENGTH or not all(each.isalnum() for each in characters):
        return [refuse("REG-ALIAS")]
    if alias == "latest" or re.fullmatch("v[0-9]+", alias):
        return [refuse("REG-ALIAS")]
    doubtful = not alias.isascii() or re.fullmatch("latest|v[0-9]+", alias.lower())
    return [silent("REG-ALIAS")] if doubtful else []


def _stage(named: object) -> str | None:
    """The stage of this name in any case; None if there is none."""
    folded = {each.lower(): each for each in STAGES}
    return folded.get(named.lower()) if isinstance(named, str) else None


def _missing(state: State, op: Operation) -> list[Ground]:
    """The model is missing."""
    return [] if op.args["name"] in state.models else [refuse("REG-MODEL", RDNE)]


def _missing_version(state: State, op: Operation, clause: str = "REG-VERSION") -> list[Ground]:
    """The model or the version is missing."""
    model = state.models.get(op.args["name"])
    if model is not None and op.args["version"] in model.versions:
        return []
    return [refuse("REG-MODEL" if model is None else clause, RDNE)]


def _labels(op: Operation) -> dict[str, str]:
    return {tag.key: tag.value for tag in op.args.get("tags", ())}


def _text(op: Operation, name: str) -> str:
    """A text that need not be given; nothing reads as an empty one."""
    given = op.args.get(name)
    return given.text if isinstance(given, Raw) else given or ""


# Models


def create_model(state: State, op: Operation) -> list[Expected]:
    """create_registered_model."""
    grounds = _name_grounds(state, op.args["name"]) + _tags_grounds(op)
    if grounds:
        return outcomes(grounds, [Expected("REG-MODEL")])
    return [Expected("REG-MODEL", check=model_checks(_new_model(op)))]


def commit_create_model(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """A new model."""
    if not chosen.codes:
        state.models[op.args["name"]] = _new_model(op)


def _new_model(op: Operation) -> ModelState:
    return ModelState(op.args["name"], _text(op, "description"), _labels(op))


def get_model(state: State, op: Operation) -> list[Expected]:
    """get_registered_model."""
    grounds = _missing(state, op)
    if grounds:
        return outcomes(grounds, [])
    return [Expected("REG-MODEL", check=model_checks(state.models[op.args["name"]]))]


def rename_model(state: State, op: Operation) -> list[Expected]:
    """rename_registered_model."""
    name, new = op.args["name"], op.args["new_name"]
    grounds = _missing(state, op) + _name_grounds(state, new, but=name)
    if name == new:
        grounds.append(silent("REG-MODEL", IPV, RAE))
    return outcomes(grounds, [Expected("REG-MODEL", check=(Equal(("name",), new, "REG-MODEL"),))])


def commit_rename_model(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The model under another name."""
    if not chosen.codes:
        model = state.models.pop(op.args["name"])
        model.name = op.args["new_name"]
        state.models[model.name] = model


def describe_model(state: State, op: Operation) -> list[Expected]:
    """update_registered_model."""
    return outcomes(_missing(state, op), [Expected("REG-MODEL")])


def commit_describe_model(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """Another description."""
    if not chosen.codes:
        state.models[op.args["name"]].description = _text(op, "description")


def delete_model(state: State, op: Operation) -> list[Expected]:
    """delete_registered_model."""
    return outcomes(_missing(state, op), [Expected("REG-MODEL")])


def commit_delete_model(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """No model."""
    if not chosen.codes:
        del state.models[op.args["name"]]


def set_model_tag(state: State, op: Operation) -> list[Expected]:
    """set_registered_model_tag."""
    tag, model = op.args["tag"], state.models.get(op.args["name"])
    there = () if model is None else model.tags
    grounds = _missing(state, op) + _tag_grounds(tag) + padded_grounds([tag.key], there)
    return outcomes(grounds, [Expected("REG-TAG")])


def commit_set_model_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is set."""
    if not chosen.codes:
        state.models[op.args["name"]].tags[op.args["tag"].key] = op.args["tag"].value


def delete_model_tag(state: State, op: Operation) -> list[Expected]:
    """delete_registered_model_tag; nobody says what becomes of a tag that is missing."""
    grounds = _missing(state, op)
    if not grounds and op.args["key"] not in state.models[op.args["name"]].tags:
        grounds.append(silent("REG-TAG", RDNE))
    return outcomes(grounds, [Expected("REG-TAG")])


def commit_delete_model_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is gone."""
    if not chosen.codes:
        state.models[op.args["name"]].tags.pop(op.args["key"], None)


# Aliases


def set_alias(state: State, op: Operation) -> list[Expected]:
    """set_registered_model_alias."""
    grounds = _alias_grounds(op.args["alias"]) + _missing_version(state, op, "REG-ALIAS")
    return outcomes(grounds, [Expected("REG-ALIAS")])


def commit_set_alias(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The alias points to the version."""
    if not chosen.codes:
        state.models[op.args["name"]].aliases[op.args["alias"]] = op.args["version"]


def delete_alias(state: State, op: Operation) -> list[Expected]:
    """delete_registered_model_alias."""
    return outcomes(_missing(state, op), [Expected("REG-ALIAS")])


def commit_delete_alias(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The alias is gone."""
    if not chosen.codes:
        state.models[op.args["name"]].aliases.pop(op.args["alias"], None)


def get_by_alias(state: State, op: Operation) -> list[Expected]:
    """get_model_version_by_alias; of a missing model the alias is missing too."""
    model = state.models.get(op.args["name"])
    if model is None:
        missing = Ground("REG-MODEL", frozenset({IPV}), Force.OTHER_CODE)
        return outcomes([refuse("REG-MODEL", RDNE), missing], [])
    number = model.aliases.get(op.args["alias"])
    if number is None:
        found = other_code("REG-ALIAS", "a missing alias is RESOURCE_DOES_NOT_EXIST", RDNE)
        return outcomes([refuse("REG-ALIAS"), found], [])
    return [Expected("REG-ALIAS", check=version_checks(model, model.versions[number]))]


# Versions


def create_version(state: State, op: Operation) -> list[Expected]:
    """create_model_version."""
    grounds = _missing(state, op) + _tags_grounds(op)
    model = state.models.get(op.args["name"])
    if model is None or grounds:
        return outcomes(grounds, [Expected("REG-VERSION")])
    return [Expected("REG-VERSION", check=version_checks(model, _new_version(model, op)))]


def commit_create_version(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """A new version with the next number."""
    if not chosen.codes:
        model = state.models[op.args["name"]]
        version = _new_version(model, op)
        model.versions[version.number] = version
        model.given = version.number


def _new_version(model: ModelState, op: Operation) -> VersionState:
    return VersionState(
        model.given + 1,
        op.args["source"],
        _text(op, "run_id"),
        _text(op, "run_link"),
        _text(op, "description"),
        _labels(op),
    )


def get_version(state: State, op: Operation) -> list[Expected]:
    """get_model_version."""
    grounds = _missing_version(state, op)
    if grounds:
        return outcomes(grounds, [])
    model = state.models[op.args["name"]]
    return [Expected("REG-VERSION", check=version_checks(model, _version(state, op)))]


def describe_version(state: State, op: Operation) -> list[Expected]:
    """update_model_version."""
    return outcomes(_missing_version(state, op), [Expected("REG-VERSION")])


def commit_describe_version(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """Another description."""
    if not chosen.codes:
        _version(state, op).description = _text(op, "description")


def move_version(state: State, op: Operation) -> list[Expected]:
    """transition_model_version_stage."""
    grounds = _missing_version(state, op)
    stage = _stage(op.args["stage"])
    if stage is None:
        grounds.append(refuse("REG-STAGE"))
    moved = Equal(("stage",), stage, "REG-STAGE")
    return outcomes(grounds, [Expected("REG-STAGE", check=(moved,))])


def commit_move_version(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The version is in the stage, and maybe alone there."""
    stage = _stage(op.args["stage"])
    if chosen.codes or stage is None:
        return
    if op.args.get("archive_existing_versions"):
        for each in state.models[op.args["name"]].versions.values():
            if each.stage == stage:
                each.stage = "Archived"
    _version(state, op).stage = stage


def delete_version(state: State, op: Operation) -> list[Expected]:
    """delete_model_version."""
    return outcomes(_missing_version(state, op), [Expected("REG-VERSION")])


def commit_delete_version(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """No version, and no alias that points to it; its number is not forgotten."""
    if not chosen.codes:
        model = state.models[op.args["name"]]
        del model.versions[op.args["version"]]
        for alias in model.aliases_of(op.args["version"]):
            del model.aliases[alias]


def set_version_tag(state: State, op: Operation) -> list[Expected]:
    """set_model_version_tag."""
    tag, grounds = op.args["tag"], _missing_version(state, op)
    there = () if grounds else _version(state, op).tags
    grounds = grounds + _tag_grounds(tag) + padded_grounds([tag.key], there)
    return outcomes(grounds, [Expected("REG-TAG")])


def commit_set_version_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is set."""
    if not chosen.codes:
        _version(state, op).tags[op.args["tag"].key] = op.args["tag"].value


def delete_version_tag(state: State, op: Operation) -> list[Expected]:
    """delete_model_version_tag; nobody says what becomes of a tag that is missing."""
    grounds = _missing_version(state, op)
    if not grounds and op.args["key"] not in _version(state, op).tags:
        grounds.append(silent("REG-TAG", RDNE))
    return outcomes(grounds, [Expected("REG-TAG")])


def commit_delete_version_tag(state: State, op: Operation, chosen: Expected, _: Any) -> None:
    """The tag is gone."""
    if not chosen.codes:
        _version(state, op).tags.pop(op.args["key"], None)


def latest_versions(state: State, op: Operation) -> list[Expected]:
    """get_latest_versions."""
    named = op.args.get("stages", STAGES)
    grounds = _missing(state, op)
    grounds += [refuse("REG-STAGE") for each in named if _stage(each) is None]
    if grounds:
        return outcomes(grounds, [])
    found = state.models[op.args["name"]].latest([str(_stage(each)) for each in named])
    wanted = {each.number: (Equal(("stage",), each.stage, "REG-STAGE"),) for each in found}
    return [Expected("REG-STAGE", check=(VersionsAre(("versions",), wanted, "REG-STAGE"),))]


def _version(state: State, op: Operation) -> VersionState:
    return state.models[op.args["name"]].versions[op.args["version"]]
