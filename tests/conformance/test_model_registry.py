"""What the model says of the registry: the clauses REG-*, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from storeproof.conformance.model import Expected, Model, Operation, Outcome, observe
from storeproof.stores.entities import ModelVersion, RegisteredModel, Stage, Tag
from storeproof.stores.errors import ErrorCode

IPV = ErrorCode.INVALID_PARAMETER_VALUE
RAE = ErrorCode.RESOURCE_ALREADY_EXISTS
RDNE = ErrorCode.RESOURCE_DOES_NOT_EXIST

SOURCE = "s3://bucket"


def seen(answer: object) -> Any:
    return observe(answer, lambda _, real: f"?{real}")


def version(number: int, stage: Stage = Stage.NONE, **more: Any) -> ModelVersion:
    return ModelVersion("m", number, 1, 1, stage, SOURCE, **more)


class Story:
    """A model of a store in which operations end as they are told to."""

    def __init__(self) -> None:
        self.model = Model()

    def ends(self, method: str, answer: object = None, **args: Any) -> list[str]:
        """The clauses that an operation breaks which is answered so, or refused with a code."""
        code = answer if isinstance(answer, ErrorCode) else None
        outcome = Outcome(code=code) if code else Outcome(seen(answer))
        verdict = self.model.take(Operation(method, args), outcome)
        return [] if isinstance(verdict, Expected) else [each.clause for each in verdict]

    def begins(self, versions: int = 0) -> Story:
        """A model named m with so many versions."""
        assert self.ends("create_registered_model", RegisteredModel("m", 1, 1), name="m") == []
        for number in range(1, versions + 1):
            made = self.ends("create_model_version", version(number), name="m", source=SOURCE)
            assert made == []
        return self


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_taken_name_is_refused(story: Story) -> None:
    again = RegisteredModel("m", 1, 1)
    story.begins()
    assert story.ends("create_registered_model", again, name="m") == ["REG-MODEL"]
    assert story.ends("create_registered_model", RAE, name="m") == []


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "n" * 257])
def test_a_bad_name_is_refused(story: Story, name: str) -> None:
    assert story.ends("create_registered_model", IPV, name=name) == []
    assert story.ends("create_registered_model", RegisteredModel(name, 1, 1), name=name) != []


def test_a_number_given_again_breaks_the_clause(story: Story) -> None:
    story.begins(versions=2)
    assert story.ends("delete_model_version", name="m", version=2) == []
    again = story.ends("create_model_version", version(2), name="m", source=SOURCE)
    assert again == ["REG-VERSION"]
    assert story.ends("create_model_version", version(3), name="m", source=SOURCE) == []


def test_a_deleted_version_is_missing(story: Story) -> None:
    story.begins(versions=1)
    story.ends("delete_model_version", name="m", version=1)
    assert story.ends("get_model_version", version(1), name="m", version=1) == ["REG-VERSION"]
    assert story.ends("get_model_version", RDNE, name="m", version=1) == []


def test_a_renamed_model_keeps_what_belongs_to_it(story: Story) -> None:
    story.begins(versions=1)
    story.ends("set_registered_model_alias", name="m", alias="a", version=1)
    renamed = RegisteredModel("n", 1, 1)
    assert story.ends("rename_registered_model", renamed, name="m", new_name="n") == []
    lost = RegisteredModel("n", 1, 1, latest_versions=(version(1),))
    assert story.ends("get_registered_model", lost, name="n") == ["REG-ALIAS"]
    kept = RegisteredModel("n", 1, 1, aliases={"a": 1}, latest_versions=(version(1),))
    assert story.ends("get_registered_model", kept, name="n") == []


def test_a_stage_is_named_in_any_case_and_archives_the_others(story: Story) -> None:
    story.begins(versions=2)
    for number in (1, 2):
        moved = story.ends(
            "transition_model_version_stage",
            version(number, Stage.PRODUCTION),
            name="m",
            version=number,
            stage="pRODUCTION",
            archive_existing_versions=True,
        )
        assert moved == []
    left = version(1, Stage.PRODUCTION)
    assert story.ends("get_model_version", left, name="m", version=1) == ["REG-STAGE"]
    archived = version(1, Stage.ARCHIVED)
    assert story.ends("get_model_version", archived, name="m", version=1) == []


@pytest.mark.parametrize("alias", ["", "latest", "v1", "a b", "a.b", "a\n", "a" * 256])
def test_a_bad_alias_is_refused(story: Story, alias: str) -> None:
    where = {"name": "m", "alias": alias, "version": 1}
    story.begins(versions=1)
    assert story.ends("set_registered_model_alias", **where) == ["REG-ALIAS"]
    assert story.ends("set_registered_model_alias", IPV, **where) == []


def test_a_missing_alias_is_refused_with_either_code(story: Story) -> None:
    story.begins()
    for code in (IPV, RDNE):
        assert story.ends("get_model_version_by_alias", code, name="m", alias="a") == []
    assert story.model.variations == {"REG-ALIAS: a missing alias is RESOURCE_DOES_NOT_EXIST"}


def test_a_tag_is_overwritten(story: Story) -> None:
    story.begins(versions=1)
    for value in ("x", "y"):
        tag = Tag("k", value)
        assert story.ends("set_model_version_tag", name="m", version=1, tag=tag) == []
    old = version(1, tags={"k": "x"})
    assert story.ends("get_model_version", old, name="m", version=1) == ["REG-TAG"]
