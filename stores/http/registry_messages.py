"""The messages of MLflow's REST API for the model registry (HTTP-API); as in messages.py, absent is None."""

from __future__ import annotations

from storeproof.stores.http.messages import Entry, Message, Number, Text, Texts

VersionNumber = int | str | None
"""The number of a version; MLflow sends it as a string."""


class Alias(Message):
    """An alias of a model and the version that it points to."""

    alias: Text = None
    version: VersionNumber = None


class ModelVersion(Message):
    """A version of a model."""

    name: Text = None
    version: VersionNumber = None
    creation_timestamp: Number = None
    last_updated_timestamp: Number = None
    user_id: Text = None
    current_stage: Text = None
    description: Text = None
    source: Text = None
    run_id: Text = None
    status: Text = None
    status_message: Text = None
    tags: list[Entry] | None = None
    run_link: Text = None
    aliases: Texts = None


class RegisteredModel(Message):
    """A model."""

    name: Text = None
    creation_timestamp: Number = None
    last_updated_timestamp: Number = None
    description: Text = None
    latest_versions: list[ModelVersion] | None = None
    tags: list[Entry] | None = None
    aliases: list[Alias] | None = None


class CreateModel(Message):
    """POST registered-models/create."""

    name: Text = None
    tags: list[Entry] | None = None
    description: Text = None


class OfModel(Message):
    """GET registered-models/get, DELETE registered-models/delete."""

    name: Text = None


class RenameModel(Message):
    """POST registered-models/rename."""

    name: Text = None
    new_name: Text = None


class UpdateModel(Message):
    """PATCH registered-models/update."""

    name: Text = None
    description: Text = None


class ModelFound(Message):
    """One model."""

    registered_model: RegisteredModel | None = None


class Search(Message):
    """GET registered-models/search and model-versions/search."""

    filter: Text = None
    max_results: Number = None
    order_by: Texts = None
    page_token: Text = None


class ModelsFound(Message):
    """A page of models."""

    registered_models: list[RegisteredModel] | None = None
    next_page_token: Text = None


class GetLatestVersions(Message):
    """POST and GET registered-models/get-latest-versions."""

    name: Text = None
    stages: Texts = None


class ModelTag(Message):
    """POST registered-models/set-tag and, without a value, DELETE registered-models/delete-tag."""

    name: Text = None
    key: Text = None
    value: Text = None


class ModelAlias(Message):
    """POST registered-models/alias and, without a version, GET and DELETE."""

    name: Text = None
    alias: Text = None
    version: VersionNumber = None


class CreateVersion(Message):
    """POST model-versions/create."""

    name: Text = None
    source: Text = None
    run_id: Text = None
    tags: list[Entry] | None = None
    run_link: Text = None
    description: Text = None


class OfVersion(Message):
    """GET model-versions/get and model-versions/get-download-uri, DELETE model-versions/delete."""

    name: Text = None
    version: VersionNumber = None


class UpdateVersion(Message):
    """PATCH model-versions/update."""

    name: Text = None
    version: VersionNumber = None
    description: Text = None


class TransitionStage(Message):
    """POST model-versions/transition-stage."""

    name: Text = None
    version: VersionNumber = None
    stage: Text = None
    archive_existing_versions: bool | None = None


class VersionTag(Message):
    """POST model-versions/set-tag and, without a value, DELETE model-versions/delete-tag."""

    name: Text = None
    version: VersionNumber = None
    key: Text = None
    value: Text = None


class VersionFound(Message):
    """One version."""

    model_version: ModelVersion | None = None


class VersionsFound(Message):
    """Versions, and how to go on where they are a page."""

    model_versions: list[ModelVersion] | None = None
    next_page_token: Text = None


class DownloadUri(Message):
    """Where a version's files are."""

    artifact_uri: Text = None
